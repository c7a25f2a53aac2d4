/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules for files: what every session hides, then what the profile's directives come to.
 */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 4 * PATH_MAX };

/*
 * What every profile hides: doors to processes that run outside the session on the user's behalf. Not
 * the sockets one by one: the user owns the directory and could rename or link them from outside, the
 * service manager makes them anew, and any of them may start a program that the user's files name.
 */
static const struct mount_rule {
	enum mount_action action;
	const char *path;
	const char *reason;
} always[] = {
	{ MOUNT_PRIVATE_RUNTIME, "/run/user", "D-Bus, systemd --user and the agents it starts run outside" },
	{ MOUNT_MASK, "/run/systemd/private", "the system's service manager, for root inside" },
	{ MOUNT_MASK, SWRAP_LOG_DIR, "who is recorded must not read or change the records" },
	{ MOUNT_READ_ONLY, SWRAP_CONFIG_DIR, "the next login's profile" },
}, tunables[] = {
	{ MOUNT_READ_ONLY, "/proc/sys", "kernel settings; root inside by sudo could write them" },
	{ MOUNT_READ_ONLY, "/proc/sysrq-trigger", "root inside could kill every process of the host" },
}, control_groups[] = {
	{ MOUNT_READ_ONLY, "/sys/fs/cgroup", "cgroup.kill would end what is outside, and our supervisor" },
}, private_tmp[] = {
	{ MOUNT_PRIVATE_TMP, "/tmp", "other users' files and sockets" },
	{ MOUNT_PRIVATE_TMP, "/var/tmp", "likewise" },
}, private_devices[] = {
	{ MOUNT_PRIVATE_DEV, "/dev", "disks, memory, input devices" },
};

/* The texts of one plan, one behind the other. */
struct builder {
	struct plan *plan;
	size_t used;
	struct err *e;
};

/* Returns the text, or NULL. */
static const char *expand(struct builder *b, const char *from)
{
	char *start = b->plan->text + b->used;
	int n = plan_expand(b->plan->identity, from, start, TEXT_BYTES - b->used);

	if (n < 0)
		return NULL;
	b->used += (size_t)n + 1;
	return start;
}

static int add(struct builder *b, enum mount_action action, const char *path)
{
	struct plan_mount m = { .action = action, .optional = true };

	if (b->plan->nmounts == PLAN_MOUNTS)
		return err_set(b->e, E2BIG, "mounts", "more than %d", PLAN_MOUNTS);
	m.path = expand(b, path);
	if (!m.path)
		return err_set(b->e, ENAMETOOLONG, "mounts", "%s", path);
	if (m.path[0] == '/' && m.path[1]) /* no home, or / as home: nothing to do */
		b->plan->mounts[b->plan->nmounts++] = m;
	return 0;
}

static int add_rules(struct builder *b, bool wanted, const struct mount_rule *rules, size_t n)
{
	for (size_t i = 0; wanted && i < n; i++)
		if (add(b, rules[i].action, rules[i].path) < 0)
			return -b->e->num;
	return 0;
}

static int add_list(struct builder *b, enum mount_action action, const struct text_list *paths)
{
	for (uint32_t i = 0; i < paths->n; i++)
		if (add(b, action, paths->items[i]) < 0)
			return -b->e->num;
	return 0;
}

int plan_mounts(struct plan *plan, struct err *e)
{
	struct err own = { 0 };
	struct builder b = { .plan = plan, .e = e ? e : &own };
	const struct profile *p = plan->profile;

	plan->text = malloc(TEXT_BYTES);
	if (!plan->text)
		return err_set(e, ENOMEM, "malloc", "plan");
	plan->root_read_only = p->protect_system == PROTECT_SYSTEM_STRICT;
	plan->proc_read_only = text_list_has(&p->read_only_paths, "/proc");
	if (add_rules(&b, true, always, ARRAY_SIZE(always)) < 0 ||
	    add_rules(&b, p->protect_kernel_tunables, tunables, ARRAY_SIZE(tunables)) < 0 ||
	    add_rules(&b, p->protect_control_groups, control_groups, ARRAY_SIZE(control_groups)) < 0 ||
	    add_list(&b, MOUNT_WRITABLE, &p->read_write_paths) < 0 ||
	    add_rules(&b, p->private_tmp, private_tmp, ARRAY_SIZE(private_tmp)) < 0 ||
	    add_rules(&b, p->private_devices, private_devices, ARRAY_SIZE(private_devices)) < 0)
		return -b.e->num;
	return 0;
}
