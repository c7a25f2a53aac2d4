/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * profile.h - what is wanted of a sandbox. The built-in profiles, each a table with a reason a line.
 */
#ifndef SWRAP_PROFILE_H
#define SWRAP_PROFILE_H

#include "primitive.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

enum profile_limit_kind {
	LIMIT_VALUE,		/* value */
	LIMIT_MEMORY,		/* max(value x the machine's memory, floor): NY-03 */
};

struct profile_limit {
	int resource;		/* RLIMIT_* */
	enum profile_limit_kind kind;
	uint64_t value;		/* soft = hard; never above the hard limit the login has */
	uint64_t floor;
	const char *reason;
};

enum mount_action {
	MOUNT_MASK,		/* nothing there: an empty, unreadable file or directory over it */
	MOUNT_PRIVATE_RUNTIME,	/* a tmpfs with nothing in it but an empty directory of the user's, by uid */
	MOUNT_READ_ONLY,	/* the same tree, read-only */
	MOUNT_WRITABLE,		/* stays writable below a read-only one */
	MOUNT_PRIVATE_TMP,	/* a tmpfs of the session's own, mode 1777 */
	MOUNT_PRIVATE_DEV,	/* a /dev with the harmless nodes, the host's /dev/pts bound */
};

/* path: "%U" is the uid, "%h" the home directory. What is absent is passed over. */
struct mount_rule {
	enum mount_action action;
	const char *path;
	const char *reason;
};

struct kept_capability {
	int capability;		/* CAP_* */
	const char *reason;
};

enum exec_mode {
	EXEC_RECORD,		/* answered at once, recorded: verified=none */
	EXEC_EXACT,		/* judged at the exec stop by image and argv: verified=exact */
};

enum filter_id { FILTER_LOGIN, FILTER_STRICT, FILTER_COUNT };

struct profile {
	const char *name;
	const char *doc;
	uint8_t levels[STEP_COUNT];		/* enum step_level */
	bool root_read_only;			/* the whole host tree, before the rules below */
	bool proc_read_only;
	const struct mount_rule *mounts;
	uint32_t nmounts;
	const struct profile_limit *limits;
	uint32_t nlimits;
	const struct kept_capability *bounding;	/* kept by list: what is not named is dropped */
	uint32_t nbounding;
	enum filter_id filter;
	enum exec_mode exec;
	bool linger;				/* true: what survives logout stays, supervised, until it ends */
	bool deny_unrecorded;			/* true: an exec that cannot be recorded gets ENOSPC */
};

extern const struct profile profile_table[];
extern const unsigned int profile_count;

/* The profile of that name ("" = the default, login), or NULL. */
const struct profile *profile_find(const char *name);

/*
 * What an ordinary user's own swrap run can ask of a profile: no namespaces, no identity change, no
 * capability step, no_new_privs always. Fills levels.
 */
void profile_unprivileged(const struct profile *profile, uint8_t levels[STEP_COUNT]);

#endif
