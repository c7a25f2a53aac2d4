/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rehearsal.h - proves before READY that a session can be had: session init's own steps, then a throw-away
 * session process with every step and one real exec through the supervisor.
 *
 * All three: 0, or -errno with the step that stops the session as what. What came of each step is in
 * h->outcomes, whole after rehearsal_run().
 */
#ifndef SWRAP_HELPER_REHEARSAL_H
#define SWRAP_HELPER_REHEARSAL_H

#include "helper.h"

/* Asks init for the throw-away process. It may be sent before init's own steps are done. */
int rehearsal_start(struct helper *h, struct err *e);

/* Waits for the outcomes of init's own steps and checks them. */
int rehearsal_check_init(struct helper *h, uint64_t deadline_usec, struct err *e);

/* Waits for the process, for its exec as the supervisor saw it, and for its end. */
int rehearsal_run(struct helper *h, uint64_t deadline_usec, struct err *e);

#endif
