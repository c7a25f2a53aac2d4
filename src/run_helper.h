/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run_helper.h - starts swrap-helper for "swrap run" and hears what became of the steps.
 */
#ifndef SWRAP_RUN_HELPER_H
#define SWRAP_RUN_HELPER_H

#include "err.h"
#include "identity.h"
#include "outcome.h"

enum { RUN_READY_USEC = 10 * 1000 * 1000 };	/* the module's own limit */

/* A started helper. Owned: run_helper_done() closes the socket. */
struct run_helper {
	pid_t pid;		/* our child, never reaped before run_helper_done() */
	int fd;			/* the control socket */
};

struct run_ready {
	enum sandbox_level level;
	uint32_t steps;
	struct outcome outcomes[STEP_COUNT];
};

/* Starts path with the socket as its descriptor 3 and nothing else of ours. 0 or -errno. */
int run_helper_start(struct run_helper *helper, const char *path, struct err *e);

/*
 * Sends the identity and waits for the answer, RUN_READY_USEC at most. Returns 0 with *ready;
 * 1 with *refused; -EPIPE: it ended without an answer; -ETIMEDOUT; -EPROTO: an answer of another kind.
 */
int run_helper_ask(const struct run_helper *helper, const struct identity *id,
		   struct run_ready *ready, struct wire_refused *refused, struct err *e);

/*
 * The same for an identity of IDENTITY_EXPLAIN: 0 with the text of PLAN, owned by the caller and ended by a
 * NUL.
 */
int run_helper_explain(const struct run_helper *helper, const struct identity *id, char **ret_text,
		       struct wire_refused *refused, struct err *e);

/* Copies a REFUSED body, its texts terminated whatever the sender did. False: of the wrong size. */
bool run_helper_refused(const struct message *m, struct wire_refused *refused);

/*
 * Closes the socket. kill_it: kills and reaps it too, for a helper that never became useful; one that
 * served may rightly outlive us with processes that linger.
 */
void run_helper_done(struct run_helper *helper, bool kill_it);

#endif
