/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * user_map.h - which ids a session's user namespace has. Ids keep their numbers: who is nobody inside
 * is whoever is not listed.
 *
 *   self      root, the user, and the user's groups
 *   identity  all
 *   own       the user and the user's group alone: all that an ordinary user may map
 */
#ifndef SWRAP_USER_MAP_H
#define SWRAP_USER_MAP_H

#include "plan.h"

#include <sys/types.h>

enum { USER_MAP_BYTES = 4096 };	/* the kernel takes less than a page */

struct user_map {
	bool own;
	char uids[USER_MAP_BYTES], gids[USER_MAP_BYTES];	/* as they are written */
};

/* 0, or -E2BIG: more groups than the kernel has room for. */
int user_map_build(struct user_map *map, const struct plan *plan, struct err *e);

/*
 * Right after the clone, over a pair of connected sockets: the helper gives, session init takes, and
 * neither goes on before the maps are there. Whose map is its own writes it itself. 0 or -errno, on both
 * sides; ECHILD: the other side is gone.
 */
int user_map_give(const struct user_map *map, int sync_fd, pid_t init, struct err *e);
int user_map_take(const struct user_map *map, int sync_fd);

/* Asks the kernel whether the caller's maps are these. 0, -EPERM or -errno. */
int user_map_verify(const struct user_map *map, struct err *e);

#endif
