/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "probe.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

enum { TEXT_BYTES = 512 };

static const char *const offer_names[OFFER_COUNT] = {
	[OFFER_UNKNOWN] = "unknown", [OFFER_NO] = "no", [OFFER_YES] = "yes",
};

const char *probe_offer_name(unsigned int offer)
{
	return offer < OFFER_COUNT ? offer_names[offer] : offer_names[OFFER_UNKNOWN];
}

/* ---- one question at a time ---- */

struct question {
	const struct probe *probe;
	const struct probe_demand *demand;
	enum step step;
	char *reason;
};

static _printf_(3, 4) enum offer answer(const struct question *q, enum offer offer, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	(void)vsnprintf(q->reason, PROBE_REASON_BYTES, text, args);
	va_end(args);
	return offer;
}

static bool has(const struct question *q, const char *path)
{
	return faccessat(q->probe->root_fd, path, F_OK, 0) == 0;
}

/* The first line of a small file, without its end. False: not there, not readable. */
static bool read_line(const struct question *q, const char *path, char text[TEXT_BYTES])
{
	if (io_read_file(q->probe->root_fd, path, text, TEXT_BYTES) < 0)
		return false;
	text[strcspn(text, "\n")] = 0;
	return true;
}

static bool is_number(const struct question *q, const char *path, const char *number)
{
	char text[TEXT_BYTES];

	return read_line(q, path, text) && strcmp(text, number) == 0;
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");

		if (length == n && strncmp(at, word, n) == 0)
			return true;
		at += length;
	}
	return false;
}

/* Whoever makes a user namespace of its own has every capability in there. */
static bool is_capable(const struct question *q, int capability)
{
	return q->demand->own_user_namespace || (q->probe->capabilities & (UINT64_C(1) << capability));
}

/*
 * A call with arguments that no kernel takes: one that has it says EINVAL, one that has not ENOSYS, and
 * EPERM is what the filter of a container outside says.
 */
static bool is_callable(const struct question *q, long number, const char *name)
{
	if (syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) == 0 || (errno != ENOSYS && errno != EPERM))
		return true;
	(void)answer(q, OFFER_NO, "%s: %s", name, errno == ENOSYS ? "the kernel does not have it" :
								     "is refused to us");
	return false;
}

/* ---- namespaces ---- */

static const struct namespace_row {
	enum step step;
	const char *name, *limit;
} namespace_rows[] = {
	{ STEP_USER_NAMESPACE, "user", "user" },     { STEP_PID_NAMESPACE, "pid", "pid" },
	{ STEP_MOUNT_NAMESPACE, "mnt", "mnt" },	     { STEP_IPC_NAMESPACE, "ipc", "ipc" },
	{ STEP_UTS_NAMESPACE, "uts", "uts" },	     { STEP_NETWORK_NAMESPACE, "net", "net" },
	{ STEP_CGROUP_NAMESPACE, "cgroup", "cgroup" },
};

static const struct namespace_row *find_namespace(enum step step)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespace_rows); i++)
		if (namespace_rows[i].step == step)
			return &namespace_rows[i];
	return NULL;
}

static enum offer ask_any_namespace(const struct question *q)
{
	const struct namespace_row *row = find_namespace(q->step);
	char path[64];

	(void)snprintf(path, sizeof(path), "proc/self/ns/%s", row->name);
	if (!has(q, path))
		return answer(q, OFFER_NO, "the kernel has no %s namespaces", row->name);
	(void)snprintf(path, sizeof(path), "proc/sys/user/max_%s_namespaces", row->limit);
	if (is_number(q, path, "0"))
		return answer(q, OFFER_NO, "/%s is 0", path);
	return answer(q, OFFER_YES, "%s", "");
}

static enum offer ask_namespace(const struct question *q)
{
	if (!is_capable(q, CAP_SYS_ADMIN))
		return answer(q, OFFER_NO, "needs CAP_SYS_ADMIN");
	return ask_any_namespace(q);
}

static enum offer ask_user_namespace(const struct question *q)
{
	enum offer offer = ask_any_namespace(q);

	if (offer != OFFER_YES || (q->probe->capabilities & (UINT64_C(1) << CAP_SYS_ADMIN)))
		return offer;
	if (is_number(q, "proc/sys/kernel/unprivileged_userns_clone", "0"))
		return answer(q, OFFER_NO, "kernel.unprivileged_userns_clone is 0");
	if (is_number(q, "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"))
		return answer(q, OFFER_UNKNOWN, "AppArmor decides by program");
	return offer;
}

/* ---- files ---- */

static enum offer ask_mount_call(const struct question *q, long number, const char *name)
{
	if (!is_capable(q, CAP_SYS_ADMIN))
		return answer(q, OFFER_NO, "needs CAP_SYS_ADMIN");
	/* Its capabilities are those of a namespace to come: today's EPERM means nothing. */
	if (q->demand->own_user_namespace)
		return OFFER_YES;
	return is_callable(q, number, name) ? OFFER_YES : OFFER_NO;
}

static enum offer ask_propagation(const struct question *q)
{
	return ask_mount_call(q, SYS_mount_setattr, "mount_setattr");
}

static enum offer ask_root(const struct question *q)
{
	enum offer offer = ask_mount_call(q, SYS_open_tree, "open_tree");

	return offer == OFFER_YES ? ask_mount_call(q, SYS_move_mount, "move_mount") : offer;
}

static enum offer ask_proc(const struct question *q)
{
	return ask_mount_call(q, SYS_fsopen, "fsopen");
}

/* ---- the kernel's own ---- */

static enum offer ask_memfd_noexec(const struct question *q)
{
	return has(q, "proc/sys/vm/memfd_noexec") ?
		       OFFER_YES :
		       answer(q, OFFER_NO, "no vm.memfd_noexec: the kernel is older than 6.3");
}

static const char *const lockdown_names[] = {
	[PROBE_LOCKDOWN_UNKNOWN] = "unknown",
	[PROBE_LOCKDOWN_NONE] = "none",
	[PROBE_LOCKDOWN_INTEGRITY] = "integrity",
	[PROBE_LOCKDOWN_CONFIDENTIALITY] = "confidentiality",
};

/* "none [integrity] confidentiality": the one in brackets holds. */
static enum probe_lockdown read_lockdown(const struct question *q)
{
	char text[TEXT_BYTES], word[32];

	if (!read_line(q, "sys/kernel/security/lockdown", text))
		return PROBE_LOCKDOWN_UNKNOWN;
	for (size_t i = PROBE_LOCKDOWN_NONE; i < ARRAY_SIZE(lockdown_names); i++) {
		(void)snprintf(word, sizeof(word), "[%s]", lockdown_names[i]);
		if (has_word(text, word))
			return (enum probe_lockdown)i;
	}
	return PROBE_LOCKDOWN_UNKNOWN;
}

static enum offer ask_lockdown(const struct question *q)
{
	enum probe_lockdown now = read_lockdown(q);

	if (now == PROBE_LOCKDOWN_UNKNOWN)
		return answer(q, OFFER_NO, "the kernel shows no lockdown state");
	if (now < q->demand->lockdown)
		return answer(q, OFFER_NO, "the kernel's lockdown is %s", lockdown_names[now]);
	return answer(q, OFFER_YES, "%s", lockdown_names[now]);
}

int probe_landlock_abi(void)
{
	long r = syscall(SYS_landlock_create_ruleset, NULL, 0UL, 1UL /* the version */);

	return r > 0 ? (int)r : 0;
}

static enum offer ask_landlock(const struct question *q)
{
	int abi = probe_landlock_abi();

	if (abi > 0)
		return answer(q, OFFER_YES, "ABI %d", abi);
	return answer(q, OFFER_NO, errno == EOPNOTSUPP ? "Landlock is off: it is not in lsm= at boot" :
							 "the kernel has no Landlock");
}

static bool is_action(const struct question *q, uint32_t action, const char *name)
{
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
		return true;
	(void)answer(q, OFFER_NO, "seccomp has no %s", name);
	return false;
}

static enum offer ask_seccomp(const struct question *q)
{
	if (!is_action(q, SECCOMP_RET_USER_NOTIF, "user_notif") ||
	    !is_action(q, SECCOMP_RET_KILL_PROCESS, "kill_process"))
		return OFFER_NO;
	/* One listener below another is refused with EBUSY; nobody can ask whether there is one. */
	if (prctl(PR_GET_SECCOMP) > 0)
		return answer(q, OFFER_UNKNOWN, "under a filter already; only one may have a listener");
	return OFFER_YES;
}

static enum offer ask_no_new_privs(const struct question *q)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0 ? OFFER_YES :
							    answer(q, OFFER_NO, "the kernel has it not");
}

static enum offer ask_close_range(const struct question *q)
{
	return is_callable(q, SYS_close_range, "close_range") ? OFFER_YES : OFFER_NO;
}

/* The supervisor traces each program for a moment at its exec. */
static enum offer ask_exec(const struct question *q)
{
	char scope[TEXT_BYTES];

	if (!read_line(q, "proc/sys/kernel/yama/ptrace_scope", scope))
		return OFFER_YES;
	if (strcmp(scope, "3") == 0)
		return answer(q, OFFER_NO, "kernel.yama.ptrace_scope is 3: nothing can be supervised");
	if (strcmp(scope, "2") == 0 && !(q->probe->capabilities & (UINT64_C(1) << CAP_SYS_PTRACE)))
		return answer(q, OFFER_NO, "kernel.yama.ptrace_scope is 2: needs CAP_SYS_PTRACE");
	return answer(q, OFFER_YES, "kernel.yama.ptrace_scope is %.8s", scope);
}

/* ---- privileges ---- */

static enum offer ask_capability(const struct question *q, int capability, const char *name)
{
	return is_capable(q, capability) ? OFFER_YES : answer(q, OFFER_NO, "needs %s", name);
}

static enum offer ask_bounding_set(const struct question *q)
{
	return ask_capability(q, CAP_SETPCAP, "CAP_SETPCAP");
}

static enum offer ask_gid(const struct question *q)
{
	if (is_number(q, "proc/self/setgroups", "deny"))
		return answer(q, OFFER_NO, "setgroups is denied in this user namespace");
	return ask_capability(q, CAP_SETGID, "CAP_SETGID");
}

static enum offer ask_uid(const struct question *q)
{
	return ask_capability(q, CAP_SETUID, "CAP_SETUID");
}

/* ---- control groups ---- */

static const struct controller_row {
	unsigned int bit;
	const char *name;
} controllers[] = {
	{ CONTROLLER_CPU, "cpu" }, { CONTROLLER_MEMORY, "memory" }, { CONTROLLER_PIDS, "pids" },
};

/* The second is that of a host which uses version 1 too: it has no controllers as a rule. */
static const char *const hierarchies[] = { "sys/fs/cgroup", "sys/fs/cgroup/unified" };

static const char *find_hierarchy(const struct question *q, char text[TEXT_BYTES])
{
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++) {
		(void)snprintf(path, sizeof(path), "%s/cgroup.controllers", hierarchies[i]);
		if (read_line(q, path, text))
			return hierarchies[i];
	}
	return NULL;
}

static enum offer ask_cgroup(const struct question *q)
{
	char text[TEXT_BYTES];
	const char *at = find_hierarchy(q, text);

	if (!at)
		return answer(q, OFFER_NO, "no cgroup v2 hierarchy at /sys/fs/cgroup");
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		if ((q->demand->controllers & controllers[i].bit) && !has_word(text, controllers[i].name))
			return answer(q, OFFER_NO, "the %s controller is not there", controllers[i].name);
	if (faccessat(q->probe->root_fd, at, W_OK, AT_EACCESS) < 0)
		return answer(q, OFFER_NO, "/%s: %s", at, strerrordesc_np(errno));
	return answer(q, OFFER_YES, "controllers: %.60s", text[0] ? text : "none");
}

/* ---- all ---- */

/* A step without a row needs nothing that a kernel above the floor could lack. */
static enum offer (*const questions[STEP_COUNT])(const struct question *q) = {
	[STEP_CGROUP] = ask_cgroup,
	[STEP_USER_NAMESPACE] = ask_user_namespace,
	[STEP_PID_NAMESPACE] = ask_namespace,
	[STEP_MOUNT_NAMESPACE] = ask_namespace,
	[STEP_IPC_NAMESPACE] = ask_namespace,
	[STEP_UTS_NAMESPACE] = ask_namespace,
	[STEP_NETWORK_NAMESPACE] = ask_namespace,
	[STEP_CGROUP_NAMESPACE] = ask_namespace,
	[STEP_PROPAGATION] = ask_propagation,
	[STEP_ROOT] = ask_root,
	[STEP_PROC] = ask_proc,
	[STEP_MEMFD_NOEXEC] = ask_memfd_noexec,
	[STEP_LOCKDOWN] = ask_lockdown,
	[STEP_CLOSE_RANGE] = ask_close_range,
	[STEP_BOUNDING_SET] = ask_bounding_set,
	[STEP_GID] = ask_gid,
	[STEP_UID] = ask_uid,
	[STEP_NO_NEW_PRIVS] = ask_no_new_privs,
	[STEP_LANDLOCK] = ask_landlock,
	[STEP_SECCOMP] = ask_seccomp,
	[STEP_EXEC] = ask_exec,
};

enum offer probe_step(const struct probe *p, enum step step, const struct probe_demand *demand,
		      char *reason)
{
	static const struct probe_demand plain;
	struct question q = { p, demand ? demand : &plain, step, reason };

	reason[0] = 0;
	return questions[step] ? questions[step](&q) : OFFER_YES;
}

static int read_capabilities(struct probe *p, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return err_set(e, errno, "capget", "%s", "");
	p->capabilities = data[0].effective | (uint64_t)data[1].effective << 32;
	return 0;
}

int probe_open(struct probe *p, const char *root, struct err *e)
{
	*p = (struct probe){ .root_fd = -1 };
	p->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->root_fd < 0)
		return err_set(e, errno, "open", "%s", root);
	return read_capabilities(p, e);
}

void probe_done(struct probe *p)
{
	fd_close(&p->root_fd);
}
