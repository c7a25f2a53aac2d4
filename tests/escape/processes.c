/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Other processes, and other sessions' things. */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* ARGUMENT of these: a process outside, of the same user. */
static int trace(char **args)
{
	return outcome_of(ptrace(PTRACE_SEIZE, (pid_t)number_of(args, 0), 0, 0));
}

static int look_at_child(char **args)
{
	pid_t pid = fork();

	(void)args;
	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : outcome_of(waitpid(pid, NULL, 0));
}

static int signal_outside(char **args)
{
	return outcome_of(kill((pid_t)number_of(args, 0), 0));
}

static int signal_self(char **args)
{
	(void)args;
	return outcome_of(kill(getpid(), 0));
}

static int join_namespace(char **args)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/ns/mnt", number_of(args, 0));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? errno : outcome_of(setns(fd, 0));
}

static int read_own_namespace(char **args)
{
	(void)args;
	return can_read("/proc/self/ns/mnt");
}

static int own_user_namespace(char **args)
{
	(void)args;
	return outcome_of(unshare(CLONE_NEWUSER));
}

/* ARGUMENT: the key of a segment of System V shared memory, made outside. */
static int shared_memory(char **args)
{
	return outcome_of(shmget((key_t)number_of(args, 0), 1, 0));
}

static int own_shared_memory(char **args)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);

	(void)args;
	return id < 0 ? errno : outcome_of(shmctl(id, IPC_RMID, NULL));
}

/* As root by sudo, where CAP_SYS_ADMIN is left. The test looks at the host's name. */
static int host_name(char **args)
{
	return outcome_of(sethostname(text_of(args, 0, "escaped"), strlen(text_of(args, 0, "escaped"))));
}

static int read_host_name(char **args)
{
	struct utsname name;

	(void)args;
	return outcome_of(uname(&name));
}

/* Is init in our own process group? A signal to the group would reach what is not ours. */
static int group_of_init(char **args)
{
	(void)args;
	return getpgrp() == 0 || getsid(0) == 0 ? 0 : EPERM;
}

static int own_group(char **args)
{
	(void)args;
	return outcome_of(getpgid(0));
}

#define GARBAGE 0xdeadbeef00000000ul
#ifndef TIOCLINUX
#define TIOCLINUX 0x541c
#endif

static int on_terminal(unsigned long request, const void *argument)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	pid_t pid;
	int status;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return errno;
	pid = fork();
	if (pid == 0) {
		(void)setsid();
		slave = open(ptsname(master), O_RDWR);
		if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
			_exit(errno);
		_exit(outcome_of(ioctl(slave, request, argument)));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	(void)close(master);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int type_into_terminal(char **args)
{
	(void)args;
	return on_terminal(TIOCSTI, "x");
}

static int type_with_high_bits(char **args)
{
	(void)args;
	return on_terminal(TIOCSTI | GARBAGE, "x");
}

static int paste_into_console(char **args)
{
	char subcode[] = { 3 };
	int r;

	(void)args;
	r = on_terminal(TIOCLINUX | GARBAGE, subcode);
	/* A pty knows no such request, which is no defence: the call has gone through. */
	return r == ENOTTY || r == EINVAL ? 0 : r;
}

static int size_of_terminal(char **args)
{
	struct winsize size = { 24, 80, 0, 0 };

	(void)args;
	return on_terminal(TIOCSWINSZ, &size);
}

/* As many children as the second argument says, all at once. */
static int fork_bomb(char **args)
{
	long want = number_of(args, 0), n;
	int r = 0;

	for (n = 0; n < want && r == 0; n++) {
		pid_t pid = fork();

		if (pid == 0) {
			(void)pause();
			_exit(0);
		}
		r = pid < 0 ? errno : 0;
	}
	(void)signal(SIGTERM, SIG_IGN);
	(void)kill(0, SIGTERM);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return r;
}

static int own_bomb(char **args)
{
	(void)setpgid(0, 0); /* the signal at the end is for our own children */
	return fork_bomb(args);
}

static int fork_a_few(char **args)
{
	char *few[] = { "4", NULL };

	(void)args;
	return own_bomb(few);
}

/* How many descriptors can be open? ARGUMENT: more than the profile allows. */
static int open_many(char **args)
{
	long want = number_of(args, 0);

	for (long n = 0; n < want; n++)
		if (dup(0) < 0)
			return errno;
	return 0;
}

static int open_few(char **args)
{
	char *few[] = { "8", NULL };

	(void)args;
	return open_many(few);
}

/* ARGUMENT: the nice value the profile sets. */
static int be_faster(char **args)
{
	errno = 0;
	return getpriority(PRIO_PROCESS, 0) < number_of(args, 0) && !errno ? 0 : EPERM;
}

static int ask_priority(char **args)
{
	(void)args;
	errno = 0;
	(void)getpriority(PRIO_PROCESS, 0);
	return errno;
}

/* ARGUMENT: a variable that must not come in. */
static int find_variable(char **args)
{
	return getenv(text_of(args, 0, "LD_PRELOAD")) ? 0 : EPERM;
}

static int find_home(char **args)
{
	(void)args;
	return getenv("HOME") ? 0 : EPERM;
}

const struct hole process_holes[] = {
	{ "ptrace_outside", trace, look_at_child },
	{ "kill_outside", signal_outside, signal_self },
	{ "setns", join_namespace, read_own_namespace },
	{ "user_namespace", own_user_namespace, look_at_child },
	{ "shared_memory", shared_memory, own_shared_memory },
	{ "host_name", host_name, read_host_name },
	{ "group_of_init", group_of_init, own_group },
	{ "tiocsti", type_into_terminal, size_of_terminal },
	{ "tiocsti_high_bits", type_with_high_bits, size_of_terminal },
	{ "tioclinux_high_bits", paste_into_console, size_of_terminal },
	{ "fork_bomb", own_bomb, fork_a_few },
	{ "many_descriptors", open_many, open_few },
	{ "nice", be_faster, ask_priority },
	{ "loader_variable", find_variable, find_home },
	{ NULL, NULL, NULL },
};
