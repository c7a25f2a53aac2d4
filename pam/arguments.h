/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arguments.h - the words after pam_swrap.so in a PAM file.
 */
#ifndef SWRAP_PAM_ARGUMENTS_H
#define SWRAP_PAM_ARGUMENTS_H

#include "../src/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { TIMEOUT_DEFAULT_SEC = 10, TIMEOUT_MAX_SEC = 600, PROFILE_NAME_MAX = 64, SETS_MAX = 64 };

/* The texts are borrowed from argv, which libpam keeps as long as the call lasts. */
struct arguments {
	const char *profile;		/* "" = as the rules say */
	const char *config;		/* directory in the place of SWRAP_CONFIG_DIR; "" = that one */
	uint32_t nsets;
	const char *sets[SETS_MAX];	/* "Directive=value", in order */
	const char *breakglass;		/* group whose members are never refused; NULL = none */
	uint64_t timeout_sec;		/* for the whole of open_session */
	bool fail_set;		/* fail= is there: what the profile says of it does not count */
	bool fail_open;
	bool debug;
	bool quiet;
};

/*
 * Reads all arguments. Returns 0, or -EINVAL with the first bad one named; the good ones are taken
 * all the same, before and after it, because whom a broken line must not lock out depends on them.
 */
int arguments_parse(int argc, const char **argv, struct arguments *ret, struct err *e);

#endif
