/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * channel.h - sends and receives the messages of wire.h, with descriptors, and packs their bodies.
 */
#ifndef SWRAP_CHANNEL_H
#define SWRAP_CHANNEL_H

#include "err.h"
#include "wire.h"

#include <stdbool.h>
#include <sys/socket.h>

/* One received message. Owns its descriptors: message_done() closes those not taken. */
struct message {
	struct wire_header head;
	int nfds;
	int fds[WIRE_MAX_FDS];
	bool has_cred;			/* SO_PASSCRED was on */
	struct ucred cred;		/* of the sender, from the kernel */
	_Alignas(8) unsigned char body[WIRE_MAX_BYTES]; /* read as the structs of wire.h */
};

void message_done(struct message *m);
#define _message_ _cleanup_(message_done)

/* An empty one, for declarations: the body is left as it is (64 kB). */
void message_init(struct message *m);

/* A pair of connected SOCK_SEQPACKET sockets, close-on-exec. 0 or -errno. */
int channel_pair(int ret_fds[2]);

/*
 * Sends one message; never raises SIGPIPE. Borrows the descriptors. Returns 0 or -errno (-EPIPE: the
 * peer is gone, -EMSGSIZE, -EAGAIN when fd is non-blocking and full).
 */
int channel_send(int fd, enum wire_type type, const void *body, size_t length, const int *fds,
		 int nfds);

/*
 * Receives one message, with its descriptors close-on-exec. Returns 1, 0 at the end of the
 * conversation, -EAGAIN (MSG_DONTWAIT in flags, nothing there), -EBADMSG for a wrong magic, version,
 * length or a truncated packet (its descriptors are closed), or -errno.
 */
int channel_receive(int fd, struct message *m, int flags);

/* channel_receive, waiting at most until deadline_usec (io_now_usec); -ETIMEDOUT past it. */
int channel_receive_until(int fd, struct message *m, uint64_t deadline_usec);

/* Body of exactly size bytes, else NULL: for the fixed structs of wire.h. */
const void *message_body(const struct message *m, size_t size);

/* Takes descriptor i, or returns -1 if there is none. */
int message_take_fd(struct message *m, int i);

/* Builds a body. Overflow is remembered; writer_ok() tells once at the end. */
struct wire_writer {
	unsigned char *at, *end, *start;
	bool overflow;
};

/* Reads a body. Anything short or unterminated is remembered; reader_ok() tells at the end. */
struct wire_reader {
	const unsigned char *at, *end;
	bool bad;
};

void writer_init(struct wire_writer *w, void *buffer, size_t size);
void writer_bytes(struct wire_writer *w, const void *data, size_t size);
void writer_u32(struct wire_writer *w, uint32_t value);
void writer_text(struct wire_writer *w, const char *text);	/* with its NUL */
size_t writer_length(const struct wire_writer *w);
bool writer_ok(const struct wire_writer *w);

void reader_init(struct wire_reader *r, const void *data, size_t size);
void reader_bytes(struct wire_reader *r, void *out, size_t size);	/* zeroes out when short */
uint32_t reader_u32(struct wire_reader *r);				/* 0 when short */
void reader_text(struct wire_reader *r, char *out, size_t size);	/* "" when it does not fit */
bool reader_ok(const struct wire_reader *r);				/* and nothing is left over */

#endif
