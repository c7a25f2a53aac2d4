/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup_place.h - where a leaf may be made: the group above it, opened.
 */
#ifndef SWRAP_HELPER_CGROUP_PLACE_H
#define SWRAP_HELPER_CGROUP_PLACE_H

#include "../src/err.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * Opens the group below which a leaf with those controllers (enum cgroup_controller) may be made, and
 * writes its path, as /proc/PID/cgroup would show it, to path. parent: CgroupParent=, or NULL for the
 * nearest above app's own. Returns a descriptor, or -ENOTSUP (no version 2, a controller is missing),
 * -EPERM (no group is ours to divide), or -errno.
 */
int cgroup_place_open(const char *parent, pid_t app, uint32_t controllers, char *path, size_t size,
		      struct err *e);

/* The words of a controllers file, as bits. */
uint32_t cgroup_place_controllers(int group, const char *file);

#endif
