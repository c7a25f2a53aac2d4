/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gate.h - answers for the application's own execs: a process whose euid is not 0 may exec nothing
 * but swrap-attach, and that is verified at the exec stop. DESIGN.md section 2, "The gate verifies".
 */
#ifndef SWRAP_GATE_H
#define SWRAP_GATE_H

#include "tally.h"

#include "../src/err.h"

#include <stdint.h>
#include <sys/types.h>

struct gate_config {
	int listener;			/* owned by the gate from here on */
	int record_fd;			/* supervisor socket, for INNER_RECORD; the gate makes its own copy */
	int attach_fd;			/* O_PATH of the mounted attach; borrowed; for re-shadowing */
	int mount_ns_fd;		/* of the application; borrowed; for re-shadowing */
	int root_fd;			/* O_PATH, likewise: its shells are below, and it may be in a chroot */
	uint64_t dev, ino;		/* of attach */
	uid_t session_uid;
	uid_t requester;		/* the caller of su: may exec anything when r = e = s and not session_uid */
	const char *const *shells;	/* the shadowed files; borrowed, lives as long as the process */
	uint32_t nshells;
	struct tally *tally;
};

struct gate;

/*
 * Makes the gate's own thread, which waits: while the rehearsal runs there is time for it. After every
 * fork of the helper's. It traces and forks, so no other thread of the process may wait for "any
 * child" without __WNOTHREAD. 0 or -errno.
 */
int gate_prepare(struct gate **ret, struct err *e);

/*
 * Hands the thread its work, and itself: g is gone from here on. The config is copied. 0 or -errno,
 * then the listener is closed and every exec below it fails. The thread ends at the listener's HUP.
 */
int gate_start(struct gate *g, const struct gate_config *config, struct err *e);

#endif
