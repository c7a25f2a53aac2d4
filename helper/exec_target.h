/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec_target.h - which file a process that waits in a notified execve wants to run.
 *
 * For the gate, whose processes are the application's. What is found is true of one moment: it
 * decides about a clear refusal, never about permission; that is judged at the exec stop. Reading
 * memory and paths may block on a userfaultfd page or a dead network path: then the gate of that one
 * application stands still, and nothing else.
 */
#ifndef SWRAP_EXEC_TARGET_H
#define SWRAP_EXEC_TARGET_H

#include "../src/attr.h"

#include <limits.h>
#include <linux/seccomp.h>
#include <sys/stat.h>

struct exec_target {
	int fd;			/* owned: O_PATH; -1 = not resolved */
	struct stat st;		/* of fd */
	char asked[PATH_MAX];	/* as in the call; empty = could not be read */
	char path[PATH_MAX];	/* of fd, from the root of the application's mounts; empty = not resolved */
};

/*
 * Fills *target. Returns 0, or -errno: not resolved, as far as it got. target need not be initialised;
 * exec_target_done() afterwards in any case.
 */
int exec_target_find(pid_t tid, const struct seccomp_data *call, struct exec_target *target);

/* Looks again at the same name: after a shell was shadowed anew. As exec_target_find(). */
int exec_target_again(pid_t tid, const struct seccomp_data *call, struct exec_target *target);

void exec_target_done(struct exec_target *target);

#endif
