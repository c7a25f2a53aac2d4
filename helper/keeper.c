/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keeper.h"

#include "../src/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_LOST = 254 };

static void tell_stopped(const struct step_context *c, int signo)
{
	struct inner_status body = { .id = c->start->id, .code = CLD_STOPPED, .value = signo };

	/* EPIPE: init and helper are gone, and this process with them in a moment. */
	(void)channel_send(c->init_fd, (enum wire_type)INNER_STATUS, &body, sizeof(body), NULL, 0);
}

/* As the child ended; without a core, which would be one of ours. */
static _Noreturn void end_like(int status)
{
	const struct rlimit none = { 0, 0 };
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t all;

	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)sigaction(WTERMSIG(status), &action, NULL); /* EINVAL: KILL needs none */
	(void)kill(getpid(), WTERMSIG(status));
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_UNBLOCK, &all, NULL);
	_exit(128 + WTERMSIG(status));
}

/* Every state the child has come to since. */
static void look_after(const struct step_context *c, pid_t child)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(child, &status, WUNTRACED | WNOHANG);

		if (pid < 0 && errno != EINTR)
			_exit(EXIT_LOST);
		if (pid == 0)
			return;
		if (pid > 0 && WIFSTOPPED(status))
			tell_stopped(c, WSTOPSIG(status));
		else if (pid > 0)
			end_like(status);
	}
}

static void pass_on(pid_t child, const siginfo_t *info)
{
	/* The terminal's own HUP and CONT reach the child's group from the kernel as well. */
	if (info->si_code <= 0 && kill(-child, info->si_signo) < 0)
		(void)kill(child, info->si_signo); /* ESRCH: not yet a group, or gone */
}

static _Noreturn void keep(const struct step_context *c, pid_t child)
{
	sigset_t all;

	(void)prctl(PR_SET_NAME, "swrap-keeper", 0, 0, 0);
	(void)sigfillset(&all); /* init had them all blocked already */
	for (;;) {
		siginfo_t info;

		look_after(c, child);
		if (sigwaitinfo(&all, &info) < 0)
			continue; /* EINTR: stopped and continued */
		if (info.si_signo != SIGCHLD)
			pass_on(child, &info);
	}
}

/* Of all it inherited the keeper needs the socket to the helper. */
static void shed(struct step_context *c)
{
	c->init_fd = dup3(c->init_fd, SESSION_INIT_FD, O_CLOEXEC);
	(void)syscall(SYS_close_range, 0, SESSION_INIT_FD - 1, 0);
	(void)syscall(SYS_close_range, SESSION_INIT_FD + 1, UINT_MAX, 0);
}

static int take_foreground(int tty, struct err *e)
{
	/* SIGTTOU is blocked, so a group in the background may take the terminal. */
	if (setpgid(0, 0) < 0 || tcsetpgrp(tty, getpid()) < 0)
		return err_set(e, errno, "tcsetpgrp", "the session's process");
	return 0;
}

int keeper_split(struct step_context *c, int tty, struct err *e)
{
	pid_t child;

	if (setsid() < 0)
		return err_set(e, errno, "setsid", "%s", "");
	if (ioctl(tty, TIOCSCTTY, 0) < 0)
		return err_set(e, errno, "TIOCSCTTY", "relay");
	child = fork();
	if (child < 0)
		return err_set(e, errno, "fork", "keeper");
	if (child > 0) {
		shed(c);
		keep(c, child);
	}
	/* Whoever kills the keeper kills what it keeps; credentials change later, so session.c renews it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return take_foreground(tty, e);
}
