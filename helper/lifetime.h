/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lifetime.h - when a session ends by itself: RuntimeMaxSec= and IdleTimeoutSec=.
 *
 * A session is idle when every running channel has a terminal on which nothing was typed, and nothing
 * was executed, for that long. A channel without a terminal (scp, a command, a forwarded port) counts as
 * busy: what flows through it is not seen. The kernel keeps a terminal's time of reading to 8 seconds
 * (drivers/tty/tty_io.c, tty_update_time).
 */
#ifndef SWRAP_HELPER_LIFETIME_H
#define SWRAP_HELPER_LIFETIME_H

#include "helper.h"

/* Serving begins. */
void lifetime_begin(struct helper *h, uint64_t now_usec);

/* Which of the descriptors of a channel is a terminal, and its name: kept in *a. */
void lifetime_note_terminal(struct attach *a, const int *fds, int n);

/* Ends the session when it is time. Returns when to ask again, or 0. */
uint64_t lifetime_deadline(struct helper *h, uint64_t now_usec);

#endif
