/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * real.h - the shell that swrap-attach stands in for.
 */
#ifndef SWRAP_ATTACH_REAL_H
#define SWRAP_ATTACH_REAL_H

/* What the kernel gave at exec. Borrowed from the stack; never changed. */
struct start {
	int argc, envc;
	char **argv, **envp;
	const char *execfn;		/* AT_EXECFN or NULL */
};

/* The exit statuses of swrap-attach itself. */
enum {
	REAL_NOT_RUNNABLE = 126,
	REAL_NOT_FOUND = 127,
	REAL_REFUSED = 254,		/* swrap does not let this session run, or lost it */
};

/*
 * Execs the real shell in place of this process, argv and environment as they came. Returns only on
 * failure, with the exit status, after one line on descriptor 2. Grants nothing: whether this
 * process may exec that file is the gate's decision, not ours. A gate whose helper is gone answers
 * ENOSYS.
 */
int real_exec(const struct start *s);

/*
 * The same when no session could be had and nothing has run yet: for break-glass users and fail=open,
 * whose application is not gated. In any other the gate refuses it, and this returns.
 */
void real_instead(const struct start *s);

#endif
