/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gate_record.h - the gate's records, sent to the supervisor, which writes them.
 *
 * Nothing here waits: a supervisor that is stuck or gone must not hold up the application's execs. What
 * cannot be sent is counted in the tally and said to syslog.
 */
#ifndef SWRAP_GATE_RECORD_H
#define SWRAP_GATE_RECORD_H

#include "inner.h"
#include "tally.h"

#include <limits.h>
#include <stdbool.h>

enum { GATE_MEMBERS_BYTES = 2 * 5 * PATH_MAX + 512 };	/* two paths, every byte escaped */

/* One packet, as it is sent. Large: lives with the gate, not on its thread's stack. */
struct gate_record {
	struct wire_header wire;
	struct inner_record head;
	char members[GATE_MEMBERS_BYTES];
};

struct gate_denial {
	const char *reason;	/* "not-attach", "shell-replaced", "raced", "untraceable", ... */
	const char *asked;	/* path as in the call; "" = could not be read */
	const char *path;	/* what it led to; "" = not resolved */
	pid_t pid;
	uid_t euid;
};

/* gate.deny, also for syslog; counts gate_denied. fd: the supervisor's socket, borrowed. */
void gate_record_denial(struct gate_record *record, int fd, struct tally *tally,
			const struct gate_denial *denial);

/* gate.reshadow: path is shadowed again; weak as in reshadow.h. */
void gate_record_reshadow(struct gate_record *record, int fd, struct tally *tally,
			  const char *path, bool weak);

#endif
