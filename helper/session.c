/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

#include "inherit.h"
#include "steps.h"

#include "../src/channel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

enum { EXIT_CANNOT_EXECUTE = 126, EXIT_NOT_FOUND = 127, EXIT_REFUSED = 254 };

static int send_outcomes(const struct step_context *c, const struct outcome_list *list)
{
	struct inner_outcomes body = {
		.id = c->start->id,
		.stdio_replaced = c->stdio_replaced,
		.list = *list,
	};

	return channel_send(c->init_fd, (enum wire_type)INNER_OUTCOMES, &body, sizeof(body), NULL, 0);
}

/* As the login had them: what was ignored there stays ignored, the rest is default. */
static void restore_signals(const struct inner_start *start)
{
	sigset_t blocked;

	(void)sigemptyset(&blocked);
	for (int signo = 1; signo < NSIG; signo++) {
		struct sigaction action = { .sa_handler = SIG_DFL };
		uint64_t bit = (uint64_t)1 << (signo - 1);

		if (start->ignored & bit)
			action.sa_handler = SIG_IGN;
		if (start->blocked & bit)
			(void)sigaddset(&blocked, signo);
		/* The rest has been default since the helper's start. EINVAL: KILL, STOP and libc's own. */
		if (action.sa_handler == SIG_IGN || inherit_is_ignored(signo))
			(void)sigaction(signo, &action, NULL);
	}
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
}

#ifdef SWRAP_BENCH_BUILD
#include <time.h>

/* tests/bench: when the exec began, in nanoseconds, to whoever reads standard output. */
static void stamp(void)
{
	struct timespec now;
	uint64_t nsec;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	nsec = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	(void)!write(1, &nsec, sizeof(nsec));
}
#else
static void stamp(void)
{
}
#endif

/* swrap run: COMMAND is looked up as a shell would, in the user's PATH, inside the session. */
static void exec_command(const struct step_context *c)
{
	if (c->plan->identity->direct && c->start->id != 0)
		(void)execvpe(c->argv[0] ? c->argv[0] : "", c->argv, c->envp);
	else
		(void)execve(c->start->path, c->argv, c->envp);
}

static _Noreturn void report_exec_failure(const struct step_context *c, int num)
{
	struct inner_status body = { .id = c->start->id, .value = num };

	(void)channel_send(c->init_fd, (enum wire_type)INNER_EXEC_FAILED, &body, sizeof(body), NULL, 0);
	/* Attach has given its own away by now: only here is the user's standard error at hand. */
	if (c->start->id != 0 && !c->plan->identity->direct)
		(void)dprintf(2, "swrap: child setup failed: exec: %s\n", strerrordesc_np(num));
	_exit(num == ENOENT || num == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE);
}

void session_run(struct step_context *c)
{
	struct outcome_list list = { .n = 0 };
	int r;

	/*
	 * swrap run by an ordinary user: the supervisor has no capability, and may read only what is
	 * dumpable. Nobody is kept from anything by that: all is the user's own.
	 */
	if (!c->plan->privileged)
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* a failure shows in the rehearsal */
	r = steps_run(c, STEP_SESSION_FIRST, STEP_SESSION_LAST, &list);
	if (send_outcomes(c, &list) < 0 || r < 0)
		_exit(EXIT_REFUSED);
	if (c->plan->identity->direct || c->memfd >= 0)
		environ = c->envp; /* execvpe looks for PATH there: the user's, not ours */
	restore_signals(c->start);
	if (c->start->tty == TTY_RELAY) /* the change of uid cleared it: whoever kills the keeper ends us */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	stamp();
	exec_command(c);
	report_exec_failure(c, errno);
}
