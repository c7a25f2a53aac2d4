/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verify.h"

#include "../src/io.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	STOP_USEC = 5 * 1000 * 1000,	/* an exec from a slow disk is let be for that long */
	REAP_USEC = 1000 * 1000,	/* what was killed; a later wait reaps it otherwise */
	TICK_NSEC = 20 * 1000 * 1000,	/* again, should one signal come just before the wait */
};

/* A verification under way. */
struct tracing {
	const struct verify_job *job;
	uint64_t deadline;	/* io_now_usec */
	bool let_go;		/* the kernel took our CONTINUE: tid is the one that asked */
};

static void on_alarm(int signo)
{
	(void)signo; /* interrupting the wait is all it is for */
}

int verify_watch_open(struct verify_watch *watch, struct err *e)
{
	struct sigaction action = { .sa_handler = on_alarm }; /* no SA_RESTART */
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	sigset_t alarm_only;

	(void)sigemptyset(&alarm_only);
	(void)sigaddset(&alarm_only, SIGALRM);
	event._sigev_un._tid = (int)syscall(SYS_gettid);
	if (sigaction(SIGALRM, &action, NULL) < 0)
		return err_set(e, errno, "sigaction", "SIGALRM");
	if (sigprocmask(SIG_UNBLOCK, &alarm_only, NULL) < 0)
		return err_set(e, errno, "sigprocmask", "SIGALRM");
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &watch->timer) < 0)
		return err_set(e, errno, "timer_create", "exec stops");
	return 0;
}

/* usec 0 disarms. Cannot fail for a timer of ours; were it to, the wait would have no bound. */
static void watch_set(const struct verify_watch *watch, uint64_t usec)
{
	struct itimerspec when = {
		.it_interval.tv_nsec = usec ? TICK_NSEC : 0,
		.it_value = { (time_t)(usec / 1000000), (long)(usec % 1000000) * 1000 },
	};

	if (watch)
		(void)syscall(SYS_timer_settime, watch->timer, 0, &when, NULL);
}

static void arm(struct tracing *t, uint64_t usec)
{
	t->deadline = io_now_usec() + usec;
	watch_set(t->job->watch, usec);
}

static int event_of(int status)
{
	return WIFSTOPPED(status) ? status >> 16 : 0;
}

/* Any tracee: an exec by a non-leader thread stops under another number than its own. */
static pid_t wait_any(struct tracing *t, int *ret_status)
{
	for (;;) {
		pid_t pid = waitpid(-1, ret_status, __WALL | __WNOTHREAD);

		if (pid >= 0 || errno != EINTR)
			return pid < 0 ? -errno : pid;
		if (t->job->watch && io_now_usec() >= t->deadline)
			return -ETIMEDOUT;
	}
}

/* Left over from a verification that took too long: it may die, and it may not exec. */
static void settle_other(pid_t pid, int status)
{
	if (!WIFSTOPPED(status))
		return;
	if (event_of(status) == PTRACE_EVENT_EXEC)
		(void)kill(pid, SIGKILL);
	else
		(void)ptrace(PTRACE_DETACH, pid, 0, 0); /* fails with ESRCH: killed meanwhile */
}

/*
 * A stopped tracee, so its number cannot be somebody else's. Should kill fail it stays stopped:
 * nothing runs, and EXITKILL ends it with us.
 */
static void kill_and_reap(struct tracing *t, pid_t pid)
{
	int status = 0;
	pid_t seen;

	(void)kill(pid, SIGKILL);
	arm(t, REAP_USEC);
	for (;;) {
		seen = wait_any(t, &status);
		if (seen < 0 || (seen == pid && !WIFSTOPPED(status)))
			return;
		if (seen != pid)
			settle_other(seen, status);
	}
}

/* Is this the exec of the thread that asked, whatever number it has now? */
static bool is_ours(const struct tracing *t, pid_t tgid)
{
	unsigned long former = 0;

	return ptrace(PTRACE_GETEVENTMSG, tgid, 0, &former) == 0 && (pid_t)former == t->job->tid;
}

static enum verdict judge_exec(struct tracing *t, pid_t tgid)
{
	char path[32];
	struct stat exe;
	bool allowed;

	watch_set(t->job->watch, 0); /* the judge's own calls are not to be interrupted */
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)tgid);
	allowed = is_ours(t, tgid) && stat(path, &exe) == 0 &&
		  t->job->judge(tgid, &exe, t->job->context) == 0;
	if (!allowed) {
		kill_and_reap(t, tgid);
		return VERIFY_RACED;
	}
	if (ptrace(PTRACE_DETACH, tgid, 0, 0) == 0)
		return VERIFY_EXACT;
	kill_and_reap(t, tgid); /* ESRCH: somebody killed it; then this only reaps */
	return VERIFY_GONE;
}

/*
 * No stop: the exec hangs in the kernel on some file system. When the kernel took our CONTINUE it
 * is the one that asked and is killed, so that it cannot run unseen later; else the number may by
 * now be anybody's, and nothing was let go on.
 */
static enum verdict give_up(struct tracing *t, struct err *e)
{
	if (!t->let_go)
		return VERIFY_NO_EXEC;
	(void)kill(t->job->tid, SIGKILL); /* ESRCH: died this moment */
	(void)err_set(e, ETIMEDOUT, "exec", "no stop of thread %d: killed", (int)t->job->tid);
	return VERIFY_ERROR;
}

/* A stop of the thread that asked, other than its exec. true: detached. */
static bool stop_is_end(pid_t tid, int status)
{
	/* Our INTERRUPT (or a group stop): the call is over, it failed or will be asked again. */
	if (event_of(status) == PTRACE_EVENT_STOP)
		return ptrace(PTRACE_DETACH, tid, 0, 0) == 0;
	/* A signal on its way: hand it over; the INTERRUPT still waits behind it. ESRCH: killed. */
	(void)ptrace(PTRACE_CONT, tid, 0, event_of(status) ? 0 : WSTOPSIG(status));
	return false;
}

static enum verdict wait_verdict(struct tracing *t, struct err *e)
{
	for (;;) {
		int status = 0;
		pid_t pid = wait_any(t, &status);

		if (pid == -ETIMEDOUT)
			return give_up(t, e);
		if (pid < 0)
			return VERIFY_GONE; /* ECHILD: died under a number we did not know */
		if (event_of(status) == PTRACE_EVENT_EXEC && t->let_go &&
		    (pid == t->job->tid || is_ours(t, pid)))
			return judge_exec(t, pid);
		if (pid != t->job->tid)
			settle_other(pid, status);
		else if (!WIFSTOPPED(status))
			return VERIFY_GONE;
		else if (stop_is_end(pid, status))
			return VERIFY_NO_EXEC;
	}
}

static int send_continue(const struct verify_job *job)
{
	struct seccomp_notif_resp answer = {
		.id = job->id,
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};
	int r;

	do {
		r = ioctl(job->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

enum verdict verify_exec(const struct verify_job *job, struct err *e)
{
	struct tracing t = { .job = job };
	enum verdict verdict;

	if (ptrace(PTRACE_SEIZE, job->tid, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC) < 0) {
		if (errno == ESRCH)
			return VERIFY_GONE;
		(void)err_set(e, errno, "ptrace", "SEIZE of thread %d", (int)job->tid);
		return VERIFY_ERROR;
	}
	arm(&t, STOP_USEC);
	/* Before INTERRUPT: without WAIT_KILLABLE_RECV a stop would void the notification. */
	t.let_go = send_continue(job) == 0;
	/* A failing exec makes no stop of its own. ESRCH: dead already, the wait says so. */
	(void)ptrace(PTRACE_INTERRUPT, job->tid, 0, 0);
	verdict = wait_verdict(&t, e);
	watch_set(job->watch, 0);
	return verdict;
}
