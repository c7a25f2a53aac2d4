/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd_pam_line.h - the line of pam_swrap.so in a service's PAM stack, and its arguments.
 *
 * Only for telling what a login would get: PAM itself reads these files at a login. The syntax is that
 * of pam.d(5); includes are followed. What only PAM can know, a jump over our line by another module's
 * answer, is not seen.
 */
#ifndef SWRAP_CMD_PAM_LINE_H
#define SWRAP_CMD_PAM_LINE_H

#include "err.h"

#include <stdbool.h>
#include <stdint.h>

enum { PAM_LINE_ARGUMENTS = 96, PAM_LINE_FILE_BYTES = 256, PAM_LINE_TEXT_BYTES = 16384 };

struct pam_line {
	bool found;
	char file[PAM_LINE_FILE_BYTES];	/* where it is */
	uint32_t line;
	uint32_t n;
	const char *arguments[PAM_LINE_ARGUMENTS];	/* in text; never NULL below n */
	char text[PAM_LINE_TEXT_BYTES];
};

/*
 * The first session line of our module for that service, below directory ("/etc/pam.d"); without a file
 * of its own a service has that of "other". 0, also when there is none; -EINVAL the name of the service
 * is no file's; -ELOOP includes too deep; -E2BIG; or -errno of a file that cannot be read.
 */
int pam_line_find(const char *directory, const char *service, struct pam_line *ret, struct err *e);

/* The value of "key=" among its arguments, the last one; NULL when there is none. key ends with "=". */
const char *pam_line_value(const struct pam_line *line, const char *key);

#endif
