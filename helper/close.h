/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * close.h - how a session ends: left to run out (linger), or HUP, TERM and KILL; then session.end.
 */
#ifndef SWRAP_CLOSE_H
#define SWRAP_CLOSE_H

#include "helper.h"

/*
 * The application closed, or is gone. Under a profile that lingers, what still runs is left; else it is
 * ended. Idempotent.
 */
void close_begin(struct helper *h);

/* Ends everything, whatever the profile says; ending and reason become those of session.end. */
void close_by_force(struct helper *h, enum ending ending, const char *reason);

/* Sends the next signal when it is due. Returns the next deadline, or 0. */
uint64_t close_deadline(struct helper *h, uint64_t now);

/* Init's end is awaited, what the session used is read, and its control group removed. */
void close_session_gone(struct helper *h);

/* Nothing of the session is left: records session.end, answers CLOSED. */
void close_finish(struct helper *h);

#endif
