/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gate_record.h"

#include "syslog_line.h"

#include "../src/json.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(sizeof(struct gate_record) < WIRE_MAX_BYTES, "a record is one packet");

static void add_path(struct json *j, const char *key, const char *path)
{
	if (path[0])
		json_text(j, key, path);
	else
		json_null(j, key);
}

/*
 * After session.end the supervisor is gone, but the application still closes and may exec: then the
 * system log is all there is. Nothing waits for it.
 */
static void say_to_syslog(const struct gate_record *r, size_t n)
{
	_close_ int fd = syslog_line_open();
	struct syslog_line line;

	syslog_line_init(&line, SYSLOG_NOTICE, r->head.event);
	syslog_line_add(&line, " ", 1);
	syslog_line_add(&line, r->members, n);
	syslog_line_send(&line, fd);
}

static void send_record(struct gate_record *r, int fd, struct tally *tally, const char *event,
			size_t n)
{
	r->wire = (struct wire_header){
		.magic = WIRE_MAGIC,
		.version = WIRE_VERSION,
		.type = INNER_RECORD,
		.length = (uint32_t)(sizeof(r->head) + n),
	};
	memset(&r->head, 0, sizeof(r->head));
	(void)snprintf(r->head.event, sizeof(r->head.event), "%s", event);
	r->head.urgent = 1;
	r->head.authpriv = 1;
	if (send(fd, r, sizeof(r->wire) + sizeof(r->head) + n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return;
	atomic_fetch_add(&tally->lost, 1);
	say_to_syslog(r, n);
}

void gate_record_denial(struct gate_record *record, int fd, struct tally *tally,
			const struct gate_denial *denial)
{
	struct json j;

	json_init(&j, record->members, sizeof(record->members));
	json_text(&j, "reason", denial->reason);
	add_path(&j, "requested", denial->asked);
	add_path(&j, "path", denial->path);
	json_int(&j, "pid", denial->pid);
	json_uint(&j, "euid", denial->euid);
	atomic_fetch_add(&tally->gate_denied, 1);
	send_record(record, fd, tally, "gate.deny", j.n);
}

void gate_record_reshadow(struct gate_record *record, int fd, struct tally *tally,
			  const char *path, bool weak)
{
	struct json j;

	json_init(&j, record->members, sizeof(record->members));
	add_path(&j, "path", path);
	json_bool(&j, "weak", weak);
	send_record(record, fd, tally, "gate.reshadow", j.n);
}
