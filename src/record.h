/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.h - what a record looks like: one JSON object, one line.
 *
 * Every record begins with the same members: v, event, session, seq, ts, boot_id, host, user, uid,
 * auid, ses, service, tty, rhost, ruser; then come the event's own. This file only makes text: who
 * writes it is helper/writer.h, or the helper when the supervisor is gone. No heap, no time zone,
 * no stdio after record_base_init().
 */
#ifndef SWRAP_RECORD_H
#define SWRAP_RECORD_H

#include "identity.h"

enum {
	RECORD_VERSION = 1,
	/* The longest escaped names there can be (see identity.h), and room for the rest. */
	RECORD_BASE_BYTES = 5 * (2 * IDENTITY_NAME_BYTES + 3 * IDENTITY_ITEM_BYTES) + 1024,
	RECORD_ARGV_BYTES = 16 * 1024, /* of argv, before escaping */
	RECORD_ARGV_CUT_BYTES = 256,   /* when the session's byte budget is spent */
	/*
	 * All that record_exec can make: argv and four paths, each byte escaped; each argument's
	 * quotes.
	 */
	RECORD_MEMBERS_BYTES =
		5 * (RECORD_ARGV_BYTES + 4 * PATH_MAX) + 3 * RECORD_ARGV_BYTES + 2048,
	RECORD_LINE_BYTES = RECORD_MEMBERS_BYTES + RECORD_BASE_BYTES + 256,
};

/* The part of every record of a session that does not change, made once. */
struct record_base {
	char session[IDENTITY_SESSION_BYTES];
	size_t n;
	char members[RECORD_BASE_BYTES];	/* "boot_id":...,"ruser":"..." */
};

/*
 * Reads boot_id, host name, login uid and audit session of the calling process. What cannot be read
 * is null; an unset login uid or session is "unset".
 */
void record_base_init(struct record_base *base, const struct identity *identity);

/*
 * Makes the whole line, with its newline, and the time of now. members: ready-made text of the
 * event's own members, may be empty. Returns the length, or 0 when out is too small
 * (RECORD_LINE_BYTES is enough for what record_exec makes; else base->n + n + 256).
 */
size_t record_line(const struct record_base *base, uint64_t seq, const char *event,
		   const char *members, size_t n, char *out, size_t size);

/* Bytes of the session: not terminated, no encoding. at NULL: not known, becomes null. */
struct record_text {
	const char *at;
	size_t n;
};

enum record_decision { RECORD_ALLOW, RECORD_DENY, RECORD_ERROR };

/* One exec. Borrows everything. */
struct record_exec {
	enum record_decision decision;
	const char *source;		/* "record", "verify", "budget", "log", "supervisor" */
	const char *reason;		/* NULL: none */
	int num;			/* errno it was answered with; 0: none */
	struct record_text requested;	/* as asked */
	struct record_text path;	/* as the session sees the file; null: not resolved */
	struct record_text cwd;
	const char *argv;		/* argument after argument, each with its NUL */
	size_t argv_bytes;		/* of the above */
	bool argv_known;		/* false: null */
	bool argv_more;			/* there was more than could be read */
	uint64_t argv_total;		/* length of all of it, NULs included; 0: not known */
	uint64_t dev, ino;		/* of path */
	pid_t pid, pid_inside;		/* inside 0: not known */
	bool euid_known;
	uid_t euid;			/* of the moment */
	const char *verified;		/* "none", "exact" */
	const char *argv_verified;	/* NULL; "at-exec": may be rewritten later; "prefix" */
};

/*
 * Makes the members of an exec record into out (RECORD_MEMBERS_BYTES); scratch must hold
 * RECORD_SCRATCH_BYTES. Secrets are replaced (redact.h). At most argv_limit bytes of argv are
 * written. Returns the length.
 */
enum { RECORD_SCRATCH_BYTES = RECORD_ARGV_BYTES + 128 };
size_t record_exec(const struct record_exec *exec, size_t argv_limit, char *scratch, char *out,
		   size_t size);

#endif
