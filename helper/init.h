/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * init.h - session init: PID 1 of the session. Owns its namespaces, forks the session processes, reaps,
 * forwards signals, and takes everything down when the helper is gone.
 */
#ifndef SWRAP_INIT_H
#define SWRAP_INIT_H

#include "step.h"

struct init_start {
	int helper_fd;		/* INNER_* both ways; EOF = the helper is gone: kill everything */
	int listener_fd;	/* handed to the session processes */
	struct step_context *context;	/* plan and host namespaces */
};

/* Runs in the child that the clone made. Never returns. */
_Noreturn void init_main(const struct init_start *start);

#endif
