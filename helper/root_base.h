/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root_base.h - what the session's tree begins with: the host's, a directory of it, or nothing. Only for
 * step root, in this order.
 */
#ifndef SWRAP_ROOT_BASE_H
#define SWRAP_ROOT_BASE_H

#include "plan.h"

/* Where the rehearsal finds what to exec, when the tree is not the host's. */
#define ROOT_REHEARSAL WIRE_RUN_DIR "/rehearsal"

/* Whether the tree begins empty, as a tmpfs of ours. */
bool root_base_is_new(const struct plan *plan);

/* A copy of what the rehearsal execs, read-only; -1 when the tree has it; -2 with e set. */
int root_base_rehearsal(const struct plan *plan, struct err *e);

/* The detached tree, or -errno. */
int root_base_open(const struct plan *plan, struct err *e);

/* After the pivot: a /run for what has only the directory's, perhaps another's. */
int root_base_run(const struct plan *plan, struct err *e);

/* In the session's own WIRE_RUN_DIR. -1: nothing to do. */
int root_base_place_rehearsal(int copy, struct err *e);

/* When all rules are applied. */
int root_base_seal(const struct plan *plan, int tree, struct err *e);

#endif
