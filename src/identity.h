/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * identity.h - who logs in, by which service, from where.
 *
 * Captured once, by the module (or by swrap run), from PAM items and the user database; never looked
 * up again. Strings are the bytes PAM gave, whatever they are: they are escaped where they are written
 * (text.h) and never become part of a path.
 */
#ifndef SWRAP_IDENTITY_H
#define SWRAP_IDENTITY_H

#include "channel.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

enum {
	IDENTITY_NAME_BYTES = 513,	/* user and ruser: 256 characters and room for directory names */
	IDENTITY_ITEM_BYTES = 1025,	/* service, tty, rhost: a DNS name is at most 255 */
	IDENTITY_GROUPS = 4096,		/* supplementary groups */
	IDENTITY_SESSION_BYTES = 17,	/* 16 hex digits */
	IDENTITY_SETS_BYTES = 8192,	/* of all set= together, with their NULs */
};

/* What the helper is asked for. */
enum identity_mode {
	IDENTITY_SESSION,
	IDENTITY_EXPLAIN,	/* the plan as text: WIRE_PLAN; nothing is started or recorded */
	IDENTITY_CHECK,		/* all of a session up to READY; its records say that it was a check */
	IDENTITY_MODES,
};

struct identity {
	char session[IDENTITY_SESSION_BYTES];
	uid_t uid;
	gid_t gid;
	uid_t requester;		/* real uid of the application: the caller of su; 0 under sshd */
	char user[IDENTITY_NAME_BYTES];
	char ruser[IDENTITY_NAME_BYTES];
	char service[IDENTITY_ITEM_BYTES];
	char tty[IDENTITY_ITEM_BYTES];
	char rhost[IDENTITY_ITEM_BYTES];
	char home[PATH_MAX];
	char shell[PATH_MAX];		/* as in the user database; empty = /bin/sh */
	char profile[65];		/* of the PAM line or the command line; empty = by the rules */
	char config[PATH_MAX];		/* directory in the place of SWRAP_CONFIG_DIR; empty = that one */
	bool fail_open;
	bool fail_set;		/* fail= stands on the PAM line: Fail= of the profile does not count */
	bool breakglass;
	bool exempt;			/* a service that starts no login shell: wrapped only by its name */
	enum identity_mode mode;
	bool direct;			/* swrap run: no application, the caller sends RUN itself */
	uid_t supervisor_uid;		/* of the system user _swrap: the helper has no user database */
	gid_t supervisor_gid;
	uint32_t sets_bytes;
	char sets[IDENTITY_SETS_BYTES];	/* "Directive=value", each with its NUL: identity_next_set() */
	uint32_t ngroups;
	gid_t groups[IDENTITY_GROUPS];
};

/* Copies text into a field. Returns 0, or -ENAMETOOLONG with the field untouched. NULL counts as "". */
int identity_set(char *field, size_t size, const char *text);

/* Appends a "Directive=value" that overrides the profile's. 0, or -E2BIG with *id untouched. */
int identity_add_set(struct identity *id, const char *text);

/* The one after previous (NULL: the first), or NULL. */
const char *identity_next_set(const struct identity *id, const char *previous);

/*
 * May this session never be refused? Root, break-glass, and services that start no login shell: what
 * fails leaves them unwrapped. Like those of fail=open they are shadowed, not gated.
 */
bool identity_is_spared(const struct identity *id);

/* A fresh session id. Returns 0 or -errno of getrandom. */
int identity_new_session(char session[IDENTITY_SESSION_BYTES]);

/*
 * Body of the IDENTITY message. pack: 0 or -EMSGSIZE. unpack: 0 or -EBADMSG; sets every field but the
 * groups, and of the sets only those there are.
 */
int identity_pack(const struct identity *id, struct wire_writer *out);
int identity_unpack(struct identity *id, struct wire_reader *in);

/*
 * Body of the GROUPS message, apart because looking them up may take long (a module of the name
 * service is loaded, a directory asked) and the sandbox can be begun without them. Returns as above; of
 * the groups only those there are are set: most of *id is never touched.
 */
int identity_pack_groups(const struct identity *id, struct wire_writer *out);
int identity_unpack_groups(struct identity *id, struct wire_reader *in);

/*
 * What the helper demands of an identity before it uses it: a user name, no NUL or newline trouble,
 * no id that is -1, a session id of 16 hex digits, a system user for the supervisor. 0, or -EINVAL with
 * the field named.
 */
int identity_validate(const struct identity *id, struct err *e);

#endif
