/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keeper.h - the parent that a relayed session process needs in its own session.
 *
 * Under su the shell is the child of a process in its session, so its process group is not orphaned and
 * ^Z stops it. With a pty of attach's own the shell would lead a session whose only outside parent is
 * init: the kernel drops SIGTSTP for such a group (POSIX, orphaned process groups). The keeper leads the
 * session instead, passes on the signals it is sent, tells the helper of stops, and ends as its
 * child did.
 */
#ifndef SWRAP_KEEPER_H
#define SWRAP_KEEPER_H

#include "step.h"

/*
 * In the forked child of init, before any step. Makes the session, takes the terminal, forks. Returns
 * 0 in the new child, which leads a process group in the foreground; the parent never returns.
 * -errno when it could not be done: then there was no fork.
 */
int keeper_split(struct step_context *c, int tty, struct err *e);

#endif
