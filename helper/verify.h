/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verify.h - lets one notified exec go on and judges what really runs, at the exec stop.
 *
 * ptrace belongs to the calling thread: all of one verification happens in one thread, which is also
 * the one that received the notification. Order SEIZE (EXITKILL | TRACEEXEC), CONTINUE, INTERRUPT;
 * waits with __WALL | __WNOTHREAD; an exec by a non-leader thread stops under the TGID.
 */
#ifndef SWRAP_VERIFY_H
#define SWRAP_VERIFY_H

#include "../src/err.h"

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

enum verdict {
	VERIFY_EXACT,		/* the judged image runs */
	VERIFY_RACED,		/* another image was about to run: killed before its first instruction */
	VERIFY_NO_EXEC,		/* the exec failed or was restarted: detached, nothing ran */
	VERIFY_GONE,		/* the process died */
	VERIFY_ERROR,		/* could not be traced; *e says why; nothing was let go on */
};

struct verify_job {
	int listener;
	uint64_t id;		/* of the notification */
	pid_t tid;
	/*
	 * Called at the exec stop with /proc/TGID/exe's stat. Returns 0 when this is what was allowed;
	 * anything else kills. context is the caller's.
	 */
	int (*judge)(pid_t tgid, const struct stat *exe, void *context);
	void *context;
};

enum verdict verify_exec(const struct verify_job *job, struct err *e);

#endif
