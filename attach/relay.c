/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay.h"
#include "sys.h"

#include <asm/termios.h>

void relay_none(struct relay *r)
{
	r->real = r->master = r->slave = -1;
	r->raw = r->pipeline = false;
	r->in.at = r->in.end = r->out.at = r->out.end = 0;
}

bool relay_foreground(int tty)
{
	int group = -1;

	return sys_ioctl(tty, TIOCGPGRP, &group) == 0 && group == sys_getpgid();
}

/* ---- opening ---- */

/*
 * An open file of our own, so that O_NONBLOCK is not everybody's. Where /dev/tty is missing (a
 * chroot) the inherited one serves, blocking: then a stopped terminal holds us up, and nothing
 * else.
 */
static int open_real(int tty)
{
	int fd = sys_raise_fd(sys_open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK));

	return fd >= 0 ? fd : sys_fcntl(tty, F_DUPFD_CLOEXEC, 10);
}

static int open_pty(struct relay *r)
{
	int unlock = 0;
	int e;

	r->master = sys_raise_fd(sys_open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK));
	if (r->master < 0)
		return r->master;
	e = sys_ioctl(r->master, TIOCSPTLCK, &unlock);
	if (e < 0)
		return e;
	/* By the master, not by name: /dev/pts/N may be another instance's. */
	r->slave = sys_raise_fd(sys_ioctl(r->master, TIOCGPTPEER,
					  (void *)(long)(O_RDWR | O_NOCTTY | O_CLOEXEC)));
	return r->slave < 0 ? r->slave : 0;
}

static int copy_modes(struct relay *r)
{
	int e = sys_ioctl(r->real, TCGETS2, &r->saved);

	return e < 0 ? e : sys_ioctl(r->slave, TCSETS2, &r->saved);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		sys_close(*fd);
	*fd = -1;
}

static void close_all(struct relay *r)
{
	close_one(&r->real);
	close_one(&r->slave);
	close_one(&r->master);
}

int relay_open(struct relay *r, int tty, bool pipeline)
{
	int e;

	relay_none(r);
	r->pipeline = pipeline;
	r->real = open_real(tty);
	e = r->real < 0 ? r->real : open_pty(r);
	if (e == 0)
		e = copy_modes(r);
	if (e < 0) {
		close_all(r);
		return e;
	}
	relay_resize(r);
	return 0;
}

/* ---- the terminal's modes ---- */

static struct termios2 raw_modes(const struct relay *r)
{
	struct termios2 modes = r->saved;

	modes.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP);
	modes.c_iflag &= ~(tcflag_t)(INLCR | IGNCR | ICRNL | IXON);
	modes.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	/*
	 * In "su -c job | pager" the pager writes to the terminal too and counts on its newlines.
	 */
	if (!r->pipeline)
		modes.c_oflag &= ~(tcflag_t)OPOST;
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	return modes;
}

void relay_enter(struct relay *r)
{
	struct termios2 raw;

	if (!relay_exists(r) || !relay_foreground(r->real))
		return;
	/*
	 * Still raw: we were stopped by SIGSTOP and could not give it back; what is set now is
	 * ours.
	 */
	if (!r->raw && sys_ioctl(r->real, TCGETS2, &r->saved) < 0)
		return;
	raw = raw_modes(r);
	r->raw = sys_ioctl(r->real, TCSETS2, &raw) == 0;
	relay_resize(r);
}

void relay_leave(struct relay *r)
{
	/* In the background the modes are those of whoever is in front now. */
	if (relay_exists(r) && r->raw && relay_foreground(r->real))
		(void)sys_ioctl(r->real, TCSETS2, &r->saved);
	r->raw = false;
}

void relay_resize(const struct relay *r)
{
	struct winsize size;

	if (relay_exists(r) && sys_ioctl(r->real, TIOCGWINSZ, &size) == 0)
		(void)sys_ioctl(r->master, TIOCSWINSZ, &size);
}

/* ---- copying ---- */

static bool is_empty(const struct relay_buffer *b)
{
	return b->at == b->end;
}

/* Into an empty buffer. Bytes read, 0 at the end, or -errno. */
static long fill(struct relay_buffer *b, int fd)
{
	long n = sys_read(fd, b->data, sizeof(b->data));

	if (n > 0) {
		b->at = 0;
		b->end = (size_t)n;
	}
	return n;
}

static long flush(struct relay_buffer *b, int fd)
{
	long n = sys_write(fd, b->data + b->at, b->end - b->at);

	if (n > 0)
		b->at += (size_t)n;
	return n;
}

/*
 * The terminal is gone: so is the session's. Closing the master hangs the slave up, which is what
 * the session would have seen had it been there itself.
 */
static void hang_up(struct relay *r)
{
	close_all(r);
	r->raw = false;
}

static void read_real(struct relay *r)
{
	long n = fill(&r->in, r->real);

	if (n > 0 || n == -EAGAIN || n == -EINTR)
		return;
	if (n == -EIO && !relay_foreground(r->real)) {
		r->raw = false;		/* somebody took the foreground without stopping us */
		return;
	}
	hang_up(r);
}

const int64_t *relay_timeout(const struct relay *r)
{
	static const int64_t ask_again = 250;

	/* A shell that brings a running job to the front tells nobody: no signal, no event. */
	return relay_exists(r) && !r->raw ? &ask_again : NULL;
}

void relay_watch(const struct relay *r, struct pollfd *real, struct pollfd *master)
{
	bool reads = r->raw && is_empty(&r->in);

	*real = (struct pollfd){ .fd = r->real };
	*master = (struct pollfd){ .fd = r->master };
	if (reads)
		real->events |= POLLIN;
	if (!is_empty(&r->out))
		real->events |= POLLOUT;
	if (is_empty(&r->out))
		master->events |= POLLIN;
	if (!is_empty(&r->in))
		master->events |= POLLOUT;
}

static bool is_gone(const struct pollfd *p)
{
	return (p->revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void relay_copy(struct relay *r, const struct pollfd *real, const struct pollfd *master)
{
	if (!relay_exists(r))
		return;
	if (master->revents & POLLIN)
		(void)fill(&r->out, r->master);
	if (master->revents & POLLOUT)
		(void)flush(&r->in, r->master);
	if (!is_empty(&r->out) && (real->revents & POLLOUT || master->revents & POLLIN))
		(void)flush(&r->out, r->real);
	if (is_gone(real) || is_gone(master)) {
		hang_up(r);
		return;
	}
	if (real->revents & POLLIN && is_empty(&r->in))
		read_real(r);
	if (!r->raw)
		relay_enter(r);
}

static bool wait_writable(int fd)
{
	static const int64_t patience = 5000;
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return sys_poll(&p, 1, &patience) > 0 && !is_gone(&p);
}

static bool flush_all(struct relay *r)
{
	while (!is_empty(&r->out)) {
		long n = flush(&r->out, r->real);

		if (n <= 0 && (n != -EAGAIN || !wait_writable(r->real)))
			return false;
	}
	return true;
}

void relay_drain(struct relay *r)
{
	/* More than a pty holds, and an end to it: what survives the session may write for ever. */
	const long limit = 256 * 1024;
	long moved = 0;

	if (!relay_exists(r))
		return;
	while (flush_all(r) && moved < limit) {
		long n = fill(&r->out, r->master);

		if (n <= 0)
			return;
		moved += n;
	}
}
