/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ablate.h - leaves steps out of a plan, to show what each of them carries. In a build for tests only
 * (--enable-control-build); in every other build nothing is left out.
 */
#ifndef SWRAP_HELPER_ABLATE_H
#define SWRAP_HELPER_ABLATE_H

#include "plan.h"

/*
 * The steps that SWRAP_CONFIG_DIR/ablate names, one a word, become LEVEL_OFF, and with a namespace the
 * steps that would change the host without it. Sets plan->ablated: the level is never full then. 0, or
 * -EINVAL for a name that is none.
 */
int ablate(struct plan *plan, struct err *e);

#endif
