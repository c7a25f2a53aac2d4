/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host - an application with PAM that is as odd as it is told to be.
 *
 *   host SERVICE USER ACTION...      each action prints its name and what came of it
 *     thread          from here on there is a second thread
 *     ignore-chld  ignore-signals  block-signals  close-stdio  fds=N (that many open)  nofile=N (the soft limit)
 *     start  open  close  end        as in libpam; open and close start by themselves
 *     open-silent                    with PAM_SILENT
 *     fork-end        a child does pam_end(PAM_DATA_SILENT), as sshd's and su's do
 *     fork-close      a child does pam_close_session
 *     rounds=N        N children, one after the other: start, open, close, end; the first failure is printed
 *     again=N         N times the same in this process, whatever comes of it
 *     state           signal mask, SIGCHLD, soft limit, numbers of descriptors, children, cwd
 *     exec            the user's shell as the user: -c 'echo in the shell'
 *     sleep=N         seconds
 * What the module says to the user is printed as "said: ...".
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUT_FD = 15 };	/* standard output may be closed; below the smallest limit */

static const char *service, *user;
static pam_handle_t *pamh;

static void say(const char *format, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n > 0 && write(OUT_FD, line, (size_t)n) < 0)
		_exit(74);
}

static int converse(int n, const struct pam_message **messages, struct pam_response **ret, void *data)
{
	(void)data;
	for (int i = 0; i < n; i++)
		say("said: %s\n", messages[i]->msg);
	*ret = calloc((size_t)n, sizeof(**ret));
	return *ret ? PAM_SUCCESS : PAM_BUF_ERR;
}

static int start(void)
{
	static const struct pam_conv conversation = { converse, NULL };

	return pamh ? PAM_SUCCESS : pam_start(service, user, &conversation, &pamh);
}

static int end(int status)
{
	int r = pam_end(pamh, status);

	pamh = NULL;
	return r;
}

static void *sleep_for_ever(void *data)
{
	for (;;)
		(void)pause();
	return data;
}

static int count_fds(void)
{
	int n = 0, max = (int)sysconf(_SC_OPEN_MAX);

	if (max < 70000)
		max = 70000;
	for (int fd = 0; fd < max; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void state(void)
{
	struct sigaction action;
	struct rlimit limit;
	sigset_t mask;
	char cwd[256] = "?";
	int blocked = 0;
	siginfo_t info;

	(void)sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int i = 1; i < NSIG; i++)
		blocked += sigismember(&mask, i) == 1;
	(void)sigaction(SIGCHLD, NULL, &action);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	say("state: blocked %d, SIGCHLD %s, nofile %lu, fds %d, children %s, cwd %s\n", blocked,
	    action.sa_handler == SIG_IGN ? "ignored" : "default", (unsigned long)limit.rlim_cur,
	    count_fds(),
	    waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 ? "none" : "some",
	    getcwd(cwd, sizeof(cwd)) ? cwd : "?");
}

static void fork_child(int (*what)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(what());
	(void)waitpid(pid, &status, 0);
	say("child: %d\n", status);
}

static int child_end(void)
{
	return end(PAM_DATA_SILENT);
}

static int child_close(void)
{
	return pam_close_session(pamh, 0);
}

static int whole_session(void)
{
	int r = start();

	if (r == PAM_SUCCESS)
		r = pam_open_session(pamh, 0);
	if (r == PAM_SUCCESS)
		r = pam_close_session(pamh, 0);
	(void)end(r);
	return r;
}

static void rounds(int n)
{
	int status = 0;

	for (int i = 0; i < n && status == 0; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(whole_session());
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			status = -1;
	}
	say("rounds: %d\n", status);
}

static void again(int n)
{
	for (int i = 0; i < n; i++)
		(void)whole_session();
}

static void exec_shell(void)
{
	const struct passwd *pw = getpwnam(user);
	pid_t pid = fork();
	int status = 0; /* stays so where an ignored SIGCHLD takes it */

	if (pid == 0) {
		(void)dup2(OUT_FD, 1);
		if (initgroups(pw->pw_name, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
		    setuid(pw->pw_uid) < 0)
			_exit(71);
		(void)execl(pw->pw_shell, "sh", "-c", "echo in the shell", (char *)NULL);
		_exit(errno);
	}
	(void)waitpid(pid, &status, 0);
	say("exec: %d\n", status);
}

static void open_fds(int n)
{
	struct rlimit limit;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < n; i++)
		if (open("/dev/null", O_RDONLY) < 0) { /* not close-on-exec: as bad as it gets */
			say("fds: only %d\n", i);
			return;
		}
	say("fds: %d\n", n);
}

static void limit_fds(int n)
{
	struct rlimit limit;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)n;
	say("nofile: %d\n", setrlimit(RLIMIT_NOFILE, &limit));
}

static void do_thread(void)
{
	pthread_t thread;

	say("thread: %d\n", pthread_create(&thread, NULL, sleep_for_ever, NULL));
}

static void do_ignore(void)
{
	(void)signal(SIGCHLD, SIG_IGN);
}

static void do_ignore_all(void)
{
	for (int signo = 1; signo < NSIG; signo++)
		(void)signal(signo, SIG_IGN); /* EINVAL: KILL, STOP, glibc's own two */
}

static void do_block(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
}

static void do_close_stdio(void)
{
	for (int fd = 0; fd < 3; fd++)
		(void)close(fd);
}

static void do_start(void)
{
	say("start: %d\n", start());
}

static void do_open(void)
{
	int r = start();

	say("open: %d\n", r ? r : pam_open_session(pamh, 0));
}

static void do_open_silent(void)
{
	int r = start();

	say("open-silent: %d\n", r ? r : pam_open_session(pamh, PAM_SILENT));
}

static void do_close(void)
{
	int r = start();

	say("close: %d\n", r ? r : pam_close_session(pamh, 0));
}

static void do_end(void)
{
	say("end: %d\n", end(PAM_SUCCESS));
}

static void do_fork_end(void)
{
	fork_child(child_end);
}

static void do_fork_close(void)
{
	fork_child(child_close);
}

static void do_sleep(int n)
{
	(void)sleep((unsigned int)n);
}

static const struct action {
	const char *name;
	void (*plain)(void);
	void (*number)(int n);	/* name=N */
} actions[] = {
	{ "thread", do_thread, NULL },	     { "ignore-chld", do_ignore, NULL },
	{ "block-signals", do_block, NULL }, { "close-stdio", do_close_stdio, NULL },
	{ "ignore-signals", do_ignore_all, NULL },
	{ "start", do_start, NULL },	     { "open", do_open, NULL },
	{ "open-silent", do_open_silent, NULL }, { "close", do_close, NULL },
	{ "end", do_end, NULL },	     { "fork-end", do_fork_end, NULL },
	{ "fork-close", do_fork_close, NULL }, { "state", state, NULL },
	{ "exec", exec_shell, NULL },	     { "fds", NULL, open_fds },
	{ "nofile", NULL, limit_fds },	     { "rounds", NULL, rounds },
	{ "sleep", NULL, do_sleep },	     { "again", NULL, again },
};

static bool act(const char *word)
{
	size_t length = strcspn(word, "=");

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strlen(actions[i].name) != length || strncmp(word, actions[i].name, length) != 0)
			continue;
		if (word[length] && actions[i].number)
			actions[i].number(atoi(word + length + 1));
		else if (!word[length] && actions[i].plain)
			actions[i].plain();
		else
			return false;
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	if (argc < 3 || dup3(1, OUT_FD, O_CLOEXEC) < 0)
		return 64;
	service = argv[1];
	user = argv[2];
	for (int i = 3; i < argc; i++)
		if (!act(argv[i])) {
			say("host: %s?\n", argv[i]);
			return 64;
		}
	return 0;
}
