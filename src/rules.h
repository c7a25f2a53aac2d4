/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rules.h - which session gets which profile: the tables rules.conf and rules.d/NAME.conf.
 *
 *     # service  who                           profile  [from=CIDR]
 *     sshd       @staff,!bob                   login    from=192.0.2.0/24
 *     *          "@domain users",DOM\alice     strict
 *     login      uid:1000-59999,gid:100        locked
 *     *          backup                        unwrapped
 *
 * One rule a line, in words; the first that matches decides, and a session that none matches is left
 * alone. Names are compared byte by byte and never listed: a group is one question about one name.
 * Nothing is opened here: texts come in, rules come out.
 */
#ifndef SWRAP_RULES_H
#define SWRAP_RULES_H

#include "address.h"
#include "err.h"
#include "text_list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The word in the place of a profile's name that leaves a session alone. No profile can have it. */
#define RULES_UNWRAPPED "unwrapped"

enum {
	RULES_MAX = 4096,		/* rules of all files */
	RULES_NAME_BYTES = 257,		/* a user, a group, a service */
	RULES_PROFILE_BYTES = 65,
	RULES_WHO = 64,			/* names in one rule */
};

enum rule_who_kind { WHO_ANY, WHO_USER, WHO_GROUP, WHO_UID, WHO_GID };

struct rule_who {
	enum rule_who_kind kind;
	bool exclude;			/* "!" */
	uid_t first, last;		/* WHO_UID, WHO_GID: both included */
	char *name;			/* WHO_USER, WHO_GROUP; owned by the rules */
};

struct session_rule {
	char *service;			/* NULL = any */
	struct rule_who *who;
	uint32_t nwho;
	char profile[RULES_PROFILE_BYTES];
	bool has_from;
	struct address_range from;
	const char *file;		/* owned by the rules */
	uint32_t line;
};

/* Files that were read, and their rules in the order of the reading. */
struct rules {
	struct session_rule *items;
	uint32_t n, room;
	struct text_list files;
};

/* Whose session it is. Borrowed. */
struct rule_subject {
	const char *service, *user, *rhost;
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	uint32_t ngroups;
	bool exempt;			/* no login shell: a rule counts only if it names the service */
};

/* 1 with *ret, 0: there is no group of that name, or -errno: it cannot be told, and so nothing can. */
typedef int (*rules_group)(void *context, const char *name, gid_t *ret, struct err *e);

void rules_init(struct rules *rules);
void rules_done(struct rules *rules);

/*
 * Appends the rules of one text, which is written to (ini.h); text[size] is the caller's too. 0, or -EINVAL
 * with "FILE:LINE: what was expected", -E2BIG, -ENOMEM; then the rules may hold a part of the text.
 */
int rules_parse(struct rules *rules, const char *file, char *text, size_t size, struct err *e);

/*
 * The first rule for that session, or NULL with 0. For uid 0 a rule counts only when it names root (the
 * user's own name, or uid:0), for an exempt service only when it names the service; "*" names nobody.
 * Returns 0, or what group() failed with.
 */
int rules_find(const struct rules *rules, const struct rule_subject *subject, rules_group group,
	       void *context, const struct session_rule **ret, struct err *e);

/* Does any rule ask for groups? If not, rules_find() needs neither the subject's nor group(). */
bool rules_need_groups(const struct rules *rules);

/* Does that rule leave the session alone? */
bool rule_unwraps(const struct session_rule *rule);

#endif
