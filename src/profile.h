/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * profile.h - what is wanted of a sandbox: the values of one profile's directives.
 *
 * Values only, as the files say them: nothing is looked up, expanded or probed here. The directives,
 * their types and their texts are in directive.h; what a profile comes to for one login is a struct
 * plan. Names and meanings are those of systemd.exec(5) where that page has a word.
 */
#ifndef SWRAP_PROFILE_H
#define SWRAP_PROFILE_H

#include "err.h"
#include "primitive.h"
#include "text_list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

enum {
	PROFILE_NAME_BYTES = 65,
	PROFILE_DIGEST_BYTES = 65,	/* SHA-256 in hex */
};

/* A number that may be left to the login. */
struct optional_number {
	bool set;
	int64_t value;
};

/* A size, a count or a rate; UINT64_MAX is infinity. */
struct optional_size {
	bool set;
	uint64_t value;
	bool relative;		/* value is in 1/100 % of what the machine has */
};

enum limit_kind {
	LIMIT_UNSET,		/* the login's */
	LIMIT_VALUE,		/* soft and hard; RLIM_INFINITY is infinity. A hard limit never rises */
	LIMIT_MEMORY,		/* soft percent of the machine's memory, never below LIMIT_FLOOR: NY-03 */
};

#define LIMIT_FLOOR (UINT64_C(4) << 30)

struct profile_limit {
	enum limit_kind kind;
	uint64_t soft, hard;
};

enum protect_system { PROTECT_SYSTEM_NO, PROTECT_SYSTEM_YES, PROTECT_SYSTEM_FULL, PROTECT_SYSTEM_STRICT };
enum protect_home { PROTECT_HOME_NO, PROTECT_HOME_YES, PROTECT_HOME_READ_ONLY, PROTECT_HOME_TMPFS };
enum protect_proc { PROTECT_PROC_DEFAULT, PROTECT_PROC_NOACCESS, PROTECT_PROC_INVISIBLE,
		    PROTECT_PROC_PTRACEABLE };
enum proc_subset { PROC_SUBSET_ALL, PROC_SUBSET_PID };
enum private_users { PRIVATE_USERS_NO, PRIVATE_USERS_SELF, PRIVATE_USERS_IDENTITY };
enum protect_control_groups {
	PROTECT_CONTROL_GROUPS_NO,
	PROTECT_CONTROL_GROUPS_YES,	/* read-only */
	PROTECT_CONTROL_GROUPS_STRICT,	/* and a namespace: its own looks like the root of all */
};
enum lockdown { LOCKDOWN_NO, LOCKDOWN_INTEGRITY, LOCKDOWN_CONFIDENTIALITY };
enum session_fail { FAIL_CLOSED, FAIL_OPEN };
enum session_mode { MODE_ENFORCE, MODE_PERMISSIVE };
enum session_tasks { TASKS_ANY, TASKS_DESCENDANTS, TASKS_THREADS, TASKS_DENY };
enum exec_verify {
	EXEC_VERIFY_NONE,	/* answered at once, recorded */
	EXEC_VERIFY_EXACT,	/* judged at the exec stop by image and argv */
};
enum exec_unrecorded {
	UNRECORDED_RUN,		/* a full disk must not lock out: counted in "lost" */
	UNRECORDED_DENY,	/* what cannot be recorded does not run: ENOSPC */
};

enum linger_kind { LINGER_KILL, LINGER_GRACE, LINGER_KEEP };
struct session_linger {
	enum linger_kind kind;
	uint32_t seconds;	/* LINGER_GRACE */
};

enum home_kind { HOME_IGNORE, HOME_REQUIRE, HOME_WAIT };
struct session_home {
	enum home_kind kind;
	uint32_t seconds;	/* HOME_WAIT */
};

struct profile {
	char name[PROFILE_NAME_BYTES];
	char digest[PROFILE_DIGEST_BYTES];	/* over the files it was read from, in order */

	/* [Sandbox] namespaces */
	bool private_pids;
	bool private_mounts;			/* off: observe, baseline; no rule for files holds then */
	bool private_ipc;
	bool private_network;
	char *network_namespace_path;
	bool protect_hostname;			/* a uts namespace; the host's name is kept */
	enum private_users private_users;
	/* [Sandbox] files. A path may begin with "-" (absence is no error), "%h" or hold "%U", "%u" */
	char *root_directory;			/* NULL: the host's tree; "minimal", "empty", or a path */
	enum protect_system protect_system;
	enum protect_home protect_home;
	bool private_tmp;
	bool private_devices;
	enum protect_proc protect_proc;
	enum proc_subset proc_subset;
	bool protect_kernel_tunables;
	bool protect_kernel_modules;
	bool protect_kernel_logs;
	bool protect_clock;
	enum protect_control_groups protect_control_groups;
	struct text_list read_only_paths;	/* with /proc: exact verification needs that */
	struct text_list read_write_paths, inaccessible_paths;
	struct text_list no_exec_paths, exec_paths;
	struct text_list bind_paths, bind_read_only_paths, temporary_file_system;
	struct text_list landlock;		/* "PATH:rwxcd" */
	struct text_list load_credential;	/* "ID:PATH" */
	/* [Sandbox] privileges */
	bool no_new_privileges;
	uint64_t bounding, ambient;		/* bit CAP_*: kept; default all, none */
	bool restrict_suid_sgid;
	enum lockdown require_lockdown;
	/* [Sandbox] resources */
	struct profile_limit limits[RLIM_NLIMITS];
	struct optional_number umask, nice, oom_score_adjust;
	struct optional_size tasks_max, memory_max, memory_high;
	struct optional_size cpu_quota;		/* microseconds a second */
	char *cgroup_parent;
	/* [Sandbox] environment */
	struct text_list environment, pass_environment, unset_environment;
	/* [Filter] */
	/* Words in the order of the files; after a "~" in front of a line each word of it has one. */
	struct text_list system_call_filter;	/* "@login", "~mount:ENOSYS", "?name": swrap-profile(5) */
	struct text_list system_call_architectures;
	char *system_call_error_number;		/* NULL: EPERM for a deny list, ENOSYS for an allow list */
	struct text_list restrict_namespaces;	/* "yes", "no", or types: "user", "~net" */
	struct text_list restrict_address_families; /* "none", or "AF_UNIX", "~AF_PACKET" */
	bool restrict_realtime;
	bool lock_personality;
	bool memory_deny_write_execute;		/* and no program from a memfd, in its own pid namespace */
	/* [Session] */
	enum session_mode mode;
	enum session_fail fail;			/* fail= on the PAM line beats it */
	uint64_t require, prefer;		/* STEP_BIT() of the steps named */
	struct session_linger linger;
	enum session_tasks tasks;
	struct session_home home;
	uint64_t runtime_max_usec, idle_timeout_usec;	/* 0 = none */
	/* [Exec] */
	enum exec_verify verify;
	enum exec_unrecorded unrecorded;
};

/* Makes *profile, whatever was in it, what a file without any directive says. */
void profile_init(struct profile *profile);

/* Frees what it owns. */
void profile_done(struct profile *profile);

/*
 * Applies a file's text (see ini.h: it is cut up, text[size] is a byte of the caller's). A directive in
 * the wrong section, one that does not exist, a scalar twice and a bad value are -EINVAL with FILE:LINE.
 */
int profile_parse(struct profile *profile, const char *file, char *text, size_t size, struct err *e);

/* Applies each "Directive=value", as the PAM line has it by set=; a scalar likewise but once. */
int profile_set(struct profile *profile, const struct text_list *sets, struct err *e);

/* Do its directives go together? To be asked when all are read. 0 or -EINVAL. */
int profile_check(const struct profile *profile, struct err *e);

#endif
