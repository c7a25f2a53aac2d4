/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "init.h"

#include "ablate.h"
#include "descendants.h"
#include "inherit.h"
#include "memory.h"
#include "session.h"
#include "steps.h"
#include "tmp_socket.h"

#include "../src/channel.h"
#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { INIT_ATTACHES = 65, INIT_FIRST_FD = 16, REAP_AT_ONCE = 64 };

struct session_process {
	uint32_t id;
	pid_t pid;		/* 0 = free */
};

struct init {
	int helper_fd, listener_fd, signal_fd;
	struct step_context *context;
	bool pid_namespace;
	bool was_empty;
	struct session_process processes[INIT_ATTACHES];
	struct message message;
};

static struct session_process *find_pid(struct init *init, pid_t pid)
{
	for (int i = 0; i < INIT_ATTACHES; i++)
		if (init->processes[i].pid == pid)
			return &init->processes[i];
	return NULL;
}

static struct session_process *find_id(struct init *init, uint32_t id)
{
	for (int i = 0; i < INIT_ATTACHES; i++)
		if (init->processes[i].pid && init->processes[i].id == id)
			return &init->processes[i];
	return NULL;
}

/* The whole session but init itself. */
static void signal_all(struct init *init, int signo)
{
	if (init->pid_namespace)
		(void)kill(-1, signo); /* ESRCH: nobody is left */
	else
		descendants_signal(getpid(), signo);
}

static _Noreturn void end_session(struct init *init)
{
	signal_all(init, SIGKILL);
	if (!init->pid_namespace)
		while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
			signal_all(init, SIGKILL); /* orphans that came to us meanwhile */
	_exit(0);
}

/* What the helper does not hear of it would wait for: then the session is at its end. */
static void send_helper(struct init *init, enum inner_type type, const void *body, size_t size)
{
	if (channel_send(init->helper_fd, (enum wire_type)type, body, size, NULL, 0) < 0)
		end_session(init);
}

static void report_child(struct init *init, const siginfo_t *info)
{
	struct session_process *process = find_pid(init, info->si_pid);
	struct inner_status body = { .code = info->si_code, .value = info->si_status };

	if (!process)
		return; /* an orphan, reaped */
	body.id = process->id;
	if (info->si_code != CLD_STOPPED)
		process->pid = 0;
	send_helper(init, INNER_STATUS, &body, sizeof(body));
}

/*
 * At most so many in one go: children that stop and go on without end must not keep the helper's
 * messages from being read. Returns whether there may be more.
 */
static bool reap(struct init *init)
{
	for (int i = 0; i < REAP_AT_ONCE; i++) {
		siginfo_t info = { .si_pid = 0 };

		if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | __WALL) < 0) {
			if (errno != ECHILD)
				end_session(init);
			if (!init->was_empty) {
				send_helper(init, INNER_EMPTY, NULL, 0);
				memory_give_back(); /* after the rehearsal, at first */
			}
			init->was_empty = true;
			return false;
		}
		if (info.si_pid == 0)
			return false;
		report_child(init, &info);
	}
	return true;
}

/* ---- in the forked child ---- */

static int raise_fd(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, INIT_FIRST_FD);
}

static int fill_context(struct init *init, const struct inner_start *start, struct step_context *c)
{
	struct message *m = &init->message;
	int next = 0;

	*c = *init->context;
	c->start = start;
	c->groups = (const gid_t *)(const void *)(start + 1);
	c->init_fd = raise_fd(init->helper_fd);
	c->listener_fd = raise_fd(init->listener_fd);
	c->proc_fd = raise_fd(init->context->proc_fd);
	c->memfd = start->id ? raise_fd(m->nfds > 0 ? m->fds[next++] : -1) : -1;
	for (int i = 0; i < 3; i++) {
		bool open = start->open_fds & (1u << i);

		if (open && next >= m->nfds)
			return -1;
		c->stdio[i] = open ? raise_fd(m->fds[next++]) : -1;
	}
	return c->init_fd < 0 || c->listener_fd < 0 || (start->id && c->memfd < 0) ? -1 : 0;
}

static _Noreturn void run_session(struct init *init, const struct inner_start *start)
{
	struct step_context c;

	if (prctl(PR_SET_NAME, "swrap-session", 0, 0, 0) < 0 || fill_context(init, start, &c) < 0)
		_exit(254);
	ablate_leak();
	session_run(&c);
}

/* ---- messages from the helper ---- */

static void start_session(struct init *init)
{
	const struct inner_start *start = (const void *)init->message.body;
	struct session_process *slot = find_pid(init, 0);
	struct inner_status body = { .value = -1 };
	size_t length = init->message.head.length;

	if (length < sizeof(*start) || length != sizeof(*start) + start->ngroups * sizeof(gid_t))
		return; /* cannot be: same image; no answer ends the attach by its deadline */
	body.id = start->id;
	body.value = slot ? fork() : -1;
	if (body.value == 0)
		run_session(init, start);
	if (body.value > 0) {
		*slot = (struct session_process){ start->id, body.value };
		init->was_empty = false;
	} else {
		body.value = slot ? -errno : -EAGAIN;
	}
	send_helper(init, INNER_STARTED, &body, sizeof(body));
}

/* To the whole foreground: a job control shell's children have groups of their own. */
static void signal_session(struct init *init, const struct inner_signal *s)
{
	struct session_process *process = find_id(init, s->id);

	if (!process || s->signo <= 0 || s->signo >= NSIG)
		return;
	if (kill(-process->pid, s->signo) < 0)
		(void)kill(process->pid, s->signo); /* ESRCH: not yet a group leader, or gone */
}

/* Without it the login's agent or display is not there: nothing that confines. */
static void place_socket(struct init *init)
{
	const struct inner_socket *s = message_body(&init->message, sizeof(*s));

	if (s && init->message.nfds == 1)
		(void)tmp_socket_place(init->message.fds[0], s, NULL);
}

static void handle_message(struct init *init)
{
	const struct inner_signal *s = message_body(&init->message, sizeof(*s));

	switch ((enum inner_type)init->message.head.type) {
	case INNER_START:
		start_session(init);
		break;
	case INNER_SOCKET:
		place_socket(init);
		break;
	case INNER_SIGNAL:
		if (s)
			signal_session(init, s);
		break;
	case INNER_END:
		if (s)
			signal_all(init, s->signo);
		break;
	default:
		end_session(init);
	}
}

static bool drain_signals(struct init *init)
{
	struct signalfd_siginfo info;

	while (read(init->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		; /* one SIGCHLD may stand for many children: reap() asks */
	return reap(init);
}

static _Noreturn void loop(struct init *init)
{
	struct pollfd polled[2] = { { init->helper_fd, POLLIN, 0 }, { init->signal_fd, POLLIN, 0 } };

	bool more = false;

	for (;;) {
		if (poll(polled, 2, more ? 0 : -1) < 0 && errno != EINTR)
			end_session(init);
		if (polled[1].revents || more)
			more = drain_signals(init);
		if (!polled[0].revents)
			continue;
		if (channel_receive(init->helper_fd, &init->message, MSG_DONTWAIT) != 1)
			end_session(init);
		handle_message(init);
		message_done(&init->message);
	}
}

/* ---- start ---- */

static int open_signals(struct init *init, struct err *e)
{
	sigset_t set;

	/* PID 1 gets no signal it has no handler for, but the kill(-1) of others and TERM must not kill a
	 * subreaper either: everything is blocked, SIGCHLD is read. */
	(void)sigfillset(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_set(e, errno, "sigprocmask", "%s", "");
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	init->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return init->signal_fd < 0 ? err_set(e, errno, "signalfd", "%s", "") : 0;
}

static int prepare(struct init *init, struct err *e)
{
	int r = inherit_undumpable(e);

	(void)prctl(PR_SET_NAME, "swrap-init", 0, 0, 0); /* only for ps */
	if (r == 0 && !init->pid_namespace && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		r = err_set(e, errno, "PR_SET_CHILD_SUBREAPER", "%s", "");
	return r < 0 ? r : open_signals(init, e);
}

/* Mapped: of a message only what is filled is there, where a frame on the stack is touched whole. */
static struct init *init_new(void)
{
	void *memory = mmap(NULL, sizeof(struct init), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void init_main(const struct init_start *start)
{
	struct init *init = init_new();
	struct outcome_list list = { .n = 0 };
	struct err e = { 0 };

	if (!init)
		_exit(1); /* the helper hears that init gave no outcomes */
	message_init(&init->message);
	init->helper_fd = start->helper_fd;
	init->listener_fd = start->listener_fd;
	init->context = start->context;
	init->context->proc_fd = -1;
	root_copies_init(&init->context->copies);
	init->pid_namespace = start->context->plan->namespaces & CLONE_NEWPID;
	init->was_empty = true;
	if (prepare(init, &e) < 0) {
		outcome_add(&list, STEP_INIT_FIRST, RESULT_FAILED, &e);
		send_helper(init, INNER_READY, &list, sizeof(list));
		_exit(1);
	}
	if (steps_run(start->context, STEP_INIT_FIRST, STEP_INIT_LAST, &list) < 0) {
		send_helper(init, INNER_READY, &list, sizeof(list));
		_exit(1);
	}
	send_helper(init, INNER_READY, &list, sizeof(list));
	loop(init);
}
