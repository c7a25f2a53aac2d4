/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of the rules for files: from / downwards, as systemd.exec(5) has it, whatever the order in the
 * profile. Paths are compared as they are written.
 */
#include "plan.h"

#include <string.h>
#include <sys/mount.h>

bool plan_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == 0 || path[n] == '/' || n == 1);
}

/* "/" comes before every other byte: a directory is followed by all that is below it. */
static int compare_paths(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (*a == '/' ? 1 : *a == 0 ? 0 : (unsigned char)*a + 1) -
	       (*b == '/' ? 1 : *b == 0 ? 0 : (unsigned char)*b + 1);
}

static bool comes_after(const struct plan_mount *a, const struct plan_mount *b)
{
	int r = compare_paths(a->path, b->path);

	return r > 0 || (r == 0 && a->action > b->action);
}

/* Stable: of two things put at one place the later line wins. */
static void sort(struct plan *plan)
{
	for (uint32_t i = 1; i < plan->nmounts; i++) {
		struct plan_mount m = plan->mounts[i];
		uint32_t at = i;

		for (; at > 0 && comes_after(&plan->mounts[at - 1], &m); at--)
			plan->mounts[at] = plan->mounts[at - 1];
		plan->mounts[at] = m;
	}
}

/* What gives back the other; MOUNT_ACTIONS: nothing. */
static enum mount_action opposite(enum mount_action action)
{
	if (action == MOUNT_WRITABLE)
		return MOUNT_READ_ONLY;
	return action == MOUNT_EXEC ? MOUNT_NO_EXEC : MOUNT_ACTIONS;
}

/* Whether an earlier rule makes m void: the stricter one holds. */
static bool is_void(const struct plan_mount *kept, const struct plan_mount *m)
{
	bool same = strcmp(kept->path, m->path) == 0;

	if (kept->action == MOUNT_MASK && plan_is_below(m->path, kept->path))
		return true;
	if (same && kept->action == opposite(m->action))
		return true;
	return same && kept->action == m->action && m->action != MOUNT_TMPFS &&
	       (m->action != MOUNT_BIND || strcmp(kept->source, m->source) == 0);
}

/* An empty place, and the host's own at the same path over it: as a home at /root beside a hidden /root. */
static bool is_covered(const struct plan *plan, const struct plan_mount *m)
{
	for (uint32_t i = 0; m->action == MOUNT_TMPFS && i < plan->nmounts; i++)
		if (plan->mounts[i].action == MOUNT_BIND && strcmp(plan->mounts[i].path, m->path) == 0 &&
		    strcmp(plan->mounts[i].source, m->path) == 0)
			return true;
	return false;
}

static void drop_covered(struct plan *plan)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < plan->nmounts; i++)
		if (!is_covered(plan, &plan->mounts[i]))
			plan->mounts[kept++] = plan->mounts[i];
	plan->nmounts = kept;
}

static void drop_void(struct plan *plan)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < plan->nmounts; i++) {
		bool drop = false;

		for (uint32_t k = 0; k < kept && !drop; k++) {
			drop = is_void(&plan->mounts[k], &plan->mounts[i]);
			if (drop && plan->mounts[k].action == plan->mounts[i].action &&
			    strcmp(plan->mounts[k].path, plan->mounts[i].path) == 0)
				plan->mounts[k].optional &= plan->mounts[i].optional;
		}
		if (!drop)
			plan->mounts[kept++] = plan->mounts[i];
	}
	plan->nmounts = kept;
}

static uint64_t apply_to(uint64_t attributes, const struct plan_mount *m)
{
	switch (m->action) {
	case MOUNT_READ_ONLY:
		return attributes | MOUNT_ATTR_RDONLY;
	case MOUNT_NO_EXEC:
		return attributes | MOUNT_ATTR_NOEXEC;
	case MOUNT_WRITABLE:
		return attributes & ~(uint64_t)MOUNT_ATTR_RDONLY;
	case MOUNT_EXEC:
		return attributes & ~(uint64_t)MOUNT_ATTR_NOEXEC;
	default:
		return 0;
	}
}

uint64_t plan_attributes(const struct plan *plan, const char *path)
{
	uint64_t attributes = plan->root_attributes;

	for (uint32_t i = 0; i < plan->nmounts; i++)
		if (plan_is_below(path, plan->mounts[i].path))
			attributes = apply_to(attributes, &plan->mounts[i]);
	return attributes;
}

/* Nothing around a writable place is read-only: then it says nothing. */
static bool is_idle(const struct plan *plan, const struct plan_mount *m, uint64_t attribute)
{
	uint64_t attributes = plan->root_attributes;

	for (const struct plan_mount *at = plan->mounts; at < m; at++)
		if (plan_is_below(m->path, at->path) && strcmp(m->path, at->path) != 0)
			attributes = apply_to(attributes, at);
		else if (strcmp(m->path, at->path) == 0 && at->action < MOUNT_READ_ONLY)
			attributes = 0;
	return !(attributes & attribute);
}

/* All of /proc is so. */
static bool is_in_read_only_proc(const struct plan *plan, const struct plan_mount *m)
{
	return plan->proc_read_only && m->action == MOUNT_READ_ONLY && plan_is_below(m->path, "/proc");
}

static void drop_idle(struct plan *plan)
{
	struct plan_mount *to = plan->mounts;

	for (uint32_t i = 0; i < plan->nmounts; i++) {
		const struct plan_mount *m = &plan->mounts[i];
		bool idle = is_in_read_only_proc(plan, m);

		if (m->action == MOUNT_WRITABLE)
			idle = is_idle(plan, m, MOUNT_ATTR_RDONLY);
		else if (m->action == MOUNT_EXEC)
			idle = is_idle(plan, m, MOUNT_ATTR_NOEXEC);
		if (!idle)
			*to++ = *m;
	}
	plan->nmounts = (uint32_t)(to - plan->mounts);
}

/* Only in a tmpfs of the session's own a mount point is made: nothing is written to the host. */
static bool is_made(const struct plan *plan, const struct plan_mount *m)
{
	bool made = plan->root == ROOT_MINIMAL || plan->root == ROOT_EMPTY;

	for (const struct plan_mount *at = plan->mounts; at < m; at++) {
		if (at->action > MOUNT_BIND || !plan_is_below(m->path, at->path))
			continue;
		if (strcmp(m->path, at->path) != 0)
			made = at->action == MOUNT_TMPFS || at->action == MOUNT_PRIVATE_TMP;
	}
	return made;
}

void plan_order(struct plan *plan)
{
	sort(plan);
	drop_covered(plan);
	drop_void(plan);
	drop_idle(plan);
	for (uint32_t i = 0; i < plan->nmounts; i++) {
		struct plan_mount *m = &plan->mounts[i];

		if (m->action == MOUNT_WRITABLE || m->action == MOUNT_EXEC)
			m->attributes = plan_attributes(plan, m->path);
		if (m->action >= MOUNT_PRIVATE_TMP && m->action <= MOUNT_BIND)
			m->create = is_made(plan, m);
	}
}
