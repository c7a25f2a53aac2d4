/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * steps.h - runs a range of steps in their one order.
 */
#ifndef SWRAP_STEPS_H
#define SWRAP_STEPS_H

#include "step.h"

/*
 * Runs first..last: apply, then verify, one outcome each, appended to list. Stops after the first
 * required step that is not applied. Returns 0 when the process may go on, else -1.
 */
int steps_run(struct step_context *c, enum step first, enum step last, struct outcome_list *list);

#endif
