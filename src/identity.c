/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "identity.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { MODE_SHIFT = 5 };

int identity_set(char *field, size_t size, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	if (length >= size)
		return -ENAMETOOLONG;
	memcpy(field, text ? text : "", length + 1);
	return 0;
}

int identity_add_set(struct identity *id, const char *text)
{
	size_t bytes = strlen(text) + 1;

	if (bytes > sizeof(id->sets) - id->sets_bytes)
		return -E2BIG;
	memcpy(id->sets + id->sets_bytes, text, bytes);
	id->sets_bytes += (uint32_t)bytes;
	return 0;
}

const char *identity_next_set(const struct identity *id, const char *previous)
{
	const char *next = previous ? previous + strlen(previous) + 1 : id->sets;

	return next < id->sets + id->sets_bytes ? next : NULL;
}

bool identity_is_spared(const struct identity *id)
{
	return id->uid == 0 || id->exempt || id->breakglass;
}

int identity_new_session(char session[IDENTITY_SESSION_BYTES])
{
	unsigned char random[8];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -EIO;
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(session + 2 * i, 3, "%02x", random[i]);
	return 0;
}

/* The one list of text fields: pack and unpack cannot disagree. */
struct text_field {
	size_t offset, size;
};

#define FIELD(name) { offsetof(struct identity, name), sizeof(((struct identity *)0)->name) }
static const struct text_field text_fields[] = {
	FIELD(session), FIELD(user), FIELD(ruser), FIELD(service), FIELD(tty),
	FIELD(rhost),	FIELD(home), FIELD(shell), FIELD(profile), FIELD(config),
};

int identity_pack(const struct identity *id, struct wire_writer *out)
{
	writer_u32(out, id->uid);
	writer_u32(out, id->gid);
	writer_u32(out, id->requester);
	writer_u32(out, id->supervisor_uid);
	writer_u32(out, id->supervisor_gid);
	writer_u32(out, id->fail_open | id->breakglass << 1 | id->direct << 2 | id->exempt << 3 |
			id->fail_set << 4 | (uint32_t)id->mode << MODE_SHIFT);
	for (size_t i = 0; i < ARRAY_SIZE(text_fields); i++)
		writer_text(out, (const char *)id + text_fields[i].offset);
	writer_u32(out, id->sets_bytes);
	writer_bytes(out, id->sets, id->sets_bytes);
	return writer_ok(out) ? 0 : -EMSGSIZE;
}

int identity_pack_groups(const struct identity *id, struct wire_writer *out)
{
	writer_u32(out, id->ngroups);
	writer_bytes(out, id->groups, id->ngroups * sizeof(id->groups[0]));
	return writer_ok(out) ? 0 : -EMSGSIZE;
}

static bool unpack_sets(struct identity *id, struct wire_reader *in)
{
	id->sets_bytes = reader_u32(in);
	if (id->sets_bytes > sizeof(id->sets))
		return false;
	reader_bytes(in, id->sets, id->sets_bytes);
	return id->sets_bytes == 0 || !id->sets[id->sets_bytes - 1];
}

int identity_unpack(struct identity *id, struct wire_reader *in)
{
	uint32_t flags;

	id->uid = reader_u32(in);
	id->gid = reader_u32(in);
	id->requester = reader_u32(in);
	id->supervisor_uid = reader_u32(in);
	id->supervisor_gid = reader_u32(in);
	flags = reader_u32(in);
	if (flags >> MODE_SHIFT >= IDENTITY_MODES)
		return -EBADMSG;
	id->mode = (enum identity_mode)(flags >> MODE_SHIFT);
	id->fail_open = flags & 1;
	id->breakglass = flags & 2;
	id->direct = flags & 4;
	id->exempt = flags & 8;
	id->fail_set = flags & 16;
	for (size_t i = 0; i < ARRAY_SIZE(text_fields); i++)
		reader_text(in, (char *)id + text_fields[i].offset, text_fields[i].size);
	if (!unpack_sets(id, in))
		return -EBADMSG;
	return reader_ok(in) ? 0 : -EBADMSG;
}

int identity_unpack_groups(struct identity *id, struct wire_reader *in)
{
	uint32_t n = reader_u32(in);

	if (n > IDENTITY_GROUPS)
		return -EBADMSG;
	id->ngroups = n;
	reader_bytes(in, id->groups, n * sizeof(id->groups[0]));
	return reader_ok(in) ? 0 : -EBADMSG;
}

static bool is_session_id(const char *text)
{
	size_t n = strspn(text, "0123456789abcdef");

	return n == IDENTITY_SESSION_BYTES - 1 && !text[n];
}

int identity_validate(const struct identity *id, struct err *e)
{
	if (!is_session_id(id->session))
		return err_set(e, EINVAL, "identity", "session id");
	if (!id->user[0])
		return err_set(e, EINVAL, "identity", "empty user name");
	if (!id->service[0])
		return err_set(e, EINVAL, "identity", "empty service");
	if (id->uid == (uid_t)-1 || id->gid == (gid_t)-1 || id->requester == (uid_t)-1)
		return err_set(e, EINVAL, "identity", "uid or gid -1");
	if (id->supervisor_uid == (uid_t)-1 || id->supervisor_uid == 0)
		return err_set(e, EINVAL, "identity", "the system user _swrap does not exist");
	return 0;
}
