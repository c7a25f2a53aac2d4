/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The supervisor's main thread: it prepares, cuts the process's rights, and then only listens to
 * the helper, takes the session's listeners and watches the workers.
 */
#include "supervisor.h"

#include "inner.h"
#include "memory.h"
#include "step_record.h"
#include "supervisor_cut.h"
#include "workers.h"

#include "../src/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>

enum { DRAIN_USEC = 500 * 1000 };

enum { POLL_HELPER, POLL_LISTENERS, POLL_WATCH, POLL_SIGNAL, POLL_COUNT };

struct supervisor {
	const struct supervisor_start *start;
	struct supervision shared;
	struct records records;
	struct resolver resolver;
	struct refused_calls refused;
	struct workers workers;
	pid_t helper;
	int signal_fd;
	int listener_fd;		/* -1: every sender is gone */
	struct message *message;	/* mapped: only what a message fills is there */
};

/* What the records of the helper are: those a user can cause at will are charged to the budget. */
struct event_kind {
	const char *event;
	unsigned int flags;
};

static const struct event_kind event_kinds[] = {
	{ "gate.deny", WRITER_FLOOD | WRITER_DENIAL },
	{ "attach", WRITER_FLOOD },
	{ "attach.refused", WRITER_FLOOD },
};

static unsigned int event_flags(const struct inner_record *head)
{
	unsigned int flags =
		(head->urgent ? WRITER_URGENT : 0) | (head->authpriv ? WRITER_AUTHPRIV : 0);

	for (size_t i = 0; i < ARRAY_SIZE(event_kinds); i++) {
		if (strcmp(head->event, event_kinds[i].event) == 0)
			flags |= event_kinds[i].flags;
	}
	return flags;
}

static _Noreturn void fault(const struct supervisor *s, const struct err *e)
{
	struct inner_rehearsed body = { .num = e->num ? e->num : EIO };
	char text[ERR_TEXT_BYTES];

	(void)snprintf(body.about, sizeof(body.about), "%.119s", err_text(e, text, sizeof(text)));
	(void)channel_send(s->start->helper_fd, (enum wire_type)INNER_FAULT, &body, sizeof(body),
			   NULL, 0);
	_exit(1);
}

/* ---- the beginning ---- */

/* Every signal is blocked; SIGTERM is how the kernel tells of the helper's death. */
static int open_signals(struct supervisor *s, struct err *e)
{
	sigset_t all, term;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	s->signal_fd = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? err_set(e, errno, "signalfd", "supervisor") : 0;
}

/*
 * A reminder that does not fit is sent again; a supervisor that waits for its helper answers
 * nobody.
 */
static int unblock_helper(const struct supervisor *s, struct err *e)
{
	int flags = fcntl(s->start->helper_fd, F_GETFL);

	if (flags < 0 || fcntl(s->start->helper_fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_set(e, errno, "fcntl", "helper");
	return 0;
}

/* What needs more rights than the supervisor keeps, or calls it will not have. */
static int prepare(struct supervisor *s, struct err *e)
{
	const struct supervisor_start *start = s->start;
	int r = open_signals(s, e);

	s->helper = getppid();
	s->listener_fd = start->listener_fd;
	s->shared = (struct supervision){
		.plan = start->plan,
		.tally = start->tally,
		.records = &s->records,
		.resolver = &s->resolver,
		.refused = &s->refused,
		.helper_fd = start->helper_fd,
	};
	s->message = mmap(NULL, sizeof(*s->message), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->message == MAP_FAILED)
		return err_set(e, errno, "mmap", "message");
	if (r == 0)
		r = unblock_helper(s, e);
	if (r == 0)
		r = notify_check_sizes(e);
	if (r == 0)
		r = resolver_init(&s->resolver, e);
	if (start->plan->roots_vary)
		resolver_note_chroot(&s->resolver);
	if (r == 0)
		r = records_open(&s->records, start->log_fd, start->log_dir_fd, start->helper_fd,
				 start->identity, start->tally, e);
	return r < 0 ? r : workers_open(&s->workers, &s->shared, e);
}

static int begin(struct supervisor *s, struct err *e)
{
	int r = prepare(s, e);

	if (r == 0)
		r = cut_rights(s->start, e);
	if (r == 0)
		r = workers_start(&s->workers, e);
	memory_give_back(); /* the helper's, from before the fork; no later: the call is cut, too */
	return r < 0 ? r : cut_calls(e);
}

/* ---- the ends ---- */

static _Noreturn void finish(struct supervisor *s)
{
	workers_drain(&s->workers, DRAIN_USEC);
	(void)records_flush(&s->records); /* what is still lost is in the session's count */
	(void)channel_send(s->start->helper_fd, (enum wire_type)INNER_FINISHED, NULL, 0, NULL, 0);
	_exit(0);
}

/* Nobody else can write the end now. Init sees the helper's death itself and ends the session. */
static _Noreturn void finish_alone(struct supervisor *s)
{
	char members[512];
	struct json j;

	workers_drain(&s->workers, DRAIN_USEC);
	json_init(&j, members, sizeof(members));
	json_text(&j, "outcome", "fault");
	json_text(&j, "reason", "the helper died");
	json_bool(&j, "attached", atomic_load(&s->start->tally->attaches) > 0);
	json_null(&j, "exit");
	records_counts(&j, s->start->tally);
	(void)records_put(&s->records, "session.end", members, j.n,
			  WRITER_URGENT | WRITER_AUTHPRIV);
	_exit(1);
}

static _Noreturn void finish_stuck(struct supervisor *s)
{
	struct err e = { .num = ETIMEDOUT, .what = "supervisor", .about = "every worker is stuck" };

	fault(s, &e);
}

/* ---- messages ---- */

static void take_record(struct supervisor *s)
{
	struct message *m = s->message;
	const char *members = (const char *)m->body + sizeof(struct inner_record);
	struct inner_record head;
	unsigned int flags;
	size_t n;

	if (m->head.length < sizeof(head))
		return;
	memcpy(&head, m->body, sizeof(head));
	head.event[sizeof(head.event) - 1] = 0;
	n = m->head.length - sizeof(head);
	flags = event_flags(&head);
	if (strcmp(head.event, "session.end") == 0)
		workers_drain(&s->workers, DRAIN_USEC); /* it is the last one */
	if ((flags & WRITER_FLOOD) && records_ask(&s->records, n, n) == BUDGET_COUNT)
		return;
	(void)records_put(&s->records, head.event, members, n, flags);
}

static void take_steps(struct supervisor *s)
{
	const struct inner_steps *steps = message_body(s->message, sizeof(*steps));

	if (steps)
		step_records_put(&s->records, s->start->plan, steps);
}

static void take_root(struct supervisor *s)
{
	const struct inner_root *root = message_body(s->message, sizeof(*root));

	if (root)
		resolver_note_init(&s->resolver, root->init);
}

static void take_log(struct supervisor *s)
{
	int fd = message_take_fd(s->message, 0);

	if (fd >= 0)
		records_reopen(&s->records, fd);
}

static void dispatch(struct supervisor *s)
{
	switch ((enum inner_type)s->message->head.type) {
	case INNER_RECORD:
		take_record(s);
		return;
	case INNER_STEPS:
		take_steps(s);
		return;
	case INNER_LOG:
		take_log(s);
		return;
	case INNER_SESSION_ROOT:
		take_root(s);
		return;
	case INNER_FINISH:
		finish(s);
	default:
		return; /* of the same build: only a bug sends others, and none is obeyed */
	}
}

static void hear_helper(struct supervisor *s)
{
	int r = channel_receive(s->start->helper_fd, s->message, MSG_DONTWAIT);

	if (r == 0)
		finish_alone(s);
	if (r == 1)
		dispatch(s);
	message_done(s->message);
}

static void take_listener(struct supervisor *s)
{
	int r = channel_receive(s->listener_fd, s->message, MSG_DONTWAIT);
	const struct inner_listener *body;
	int fd;

	if (r == 0)
		s->listener_fd = -1; /* kept open: the number must not become another's */
	if (r == 1 && s->message->head.type == INNER_LISTENER) {
		body = message_body(s->message, sizeof(*body));
		fd = message_take_fd(s->message, 0);
		if (body && fd >= 0)
			(void)workers_add(&s->workers, fd, body->id == 0);
		else
			fd_close(&fd);
	}
	message_done(s->message);
}

/* The helper's death, or somebody who ends the supervisor: then the helper must end the session. */
static void hear_signal(struct supervisor *s)
{
	struct err e = { .num = EINTR, .what = "supervisor", .about = "SIGTERM" };
	struct signalfd_siginfo info;

	if (read(s->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if ((pid_t)info.ssi_pid == s->helper)
		finish_alone(s);
	fault(s, &e);
}

static void serve(struct supervisor *s)
{
	struct pollfd p[POLL_COUNT] = {
		[POLL_HELPER] = { .fd = s->start->helper_fd, .events = POLLIN },
		[POLL_LISTENERS] = { .fd = s->listener_fd, .events = POLLIN },
		[POLL_WATCH] = { .fd = s->workers.watch_fd, .events = POLLIN },
		[POLL_SIGNAL] = { .fd = s->signal_fd, .events = POLLIN },
	};

	if (poll(p, POLL_COUNT, -1) <= 0)
		return; /* EINTR */
	if (p[POLL_WATCH].revents && !workers_watch(&s->workers))
		finish_stuck(s);
	/* Before the helper's messages: the order in which a session process does things. */
	if (p[POLL_LISTENERS].revents)
		take_listener(s);
	if (p[POLL_HELPER].revents)
		hear_helper(s);
	if (p[POLL_SIGNAL].revents)
		hear_signal(s);
}

_Noreturn void supervisor_main(const struct supervisor_start *start)
{
	struct supervisor s = { .start = start };
	struct err e = { 0 };

	if (begin(&s, &e) < 0)
		fault(&s, &e);
	for (;;)
		serve(&s);
}
