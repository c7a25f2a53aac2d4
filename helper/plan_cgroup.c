/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Limits of the session's control group: a share becomes a number of what this machine has.
 */
#include "plan.h"

#include "../src/io.h"
#include "../src/num.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysinfo.h>

/* One number of the kernel's own. */
static int read_number(const char *path, uint64_t *ret, struct err *e)
{
	char text[NUM_TEXT_BYTES + 1];
	const char *at = text;
	ssize_t n = io_read_file(AT_FDCWD, path, text, sizeof(text));
	int r = n < 0 ? (int)n : num_take_u64(&at, UINT64_MAX, ret);

	return r < 0 ? err_set(e, -r, "open", "%s", path) : 0;
}

static int all_memory(uint64_t *ret, struct err *e)
{
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		return err_set(e, errno, "sysinfo", "%s", "");
	*ret = (uint64_t)info.totalram * info.mem_unit;
	return 0;
}

/* Whichever of the kernel's two limits is reached first. */
static int all_tasks(uint64_t *ret, struct err *e)
{
	uint64_t pids, threads;
	int r = read_number("/proc/sys/kernel/pid_max", &pids, e);

	if (r == 0)
		r = read_number("/proc/sys/kernel/threads-max", &threads, e);
	if (r == 0)
		*ret = pids < threads ? pids : threads;
	return r;
}

static int resolve(struct optional_size *size, int (*all)(uint64_t *ret, struct err *e), struct err *e)
{
	enum { WHOLE = 10000 };
	uint64_t total = 0;
	int r;

	if (!size->set || !size->relative)
		return 0;
	r = all(&total, e);
	if (r < 0)
		return r;
	size->value = total / WHOLE * size->value + total % WHOLE * size->value / WHOLE;
	size->relative = false;
	return 0;
}

int plan_cgroup(struct plan *plan, struct err *e)
{
	const struct profile *p = plan->profile;
	struct plan_cgroup *c = &plan->cgroup;
	int r;

	*c = (struct plan_cgroup){
		p->cgroup_parent, p->tasks_max, p->memory_max, p->memory_high, p->cpu_quota,
	};
	r = resolve(&c->tasks_max, all_tasks, e);
	if (r == 0)
		r = resolve(&c->memory_max, all_memory, e);
	return r < 0 ? r : resolve(&c->memory_high, all_memory, e);
}
