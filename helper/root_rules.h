/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root_rules.h - what a profile changes of the tree: masks, private places, read-only and bound ones.
 *
 * The rules are applied in the order of the plan. One action, one row: how it is made and how the kernel
 * is asked for it.
 */
#ifndef SWRAP_ROOT_RULES_H
#define SWRAP_ROOT_RULES_H

#include "plan.h"

#include <sys/stat.h>

/*
 * What one building of the tree has in its hands, by the index of plan->mounts; -1 = nothing. What a bind
 * brings; what stays writable or executable, as it was.
 */
struct root_copies {
	int fds[PLAN_MOUNTS];
};

void root_copies_init(struct root_copies *copies);
void root_copies_done(struct root_copies *copies, const struct plan *plan);

/* What comes from the host's tree: before the root is changed. */
int root_copies_from_host(struct root_copies *copies, const struct plan *plan, struct err *e);

/* What the rules below dir are to find as it is now: before dir loses something. */
int root_copies_keep(struct root_copies *copies, const struct plan *plan, const char *dir, struct err *e);

/*
 * Applies the rules for paths below /proc (proc true) or all the others. The latter needs WIRE_RUN_DIR to
 * be the session's own tmpfs: the masks are made of it.
 */
int root_rules_apply(const struct plan *plan, struct root_copies *copies, bool proc, struct err *e);

/* When both have been applied: what the masks were made of goes, WIRE_RUN_DIR becomes read-only. */
int root_rules_finish(struct err *e);

/* Asks the kernel what each path is now. */
int root_rules_verify(const struct plan *plan, bool proc, struct err *e);

/* ---- between root_rules.c and root_actions.c ---- */

struct rule {
	const struct plan *plan;
	const struct plan_mount *mount;
	int *copy;
};

struct rule_seen {
	struct statx stx;	/* of the path, links followed: type, mode, owner, device, MOUNT_ROOT */
	uint64_t attributes;	/* MOUNT_ATTR_RDONLY, NOSUID, NODEV, NOEXEC of the mount, if asked for */
	dev_t masks;		/* where masks are made of */
};

struct rule_code {
	/* target: O_PATH of the place. */
	int (*apply)(const struct rule *rule, int target, struct err *e);
	bool (*verify)(const struct rule *rule, const struct rule_seen *seen);
	bool stats;		/* verify wants mode and owner: not of what root may have no right to */
	bool flags;		/* verify wants the mount's attributes, whatever the rule asks of them */
	bool content;		/* something else is there afterwards */
};

extern const struct rule_code rule_codes[MOUNT_ACTIONS];

/* What masks are made of, in WIRE_RUN_DIR: for a file and for a directory. */
#define MASK_FILE ".file"
#define MASK_DIR ".dir"

/* root_dev.c: a new /dev at target; pts is a copy of the host's /dev/pts or -1. */
int root_dev_apply(const struct rule *rule, int target, struct err *e);

#endif
