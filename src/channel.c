/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "channel.h"

#include "io.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>

union control_space {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int) * WIRE_MAX_FDS) + CMSG_SPACE(sizeof(struct ucred))];
};

void message_init(struct message *m)
{
	memset(&m->head, 0, sizeof(m->head));
	m->nfds = 0;
	m->has_cred = false;
	m->cred = (struct ucred){ .pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1 };
}

void message_done(struct message *m)
{
	for (int i = 0; i < m->nfds; i++)
		fd_close(&m->fds[i]);
	m->nfds = 0;
}

int channel_pair(int ret_fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0 ? -errno : 0;
}

static void attach_fds(struct msghdr *msg, union control_space *control, const int *fds, int nfds)
{
	size_t bytes = sizeof(int) * (size_t)nfds;
	struct cmsghdr *c;

	memset(control, 0, sizeof(*control));
	msg->msg_control = control;
	msg->msg_controllen = CMSG_SPACE(bytes);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(bytes);
	memcpy(CMSG_DATA(c), fds, bytes);
}

int channel_send(int fd, enum wire_type type, const void *body, size_t length, const int *fds,
		 int nfds)
{
	struct wire_header head = {
		.magic = WIRE_MAGIC,
		.version = WIRE_VERSION,
		.type = (uint16_t)type,
		.length = (uint32_t)length,
	};
	struct iovec parts[2] = { { &head, sizeof(head) }, { (void *)(uintptr_t)body, length } };
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };
	union control_space control;
	ssize_t n;

	if (length > WIRE_MAX_BYTES || nfds > WIRE_MAX_FDS)
		return -EMSGSIZE;
	if (nfds > 0)
		attach_fds(&msg, &control, fds, nfds);
	do {
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/*
 * The kernel fills whatever room there is: the sender's credentials leave theirs to descriptors
 * when they are not asked for, and padding holds one more. What a message has no place for is
 * closed.
 */
static bool take_fds(struct message *m, const struct cmsghdr *c)
{
	size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	bool fits = true;

	for (size_t i = 0; i < n; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
		if (m->nfds < WIRE_MAX_FDS) {
			m->fds[m->nfds++] = fd;
		} else {
			(void)close(fd);
			fits = false;
		}
	}
	return fits;
}

/* False: more descriptors than a message may have. */
static bool take_control(struct message *m, struct msghdr *msg)
{
	bool fits = true;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS) {
			fits = take_fds(m, c) && fits;
		} else if (c->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&m->cred, CMSG_DATA(c), sizeof(m->cred));
			m->has_cred = true;
		}
	}
	return fits;
}

static bool is_sound(const struct message *m, const struct msghdr *msg, size_t n)
{
	if (msg->msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return false;
	if (n < sizeof(m->head) || m->head.magic != WIRE_MAGIC || m->head.version != WIRE_VERSION)
		return false;
	return m->head.length == n - sizeof(m->head);
}

int channel_receive(int fd, struct message *m, int flags)
{
	struct iovec parts[2] = { { &m->head, sizeof(m->head) }, { m->body, sizeof(m->body) } };
	union control_space control;
	struct msghdr msg = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;
	bool fits;

	message_init(m);
	/* ECONNRESET: it left without reading all of ours. Said once; then comes what it had sent. */
	do {
		n = recvmsg(fd, &msg, flags | MSG_CMSG_CLOEXEC);
	} while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return -errno;
	fits = take_control(m, &msg);
	if (n == 0)
		return 0; /* nothing comes with an end */
	if (fits && is_sound(m, &msg, (size_t)n))
		return 1;
	message_done(m);
	return -EBADMSG;
}

int channel_receive_until(int fd, struct message *m, uint64_t deadline_usec)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		uint64_t now = io_now_usec();
		int r;

		if (now >= deadline_usec)
			return -ETIMEDOUT;
		r = poll(&p, 1, (int)((deadline_usec - now + 999) / 1000));
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r > 0)
			return channel_receive(fd, m, MSG_DONTWAIT);
	}
}

const void *message_body(const struct message *m, size_t size)
{
	return m->head.length == size ? m->body : NULL;
}

int message_take_fd(struct message *m, int i)
{
	return i < m->nfds ? take_fd(&m->fds[i]) : -1;
}

void writer_init(struct wire_writer *w, void *buffer, size_t size)
{
	*w = (struct wire_writer){ .at = buffer, .start = buffer };
	w->end = w->start + size;
}

void writer_bytes(struct wire_writer *w, const void *data, size_t size)
{
	if ((size_t)(w->end - w->at) < size) {
		w->overflow = true;
		return;
	}
	memcpy(w->at, data, size);
	w->at += size;
}

void writer_u32(struct wire_writer *w, uint32_t value)
{
	writer_bytes(w, &value, sizeof(value));
}

void writer_text(struct wire_writer *w, const char *text)
{
	writer_bytes(w, text, strlen(text) + 1);
}

size_t writer_length(const struct wire_writer *w)
{
	return (size_t)(w->at - w->start);
}

bool writer_ok(const struct wire_writer *w)
{
	return !w->overflow;
}

void reader_init(struct wire_reader *r, const void *data, size_t size)
{
	*r = (struct wire_reader){ .at = data };
	r->end = r->at + size;
}

void reader_bytes(struct wire_reader *r, void *out, size_t size)
{
	if (r->bad || (size_t)(r->end - r->at) < size) {
		r->bad = true;
		memset(out, 0, size);
		return;
	}
	memcpy(out, r->at, size);
	r->at += size;
}

uint32_t reader_u32(struct wire_reader *r)
{
	uint32_t value;

	reader_bytes(r, &value, sizeof(value));
	return value;
}

void reader_text(struct wire_reader *r, char *out, size_t size)
{
	size_t left = (size_t)(r->end - r->at);
	size_t length = r->bad ? left : strnlen((const char *)r->at, left);

	if (length == left || length >= size) {
		r->bad = true;
		out[0] = 0;
		return;
	}
	memcpy(out, r->at, length + 1);
	r->at += length + 1;
}

bool reader_ok(const struct wire_reader *r)
{
	return !r->bad && r->at == r->end;
}
