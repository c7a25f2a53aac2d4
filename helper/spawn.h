/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spawn.h - starts the two other processes of a session: supervisor and init.
 */
#ifndef SWRAP_SPAWN_H
#define SWRAP_SPAWN_H

#include "helper.h"

/* The sockets between the two: before either is started. 0 or -errno. */
int spawn_prepare(struct helper *h, struct err *e);

/* Session init, in the plan's namespaces: first, since its way to READY is the longer one. */
int spawn_init(struct helper *h, struct err *e);

/* The supervisor; it is told where init is. log_fd is given away. 0 or -errno. */
int spawn_supervisor(struct helper *h, int log_fd, struct err *e);

#endif
