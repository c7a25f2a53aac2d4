/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ablate.h - leaves steps out of a plan, to show what each of them carries. In a build for tests only
 * (--enable-control-build); in every other build nothing is left out.
 */
#ifndef SWRAP_HELPER_ABLATE_H
#define SWRAP_HELPER_ABLATE_H

#include "step.h"

/*
 * The steps that SWRAP_CONFIG_DIR/ablate names, one a word, become LEVEL_OFF, and with a namespace the
 * steps that would change the host without it. Sets plan->ablated: the level is never full then. 0, or
 * -EINVAL for a name that is none.
 */
int ablate(struct plan *plan, struct err *e);

/* Does of a step that was left out what a session needs to run at all, and nothing of what it holds. */
void ablate_carry(struct step_context *c, enum step step);

/* Opens a directory that nobody has marked close-on-exec: for the step that closes what is open. */
void ablate_leak(void);

#endif
