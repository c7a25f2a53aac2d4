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

/*
 * Bounds the waits of one thread: a timer that interrupts them, since no stop comes while an exec
 * hangs on a dead file system. Made once by the thread that verifies, before its own filter (it needs
 * timer_create and rt_sigaction; a verification only timer_settime). Uses SIGALRM, sent to that thread.
 */
struct verify_watch {
	int timer;
};

/* Unblocks SIGALRM in the calling thread. 0 or -errno. */
int verify_watch_open(struct verify_watch *watch, struct err *e);

struct verify_job {
	int listener;
	uint64_t id;		/* of the notification */
	pid_t tid;
	const struct verify_watch *watch;	/* of this thread; NULL: the wait has no bound */
	/*
	 * Called at the exec stop with /proc/TGID/exe's stat. Returns 0 when this is what was allowed;
	 * anything else kills. context is the caller's.
	 */
	int (*judge)(pid_t tgid, const struct stat *exe, void *context);
	void *context;
};

/*
 * VERIFY_ERROR: the notification is still unanswered (ETIMEDOUT excepted: the process was killed), so
 * the caller denies with an errno. EPERM: untraceable, somebody traces it already. No other thread of
 * the process may wait for "any child" without __WNOTHREAD: it would take the stops away.
 */
enum verdict verify_exec(const struct verify_job *job, struct err *e);

#endif
