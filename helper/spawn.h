/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spawn.h - starts the two other processes of a session: supervisor and init.
 */
#ifndef SWRAP_SPAWN_H
#define SWRAP_SPAWN_H

#include "helper.h"

/* The supervisor first: every record goes through it. log_fd is given away. 0 or -errno. */
int spawn_supervisor(struct helper *h, int log_fd, struct err *e);

/* Session init, in the plan's namespaces. Tells the supervisor its pid. 0 or -errno. */
int spawn_init(struct helper *h, struct err *e);

#endif
