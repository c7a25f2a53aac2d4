/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gc_leaf.h - the control group of a session whose helper died before it could remove it.
 *
 * Only an empty one goes: the kernel refuses to remove a group with processes or groups in it.
 */
#ifndef SWRAP_GC_LEAF_H
#define SWRAP_GC_LEAF_H

#include <stdbool.h>

/*
 * Removes the group path (below mount, of cgroup_tree_mount(), as session.start has it) of that session;
 * the log is not trusted, so a path that leads elsewhere or has not the session's name is -EINVAL,
 * whatever is there.
 * With dry_run only looks. 1: removed, or there; 0: not there; -EBUSY: somebody is in it; or -errno.
 */
int gc_leaf_remove(int mount, const char *path, const char *session, bool dry_run);

#endif
