/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirror.h"
#include "sys.h"
#include "text.h"

#include <asm/siginfo.h>
#include <linux/signalfd.h>

struct packet {
	struct wire_header head;
	union {
		struct wire_refused refused;
		struct wire_signal signal;
		struct wire_exited exited;
	} body;
};

/* ---- signals ---- */

/*
 * Until the session process is there, only what would have ended a shell then; the rest stays
 * pending.
 */
static uint64_t early_signals(uint64_t ignored)
{
	return (sys_bit(SIGHUP) | sys_bit(SIGINT) | sys_bit(SIGQUIT) | sys_bit(SIGTERM)) & ~ignored;
}

/* This process has no children, so a SIGCHLD is nobody's. KILL and STOP never come here. */
static uint64_t mirrored_signals(void)
{
	return ~sys_bit(SIGCHLD);
}

int mirror_open(struct mirror *m, int sock, uint64_t ignored, struct relay *relay)
{
	uint64_t set = early_signals(ignored);
	int fd = sys_raise_fd(sys_signalfd(-1, &set));

	if (fd < 0)
		return fd;
	(void)sys_fcntl(sock, F_SETOWN, sys_getpid());	/* for wake_by_message() */
	(void)sys_fcntl(sock, F_SETSIG, SIGCONT);
	*m = (struct mirror){ .sock = sock, .signals = fd, .ignored = ignored, .relay = relay };
	return 0;
}

/*
 * Sends what is in m->unsent. Never waits: the relay must go on. True when nothing is left to
 * send.
 */
static bool send_signal(struct mirror *m)
{
	const struct wire_header head = { .magic = WIRE_MAGIC,
					  .version = WIRE_VERSION,
					  .type = WIRE_SIGNAL,
					  .length = sizeof(struct wire_signal) };
	const struct wire_signal body = { .signo = m->unsent };
	struct sys_iovec iov[2] = { { &head, sizeof(head) }, { &body, sizeof(body) } };
	struct sys_msghdr message = { .iov = iov, .iov_count = 2 };

	if (!m->unsent)
		return true;
	if (sys_sendmsg(m->sock, &message, SYS_MSG_NOSIGNAL | SYS_MSG_DONTWAIT) == -EAGAIN)
		return false;
	m->unsent = 0;	/* another error: the helper is gone, and reading the socket will say so */
	return true;
}

static void mirror_signal(struct mirror *m, int signo, bool woken)
{
	/* The session has its own terminal: it learns the size from that. */
	if (signo == SIGWINCH && relay_exists(m->relay)) {
		relay_resize(m->relay);
		return;
	}
	if (signo == SIGCONT)
		relay_enter(m->relay);
	if (woken)
		return;
	m->unsent = signo;
	(void)send_signal(m);
}

/* The SIGCONT of wake_by_message(): nobody sent it, so it is not for the session. */
static bool is_wake_up(const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGCONT && info->ssi_code >= POLL_IN &&
	       info->ssi_code <= POLL_HUP;
}

static bool take_signal(struct mirror *m, struct ending *ret)
{
	struct signalfd_siginfo info;

	if (sys_read(m->signals, &info, sizeof(info)) != sizeof(info))
		return false;
	if (!m->started) {
		ret->how = ENDING_KILL;
		ret->status = (int)info.ssi_signo;
		return true;
	}
	mirror_signal(m, (int)info.ssi_signo, is_wake_up(&info));
	return false;
}

/* ---- descriptors ---- */

/* The lowest of ours that is at least from, or -1. */
static int next_kept(const int *keep, size_t count, int from)
{
	int lowest = -1;

	for (size_t i = 0; i < count; i++)
		if (keep[i] >= from && (lowest < 0 || keep[i] < lowest))
			lowest = keep[i];
	return lowest;
}

/* Whatever the application left open besides: held here, a pipe would never see its end. */
static void close_others(const struct mirror *m)
{
	const struct relay *r = m->relay;
	const int keep[] = { m->sock, m->signals, r->real, r->master, r->slave };
	int from = 3, next;

	while ((next = next_kept(keep, sizeof(keep) / sizeof(keep[0]), from)) >= 0) {
		if (next > from)
			(void)sys_close_range((unsigned int)from, (unsigned int)next - 1);
		from = next + 1;
	}
	(void)sys_close_range((unsigned int)from, ~0u);
}

/* sshd sees the end of the output only when no process holds it, so neither may we. */
static void let_go(const struct mirror *m)
{
	int null = sys_raise_fd(sys_open("/dev/null", O_RDWR));

	for (int fd = 0; fd <= 2; fd++)
		if (null < 0 || sys_dup3(null, fd, 0) < 0)
			sys_close(fd);	/* nothing is opened after this that could land there */
	close_others(m);
}

/* ---- messages ---- */

static void start(struct mirror *m)
{
	const uint64_t set = mirrored_signals();

	m->started = true;
	(void)sys_signalfd(m->signals, &set);	/* an existing one: cannot fail */
	let_go(m);
	relay_enter(m->relay);
}

/*
 * Lets the kernel send us SIGCONT when a message comes or the helper goes. A session process that
 * is continued or killed by somebody inside must not leave this one stopped for ever, with an
 * application that waits for it.
 */
static void wake_by_message(const struct mirror *m, bool on)
{
	(void)sys_fcntl(m->sock, F_SETFL, on ? O_RDWR | FASYNC : O_RDWR);
}

static bool has_message(const struct mirror *m)
{
	const int64_t now = 0;
	struct pollfd p = { .fd = m->sock, .events = POLLIN };

	return sys_poll(&p, 1, &now) > 0;
}

/*
 * The parent is to see a stopped child. The SIGCONT that wakes us is blocked, hence pending, and
 * comes by the signalfd like any other: it takes the terminal again and goes on to the session.
 */
static void stop(struct mirror *m)
{
	relay_drain(m->relay);
	relay_leave(m->relay);
	wake_by_message(m, true);
	if (!has_message(m))
		(void)sys_kill(sys_getpid(), SIGSTOP);
	wake_by_message(m, false);
}

static void copy_text(struct ending *e, const char *text, size_t size)
{
	for (size_t i = 0; i < size && i < sizeof(e->text); i++)
		e->text[i] = text[i];
}

static bool finish(struct ending *e, enum ending_how how, int status)
{
	e->how = how;
	e->status = status;
	return true;
}

static bool take_exited(const struct wire_exited *body, struct ending *ret)
{
	copy_text(ret, body->text, sizeof(body->text));
	return finish(ret, body->killed ? ENDING_KILL : ENDING_EXIT, body->status);
}

static bool take_packet(struct mirror *m, const struct packet *p, struct ending *ret)
{
	switch (p->head.type) {
	case WIRE_PASS:
		return finish(ret, m->started ? ENDING_LOST : ENDING_PASS, 0);
	case WIRE_REFUSED:
		copy_text(ret, p->body.refused.text, sizeof(p->body.refused.text));
		return finish(ret, ENDING_REFUSED, 0);
	case WIRE_EXITED:
		return take_exited(&p->body.exited, ret);
	case WIRE_STARTED:
		if (m->started)
			return finish(ret, ENDING_LOST, 0);
		start(m);
		return false;
	case WIRE_STOPPED:
		if (!m->started)
			return finish(ret, ENDING_LOST, 0);
		stop(m);
		return false;
	default:
		return finish(ret, ENDING_LOST, 0);
	}
}

/* The body each message must have, exactly; no packet has the size that an unknown type gets. */
static size_t body_size(unsigned int type)
{
	switch (type) {
	case WIRE_PASS:
	case WIRE_STARTED:
		return 0;
	case WIRE_REFUSED:
		return sizeof(struct wire_refused);
	case WIRE_STOPPED:
		return sizeof(struct wire_signal);
	case WIRE_EXITED:
		return sizeof(struct wire_exited);
	default:
		return SIZE_MAX;
	}
}

static bool is_sound(const struct packet *p, size_t size)
{
	return size >= sizeof(p->head) && p->head.magic == WIRE_MAGIC &&
	       p->head.version == WIRE_VERSION && p->head.length == size - sizeof(p->head) &&
	       p->head.length == body_size(p->head.type);
}

static bool receive(struct mirror *m, struct ending *ret)
{
	struct packet p;
	long n = sys_recv(m->sock, &p, sizeof(p), SYS_MSG_DONTWAIT | SYS_MSG_TRUNC);

	/* ECONNRESET, told once: the helper left without reading all; what it sent is here. */
	if (n == -EAGAIN || n == -EINTR || n == -ECONNRESET)
		return false;
	if (n <= 0 || (size_t)n > sizeof(p) || !is_sound(&p, (size_t)n))
		return finish(ret, ENDING_LOST, 0);
	return take_packet(m, &p, ret);
}

/* ---- the loop ---- */

/* One signal at a time: while one waits to be sent, the next stays in the kernel. */
static void watch(const struct mirror *m, struct pollfd p[4])
{
	p[0] = (struct pollfd){ .fd = m->sock, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = m->signals, .events = POLLIN };
	if (m->unsent) {
		p[0].events |= POLLOUT;
		p[1].fd = -1;
	}
	relay_watch(m->relay, &p[2], &p[3]);
	if (!m->started)
		p[2].fd = p[3].fd = -1;
}

void mirror_run(struct mirror *m, struct ending *ret)
{
	/* The helper gives up after 10 s; one that is stopped gives no answer at all. */
	static const int64_t answer_time = 20000; /* milliseconds */
	struct pollfd p[4];

	*ret = (struct ending){ .how = ENDING_LOST };
	for (;;) {
		int n;

		watch(m, p);
		n = sys_poll(p, 4, m->started ? relay_timeout(m->relay) : &answer_time);
		if ((n < 0 && n != -EINTR) || (n == 0 && !m->started))
			return;
		if (n < 0)
			continue;
		if (p[0].revents & ~POLLOUT && receive(m, ret))
			return;
		if (send_signal(m) && p[1].revents && take_signal(m, ret))
			return;
		if (m->started)
			relay_copy(m->relay, &p[2], &p[3]);
	}
}
