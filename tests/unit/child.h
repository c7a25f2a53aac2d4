/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * child.h - runs a part of a test in a process of its own, so that what it does to itself (ids,
 * limits, filters) ends with it, and in a world of its own, so that no mount reaches the host.
 *
 * In the child cmocka's assertions would jump back into the parent's runner: there it is EXPECT, which
 * names the line and exits.
 */
#ifndef SWRAP_CHILD_H
#define SWRAP_CHILD_H

#include "unit.h"

#include "src/attr.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { CHILD_FAILED = 99, CHILD_NO_WORLD = 98, CHILD_SECONDS = 20 };

#define EXPECT(condition) \
	do { \
		if (!(condition)) { \
			(void)dprintf(2, "%s:%d: not true: %s (%s)\n", __FILE__, __LINE__, #condition, \
				      strerror(errno)); \
			_exit(CHILD_FAILED); \
		} \
	} while (0)

typedef void child_body(void *context);

/* The exit code of a child, or 128 + its signal. */
static inline int child_wait(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, __WALL) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline pid_t child_start(child_body *body, void *context)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* no test leaves a process behind */
	(void)alarm(CHILD_SECONDS);
	body(context);
	_exit(0);
}

static inline int child_run(child_body *body, void *context)
{
	return child_wait(child_start(body, context));
}

struct child_world {
	int namespaces;
	child_body *body;
	void *context;
};

static inline void child_enter_world(void *context)
{
	const struct child_world *world = context;

	if (unshare(world->namespaces | CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(CHILD_NO_WORLD);
	_exit(child_run(world->body, world->context));
}

/* The same in new namespaces (CLONE_NEW*; the mount namespace always), with CLONE_NEWPID as PID 1. */
static inline int child_run_in(int namespaces, child_body *body, void *context)
{
	struct child_world world = { namespaces, body, context };

	return child_run(child_enter_world, &world);
}

/* A skipped test says what is missing. */
#define SKIP_UNLESS(condition, missing) \
	do { \
		if (!(condition)) { \
			print_message("          skipped: " missing "\n"); \
			skip(); \
		} \
	} while (0)

/* Below a filter of ours a sanitizer's own calls are forbidden, too. */
#ifdef __SANITIZE_ADDRESS__
#define NEEDS_NO_SANITIZER() SKIP_UNLESS(false, "a sanitizer makes calls of its own")
#else
#define NEEDS_NO_SANITIZER() (void)0
#endif

#define NEEDS_ROOT() SKIP_UNLESS(geteuid() == 0, "needs root")

#endif
