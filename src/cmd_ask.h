/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd_ask.h - what swrap explain and swrap check have in common: whose session by which service, and
 * what swrap-helper says to it.
 */
#ifndef SWRAP_CMD_ASK_H
#define SWRAP_CMD_ASK_H

#include "cmd_pam_line.h"
#include "run_helper.h"
#include "run_identity.h"

#define ASK_PAM_DIRECTORY "/etc/pam.d"
#define ASK_OWN_SERVICE "swrap-run"	/* of swrap run: it has no PAM stack */

/* What was said on the command line; it wins over the PAM line. Borrowed strings; NULL: not said. */
struct ask_wish {
	const char *user, *service, *rhost, *profile, *config;
	uint32_t nsets;
	const char *sets[RUN_SETS_MAX];
};

/*
 * The identity the module would capture there, without a terminal, and the line it is called by
 * (line->found false: nobody calls it). 0; -ENOENT no such user; -EPERM that can be told by root only;
 * or -errno.
 */
int ask_identity(const struct ask_wish *wish, struct identity *id, struct pam_line *line, struct err *e);

/* IDENTITY_EXPLAIN. 0 and the text of a JSON object, owned by the caller; 1 and *refused; or -errno. */
int ask_plan(struct identity *id, char **ret_text, struct wire_refused *refused, struct err *e);

/* IDENTITY_CHECK: all of a session but the shell. 0 and *ready; 1 and *refused; or -errno. */
int ask_rehearsal(struct identity *id, struct run_ready *ready, struct wire_refused *refused,
		  struct err *e);

#endif
