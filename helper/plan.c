/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

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

static const struct namespace_flag {
	enum step step;
	uint64_t flag;
} namespace_flags[] = {
	{ STEP_PID_NAMESPACE, CLONE_NEWPID },	  { STEP_MOUNT_NAMESPACE, CLONE_NEWNS },
	{ STEP_IPC_NAMESPACE, CLONE_NEWIPC },	  { STEP_UTS_NAMESPACE, CLONE_NEWUTS },
	{ STEP_NETWORK_NAMESPACE, CLONE_NEWNET },
};

static void plan_namespaces(struct plan *plan)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespace_flags); i++)
		if (plan->levels[namespace_flags[i].step] != LEVEL_OFF)
			plan->namespaces |= namespace_flags[i].flag;
}

static rlim_t limit_value(const struct profile_limit *limit, uint64_t memory)
{
	uint64_t value = limit->value;

	if (limit->kind == LIMIT_MEMORY)
		value = memory > UINT64_MAX / value ? RLIM_INFINITY : memory * value;
	return value < limit->floor ? limit->floor : value;
}

static int plan_limits(struct plan *plan, struct err *e)
{
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		return err_set(e, errno, "sysinfo", "%s", "");
	for (uint32_t i = 0; i < plan->profile->nlimits; i++) {
		const struct profile_limit *limit = &plan->profile->limits[i];

		plan->limit_mask |= (uint32_t)1 << limit->resource;
		plan->limits[limit->resource] =
			limit_value(limit, (uint64_t)info.totalram * info.mem_unit);
	}
	return 0;
}

/* Expands %U and %h; anything else after a percent sign cannot be: the tables are ours. */
static int expand(const char *from, const struct identity *id, char *to, size_t size)
{
	size_t n = 0;

	for (; *from; from++) {
		char number[16];
		const char *piece = number;

		(void)snprintf(number, sizeof(number), "%c", *from);
		if (*from == '%' && from[1] == 'U')
			(void)snprintf(number, sizeof(number), "%u", id->uid);
		else if (*from == '%' && from[1] == 'h')
			piece = id->home;
		if (*from == '%')
			from++;
		if (n + strlen(piece) >= size)
			return -ENAMETOOLONG;
		n += (size_t)sprintf(to + n, "%s", piece);
	}
	to[n] = 0;
	return 0;
}

static int plan_mounts(struct plan *plan, struct err *e)
{
	for (uint32_t i = 0; i < plan->profile->nmounts; i++) {
		const struct mount_rule *rule = &plan->profile->mounts[i];
		struct plan_mount *m = &plan->mounts[plan->nmounts];

		if (plan->nmounts == PLAN_MOUNTS)
			return err_set(e, E2BIG, "mounts", "more than %d", PLAN_MOUNTS);
		m->action = rule->action;
		if (expand(rule->path, plan->identity, m->path, sizeof(m->path)) < 0)
			return err_set(e, ENAMETOOLONG, "mounts", "%s", rule->path);
		if (m->path[0] == '/' && m->path[1]) /* no home, or / as home: nothing to do */
			plan->nmounts++;
	}
	return 0;
}

int plan_build(struct plan *plan, const struct identity *identity, bool privileged, struct err *e)
{
	int r = check_kernel(e);

	if (r < 0)
		return r;
	memset(plan, 0, offsetof(struct plan, mounts));
	plan->identity = identity;
	plan->privileged = privileged;
	plan->profile = profile_find(identity->profile);
	if (!plan->profile)
		return err_set(e, ENOENT, "profile", "%s", identity->profile);
	if (privileged)
		memcpy(plan->levels, plan->profile->levels, sizeof(plan->levels));
	else
		profile_unprivileged(plan->profile, plan->levels);
	for (uint32_t i = 0; i < plan->profile->nbounding; i++)
		plan->bounding |= (uint64_t)1 << plan->profile->bounding[i].capability;
	plan_namespaces(plan);
	r = plan_limits(plan, e);
	return r < 0 ? r : plan_mounts(plan, e);
}
