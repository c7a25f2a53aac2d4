/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serve.h"

#include "attaches.h"
#include "close.h"
#include "gate.h"
#include "lifetime.h"
#include "report.h"
#include "shell_watch.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

/* ---- the application ---- */

static int take_shells(struct helper *h, const struct wire_gate *gate, size_t length, struct err *e)
{
	struct wire_reader reader;
	char *at = h->shell_text;

	reader_init(&reader, h->message.body + sizeof(*gate), length - sizeof(*gate));
	if (gate->shells > HELPER_SHELLS)
		return err_set(e, E2BIG, "gate", "%u shells", gate->shells);
	for (uint32_t i = 0; i < gate->shells; i++) {
		reader_text(&reader, at, (size_t)(h->shell_text + sizeof(h->shell_text) - at));
		h->shells[i] = at;
		at += strlen(at) + 1;
	}
	if (!reader_ok(&reader))
		return err_set(e, EPROTO, "gate", "shells");
	h->nshells = gate->shells;
	return 0;
}

static struct gate *take_prepared(struct helper *h)
{
	struct gate *g = h->gate;

	h->gate = NULL;
	return g;
}

static struct gate_config gate_config_of(const struct helper *h, const struct wire_gate *gate)
{
	return (struct gate_config){
		.listener = -1,
		.record_fd = h->supervisor_fd,
		.attach_fd = h->attach_fd,
		.mount_ns_fd = h->mount_ns_fd,
		.root_fd = h->root_fd,
		.dev = gate->dev,
		.ino = gate->ino,
		.session_uid = h->identity.uid,
		.requester = h->identity.requester,
		.shells = h->shells,
		.nshells = h->nshells,
		.tally = h->tally,
	};
}

static int start_gate(struct helper *h, const struct wire_gate *gate, struct err *e)
{
	struct gate_config config = gate_config_of(h, gate);

	if (!gate->gated)
		return shell_watch_begin(h, &config, e);
	config.listener = message_take_fd(&h->message, 2);
	if (config.listener < 0)
		return err_set(e, EPROTO, "gate", "no listener");
	if (!h->gate)
		return err_set(e, EPROTO, "gate", "not asked for in IDENTITY");
	return gate_start(take_prepared(h), &config, e);
}

static int open_of_app(const struct helper *h, const char *name, int flags)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", h->in.app, name);
	return open(path, flags | O_CLOEXEC);
}

static int take_gate(struct helper *h, struct err *e)
{
	const struct wire_gate *gate = (const void *)h->message.body;
	int r;

	if (h->listen_fd >= 0 || h->identity.direct || h->message.head.length < sizeof(*gate))
		return err_set(e, EPROTO, "gate", "not now");
	r = take_shells(h, gate, h->message.head.length, e);
	if (r < 0)
		return r;
	h->listen_fd = message_take_fd(&h->message, 0);
	h->attach_fd = message_take_fd(&h->message, 1);
	h->mount_ns_fd = open_of_app(h, "ns/mnt", O_RDONLY);
	h->root_fd = open_of_app(h, "root", O_PATH | O_DIRECTORY);
	if (h->listen_fd < 0 || h->attach_fd < 0 || h->mount_ns_fd < 0 || h->root_fd < 0)
		return err_set(e, EPROTO, "gate", "descriptors");
	h->gated = gate->gated;
	return start_gate(h, gate, e);
}

static void handle_gate(struct helper *h)
{
	char text[ERR_TEXT_BYTES];
	struct err e = { 0 };

	if (take_gate(h, &e) < 0 ||
	    channel_send(h->control_fd, WIRE_GATED, NULL, 0, NULL, 0) < 0)
		close_by_force(h, ENDING_FAULT, e.num ? err_text(&e, text, sizeof(text)) :
							"the application is gone");
	report_steps(h);
}

static void run(struct helper *h)
{
	report_steps(h);
	attaches_run(h);
}

static void control_message(struct helper *h)
{
	int r = channel_receive(h->control_fd, &h->message, MSG_DONTWAIT);

	if (r == -EAGAIN)
		return;
	if (r != 1) { /* every holder of the socket is gone */
		fd_close(&h->control_fd);
		if (h->identity.direct)
			close_by_force(h, ENDING_KILLED, "the caller is gone");
		close_begin(h);
		return;
	}
	/* A forked child of the application holds the socket too; only the application may speak. */
	if (h->message.has_cred && h->message.cred.pid != h->in.app)
		;
	else if (h->message.head.type == WIRE_GATE)
		handle_gate(h);
	else if (h->message.head.type == WIRE_RUN && h->identity.direct)
		run(h);
	else if (h->message.head.type == WIRE_CLOSE)
		close_begin(h);
	message_done(&h->message);
}

static void application_died(struct helper *h)
{
	fd_close(&h->in.app_pidfd);
	if (h->identity.direct)
		close_by_force(h, ENDING_KILLED, "the caller is gone");
	else
		close_begin(h);
}

/* ---- init and supervisor ---- */

/* False: nothing is there, or will be. */
static bool init_message(struct helper *h)
{
	int r = channel_receive(h->init_fd, &h->message, MSG_DONTWAIT);

	if (r == -EAGAIN)
		return false;
	if (r != 1) { /* its pidfd says the rest */
		fd_close(&h->init_fd);
		return false;
	}
	if (h->message.head.type == INNER_EMPTY) {
		/* Sent before init heard of a START that is on its way, it is about the ones before. */
		h->empty = !attaches_any(h);
		if (h->identity.direct && h->empty && h->tally->attaches > 0)
			close_begin(h);
		if (h->phase == PHASE_ENDING && h->empty)
			fd_close(&h->init_fd);
	} else {
		attaches_status(h, &h->message);
	}
	message_done(&h->message);
	return true;
}

static void supervisor_message(struct helper *h)
{
	int r = channel_receive(h->supervisor_fd, &h->message, MSG_DONTWAIT);

	if (r == -EAGAIN)
		return;
	if (r != 1) {
		fd_close(&h->supervisor_fd);
		close_by_force(h, ENDING_FAULT, "the supervisor died");
		return;
	}
	if (h->message.head.type == INNER_REOPEN)
		report_reopen(h);
	else if (h->message.head.type == INNER_FAULT)
		close_by_force(h, ENDING_FAULT, "the supervisor cannot go on");
	message_done(&h->message);
}

static void signals(struct helper *h)
{
	struct signalfd_siginfo info;

	while (read(h->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (info.ssi_signo == SIGTERM)
			close_by_force(h, ENDING_KILLED, "SIGTERM");
}

/* ---- the loop ---- */

enum { POLL_CONTROL, POLL_APP, POLL_LISTEN, POLL_INIT, POLL_INIT_PIDFD, POLL_SUPERVISOR,
       POLL_SUPERVISOR_PIDFD, POLL_SIGNALS, POLL_SHELLS, POLL_ATTACHES,
       POLL_COUNT = POLL_ATTACHES + HELPER_ATTACHES };

static void fill_poll(const struct helper *h, struct pollfd polled[POLL_COUNT])
{
	const int fds[POLL_ATTACHES] = {
		[POLL_CONTROL] = h->control_fd,
		[POLL_APP] = h->in.app_pidfd,
		[POLL_LISTEN] = h->listen_fd,
		[POLL_INIT] = h->init_fd,
		[POLL_INIT_PIDFD] = h->init_pidfd,
		[POLL_SUPERVISOR] = h->supervisor_fd,
		/* Once its death is known it is only to be reaped: not polled again. */
		[POLL_SUPERVISOR_PIDFD] = h->supervisor_fd >= 0 ? h->supervisor_pidfd : -1,
		[POLL_SIGNALS] = h->signal_fd,
		[POLL_SHELLS] = h->shell_watch.fd,
	};

	/* poll ignores negative descriptors. */
	for (int i = 0; i < POLL_ATTACHES; i++)
		polled[i] = (struct pollfd){ fds[i], POLLIN, 0 };
	for (int i = 0; i < HELPER_ATTACHES; i++)
		polled[POLL_ATTACHES + i] = (struct pollfd){ h->attaches[i].socket, POLLIN, 0 };
}

/* 0 is never. */
static uint64_t sooner(uint64_t a, uint64_t b)
{
	return !a || (b && b < a) ? b : a;
}

static int timeout(struct helper *h)
{
	uint64_t now = io_now_usec(), first = attaches_deadline(h, now), wait;

	first = sooner(first, lifetime_deadline(h, now));
	first = sooner(first, close_deadline(h, now));
	if (!first)
		return -1;
	wait = first <= now ? 0 : (first - now + 999) / 1000;
	return wait > INT_MAX ? INT_MAX : (int)wait;
}

/* An earlier event may have closed what a later one is about: each looks at the descriptor anew. */
static bool is_due(const struct pollfd *p, int fd)
{
	return p->revents && fd >= 0 && p->fd == fd;
}

static void handle(struct helper *h, const struct pollfd polled[POLL_COUNT])
{
	if (is_due(&polled[POLL_SIGNALS], h->signal_fd))
		signals(h);
	if (is_due(&polled[POLL_SUPERVISOR], h->supervisor_fd))
		supervisor_message(h);
	if (is_due(&polled[POLL_SUPERVISOR_PIDFD], h->supervisor_pidfd)) {
		fd_close(&h->supervisor_fd);
		close_by_force(h, ENDING_FAULT, "the supervisor died");
	}
	/* Before the channels: one of them may be about to exec. */
	if (is_due(&polled[POLL_SHELLS], h->shell_watch.fd))
		shell_watch_handle(h);
	if (is_due(&polled[POLL_INIT], h->init_fd))
		(void)init_message(h);
	for (int i = 0; i < HELPER_ATTACHES; i++)
		if (is_due(&polled[POLL_ATTACHES + i], h->attaches[i].socket))
			attaches_receive(h, &h->attaches[i]);
	if (is_due(&polled[POLL_LISTEN], h->listen_fd))
		attaches_accept(h);
	if (is_due(&polled[POLL_CONTROL], h->control_fd))
		control_message(h);
	if (is_due(&polled[POLL_APP], h->in.app_pidfd))
		application_died(h);
}

/* Init is gone, and with it the pid namespace: the kernel has killed all that was in it. */
static void init_died(struct helper *h)
{
	if (h->phase == PHASE_ENDING)
		return;
	h->empty = true;
	close_by_force(h, ENDING_FAULT, "session init died");
}

void serve(struct helper *h)
{
	struct pollfd polled[POLL_COUNT];

	h->phase = PHASE_SERVING;
	lifetime_begin(h, io_now_usec());
	for (;;) {
		int wait = timeout(h);

		fill_poll(h, polled);
		if (poll(polled, POLL_COUNT, wait) < 0 && errno != EINTR)
			close_by_force(h, ENDING_FAULT, "poll");
		handle(h, polled);
		if (polled[POLL_INIT_PIDFD].revents) {
			/*
			 * What init still said: the last exit status. Not until the end of the
			 * conversation: a session process before its exec holds that socket, too.
			 */
			while (h->init_fd >= 0 && init_message(h))
				;
			fd_close(&h->init_fd);
			init_died(h);
			break;
		}
	}
	attaches_close(h);
	close_finish(h);
}
