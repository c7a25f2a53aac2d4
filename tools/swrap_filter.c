/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * swrap-filter - reads a filter spec from standard input, writes the program to standard output.
 *
 * Started by swrap-helper for a profile whose filter was not made at build time, with no rights, no
 * environment and little time. Standard error gets one line when it fails, and the status is 1. The
 * helper believes nothing it writes.
 */
#include "filter_compile.h"

#include "../src/io.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what, const char *about)
{
	(void)fprintf(stderr, "%s: %s\n", what, about);
	return 1;
}

/* All of standard input; false: it cannot be read, or is too long. */
static int read_spec(char *spec, size_t size)
{
	size_t n = 0;

	while (n < size - 1) {
		ssize_t got = read(0, spec + n, size - 1 - n);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0) {
			spec[n] = 0;
			return strlen(spec) == n ? 0 : -EINVAL;
		}
		n += got > 0 ? (size_t)got : 0;
	}
	return -E2BIG;
}

int main(int argc, char **argv)
{
	struct sock_filter code[BPF_MAXINSNS];
	struct err e = { 0 };
	char spec[SPEC_BYTES];
	size_t n = 0;
	int r;

	(void)argv;
	if (argc > 1)
		return fail("swrap-filter", "takes no arguments: a filter spec on standard input");
	r = read_spec(spec, sizeof(spec));
	if (r < 0)
		return fail("standard input", strerror(-r));
	if (filter_compile(spec, code, &n, &e) < 0)
		return fail(e.what, e.about);
	r = io_write_full(1, code, n * sizeof(code[0]));
	return r < 0 ? fail("standard output", strerror(-r)) : 0;
}
