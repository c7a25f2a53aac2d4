/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount_query.h - what the kernel says of mounts, a call a mount: statmount(2) and listmount(2), since
 * Linux 6.8. Reading mountinfo instead costs the time of all mounts for a question about one.
 *
 * Before 6.8, and where a filter knows neither call, everything here is -errno; the caller then reads
 * mountinfo.
 */
#ifndef SWRAP_MOUNT_QUERY_H
#define SWRAP_MOUNT_QUERY_H

#include <stdbool.h>
#include <stdint.h>

/* Peer groups by their numbers, as in mountinfo; 0 = none. */
struct mount_groups {
	uint64_t shared, master;
};

/* Of the mount that descriptor is in. 0 or -errno. */
int mount_query_groups(int fd, struct mount_groups *ret);

/* Is any mount of this process's name space shared with another? 0 or -errno. */
int mount_query_shared(bool *ret);

#endif
