/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * session.h - the session process: from a fork of session init, as root, to the user's shell.
 */
#ifndef SWRAP_SESSION_H
#define SWRAP_SESSION_H

#include "step.h"

/*
 * Runs in the forked child and never returns: every step in order, then the outcomes to the helper,
 * then exec. Exits 127 (nothing to exec), 126 (cannot be executed) or 254 (a required step failed);
 * by then the helper has the reason. c->stdio, memfd, init_fd, listener_fd and proc_fd are all at
 * or above SESSION_FIRST_FREE_FD.
 */
_Noreturn void session_run(struct step_context *c);

#endif
