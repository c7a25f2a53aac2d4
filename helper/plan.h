/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.h - identity and profile made into what is to be done: every name, path and number is resolved
 * before anything is started. Whoever acts reads the plan, never the profile.
 */
#ifndef SWRAP_PLAN_H
#define SWRAP_PLAN_H

#include "../src/identity.h"
#include "../src/probe.h"
#include "../src/profile.h"

#include <limits.h>
#include <linux/filter.h>
#include <sys/resource.h>

enum { PLAN_MOUNTS = 256, PLAN_LANDLOCK = 256, PLAN_REASON_BYTES = 96, KERNEL_MAJOR = 5, KERNEL_MINOR = 14 };

/*
 * What is done at a path. Several at one path are done in this order; a mask stands alone. The first
 * ones put something else there, the next take something away, the last ones give it back.
 */
enum mount_action {
	MOUNT_MASK,		/* nothing there: an empty, unreadable file or directory over it */
	MOUNT_PRIVATE_RUNTIME,	/* a tmpfs with nothing in it but an empty directory of the user's, by uid */
	MOUNT_PRIVATE_TMP,	/* a tmpfs of the session's own, mode 1777 */
	MOUNT_PRIVATE_DEV,	/* a /dev with the harmless nodes, the host's /dev/pts bound */
	MOUNT_TMPFS,		/* an empty tmpfs of root's */
	MOUNT_HOST,		/* the same as on the host, for a root that begins empty; a link stays one */
	MOUNT_BIND,		/* another place of the host */
	MOUNT_READ_ONLY,	/* the same tree, read-only */
	MOUNT_NO_EXEC,		/* the same tree, nothing in it can be executed or mapped so */
	MOUNT_WRITABLE,		/* stays writable below a read-only one */
	MOUNT_EXEC,		/* stays executable below one that is not */
	MOUNT_ACTIONS,
};

enum root_kind {
	ROOT_HOST,		/* the host's tree */
	ROOT_DIRECTORY,		/* plan->root_path of it */
	ROOT_MINIMAL,		/* an empty one with the host's programs and little else, read-only */
	ROOT_EMPTY,		/* nothing but /dev, /proc and /run: for what needs no file */
};

struct plan_mount {
	enum mount_action action;
	bool optional;		/* absence is passed over; else it stops the step */
	bool create;		/* below a tmpfs of ours: the mount point is made */
	bool alone;		/* of a bind: without the mounts below it */
	uint64_t attributes;	/* MOUNT_ATTR_*: of what is put there, or what the rules around still ask */
	const char *path;	/* absolute, expanded, no "." or ".." in it; in plan->text */
	const char *source;	/* of a bind: likewise; else NULL */
	const char *mode, *size; /* of a tmpfs; size may be NULL */
};

/* Lists borrowed from the profile; NULL is empty. */
struct plan_environment {
	const struct text_list *set, *pass, *unset;
	bool only_passed;			/* nothing of the login's but what pass names */
	bool everything;			/* a test's: the loader's variables, too */
};

/* Of the session's leaf. */
struct plan_cgroup {
	const char *parent;			/* CgroupParent=, borrowed from the profile; may be NULL */
	struct optional_size tasks_max, memory_max, memory_high, cpu_quota;
};

struct plan_landlock {
	bool optional;		/* absence is passed over; else it stops the step */
	uint64_t rights;	/* LANDLOCK_ACCESS_FS_* */
	char path[PATH_MAX];	/* absolute, expanded */
};

struct plan {
	const struct identity *identity;	/* borrowed */
	const struct profile *profile;		/* borrowed */
	bool privileged;
	uint8_t levels[STEP_COUNT];		/* enum step_level */
	uint64_t asked;				/* STEP_BIT(): what the profile comes to, were we root */
	char reasons[STEP_COUNT][PLAN_REASON_BYTES]; /* who wants it, or why it is off */
	uint8_t offers[STEP_COUNT];		/* enum offer, of steps that are not off: plan_probe() */
	char offer_reasons[STEP_COUNT][PROBE_REASON_BYTES];
	uint64_t ablated;			/* STEP_BIT(): left out by a test, ablate.h; else 0 */
	uint64_t missing;			/* STEP_BIT(): preferred, and the host has it not: not tried */
	uint64_t namespaces;			/* CLONE_NEW* of session init */
	enum private_users users;		/* which ids a user namespace has */
	const char *network_namespace_path;	/* borrowed from the profile; NULL: one of its own */
	enum lockdown lockdown;			/* at least */
	/* files */
	enum root_kind root;
	const char *root_path;			/* of ROOT_DIRECTORY */
	uint64_t root_attributes;		/* MOUNT_ATTR_* of the whole tree, before the mounts below */
	bool proc_read_only;
	const char *proc_hidepid, *proc_subset;	/* options of the new /proc, or NULL */
	uint32_t nmounts;
	struct plan_mount mounts[PLAN_MOUNTS];	/* in the order in which they are made */
	/* privileges and resources */
	uint64_t bounding;			/* capabilities kept, bit CAP_* */
	uint64_t ambient;			/* of those: passed on to what the user executes */
	uint32_t limit_mask;			/* bit RLIMIT_*: limits[] has the profile's value */
	struct rlimit limits[RLIM_NLIMITS];
	uint32_t nlandlock;
	struct plan_landlock *landlock;		/* owned */
	const struct sock_fprog *filter;	/* of the session; execve and execveat notify */
	const struct sock_fprog *verdicts;	/* permissive: what the enforcing one would say; else NULL */
	struct sock_fprog compiled, loosened;	/* where filter may point; their code is owned */
	struct profile *watched;		/* Mode=permissive: the profile in force; owned, its lists not */
	bool filter_confines;			/* it refuses something, not only asks about execs */
	uint64_t idle;				/* STEP_BIT(): takes nothing from this session */
	bool roots_vary;			/* the filter lets a process change its root unseen */
	struct plan_cgroup cgroup;
	struct plan_environment environment;
	struct optional_number umask, nice, oom_score_adjust;
	/* supervision */
	enum exec_verify verify;
	enum exec_unrecorded unrecorded;
	struct session_home home;
	struct session_linger linger;		/* of what survives logout, supervised */
	uint64_t runtime_max_usec;		/* of the whole session; 0 = no limit */
	uint64_t idle_timeout_usec;		/* without input on any of its terminals; 0 = none */
	char *text;				/* what the pointers above point into; owned */
	char digest[PROFILE_DIGEST_BYTES];	/* plan_digest(), at the end of plan_probe() */
};

/*
 * Fills *plan; borrows identity and profile. 0, or -errno: ENOSYS kernel below the floor, EINVAL a
 * step in Require= or Prefer= that cannot be there, ENAMETOOLONG, E2BIG, ENOMEM. plan_done() afterwards
 * in any case.
 */
int plan_build(struct plan *plan, const struct identity *identity, const struct profile *profile,
	       bool privileged, struct err *e);
void plan_done(struct plan *plan);

/*
 * Asks what the host offers each step that is wanted. What is required and not there is refused by its
 * name, -ENOTSUP, before anything is started; what Prefer= names and is not there becomes
 * plan->missing; what a directive only brings along where the host has it is off then.
 */
int plan_probe(struct plan *plan, const struct probe *probe, struct err *e);

/* ---- between the files of plan ---- */

/*
 * plan_text.c: %U, %u and %h become uid, name and home; %% is a percent sign. What comes of it is not
 * expanded again. Returns the length, or -ENAMETOOLONG: size, with the NUL, is too little.
 */
int plan_expand(const struct identity *identity, const char *from, char *to, size_t size);

/* Whether %h is a place of the user's own: absolute, and not the whole tree. */
bool plan_has_home(const struct identity *identity);

/* plan_cgroup.c: limits of the control group, a share as a number. */
int plan_cgroup(struct plan *plan, struct err *e);

/* plan_mounts.c: the rules for files, in order. */
int plan_mounts(struct plan *plan, struct err *e);

/* plan_landlock.c: Landlock=. EINVAL: not PATH:rwxcd. */
int plan_landlock(struct plan *plan, struct err *e);

/*
 * plan_filter.c: which filter; made by the compiler when none of the build's is the one. -EINVAL, and
 * what filter_compiler_run() says.
 */
int plan_filter(struct plan *plan, struct err *e);
void plan_filter_done(struct plan *plan);

/*
 * plan_watch.c: Mode=permissive, the profile without all that confines; its filter is loosened later.
 * -ENOMEM.
 */
int plan_watch(struct plan *plan, struct err *e);

/* plan_levels.c: Require= and Prefer= upon what the directives ask for, and the reasons. */
int plan_wishes(struct plan *plan, struct err *e);

/* plan_digest.c: plan->digest, over all that was resolved. */
void plan_digest(struct plan *plan);

/* The namespaces that the levels come to; steps of without are left out. */
uint64_t plan_namespaces(const struct plan *plan, uint64_t without);

/* plan_order.c: sorts the rules, leaves out what others make void, and says what holds where. */
void plan_order(struct plan *plan);

/* Whether path is dir or lies below it; both as in a plan. */
bool plan_is_below(const char *path, const char *dir);

/*
 * The attributes (MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOEXEC) that a mount at path must have by the rules. What
 * was put somewhere is free of what the rules above it say.
 */
uint64_t plan_attributes(const struct plan *plan, const char *path);

#endif
