/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spawn.h - starts swrap-helper, clean of everything the application is.
 *
 * The application may be big (sshd), setuid (su: the caller's real uid and groups), have odd
 * descriptors, signals and limits, ignore SIGCHLD or wait for any child. None of it may reach the
 * helper, and the application must not notice it had a child.
 */
#ifndef SWRAP_PAM_SPAWN_H
#define SWRAP_PAM_SPAWN_H

#include "../src/err.h"

#include <stdbool.h>
#include <stdint.h>

struct helper {
	int control;	/* our end: non-blocking, close-on-exec, above 3 */
	int pidfd;
	bool fail_open;	/* the profile says Fail=open, as far as the helper has told */
	bool failed;	/* no answer, or a wrong one: to be killed, not left to end by itself */
};

void helper_init(struct helper *helper);

/*
 * Runs SWRAP_HELPER_PATH, once it is checked to be root's and its directories too. fd_size is
 * application.fd_size. The calling process must have one thread. Returns 0 when the helper's image
 * runs, or -errno; then no process and no descriptor is left.
 */
int helper_spawn(struct helper *helper, uint64_t fd_size, struct err *e);

/* SIGKILL by pidfd: cannot hit another process. Harmless when it is gone. */
void helper_kill(const struct helper *helper);

/* Closes both descriptors: without GATE the helper takes the end of the conversation as an end. */
void helper_done(struct helper *helper);

#endif
