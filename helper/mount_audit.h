/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount_audit.h - what /proc/self/mountinfo says of the mounts of this namespace.
 */
#ifndef SWRAP_MOUNT_AUDIT_H
#define SWRAP_MOUNT_AUDIT_H

#include "plan.h"

/* No mount may be in a peer group. 0 or -EPERM. */
int mount_audit_shared(struct err *e);

/*
 * Every mount that can be reached, those below a read-only or not executable tree too, is so. Asks only
 * when the plan says it of a tree by the profile. 0 or -EPERM.
 */
int mount_audit_rules(const struct plan *plan, struct err *e);

/* The topmost /proc has hidepid= with that value. 0 or -EPERM. */
int mount_audit_hidepid(const char *value, struct err *e);

#endif
