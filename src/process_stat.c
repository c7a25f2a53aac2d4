/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process_stat.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

enum { STAT_BYTES = 2048, FIELDS = 4 };

/* Fields 3, 6, 7 and 22. */
static const char format[] = " %c %*d %*d %d %d %*d %*u %*u %*u %*u %*u"
			     " %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64;

/* The kernel's new_encode_dev: 8 bits of minor, 12 of major, 12 more of minor. */
static dev_t decode_device(unsigned int number)
{
	return makedev((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00));
}

int process_stat_parse(const char *text, struct process_stat *ret)
{
	struct process_stat found;
	/* The name in field 2 may hold anything but a later ')' than the kernel's own. */
	const char *at = strrchr(text, ')');
	int tty;

	if (!at || sscanf(at + 1, format, &found.state, &found.session, &tty, &found.start) != FIELDS)
		return -EPROTO;
	found.tty = decode_device((unsigned int)tty);
	*ret = found;
	return 0;
}

int process_stat_read(pid_t pid, struct process_stat *ret)
{
	char path[32], text[STAT_BYTES];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	n = io_read_file(AT_FDCWD, path, text, sizeof(text));
	return n < 0 ? (int)n : process_stat_parse(text, ret);
}
