/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root_rules.h - what a profile changes of the host's tree: masks, read-only and private places.
 */
#ifndef SWRAP_ROOT_RULES_H
#define SWRAP_ROOT_RULES_H

#include "plan.h"

/*
 * Copies made before the root becomes read-only, in which home and /dev/pts stay as they are.
 * Index = that of plan->mounts; -1 = none.
 */
struct root_copies {
	int writable[PLAN_MOUNTS];
	int pts;
};

void root_copies_init(struct root_copies *copies);
void root_copies_done(struct root_copies *copies);
int root_copies_take(struct root_copies *copies, const struct plan *plan, struct err *e);

/*
 * Applies the rules for paths below /proc (proc true) or all the others. What is absent is passed
 * over. Needs WIRE_RUN_DIR to be the session's own tmpfs: the masks are made of it.
 */
int root_rules_apply(const struct plan *plan, struct root_copies *copies, bool proc, struct err *e);

/* Asks the kernel what each path is now. */
int root_rules_verify(const struct plan *plan, bool proc, struct err *e);

#endif
