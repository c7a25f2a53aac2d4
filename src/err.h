/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * err.h - one failure, with what was being done and to what.
 *
 * Functions that can fail return 0 (or a count or descriptor) or -errno, and take a struct err as
 * their last parameter. The first cause wins: a caller that adds a failure of its own to one already
 * set changes nothing. Fixed size and no heap, so that it can be used between fork and exec and
 * cross a socket as plain bytes. A NULL struct err is allowed everywhere: only the number is wanted.
 */
#ifndef SWRAP_ERR_H
#define SWRAP_ERR_H

#include "attr.h"

enum { ERR_WHAT_BYTES = 32, ERR_ABOUT_BYTES = 384, ERR_TEXT_BYTES = 480 };

struct err {
	int num;			/* errno, positive; 0 = nothing failed yet */
	char what[ERR_WHAT_BYTES];	/* the call or check that failed: "setresgid" */
	char about[ERR_ABOUT_BYTES];	/* with what: "gid 1000"; may be empty */
};

/* Notes the failure unless one is noted already. Returns -num. */
int err_set(struct err *e, int num, const char *what, const char *about, ...) _printf_(4, 5);

/* Writes "what about: reason" into buffer (ERR_TEXT_BYTES is enough) and returns buffer. */
const char *err_text(const struct err *e, char *buffer, size_t size);

#endif
