/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include "ablate.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#define ALL_CAPABILITIES ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)

static int check_kernel(struct err *e)
{
	struct utsname name;
	int major, minor;

	if (uname(&name) < 0)
		return err_set(e, errno, "uname", "%s", "");
	if (sscanf(name.release, "%d.%d", &major, &minor) != 2)
		return err_set(e, ENOSYS, "kernel", "release %.40s is not understood", name.release);
	if (major < KERNEL_MAJOR || (major == KERNEL_MAJOR && minor < KERNEL_MINOR))
		return err_set(e, ENOSYS, "kernel", "%d.%d is below %d.%d", major, minor, KERNEL_MAJOR,
			       KERNEL_MINOR);
	return 0;
}

/* ---- which steps ---- */

static bool needs_cgroup(const struct profile *p)
{
	return p->cgroup_parent || p->tasks == TASKS_DESCENDANTS || p->tasks_max.set ||
	       p->memory_max.set || p->memory_high.set || p->cpu_quota.set;
}

/* Steps no profile leaves out: without any of them the others mean nothing. */
static const uint8_t always[] = {
	STEP_TTY, STEP_FDS, STEP_CLOSE_RANGE, STEP_RLIMITS, STEP_SCHEDULING, STEP_GID,
	STEP_UID, STEP_ENVIRONMENT, STEP_SECCOMP,
	STEP_CAPABILITIES, STEP_EXEC,
};

/* What needs root, so an ordinary user's own run goes without. */
static const uint8_t needs_root[] = {
	STEP_CGROUP, STEP_USER_NAMESPACE, STEP_PID_NAMESPACE, STEP_MOUNT_NAMESPACE,
	STEP_IPC_NAMESPACE, STEP_UTS_NAMESPACE, STEP_NETWORK_NAMESPACE, STEP_CGROUP_NAMESPACE,
	STEP_PROPAGATION, STEP_ROOT, STEP_PROC, STEP_MEMFD_NOEXEC,
	STEP_BOUNDING_SET, STEP_GID, STEP_UID,
	STEP_CAPABILITIES,
};

static void want(struct plan *plan, enum step step, bool wanted)
{
	plan->levels[step] = wanted ? LEVEL_REQUIRE : LEVEL_OFF;
}

/* A /proc that is not the host's own mount: to be one of its own processes, or to have rules of its own. */
static bool needs_proc(const struct plan *plan, const struct profile *p)
{
	if (p->private_pids || p->protect_proc != PROTECT_PROC_DEFAULT ||
	    p->proc_subset != PROC_SUBSET_ALL || plan->root != ROOT_HOST || plan->root_attributes ||
	    plan->proc_read_only)
		return true;
	for (uint32_t i = 0; i < plan->nmounts; i++)
		if (plan_is_below(plan->mounts[i].path, "/proc"))
			return true;
	return false;
}

static void want_by_profile(struct plan *plan, const struct profile *p)
{
	want(plan, STEP_CGROUP, needs_cgroup(p));
	if (!needs_cgroup(p) && !p->private_pids)
		plan->levels[STEP_CGROUP] = LEVEL_PREFER; /* without it the end may miss a process */
	want(plan, STEP_USER_NAMESPACE, p->private_users != PRIVATE_USERS_NO);
	want(plan, STEP_PID_NAMESPACE, p->private_pids);
	want(plan, STEP_MOUNT_NAMESPACE, p->private_mounts);
	want(plan, STEP_IPC_NAMESPACE, p->private_ipc);
	want(plan, STEP_UTS_NAMESPACE, p->protect_hostname);
	want(plan, STEP_NETWORK_NAMESPACE, p->private_network || p->network_namespace_path);
	want(plan, STEP_CGROUP_NAMESPACE, p->protect_control_groups == PROTECT_CONTROL_GROUPS_STRICT);
	want(plan, STEP_PROPAGATION, p->private_mounts);
	want(plan, STEP_ROOT, p->private_mounts);
	want(plan, STEP_PROC, p->private_mounts && needs_proc(plan, p));
	if (p->memory_deny_write_execute && p->private_pids)
		plan->levels[STEP_MEMFD_NOEXEC] = LEVEL_PREFER; /* where the kernel has it: 6.3 */
	want(plan, STEP_LOCKDOWN, p->require_lockdown != LOCKDOWN_NO);
	want(plan, STEP_BOUNDING_SET, plan->bounding != ALL_CAPABILITIES);
	want(plan, STEP_NO_NEW_PRIVS, p->no_new_privileges);
	want(plan, STEP_LANDLOCK, p->landlock.n > 0);
}

/*
 * Of those, what an ordinary user may do in a user namespace of its own. Not files: root is nobody in
 * there, so what is root's cannot be told from what is not.
 */
#define OWN_USERS \
	(STEP_BIT(STEP_USER_NAMESPACE) | STEP_BIT(STEP_PID_NAMESPACE) | STEP_BIT(STEP_IPC_NAMESPACE) | \
	 STEP_BIT(STEP_UTS_NAMESPACE) | STEP_BIT(STEP_NETWORK_NAMESPACE) | \
	 STEP_BIT(STEP_CGROUP_NAMESPACE) | STEP_BIT(STEP_BOUNDING_SET) | STEP_BIT(STEP_UID) | \
	 STEP_BIT(STEP_CAPABILITIES))

static void without_root(struct plan *plan)
{
	uint64_t kept = plan->profile->private_users == PRIVATE_USERS_NO ? 0 : OWN_USERS;

	for (size_t i = 0; i < ARRAY_SIZE(needs_root); i++)
		if (!(kept & STEP_BIT(needs_root[i])))
			plan->levels[needs_root[i]] = LEVEL_OFF;
	/* The kernel takes a filter from an ordinary user only under it. */
	plan->levels[STEP_NO_NEW_PRIVS] = LEVEL_REQUIRE;
}

static int plan_levels(struct plan *plan, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		want(plan, (enum step)always[i], true);
	want_by_profile(plan, plan->profile);
	for (int i = 0; i < STEP_COUNT; i++)
		if (plan->levels[i] != LEVEL_OFF)
			plan->asked |= STEP_BIT(i);
	if (!plan->privileged)
		without_root(plan);
	return plan_wishes(plan, e);
}

static const struct namespace_flag {
	enum step step;
	uint64_t flag;
} namespace_flags[] = {
	{ STEP_USER_NAMESPACE, CLONE_NEWUSER },	  { STEP_PID_NAMESPACE, CLONE_NEWPID },
	{ STEP_MOUNT_NAMESPACE, CLONE_NEWNS },	  { STEP_IPC_NAMESPACE, CLONE_NEWIPC },
	{ STEP_UTS_NAMESPACE, CLONE_NEWUTS },	  { STEP_NETWORK_NAMESPACE, CLONE_NEWNET },
};

uint64_t plan_namespaces(const struct plan *plan, uint64_t without)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(namespace_flags); i++)
		if (plan->levels[namespace_flags[i].step] != LEVEL_OFF &&
		    !(without & STEP_BIT(namespace_flags[i].step)))
			flags |= namespace_flags[i].flag;
	/* One that is there already is joined by init. */
	return plan->network_namespace_path ? flags & ~(uint64_t)CLONE_NEWNET : flags;
}

/* ---- numbers ---- */

static struct rlimit limit_value(const struct profile_limit *limit, uint64_t memory)
{
	uint64_t value;

	if (limit->kind == LIMIT_VALUE)
		return (struct rlimit){ limit->soft, limit->hard };
	if (memory / 100 >= UINT64_MAX / limit->soft)
		value = RLIM_INFINITY;
	else
		value = memory / 100 * limit->soft + memory % 100 * limit->soft / 100;
	if (value < LIMIT_FLOOR)
		value = LIMIT_FLOOR;
	return (struct rlimit){ value, value };
}

static int plan_limits(struct plan *plan, struct err *e)
{
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		return err_set(e, errno, "sysinfo", "%s", "");
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		const struct profile_limit *limit = &plan->profile->limits[i];

		if (limit->kind == LIMIT_UNSET)
			continue;
		plan->limit_mask |= (uint32_t)1 << i;
		plan->limits[i] = limit_value(limit, (uint64_t)info.totalram * info.mem_unit);
	}
	return 0;
}

/* Joining takes rights over the namespace's owner, which root in a user namespace does not have. */
static int plan_network(const struct plan *plan, struct err *e)
{
	if (plan->network_namespace_path && plan->levels[STEP_USER_NAMESPACE] != LEVEL_OFF)
		return err_set(e, EINVAL, "NetworkNamespacePath", "cannot be joined under PrivateUsers=");
	return 0;
}

/* The kernel would say the same, later and without a name. */
static int plan_ambient(struct plan *plan, struct err *e)
{
	uint64_t outside = plan->profile->ambient & ~plan->bounding;

	plan->ambient = plan->profile->ambient;
	if (outside)
		return err_set(e, EINVAL, "AmbientCapabilities",
			       "%#llx is not in CapabilityBoundingSet", (unsigned long long)outside);
	return 0;
}

/* What a Protect*= directive is about cannot be done by a root inside either. */
static uint64_t forbidden_capabilities(const struct profile *p)
{
	uint64_t mask = 0;

	if (p->mode == MODE_PERMISSIVE)
		return 0;
	if (p->protect_clock)
		mask |= UINT64_C(1) << CAP_SYS_TIME | UINT64_C(1) << CAP_WAKE_ALARM;
	if (p->protect_kernel_modules)
		mask |= UINT64_C(1) << CAP_SYS_MODULE;
	if (p->protect_kernel_logs)
		mask |= UINT64_C(1) << CAP_SYSLOG;
	return mask;
}

/* What needs no look-up. */
static void copy_values(struct plan *plan, const struct profile *profile)
{
	plan->users = profile->private_users;
	plan->bounding = profile->bounding & ~forbidden_capabilities(profile);
	plan->network_namespace_path = profile->network_namespace_path;
	plan->lockdown = profile->require_lockdown;
	plan->verify = profile->verify;
	plan->unrecorded = profile->unrecorded;
	plan->home = profile->home;
	plan->linger = profile->linger;
	plan->runtime_max_usec = profile->runtime_max_usec;
	plan->idle_timeout_usec = profile->idle_timeout_usec;
	plan->umask = profile->umask;
	plan->nice = profile->nice;
	plan->oom_score_adjust = profile->oom_score_adjust;
	plan->environment = (struct plan_environment){
		.set = &profile->environment,
		.pass = &profile->pass_environment,
		.unset = &profile->unset_environment,
		.only_passed = profile->pass_environment.n > 0,
	};
}

/* Steps that are there for every session's sake, and find nothing to take from this one. */
static uint64_t idle_steps(const struct plan *plan)
{
	const struct plan_cgroup *c = &plan->cgroup;
	uint64_t idle = 0;

	if (!plan->filter_confines)
		idle |= STEP_BIT(STEP_SECCOMP);
	if (!plan->limit_mask)
		idle |= STEP_BIT(STEP_RLIMITS);
	if (!c->tasks_max.set && !c->memory_max.set && !c->memory_high.set && !c->cpu_quota.set)
		idle |= STEP_BIT(STEP_CGROUP);
	return idle;
}

int plan_build(struct plan *plan, const struct identity *identity, const struct profile *profile,
	       bool privileged, struct err *e)
{
	int r = check_kernel(e);

	*plan = (struct plan){ .identity = identity, .profile = profile, .privileged = privileged };
	if (r == 0 && profile->mode == MODE_PERMISSIVE)
		r = plan_watch(plan, e);
	if (r < 0)
		return r;
	copy_values(plan, plan->profile);
	r = plan_mounts(plan, e); /* first: rules for /proc want a step */
	if (r == 0)
		r = plan_levels(plan, e);
	if (r == 0)
		r = ablate(plan, e);
	plan->namespaces = plan_namespaces(plan, 0);
	if (r == 0)
		r = plan_cgroup(plan, e);
	if (r == 0)
		r = plan_network(plan, e);
	if (r == 0)
		r = plan_ambient(plan, e);
	if (r == 0)
		r = plan_limits(plan, e);
	if (r == 0)
		r = plan_filter(plan, e);
	plan->idle = idle_steps(plan);
	return r < 0 ? r : plan_landlock(plan, e);
}

void plan_done(struct plan *plan)
{
	plan_filter_done(plan);
	free(plan->watched);
	plan->watched = NULL;
	free(plan->text);
	free(plan->landlock);
	plan->text = NULL;
	plan->landlock = NULL;
}
