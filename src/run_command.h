/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run_command.h - hands COMMAND to the session and stands in for it: forwards signals, stops when
 * it stops, returns its status. What swrap-attach is to a login, this is to "swrap run".
 *
 * The command runs in a session and process group of its own, without a controlling terminal: it may
 * read and write the terminal it was given, and ^C and ^Z reach it through us.
 */
#ifndef SWRAP_RUN_COMMAND_H
#define SWRAP_RUN_COMMAND_H

#include "err.h"
#include "wire.h"

#include <signal.h>
#include <stdint.h>

/* The caller's signal state and our descriptor for the signals we forward. */
struct run_signals {
	int fd;			/* signalfd; owned by the process until it exits */
	uint64_t ignored, blocked;
};

/* Notes the state, then blocks what is forwarded. 0 or -errno. */
int run_signals_take(struct run_signals *signals, struct err *e);

/*
 * Sends RUN with argv, our environment, our cwd and those of descriptors 0-2 in open_fds (bit N), and
 * gives 0 and 1 up. 0 or -errno; -E2BIG: more than WIRE_ATTACH_MAX_BYTES.
 */
int run_command_send(int fd, char *const argv[], unsigned int open_fds,
		     const struct run_signals *signals, struct err *e);

/*
 * Until the helper has closed the conversation, that is until the last descendant is gone. Returns 0
 * and *exited; 1 and *refused; -EPIPE: the helper ended before the command did; or -errno.
 */
int run_command_mirror(int fd, const struct run_signals *signals, struct wire_exited *exited,
		       struct wire_refused *refused, struct err *e);

#endif
