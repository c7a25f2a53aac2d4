/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.h - the session's own leaf of control group version 2: made before the session, the session is
 * born in it, and it is removed when nobody is left in it.
 *
 * The leaf lies below a group that is ours to divide: the one CgroupParent= names, or the nearest above
 * the application's own. On a machine run by systemd only a group with Delegate= is ours. All limits
 * are set and read back, or there is no leaf. See cgroups(7) and Documentation/admin-guide/cgroup-v2.
 */
#ifndef SWRAP_HELPER_CGROUP_H
#define SWRAP_HELPER_CGROUP_H

#include "plan.h"

enum {
	CGROUP_NAME_BYTES = 32,
	CGROUP_DRAIN_TRIES = 50,	/* of CGROUP_DRAIN_USEC each */
	CGROUP_DRAIN_USEC = 10000,
};

struct cgroup {
	int parent_fd, leaf_fd;		/* -1: there is no leaf */
	char name[CGROUP_NAME_BYTES];
	char path[PATH_MAX];		/* of the leaf, as /proc/PID/cgroup shows it to the helper */
	struct err failure;		/* why there is none */
};

/* What it used; -1: the kernel did not measure it. */
struct cgroup_usage {
	int64_t memory_peak_bytes;	/* memory.peak: Linux 5.19 */
	int64_t tasks_peak;		/* pids.peak: Linux 6.1 */
	int64_t cpu_usec;		/* cpu.stat */
};

void cgroup_init(struct cgroup *cgroup);
void cgroup_done(struct cgroup *cgroup);

/*
 * Makes the leaf and sets every limit of the plan. 0, or -errno with nothing left behind: -ENOTSUP when
 * the machine has no version 2 or a controller is missing, -EPERM when no group is ours to divide.
 * The reason is also kept in cgroup->failure, for the step's outcome.
 */
int cgroup_open(struct cgroup *cgroup, const struct plan *plan, pid_t app, struct err *e);

/* Are the limits what the plan says, by reading them back? 0 or -errno. */
int cgroup_check_limits(const struct cgroup *cgroup, const struct plan_cgroup *limits, struct err *e);

/* Is the process in the leaf, as the leaf says? */
int cgroup_check_member(const struct cgroup *cgroup, pid_t pid, struct err *e);

/* Kills all that is in the leaf: one write, no process can fork ahead of it. Linux 5.14. */
int cgroup_kill(const struct cgroup *cgroup, struct err *e);

/* Reads what was used, as far as the kernel measured it. Before cgroup_remove(). */
void cgroup_usage(const struct cgroup *cgroup, struct cgroup_usage *ret);

/* Waits until nobody is left, at most half a second, and removes the leaf. 0, -EBUSY or -errno. */
int cgroup_remove(struct cgroup *cgroup, struct err *e);

enum cgroup_controller { CGROUP_PIDS = 1, CGROUP_MEMORY = 2, CGROUP_CPU = 4 };

/* The controllers those limits need. */
uint32_t cgroup_needs(const struct plan_cgroup *limits);

#endif
