/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run_identity.h - who "swrap run" runs COMMAND as, and whether the caller may.
 */
#ifndef SWRAP_RUN_IDENTITY_H
#define SWRAP_RUN_IDENTITY_H

#include "err.h"
#include "identity.h"

enum { RUN_SETS_MAX = 64 };

/* What was asked on the command line. Borrowed strings. */
struct run_wish {
	const char *user;
	uid_t uid;
	gid_t gid;
	const char *profile;	/* NULL = as the rules say */
	const char *config;	/* NULL = SWRAP_CONFIG_DIR */
	uint32_t nsets;
	const char *sets[RUN_SETS_MAX];	/* "Directive=value", in order */
	const char *shell;	/* NULL = that of the user database */
};

/*
 * Fills *id from the wish, the caller's own ids and the user database. NAME is a label: its entry in
 * the database gives groups, home and shell only when it has that very uid, so that no name can
 * lend another's groups to a uid.
 *
 * 0; -EPERM: an ordinary user asked for ids that are not its own, or a setuid program called;
 * -ENOENT: the system user _swrap does not exist; -ENAMETOOLONG; -E2BIG: too many groups.
 */
int run_identity(const struct run_wish *wish, struct identity *id, struct err *e);

#endif
