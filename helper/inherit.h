/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inherit.h - the helper's first act: take nothing from the parent that was not agreed.
 *
 * The parent may be a setuid program (su) run by anyone: environment, descriptors, signal state,
 * limits and session are the attacker's choice until this has run.
 */
#ifndef SWRAP_INHERIT_H
#define SWRAP_INHERIT_H

#include "../src/err.h"

#include <stdbool.h>
#include <sys/types.h>

enum { INHERIT_CONTROL_FD = 3 };	/* the one descriptor beside 0-2 that the parent hands over */

struct inherited {
	bool privileged;	/* uid 0, all three; else swrap run by an ordinary user */
	pid_t app;		/* who made the control socket, from the kernel */
	uid_t app_uid;
	int app_pidfd;		/* owned; SO_PEERPIDFD (6.5), else pidfd_open of app */
};

/*
 * Checks ids, descriptors and caller; resets signals, limits, umask, cwd, session; makes the process
 * non-dumpable, read back. 0, or -errno with the reason in e: then the helper must exit at once.
 * Errors: EPERM (ids differ, caller is somebody else), EBADF (descriptors), ENOTSOCK.
 */
int inherit_nothing(struct inherited *ret, struct err *e);

/* What the helper ignores, and whoever execs for the user must put back; the rest it leaves default. */
bool inherit_is_ignored(int signo);

/* PR_SET_DUMPABLE 0, read back. Every process of ours calls it. */
int inherit_undumpable(struct err *e);

#endif
