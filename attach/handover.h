/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * handover.h - packs what this process was started with and gives it to swrap-helper: arguments,
 * environment and directory in a sealed memfd, descriptors 0-2, the signal state, and a way to the
 * controlling terminal. Nothing in it is trusted over there: it is the user's.
 *
 * Used in the order of the declarations, once. All return 0 (or a descriptor) or -errno.
 */
#ifndef SWRAP_ATTACH_HANDOVER_H
#define SWRAP_ATTACH_HANDOVER_H

#include "real.h"
#include "relay.h"

#include "../src/wire.h"

struct handover {
	struct wire_attach message;
	int memfd;
	int give[3];			/* what is sent for 0..2; -1: was not open. Borrowed */
	int tty;			/* the controlling terminal among 0..2, or -1 */
};

/*
 * Notes open descriptors and the signal state. Must come before anything of this process changes.
 */
void handover_note(struct handover *h);

/*
 * The connection to the helper, above 9, its other end verified to be root's. -ENOENT or
 * -ECONNREFUSED: there is no helper; -EPERM: somebody else listens there.
 */
int handover_connect(void);

/*
 * Fills the memfd. -E2BIG above WIRE_ATTACH_MAX_BYTES, -EFBIG when RLIMIT_FSIZE does not allow it.
 */
int handover_pack(struct handover *h, const struct start *s);

/*
 * Chooses what happens with the controlling terminal (DESIGN, "Controlling tty") and opens the
 * relay where that is the choice.
 */
int handover_terminal(struct handover *h, struct relay *relay);

/*
 * Gives the terminal up if so chosen, blocks all signals, sends. From here on signals are to be
 * read from a signalfd. Closes the memfd.
 */
int handover_send(struct handover *h, int sock);

/* The way back, for exec of the real shell: terminal and signal mask as they were. */
void handover_undo(const struct handover *h);

#endif
