/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pamapp - an application that opens a PAM session and then does what a hostile user would have it
 * do.
 *
 * Usage: pamapp SERVICE USER [as OTHER] WHAT...   as root; WHAT is done by a child that has become
 * the user, or the other one:
 *   exec PATH ARG...        execs; the exit status is the program's
 *   open FD PATH exec ...   the descriptor FD is PATH, opened for reading (a directory too), ...
 *   path FD PATH exec ...   ... or with O_PATH only
 *   keep exec ...           a descriptor to / stays open at number 30 over the exec
 *   env NAME=VALUE exec ... with that in the environment
 *   raw NAME exec ...       speaks the attach protocol itself before (raw.h)
 *   bare PATH               execs without a single argument
 *   flip N PATH             execs PATH N times, with an argv that makes swrap-attach leave at once;
 *                           prints how often what ran: "attach 380 forbidden 0 denied 15 killed 5"
 *   int80 PATH              execs by the number of 32-bit programs
 *   nothing                 so that a raw before it is all
 */
#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_FORBIDDEN = 42, STATUS_DENIED = 126, STATUS_FAILED = 125, KEPT_FD = 30 };

static int converse(int n, const struct pam_message **messages, struct pam_response **responses,
		    void *data)
{
	(void)data;
	for (int i = 0; i < n; i++)
		fprintf(stderr, "pamapp: %s\n", messages[i]->msg);
	*responses = calloc((size_t)n, sizeof(**responses));
	return *responses ? PAM_SUCCESS : PAM_BUF_ERR;
}

/* As login does it, with all ids. */
static void become(const struct passwd *pw)
{
	if (!pw || initgroups(pw->pw_name, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
	    setuid(pw->pw_uid) < 0) {
		perror("pamapp: setuid");
		_exit(STATUS_FAILED);
	}
}

static void place(int want, const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0 || (fd != want && dup2(fd, want) < 0)) {
		perror(path);
		_exit(STATUS_FAILED);
	}
	if (fd != want)
		(void)close(fd);
}

static int exec_once(char **argv)
{
	(void)execv(argv[0], argv);
	if (errno == EACCES)
		return STATUS_DENIED;
	perror("pamapp: exec");
	return STATUS_FAILED;
}

struct counts {
	int attach, forbidden, denied, killed, other;
};

static void count(struct counts *counts, int status)
{
	if (WIFSIGNALED(status))
		counts->killed++;
	else if (WEXITSTATUS(status) == 0)
		counts->attach++;
	else if (WEXITSTATUS(status) == STATUS_FORBIDDEN)
		counts->forbidden++;
	else if (WEXITSTATUS(status) == STATUS_DENIED)
		counts->denied++;
	else
		counts->other++;
}

static int flip(int n, char *path)
{
	char name[] = "swrap-rehearsal";
	char *argv[] = { name, NULL };
	struct counts counts = { 0 };

	for (int i = 0; i < n; i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0) {
			(void)execv(path, argv);
			_exit(errno == EACCES ? STATUS_DENIED : STATUS_FAILED);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			return STATUS_FAILED;
		count(&counts, status);
	}
	printf("attach %d forbidden %d denied %d killed %d other %d\n", counts.attach,
	       counts.forbidden, counts.denied, counts.killed, counts.other);
	return 0;
}

/* The path must lie below 4 GiB for it. */
static int int80(const char *path)
{
#ifdef __x86_64__
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long r = 11; /* execve */

	if (low == MAP_FAILED)
		return STATUS_FAILED;
	(void)snprintf(low, 4096, "%s", path);
	__asm__ volatile("int $0x80" : "+a"(r) : "b"(low), "c"(0), "d"(0) : "memory");
#else
	(void)path;
#endif
	return STATUS_FAILED;
}

/* One preparation: how many words it took, 0 when the next word is none. */
static int prepare(char **what)
{
	if (strcmp(what[0], "keep") == 0) {
		place(KEPT_FD, "/", O_RDONLY | O_DIRECTORY);
		return 1;
	}
	if (!what[1])
		return 0;
	if (strcmp(what[0], "env") == 0)
		return putenv(what[1]) == 0 ? 2 : 0;
	if (strcmp(what[0], "raw") == 0)
		return raw_attack(what[1]) == 0 ? 2 : 0;
	if (!what[2])
		return 0;
	if (strcmp(what[0], "open") == 0)
		place(atoi(what[1]), what[2], O_RDONLY);
	else if (strcmp(what[0], "path") == 0)
		place(atoi(what[1]), what[2], O_PATH);
	else
		return 0;
	return 3;
}

static int act(char **what)
{
	char *none[] = { NULL };
	int words;

	while ((words = prepare(what)) > 0)
		what += words;
	fflush(stdout);
	if (strcmp(what[0], "exec") == 0 && what[1])
		return exec_once(what + 1);
	if (strcmp(what[0], "bare") == 0 && what[1])
		return syscall(SYS_execve, what[1], none, environ) < 0 ? STATUS_DENIED : 0;
	if (strcmp(what[0], "nothing") == 0)
		return 0;
	if (strcmp(what[0], "flip") == 0 && what[1] && what[2])
		return flip(atoi(what[1]), what[2]);
	if (strcmp(what[0], "int80") == 0 && what[1])
		return int80(what[1]);
	fprintf(stderr, "pamapp: what is %s?\n", what[0]);
	return STATUS_FAILED;
}

static int in_child(const struct passwd *pw, char **what)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		bool other = strcmp(what[0], "as") == 0 && what[1] && what[2];

		become(other ? getpwnam(what[1]) : pw);
		status = act(other ? what + 2 : what);
		fflush(stdout);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return STATUS_FAILED;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void check(int r, const char *what)
{
	if (r == PAM_SUCCESS)
		return;
	fprintf(stderr, "pamapp: %s: %d\n", what, r);
	exit(STATUS_FAILED);
}

int main(int argc, char **argv)
{
	const struct pam_conv conversation = { converse, NULL };
	const struct passwd *pw = argc > 3 ? getpwnam(argv[2]) : NULL;
	pam_handle_t *pamh = NULL;
	int status;

	if (!pw)
		check(PAM_USER_UNKNOWN, "usage: pamapp SERVICE USER WHAT...");
	check(pam_start(argv[1], argv[2], &conversation, &pamh), "pam_start");
	check(pam_open_session(pamh, 0), "pam_open_session");
	status = in_child(pw, argv + 3);
	check(pam_close_session(pamh, 0), "pam_close_session");
	(void)pam_end(pamh, PAM_SUCCESS);
	return status;
}
