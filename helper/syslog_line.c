/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "syslog_line.h"

#include "../src/json.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { FACILITY_AUTHPRIV = 10 << 3, FIELD_BYTES = 128 };

void syslog_line_add(struct syslog_line *line, const char *text, size_t n)
{
	size_t room = sizeof(line->text) - line->n;

	if (n > room)
		n = room;
	memcpy(line->text + line->n, text, n);
	line->n += n;
}

static void add_text(struct syslog_line *line, const char *text)
{
	syslog_line_add(line, text, strlen(text));
}

void syslog_line_init(struct syslog_line *line, enum syslog_severity severity, const char *event)
{
	char priority[16];

	line->n = 0;
	(void)snprintf(priority, sizeof(priority), "<%u>", FACILITY_AUTHPRIV | (unsigned int)severity);
	add_text(line, priority);
	add_text(line, "swrap: ");
	add_text(line, event);
}

void syslog_line_field(struct syslog_line *line, const char *key, const char *text)
{
	char escaped[FIELD_BYTES];

	if (!text[0])
		return;
	(void)text_escape(text, strlen(text), escaped, sizeof(escaped));
	add_text(line, " ");
	add_text(line, key);
	add_text(line, "=");
	add_text(line, escaped);
}

int syslog_line_open(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

void syslog_line_send(const struct syslog_line *line, int fd)
{
	static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };

	struct iovec part = { .iov_base = (void *)(uintptr_t)line->text, .iov_len = line->n };
	struct msghdr msg = {
		.msg_name = (void *)(uintptr_t)&address,
		.msg_namelen = sizeof(address),
		.msg_iov = &part,
		.msg_iovlen = 1,
	};

	/* Not sendto: the supervisor has sendmsg alone. */
	(void)sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}
