/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * relay.h - a pty between the session and a terminal that belongs to somebody else, the shell below
 * an interactive su. The session's processes get the slave; this process copies between the master
 * and the real terminal, which is raw while it does, so that ^C and ^Z act inside.
 *
 * Signals must be blocked while the relay runs: a blocked SIGTTOU lets us set modes and write when
 * not in the foreground, a blocked SIGTTIN turns a read there into EIO instead of a stop.
 */
#ifndef SWRAP_ATTACH_RELAY_H
#define SWRAP_ATTACH_RELAY_H

#include <asm/poll.h>
#include <asm/termbits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relay_buffer {
	size_t at, end;			/* what is still to be written is data[at..end) */
	unsigned char data[8 * 1024];
};

/* Without a relay all descriptors are -1 and every function below does nothing. */
struct relay {
	int real;			/* an open file of our own of the terminal, non-blocking */
	int master;			/* non-blocking */
	int slave;			/* kept: with no slave open, reading the master fails */
	bool raw;			/* the terminal's modes are ours; saved has the others */
	bool pipeline;			/* stdout is not the terminal: keep its output modes */
	struct termios2 saved;
	struct relay_buffer in, out;	/* real to master; master to real */
};

void relay_none(struct relay *r);

static inline bool relay_exists(const struct relay *r)
{
	return r->master >= 0;
}

/* Whether this process group may read the terminal. */
bool relay_foreground(int tty);

/* Opens the pty with modes and size of tty (borrowed). 0 or -errno, then nothing is open. */
int relay_open(struct relay *r, int tty, bool pipeline);

/*
 * Takes the terminal if this process is in its foreground; else relay_timeout() makes us ask
 * again.
 */
void relay_enter(struct relay *r);

/* Gives the terminal back with the modes it had. Harmless when not taken. */
void relay_leave(struct relay *r);

/* The terminal's size to the session, whose foreground gets SIGWINCH from the kernel. */
void relay_resize(const struct relay *r);

/* How long to wait at most, in ms, or NULL for ever. */
const int64_t *relay_timeout(const struct relay *r);

/* Fills two slots for poll(2), then works on what they say. Never blocks. */
void relay_watch(const struct relay *r, struct pollfd *real, struct pollfd *master);
void relay_copy(struct relay *r, const struct pollfd *real, const struct pollfd *master);

/*
 * What the session had written when it ended or stopped goes out; gives up when the terminal takes
 * nothing.
 */
void relay_drain(struct relay *r);

#endif
