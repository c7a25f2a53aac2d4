/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The compiler of filter specs. What it makes of one that it takes, the helper takes, or its list of calls is at fault. */
#include "fuzz.h"

#include "helper/filter_check.h"
#include "tools/filter_compile.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sock_filter code[BPF_MAXINSNS], again[BPF_MAXINSNS];
	_free_ char *spec = fuzz_text(data, size);
	bool i386 = strstr(spec, "\narchitectures x86\n");
	struct err e = { 0 };
	size_t n = 0, n_again = 0;
	int r;

	if (size >= SPEC_BYTES || strlen(spec) != size)
		return 0;
	r = filter_compile(spec, code, &n, &e);
	HOLDS((r < 0) == (e.num != 0));
	if (r < 0)
		return 0;
	HOLDS(n > 0 && n <= BPF_MAXINSNS);
	HOLDS(filter_compile(spec, again, &n_again, NULL) == 0 && n_again == n);
	HOLDS(memcmp(code, again, n * sizeof(code[0])) == 0);
	r = filter_check(&(struct sock_fprog){ (unsigned short)n, code }, i386, &e);
	/* A list may refuse what every session needs: that is its own fault, and has a name. */
	HOLDS(r == 0 || strstr(e.about, "allowed") || strstr(e.about, "asks"));
	return 0;
}
