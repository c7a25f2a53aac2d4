/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * peer.h - what the kernel says of the process at the other end of a socket. Never what it says itself.
 */
#ifndef SWRAP_PEER_H
#define SWRAP_PEER_H

#include "inner.h"

#include "../src/err.h"
#include "../src/identity.h"

/*
 * A pidfd of the process that connected: SO_PEERPIDFD (6.5); on older kernels pidfd_open(pid), which
 * may name a successor when the peer is gone already. Returns it (close-on-exec) or -errno.
 */
int peer_pidfd(int socket_fd, pid_t pid, struct err *e);

struct peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	uint32_t ngroups;
	gid_t groups[IDENTITY_GROUPS];
};

/* SO_PEERCRED and SO_PEERGROUPS. 0 or -errno; -E2BIG for more than IDENTITY_GROUPS groups. */
int peer_identity(int socket_fd, struct peer *ret, struct err *e);

/*
 * Fills the fields of start that describe the process pid: limits, nice, oom_score_adj, umask. The
 * caller holds a pidfd and checks afterwards that the process still lives. 0 or -errno.
 */
int peer_manners(pid_t pid, struct inner_start *start, struct err *e);

/* The file pid runs, as the kernel names it. 0 or -errno. */
int peer_image(pid_t pid, char *path, size_t size, struct err *e);

/* That file itself, by the mount it was executed from: an O_PATH descriptor, owned, or -errno. */
int peer_open_image(pid_t pid, struct err *e);

/* Does that process still live? */
bool peer_alive(int pidfd);

#endif
