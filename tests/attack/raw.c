/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "raw.h"

#include "../../src/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAIT_MSEC = 1500, FLOOD_MSEC = 5000, FLOOD = 70, PLACES = 64, MANY_FDS = 32 };

static int reach(int type)
{
	const struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = WIRE_ATTACH_SOCKET,
	};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		printf("connect: %s\n", strerrorname_np(errno));
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* ---- saying ---- */

struct packet {
	struct wire_header head;
	struct wire_attach attach;
};

static struct packet honest(void)
{
	return (struct packet){
		.head = {
			.magic = WIRE_MAGIC,
			.version = WIRE_VERSION,
			.type = WIRE_ATTACH,
			.length = sizeof(struct wire_attach),
		},
		.attach = { .open_fds = 7, .argc = 1, .envc = 0, .bytes = sizeof("sh\0/") },
	};
}

static int strings(void)
{
	int fd = memfd_create("strings", MFD_CLOEXEC);

	if (write(fd, "sh\0/", sizeof("sh\0/")) != (ssize_t)sizeof("sh\0/"))
		exit(1);
	return fd;
}

static void say(int sock, const void *data, size_t size, const int *fds, int nfds)
{
	struct iovec part = { (void *)(uintptr_t)data, size };
	char space[CMSG_SPACE(sizeof(int) * MANY_FDS)] = { 0 };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (nfds > 0) {
		msg.msg_control = space;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)nfds);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)nfds);
	}
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0)
		printf("send: %s\n", strerrorname_np(errno));
}

static void say_packet(int sock, const struct packet *p, int memfd)
{
	const int fds[4] = { memfd, 0, 1, 2 };

	say(sock, p, sizeof(*p), fds, 4);
}

/* ---- hearing ---- */

static const char *type_name(unsigned int type)
{
	static const char *const names[] = {
		[WIRE_REFUSED] = "REFUSED", [WIRE_PASS] = "PASS", [WIRE_STARTED] = "STARTED",
		[WIRE_STOPPED] = "STOPPED", [WIRE_EXITED] = "EXITED",
	};

	return type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "other";
}

static bool hear(int sock)
{
	struct { struct wire_header head; struct wire_refused refused; } answer;
	struct pollfd p = { sock, POLLIN, 0 };
	ssize_t n;

	if (poll(&p, 1, WAIT_MSEC) <= 0) {
		puts("silent");
		return false;
	}
	/* ECONNRESET: it closed without reading what we said. Said once; then comes its answer. */
	do {
		n = recv(sock, &answer, sizeof(answer), 0);
	} while (n < 0 && errno == ECONNRESET);
	if (n < (ssize_t)sizeof(answer.head)) {
		puts("closed");
		return false;
	}
	printf("answer %s", type_name(answer.head.type));
	if (answer.head.type == WIRE_REFUSED)
		printf(" %d %.191s", answer.refused.num, answer.refused.text);
	putchar('\n');
	return answer.head.type != WIRE_REFUSED && answer.head.type != WIRE_EXITED;
}

/* ---- the attacks ---- */

static void send_one(const struct packet *p, int memfd)
{
	int sock = reach(SOCK_SEQPACKET);

	if (sock < 0)
		return;
	say_packet(sock, p, memfd);
	while (hear(sock))
		;
	(void)close(sock);
}

/* Well formed, from a process that is no shell. */
static void attack_honest(void)
{
	struct packet p = honest();

	send_one(&p, strings());
}

static void attack_counts(void)
{
	struct packet p = honest();

	p.attach.argc = UINT32_MAX;
	send_one(&p, strings());
	p = honest();
	p.attach.argc = p.attach.envc = 5;	/* more than there are strings */
	send_one(&p, strings());
	p = honest();
	p.attach.bytes = WIRE_ATTACH_MAX_BYTES;	/* more than the file has */
	send_one(&p, strings());
	p.attach.bytes = UINT64_MAX;
	send_one(&p, strings());
	p.attach.bytes = 0;
	send_one(&p, strings());
	p = honest();
	p.attach.open_fds = 1;			/* fewer than follow */
	send_one(&p, strings());
	p.attach.open_fds = UINT32_MAX;
	send_one(&p, strings());
}

/* No regular file: a read of it would block the session process, or move what others read. */
static void attack_memfd(void)
{
	struct packet p = honest();
	int pipes[2];

	if (pipe(pipes) < 0)
		return;
	send_one(&p, pipes[0]);
	send_one(&p, open("/dev/zero", O_RDONLY));
	send_one(&p, open("/", O_RDONLY | O_DIRECTORY));
}

static void attack_headers(void)
{
	struct packet p = honest();

	p.head.magic++;
	send_one(&p, strings());
	p = honest();
	p.head.version++;
	send_one(&p, strings());
	p = honest();
	p.head.length++;
	send_one(&p, strings());
	p = honest();
	p.head.length = UINT32_MAX;
	send_one(&p, strings());
	/* Types that only others may send, and one that nobody knows. */
	for (unsigned int type = 0; type < 130; type++) {
		int sock = type == WIRE_ATTACH ? -1 : reach(SOCK_SEQPACKET);

		if (sock < 0)
			continue;
		p = honest();
		p.head.type = (uint16_t)type;
		say_packet(sock, &p, strings());
		if (hear(sock))
			printf("type %u was answered\n", type);
		(void)close(sock);
	}
}

static void attack_oversized(void)
{
	static char big[128 * 1024];
	int sizes[] = { 0, 1, 15, 16, 17, 64 * 1024 + 15, 64 * 1024 + 16, 64 * 1024 + 17,
			sizeof(big) };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct packet p = honest();
		int sock = reach(SOCK_SEQPACKET);

		if (sock < 0)
			return;
		p.head.length = (uint32_t)(sizes[i] - 16);
		memcpy(big, &p, sizeof(p));
		say(sock, big, (size_t)sizes[i], NULL, 0);
		while (hear(sock))
			;
		(void)close(sock);
	}
}

/* From none to many more descriptors than a message has room for. */
static void attack_descriptors(void)
{
	int fds[MANY_FDS];

	for (int i = 0; i < MANY_FDS; i++)
		fds[i] = strings();
	for (int n = 0; n <= MANY_FDS; n++) {
		struct packet p = honest();
		int sock = n == 4 ? -1 : reach(SOCK_SEQPACKET);

		if (sock < 0)
			continue;
		say(sock, &p, sizeof(p), fds, n);
		while (hear(sock))
			;
		(void)close(sock);
	}
}

/* More connections than there are places. */
static void attack_flood(void)
{
	struct pollfd polled[FLOOD];

	for (int i = 0; i < FLOOD; i++)
		polled[i] = (struct pollfd){ reach(SOCK_SEQPACKET), POLLIN, 0 };
	for (int msec = 0; msec < FLOOD_MSEC && poll(polled, FLOOD, 0) < FLOOD - PLACES; msec++)
		(void)usleep(1000);
	for (int i = 0; i < FLOOD; i++)
		if (polled[i].revents)
			(void)hear(polled[i].fd);
}

/* A connection that says nothing must not keep its place, nor a stream get one. */
static void attack_types(void)
{
	int sock;

	(void)reach(SOCK_STREAM);
	(void)reach(SOCK_DGRAM);
	sock = reach(SOCK_SEQPACKET);
	if (sock >= 0)
		(void)hear(sock);
}

/* Signals and nonsense of every number, before there is a session process. */
static void attack_signals(void)
{
	struct { struct wire_header head; struct wire_signal body; } s = {
		{ WIRE_MAGIC, WIRE_VERSION, WIRE_SIGNAL, sizeof(struct wire_signal), 0 }, { 9, 0 }
	};
	int sock = reach(SOCK_SEQPACKET);

	if (sock < 0)
		return;
	say(sock, &s, sizeof(s), NULL, 0);
	(void)hear(sock);
	(void)close(sock);
}

static const struct {
	const char *name;
	void (*attack)(void);
} attacks[] = {
	{ "honest", attack_honest }, { "counts", attack_counts }, { "memfd", attack_memfd },
	{ "headers", attack_headers }, { "oversized", attack_oversized },
	{ "descriptors", attack_descriptors }, { "flood", attack_flood },
	{ "types", attack_types }, { "signals", attack_signals },
};

int raw_attack(const char *name)
{
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++)
		if (strcmp(attacks[i].name, name) == 0) {
			attacks[i].attack();
			return 0;
		}
	fprintf(stderr, "raw: no attack %s\n", name);
	return 2;
}
