/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decide.h - between IDENTITY and the first process: which rule, which profile, what it comes to here.
 */
#ifndef SWRAP_DECIDE_H
#define SWRAP_DECIDE_H

#include "helper.h"

/* Fills h->config and h->choice; may ask the application for groups. 0 or -errno. */
int decide_rule(struct helper *h, uint64_t deadline_usec, struct err *e);

/* After a choice that wraps nothing: tells the application. 1, or -errno. */
int decide_leave_alone(struct helper *h, struct err *e);

/*
 * After one that wraps: fills h->profile and h->plan. What is required and cannot be had is refused here,
 * where nothing runs yet. 0 or -errno.
 */
int decide_plan(struct helper *h, struct err *e);

#endif
