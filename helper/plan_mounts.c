/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules for files: what every session hides, then what the profile's directives come to.
 */
#include "plan_builder.h"

#include "../src/wire.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>

#define CAP(name) (UINT64_C(1) << (name))

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
	{ MOUNT_READ_ONLY, "/sys", "what a file of /sys sets is the host's" },
}, proc_tunables[] = {
	{ MOUNT_READ_ONLY, "/proc/sys", "kernel settings; root inside by sudo could write them" },
	{ MOUNT_READ_ONLY, "/proc/sysrq-trigger", "root inside could kill every process of the host" },
	{ MOUNT_READ_ONLY, "/proc/acpi", "what wakes the machine up" },
	{ MOUNT_READ_ONLY, "/proc/asound", "settings of sound cards" },
	{ MOUNT_READ_ONLY, "/proc/bus", "configuration space of devices" },
	{ MOUNT_READ_ONLY, "/proc/fs", "settings of file systems" },
	{ MOUNT_READ_ONLY, "/proc/irq", "which processor serves which device" },
}, control_groups[] = {
	{ MOUNT_READ_ONLY, "/sys/fs/cgroup", "cgroup.kill would end what is outside, and our supervisor" },
}, modules[] = {
	{ MOUNT_MASK, "/usr/lib/modules", "modules to load" },
	{ MOUNT_MASK, "/lib/modules", "likewise, where it is no link" },
}, logs[] = {
	{ MOUNT_MASK, "/dev/kmsg", "what the kernel says" },
	{ MOUNT_MASK, "/proc/kmsg", "likewise" },
}, private_tmp[] = {
	{ MOUNT_PRIVATE_TMP, "/tmp", "other users' files and sockets" },
	{ MOUNT_PRIVATE_TMP, "/var/tmp", "likewise" },
}, private_devices[] = {
	{ MOUNT_PRIVATE_DEV, "/dev", "disks, memory, input devices" },
}, system_yes[] = {
	{ MOUNT_READ_ONLY, "/usr", "programs" },
	{ MOUNT_READ_ONLY, "/boot", "what the machine starts with" },
	{ MOUNT_READ_ONLY, "/efi", "likewise" },
}, system_full[] = {
	{ MOUNT_READ_ONLY, "/etc", "the machine's configuration" },
}, system_strict[] = { /* kernel interfaces have directives of their own: systemd.exec(5) */
	{ MOUNT_WRITABLE, "/dev", "terminals and /dev/shm" },
	{ MOUNT_WRITABLE, "/sys", "ProtectKernelTunables= has it" },
}, home_yes[] = {
	{ MOUNT_MASK, "/home", "homes" },
	{ MOUNT_MASK, "/root", "root's" },
}, home_read_only[] = {
	{ MOUNT_READ_ONLY, "/home", "homes" },
	{ MOUNT_READ_ONLY, "/root", "root's" },
}, home_tmpfs[] = {
	{ MOUNT_TMPFS, "/home", "homes: what BindPaths= names is all that is there" },
	{ MOUNT_TMPFS, "/root", "root's" },
};

/* Without the capability the kernel itself keeps everybody from it. */
static const struct capable_rule {
	uint64_t capabilities;
	struct mount_rule rule;
} proc_capable[] = {
	{ CAP(CAP_SYS_ADMIN), { MOUNT_READ_ONLY, "/proc/latency_stats", "clears them" } },
	{ CAP(CAP_SYS_ADMIN), { MOUNT_READ_ONLY, "/proc/mtrr", "how memory is cached" } },
	{ CAP(CAP_SYSLOG), { MOUNT_MASK, "/proc/kallsyms", "where the kernel's code is" } },
	{ CAP(CAP_SYS_RAWIO), { MOUNT_MASK, "/proc/kcore", "the kernel's memory" } },
};

static int add_rules(struct builder *b, bool wanted, const struct mount_rule *rules, size_t n)
{
	for (size_t i = 0; wanted && i < n; i++) {
		struct plan_mount m = { .action = rules[i].action, .optional = true };

		if (m.action == MOUNT_TMPFS) {
			m.mode = "0755";
			m.attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
		}
		if (builder_add(b, &m, rules[i].path) < 0)
			return -b->e->num;
	}
	return 0;
}

static int add_capable(struct builder *b, bool wanted)
{
	for (size_t i = 0; wanted && i < ARRAY_SIZE(proc_capable); i++)
		if ((proc_capable[i].capabilities & b->plan->profile->bounding) &&
		    add_rules(b, true, &proc_capable[i].rule, 1) < 0)
			return -b->e->num;
	return 0;
}

static int add_list(struct builder *b, enum mount_action action, const struct text_list *paths)
{
	for (uint32_t i = 0; i < paths->n; i++) {
		struct plan_mount m = { .action = action };

		if (builder_add(b, &m, paths->items[i]) < 0)
			return -b->e->num;
	}
	return 0;
}

#define RULES(list) (list), ARRAY_SIZE(list)

static int add_protections(struct builder *b, const struct profile *p)
{
	bool tunables_wanted = p->protect_kernel_tunables;
	bool proc = p->proc_subset == PROC_SUBSET_ALL;

	if (add_rules(b, true, RULES(always)) < 0 ||
	    add_rules(b, tunables_wanted, RULES(tunables)) < 0 ||
	    add_rules(b, tunables_wanted && proc, RULES(proc_tunables)) < 0 ||
	    add_capable(b, tunables_wanted && proc) < 0 ||
	    add_rules(b, p->protect_control_groups && !tunables_wanted, RULES(control_groups)) < 0 ||
	    add_rules(b, p->protect_kernel_modules, RULES(modules)) < 0 ||
	    add_rules(b, p->protect_kernel_logs, RULES(logs)) < 0 ||
	    add_rules(b, p->private_tmp, RULES(private_tmp)) < 0)
		return -b->e->num;
	return add_rules(b, p->private_devices || b->plan->root != ROOT_HOST, RULES(private_devices));
}

static int add_system(struct builder *b, const struct profile *p)
{
	enum protect_system level = p->protect_system;
	bool some = level == PROTECT_SYSTEM_YES || level == PROTECT_SYSTEM_FULL;

	if (level == PROTECT_SYSTEM_STRICT)
		b->plan->root_attributes |= MOUNT_ATTR_RDONLY;
	if (add_rules(b, some, RULES(system_yes)) < 0 ||
	    add_rules(b, level == PROTECT_SYSTEM_FULL, RULES(system_full)) < 0 ||
	    add_rules(b, level == PROTECT_SYSTEM_STRICT, RULES(system_strict)) < 0 ||
	    add_rules(b, p->protect_home == PROTECT_HOME_YES, RULES(home_yes)) < 0 ||
	    add_rules(b, p->protect_home == PROTECT_HOME_READ_ONLY, RULES(home_read_only)) < 0)
		return -b->e->num;
	return add_rules(b, p->protect_home == PROTECT_HOME_TMPFS, RULES(home_tmpfs));
}

static int add_lists(struct builder *b, const struct profile *p)
{
	if (builder_add_binds(b, &p->bind_paths, 0) < 0 ||
	    builder_add_binds(b, &p->bind_read_only_paths, MOUNT_ATTR_RDONLY) < 0 ||
	    builder_add_tmpfs(b, &p->temporary_file_system) < 0 ||
	    add_list(b, MOUNT_MASK, &p->inaccessible_paths) < 0 ||
	    add_list(b, MOUNT_READ_ONLY, &p->read_only_paths) < 0 ||
	    add_list(b, MOUNT_WRITABLE, &p->read_write_paths) < 0 ||
	    add_list(b, MOUNT_NO_EXEC, &p->no_exec_paths) < 0)
		return -b->e->num;
	return add_list(b, MOUNT_EXEC, &p->exec_paths);
}

static void choose_proc(struct plan *plan, const struct profile *p)
{
	static const char *const hidepid[] = {
		[PROTECT_PROC_DEFAULT] = NULL,
		[PROTECT_PROC_NOACCESS] = "noaccess",
		[PROTECT_PROC_INVISIBLE] = "invisible",
		[PROTECT_PROC_PTRACEABLE] = "ptraceable",
	};

	plan->proc_hidepid = hidepid[p->protect_proc];
	plan->proc_subset = p->proc_subset == PROC_SUBSET_PID ? "pid" : NULL;
}

/* The copy of such a place would be laid over our own directory, which is made after it was taken. */
static int check_own(const struct plan *plan, struct err *e)
{
	for (uint32_t i = 0; i < plan->nmounts; i++) {
		const struct plan_mount *m = &plan->mounts[i];

		if ((m->action == MOUNT_WRITABLE || m->action == MOUNT_EXEC) &&
		    plan_is_below(WIRE_RUN_DIR, m->path))
			return err_set(e, EINVAL, "path", "%.100s holds what is swrap's own: name places in it",
				       m->path);
	}
	return 0;
}

int plan_mounts(struct plan *plan, struct err *e)
{
	struct err own = { 0 };
	struct builder b = { .plan = plan, .e = e ? e : &own };
	const struct profile *p = plan->profile;
	uint32_t implied;

	if (builder_init(&b) < 0 || builder_choose_root(&b, p) < 0)
		return -b.e->num;
	implied = plan->nmounts;
	if (add_protections(&b, p) < 0 || add_system(&b, p) < 0 || add_lists(&b, p) < 0 ||
	    builder_spread_root(&b, implied) < 0)
		return -b.e->num;
	choose_proc(plan, p);
	plan_order(plan);
	return check_own(plan, b.e);
}
