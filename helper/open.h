/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * open.h - from IDENTITY to READY: plan, supervisor, session init, rehearsal.
 */
#ifndef SWRAP_OPEN_H
#define SWRAP_OPEN_H

#include "helper.h"

/* Receives and validates IDENTITY, which comes without the groups. 0 or -errno. */
int open_identity(struct helper *h, struct err *e);

/*
 * Waits for GROUPS, which follows as soon as the application knows them; harmless when they are known.
 * h->identity has no groups before: who needs them calls this first. 0 or -errno.
 */
int open_groups(struct helper *h, struct err *e);

/*
 * Builds the whole sandbox and proves it in a rehearsal; h->outcomes and h->level are what was
 * verified. 0; 1: no rule wraps this session, the application knows, and nothing was started; or -errno
 * with h->ending set: nothing runs then but the supervisor.
 */
int open_session(struct helper *h, struct err *e);

/* Answers the application. */
int open_ready(struct helper *h, struct err *e);
void open_refused(struct helper *h, const struct err *e);

#endif
