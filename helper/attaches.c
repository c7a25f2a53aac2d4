/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attaches.h"

#include "attach_start.h"
#include "memory.h"
#include "peer.h"
#include "report.h"

#include "../src/io.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { ORPHAN_USEC = 2000000 };

static struct attach *find_free(struct helper *h)
{
	for (int i = 0; i < HELPER_ATTACHES; i++)
		if (h->attaches[i].state == ATTACH_FREE)
			return &h->attaches[i];
	return NULL;
}

static struct attach *find_id(struct helper *h, uint32_t id)
{
	for (int i = 0; i < HELPER_ATTACHES; i++)
		if (h->attaches[i].state > ATTACH_ASKED && h->attaches[i].id == id)
			return &h->attaches[i];
	return NULL;
}

static struct attach *take_slot(struct helper *h, int socket_fd, enum attach_state state)
{
	struct attach *a = find_free(h);

	if (!a)
		return NULL;
	*a = (struct attach){
		.state = state,
		.id = ++h->next_id,
		.socket = socket_fd,
		.deadline_usec = io_now_usec() + HELPER_ATTACH_USEC,
	};
	return a;
}

static void free_slot(struct attach *a)
{
	fd_close(&a->socket);
	*a = (struct attach){ .state = ATTACH_FREE, .socket = -1 };
}

static void refuse(int socket_fd, int num, const char *text)
{
	struct wire_refused body = { .num = num };

	(void)snprintf(body.text, sizeof(body.text), "%.511s", text);
	(void)channel_send(socket_fd, WIRE_REFUSED, &body, sizeof(body), NULL, 0);
}

static void send_signal(struct helper *h, uint32_t id, int signo)
{
	struct inner_signal body = { .id = id, .signo = signo };

	/*
	 * An init that is flooded loses what could not be sent. A KILL must not be lost: the end of an
	 * init that does not take it is the end of all.
	 */
	if (channel_send(h->init_fd, (enum wire_type)INNER_SIGNAL, &body, sizeof(body), NULL, 0) < 0 &&
	    signo == SIGKILL)
		fd_close(&h->init_fd);
}

/* Root and the caller of su run what they like, unless it is their session; the gate lets just these two. */
static bool passes(const struct helper *h, uid_t uid)
{
	return uid != h->identity.uid && (uid == 0 || uid == h->identity.requester);
}

void attaches_accept(struct helper *h)
{
	_close_ int socket_fd = accept4(h->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (socket_fd < 0 || getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		return; /* gone between the two */
	if (passes(h, cred.uid)) {
		(void)channel_send(socket_fd, WIRE_PASS, NULL, 0, NULL, 0);
		return;
	}
	if (cred.uid != h->identity.uid) {
		refuse(socket_fd, EPERM, "this login is another user's");
		report_attach_refused(h, cred.pid, cred.uid, "another uid");
		return;
	}
	if (!take_slot(h, socket_fd, ATTACH_ASKED)) {
		refuse(socket_fd, EAGAIN, "too many sessions on this connection");
		report_attach_refused(h, cred.pid, cred.uid, "too many attaches");
		return;
	}
	(void)take_fd(&socket_fd);
}

/* ---- from attach ---- */

static void start(struct helper *h, struct attach *a, int socket_fd)
{
	char text[ERR_TEXT_BYTES], message[ERR_TEXT_BYTES + 32];
	struct err e = { 0 };

	if (attach_start(h, a, socket_fd, &e) == 0) {
		a->state = ATTACH_STARTING;
		a->deadline_usec = 0;
		h->tally->attaches++;
		return;
	}
	(void)err_text(&e, text, sizeof(text));
	(void)snprintf(message, sizeof(message), "child setup failed: %s", text);
	refuse(socket_fd, e.num, message);
	report_attach_refused(h, 0, h->identity.uid, text);
	free_slot(a);
}

void attaches_run(struct helper *h)
{
	struct attach *a = take_slot(h, -1, ATTACH_ASKED);

	if (!a)
		return; /* cannot be: it is the only one */
	a->socket = h->control_fd;
	start(h, a, h->control_fd);
	h->control_fd = -1;
}

/*
 * The channel's other end is gone: what is behind it must not outlive it unseen. No signal that attach
 * passes on ends it, so it was killed by force, or it talks nonsense.
 */
static void orphan(struct helper *h, struct attach *a)
{
	fd_close(&a->socket);
	if (a->state == ATTACH_ASKED) {
		free_slot(a);
		return;
	}
	if (h->ending == ENDING_COMPLETED) {
		h->ending = ENDING_FAULT;
		(void)snprintf(h->reason, sizeof(h->reason), "swrap-attach died");
	}
	a->state = ATTACH_ORPHAN;
	a->deadline_usec = io_now_usec() + ORPHAN_USEC;
	send_signal(h, a->id, SIGHUP);
	send_signal(h, a->id, SIGCONT);
}

void attaches_receive(struct helper *h, struct attach *a)
{
	const struct wire_signal *s;
	int r = channel_receive(a->socket, &h->message, MSG_DONTWAIT);

	if (r == -EAGAIN)
		return;
	if (r != 1) {
		orphan(h, a);
		return;
	}
	s = message_body(&h->message, sizeof(*s));
	if (a->state == ATTACH_ASKED && h->message.head.type == WIRE_ATTACH)
		start(h, a, a->socket);
	else if (a->state >= ATTACH_STARTING && h->message.head.type == WIRE_SIGNAL && s)
		send_signal(h, a->id, s->signo);
	else
		orphan(h, a);
	message_done(&h->message);
}

/* ---- from init ---- */

static void send_exited(struct helper *h, struct attach *a, bool killed, int status)
{
	struct wire_exited body = { .killed = killed, .status = status };

	memcpy(body.text, a->text, sizeof(body.text));
	h->exit_killed = killed;
	h->exit_status = status;
	if (a->socket >= 0)
		(void)channel_send(a->socket, WIRE_EXITED, &body, sizeof(body), NULL, 0);
	/* A direct caller waits until the last descendant is gone: its socket stays. */
	if (h->identity.direct) {
		h->control_fd = take_fd(&a->socket);
	}
	free_slot(a);
}

static void started(struct helper *h, const struct inner_status *s)
{
	struct attach *a = find_id(h, s->id);

	if (s->value > 0)
		h->empty = false; /* not before: a fork that failed is followed by no EMPTY */
	if (!a || s->value > 0)
		return;
	(void)snprintf(a->text, sizeof(a->text), "child setup failed: fork: %s",
		       strerrordesc_np(-s->value));
	send_exited(h, a, false, 254);
}

static void outcomes(struct helper *h, const struct inner_outcomes *o)
{
	struct attach *a = find_id(h, o->id);
	const struct outcome *bad = outcome_blocking(&o->list, h->plan.levels);
	struct err e = { 0 };

	if (!a)
		return;
	if (o->stdio_replaced)
		report_stdio(h, a, o->stdio_replaced);
	if (!bad && outcome_check(&o->list, STEP_SESSION_FIRST, STEP_SESSION_LAST, h->plan.levels, &e) == 0) {
		a->state = ATTACH_RUNNING;
		(void)channel_send(a->socket, WIRE_STARTED, NULL, 0, NULL, 0);
		memory_give_back(); /* what the hand-over took */
		return;
	}
	h->ending = ENDING_FAILED;
	(void)snprintf(a->text, sizeof(a->text), "child setup failed: %s: %.80s",
		       bad && bad->step < STEP_COUNT ? primitive_table[bad->step].name : "outcome",
		       bad ? o->list.about : e.about);
	(void)snprintf(h->reason, sizeof(h->reason), "%s", a->text);
	/* An exec must not follow an answer that is not honest. */
	send_signal(h, a->id, SIGKILL);
}

static void exec_failed(struct helper *h, const struct inner_status *s)
{
	struct attach *a = find_id(h, s->id);

	if (!a)
		return;
	(void)snprintf(a->text, sizeof(a->text), "child setup failed: exec: %s",
		       strerrordesc_np(s->value));
	if (h->identity.direct) /* the command was not found: that is the caller's to hear */
		return;
	h->ending = ENDING_FAILED;
	(void)snprintf(h->reason, sizeof(h->reason), "%s", a->text);
}

static void status(struct helper *h, const struct inner_status *s)
{
	struct attach *a = find_id(h, s->id);
	struct wire_signal stopped = { .signo = s->value };

	if (!a)
		return;
	if (s->code == CLD_EXITED || s->code == CLD_KILLED || s->code == CLD_DUMPED)
		send_exited(h, a, s->code != CLD_EXITED, s->value);
	else if (s->code == CLD_STOPPED && a->socket >= 0)
		(void)channel_send(a->socket, WIRE_STOPPED, &stopped, sizeof(stopped), NULL, 0);
}

void attaches_status(struct helper *h, const struct message *m)
{
	const struct inner_status *s = message_body(m, sizeof(*s));
	const struct inner_outcomes *o = message_body(m, sizeof(*o));

	if (m->head.type == INNER_STARTED && s)
		started(h, s);
	else if (m->head.type == INNER_OUTCOMES && o)
		outcomes(h, o);
	else if (m->head.type == INNER_EXEC_FAILED && s)
		exec_failed(h, s);
	else if (m->head.type == INNER_STATUS && s)
		status(h, s);
}

bool attaches_any(const struct helper *h)
{
	for (int i = 0; i < HELPER_ATTACHES; i++)
		if (h->attaches[i].state > ATTACH_ASKED)
			return true;
	return false;
}

/* ---- time ---- */

static void expire(struct helper *h, struct attach *a)
{
	a->deadline_usec = 0;
	if (a->state == ATTACH_ASKED)
		free_slot(a);
	else if (a->state == ATTACH_ORPHAN)
		send_signal(h, a->id, SIGKILL);
}

uint64_t attaches_deadline(struct helper *h, uint64_t now)
{
	uint64_t next = 0;

	for (int i = 0; i < HELPER_ATTACHES; i++) {
		struct attach *a = &h->attaches[i];

		if (a->state == ATTACH_FREE || !a->deadline_usec)
			continue;
		if (a->deadline_usec <= now)
			expire(h, a);
		else if (!next || a->deadline_usec < next)
			next = a->deadline_usec;
	}
	return next;
}

/* The sockets that are left; returns how many. */
static int live_sockets(struct helper *h, struct pollfd polled[HELPER_ATTACHES],
			struct attach *owners[HELPER_ATTACHES])
{
	int n = 0;

	for (int i = 0; i < HELPER_ATTACHES; i++) {
		if (h->attaches[i].state <= ATTACH_ASKED || h->attaches[i].socket < 0)
			continue;
		polled[n] = (struct pollfd){ h->attaches[i].socket, POLLIN, 0 };
		owners[n++] = &h->attaches[i];
	}
	return n;
}

void attaches_settle(struct helper *h)
{
	struct pollfd polled[HELPER_ATTACHES];
	struct attach *owners[HELPER_ATTACHES];
	uint64_t now = io_now_usec(), end = now + ATTACHES_SETTLE_USEC;
	int n = live_sockets(h, polled, owners);

	while (n > 0 && now < end) {
		if (poll(polled, (nfds_t)n, (int)((end - now) / 1000 + 1)) <= 0)
			return;
		for (int i = 0; i < n; i++)
			if (polled[i].revents && owners[i]->socket == polled[i].fd)
				attaches_receive(h, owners[i]);
		n = live_sockets(h, polled, owners);
		now = io_now_usec();
	}
}

void attaches_close(struct helper *h)
{
	for (int i = 0; i < HELPER_ATTACHES; i++) {
		struct attach *a = &h->attaches[i];

		if (a->state == ATTACH_ASKED)
			free_slot(a);
		fd_close(&a->socket);
		a->deadline_usec = 0;
	}
}
