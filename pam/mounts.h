/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounts.h - lets a few mounts of a fresh mount namespace leave their peer groups and come back.
 *
 * What is mounted on a shared mount appears in every peer, the host included. So the mounts that
 * the shadows land on leave their group while that happens, and rejoin it afterwards: then another
 * module's umount at close still reaches the host, and a mount of the admin still appears here.
 * Rejoining needs MOVE_MOUNT_SET_GROUP (5.15); without it they stay slaves: what happens on
 * the host appears here, but not the other way round.
 *
 * Order: mounts_note() for every path before unshare, mounts_leave() after it, mounts_return()
 * last.
 */
#ifndef SWRAP_PAM_MOUNTS_H
#define SWRAP_PAM_MOUNTS_H

#include "../src/err.h"

#include <stdint.h>

/* Every shell may be on a mount of its own, and /run. */
enum { MOUNTS_MAX = 65 };

enum mounts_mode {
	MOUNTS_REJOIN,
	MOUNTS_SLAVE,
};

struct mount_place {
	char *root;		/* where the mount begins; owned */
	uint64_t id;		/* of the host's mount */
	uint64_t shared;	/* its peer group, 0 = private; such a mount is left alone */
	uint64_t master;	/* the group it is a slave of, 0 = none */
	int host_fd;		/* O_PATH of the host's mount root; keeps it busy: release soon */
	int here_fd;		/* the same in the new namespace, -1 before mounts_leave() */
};

struct mount_list {
	unsigned int n;
	struct mount_place items[MOUNTS_MAX];
};

/* Does the kernel know MOVE_MOUNT_SET_GROUP? */
enum mounts_mode mounts_best_mode(void);

/* Notes the mount that path (absolute, no symlinks) is in, once. 0 or -errno. */
int mounts_note(struct mount_list *list, const char *path, struct err *e);

/* Reads the peer groups of all noted mounts: call once, after the last mounts_note(). */
int mounts_read_groups(struct mount_list *list, struct err *e);

/* In the new namespace: takes the noted mounts out of their groups. */
int mounts_leave(struct mount_list *list, enum mounts_mode mode, struct err *e);

/*
 * In the new namespace: puts them back and reads back that the kernel did. 0, 1 when the kernel
 * refuses a mount its group (MOUNTS_SLAVE is left to try, in another namespace), or -errno.
 */
int mounts_return(struct mount_list *list, enum mounts_mode mode, struct err *e);

/* Closes what mounts_leave() opened, so that the list can be used for another attempt. */
void mounts_forget_here(struct mount_list *list);

/* Closes and frees all. */
void mounts_done(struct mount_list *list);

#endif
