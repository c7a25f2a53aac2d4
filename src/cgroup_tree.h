/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup_tree.h - the tree of control groups of version 2, and where in it a process is: cgroups(7).
 */
#ifndef SWRAP_CGROUP_TREE_H
#define SWRAP_CGROUP_TREE_H

#include <sys/types.h>

/* Its mount, alone or beside version 1: an O_PATH descriptor, or -ENOTSUP. */
int cgroup_tree_mount(void);

/*
 * Opens a group by its path below the mount, slashes in front ignored. The path may be the kernel's, the
 * admin's or a record's: nothing in it leads out of the mount. A descriptor or -errno.
 */
int cgroup_tree_open(int mount, const char *path);

/*
 * The path of a process, as /proc/PID/cgroup shows it to us; pid 0 is ourselves. 0; -ENOTSUP: it is in no
 * group of version 2, or the path does not fit; or -errno of reading.
 */
int cgroup_tree_path(pid_t pid, char *path, size_t size);

#endif
