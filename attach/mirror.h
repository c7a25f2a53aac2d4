/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mirror.h - after the hand-over: signals sent to this process go to the session process, its stops
 * and its end come back, and the relay runs, in one poll loop.
 *
 * Signals come by signalfd, all being blocked: a handler would race with poll(2), would have to
 * share state through globals, and a signal that stops or kills us must not act before the session
 * process has it.
 */
#ifndef SWRAP_ATTACH_MIRROR_H
#define SWRAP_ATTACH_MIRROR_H

#include "relay.h"

#include "../src/wire.h"

struct mirror {
	int sock;
	int signals;			/* the signalfd */
	int unsent;			/* a signal that did not fit into the socket, or 0 */
	bool started;
	uint64_t ignored;		/* signals ignored when we started */
	struct relay *relay;		/* borrowed */
};

enum ending_how {
	ENDING_EXIT,			/* the session process exited: status */
	ENDING_KILL,			/* a signal ended it, or us before it ran: status */
	ENDING_PASS,			/* nothing ran: exec the real shell */
	ENDING_REFUSED,			/* nothing ran */
	ENDING_LOST,			/* the helper is gone or broke the protocol */
};

struct ending {
	enum ending_how how;
	int status;
	char text[192];			/* for the user, or empty; not necessarily NUL-terminated */
};

/* Borrows sock and relay. All signals must be blocked. 0 or -errno. */
int mirror_open(struct mirror *m, int sock, uint64_t ignored, struct relay *relay);

/*
 * Until the end. At WIRE_STARTED every descriptor that is not ours is let go, 0-2 included: before
 * it, 2 is still the user's.
 */
void mirror_run(struct mirror *m, struct ending *ret);

#endif
