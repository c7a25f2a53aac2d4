/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervisor.h - the process that answers the session's exec notifications and writes its records.
 */
#ifndef SWRAP_SUPERVISOR_H
#define SWRAP_SUPERVISOR_H

#include "plan.h"
#include "tally.h"

#include "../src/identity.h"

struct supervisor_start {
	int helper_fd;			/* INNER_* both ways; EOF = the helper died: write session.end, exit */
	int listener_fd;		/* INNER_LISTENER from session processes */
	int log_dir_fd;			/* O_PATH of the log directory: to see a rotation */
	int log_fd;			/* events.ndjson, O_APPEND */
	const struct identity *identity;
	const struct plan *plan;
	struct tally *tally;		/* MAP_SHARED */
	bool unprivileged;		/* swrap run by an ordinary user: same uid, no capabilities */
};

/*
 * Runs in a child of the helper that has closed everything else, as root until it has cut its own
 * rights: uid supervisor_uid, three capabilities, no_new_privs, its own filter. Never returns; exits 0
 * after FINISH, 1 when the cut failed (then it has sent INNER_FAULT).
 */
_Noreturn void supervisor_main(const struct supervisor_start *start);

#endif
