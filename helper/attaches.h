/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attaches.h - the channels of one application: at most HELPER_ATTACHES at once, each a swrap-attach and
 * the session process that stands behind it.
 */
#ifndef SWRAP_ATTACHES_H
#define SWRAP_ATTACHES_H

#include "helper.h"

/* A connection on h->listen_fd. Refuses, lets pass, or waits for its ATTACH. */
void attaches_accept(struct helper *h);

/* swrap run: the control socket itself is the one attach, and its RUN has been received. */
void attaches_run(struct helper *h);

/* Something on the socket of a. */
void attaches_receive(struct helper *h, struct attach *a);

/* What init says of session processes: STARTED, OUTCOMES, EXEC_FAILED, STATUS. */
void attaches_status(struct helper *h, const struct message *m);

/* Is there an attach whose session process was asked for and has not been told to have ended? */
bool attaches_any(const struct helper *h);

/* ATTACH that never came, orphans that did not go. Returns the next deadline, or 0. */
uint64_t attaches_deadline(struct helper *h, uint64_t now);

/*
 * What was sent before CLOSE counts: su signals its child and closes at once, and attach may still be on its
 * way to pass the signal on. Waits for that at most ATTACHES_SETTLE_USEC, when there is any attach left.
 */
enum { ATTACHES_SETTLE_USEC = 100000 };
void attaches_settle(struct helper *h);

/* Closes every socket: attach itself may hold what the application waits for. */
void attaches_close(struct helper *h);

#endif
