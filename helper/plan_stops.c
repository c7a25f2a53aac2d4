/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan_stops.h"

#include "filter_ask.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/ptrace.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/mount.h>
#include <sys/syscall.h>

static bool is_on(const struct plan *plan, enum step step)
{
	return plan->levels[step] != LEVEL_OFF && !(plan->missing & STEP_BIT(step));
}

static bool has_mount(const struct plan *plan, enum mount_action action)
{
	if (!is_on(plan, STEP_ROOT))
		return false;
	for (uint32_t i = 0; i < plan->nmounts; i++)
		if (plan->mounts[i].action == action)
			return true;
	return false;
}

static bool lets(const struct plan *plan, int call, uint64_t first, uint64_t second, uint64_t third)
{
	return !is_on(plan, STEP_SECCOMP) || filter_lets(plan->filter, call, first, second, third);
}

static bool no_setuid(const struct plan *plan)
{
	return is_on(plan, STEP_NO_NEW_PRIVS) ||
	       (is_on(plan, STEP_BOUNDING_SET) && !(plan->bounding & (UINT64_C(1) << CAP_SETUID)));
}

static bool no_raw_sockets(const struct plan *plan)
{
	return no_setuid(plan) || !lets(plan, SYS_socket, AF_INET, SOCK_RAW, 1) ||
	       (is_on(plan, STEP_BOUNDING_SET) && !(plan->bounding & (UINT64_C(1) << CAP_NET_RAW)));
}

static bool no_ptrace(const struct plan *plan)
{
	return !lets(plan, SYS_ptrace, PTRACE_SEIZE, 0, 0);
}

static bool no_user_namespaces(const struct plan *plan)
{
	return !lets(plan, SYS_unshare, CLONE_NEWUSER, 0, 0) ||
	       !lets(plan, SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0);
}

static bool no_mounts(const struct plan *plan)
{
	return no_setuid(plan) || !lets(plan, SYS_mount, 0, 0, 0) ||
	       (is_on(plan, STEP_BOUNDING_SET) && !(plan->bounding & (UINT64_C(1) << CAP_SYS_ADMIN)));
}

static bool no_writable_code(const struct plan *plan)
{
	return !lets(plan, SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) ||
	       !lets(plan, SYS_mprotect, 0, 4096, PROT_READ | PROT_EXEC);
}

static bool no_programs_in_memory(const struct plan *plan)
{
	return is_on(plan, STEP_MEMFD_NOEXEC) || !lets(plan, SYS_memfd_create, 0, 0, 0);
}

static bool no_network(const struct plan *plan)
{
	return is_on(plan, STEP_NETWORK_NAMESPACE) || !lets(plan, SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static bool no_other_architectures(const struct plan *plan)
{
#if defined(__x86_64__)
	const struct seccomp_data data = { .nr = 20 /* getpid */, .arch = AUDIT_ARCH_I386 };

	return is_on(plan, STEP_SECCOMP) && plan->filter &&
	       filter_answer(plan->filter, &data) != SECCOMP_RET_ALLOW;
#else
	(void)plan;
	return false;
#endif
}

static bool no_keyrings(const struct plan *plan)
{
	return !lets(plan, SYS_keyctl, 0, 0, 0);
}

static bool no_new_processes(const struct plan *plan)
{
	return !lets(plan, SYS_clone, SIGCHLD, 0, 0);
}

static bool has_read_only_tree(const struct plan *plan)
{
	return is_on(plan, STEP_ROOT) && (plan->root_attributes & MOUNT_ATTR_RDONLY);
}

static bool has_own_devices(const struct plan *plan)
{
	return has_mount(plan, MOUNT_PRIVATE_DEV);
}

static bool has_own_tmp(const struct plan *plan)
{
	return has_mount(plan, MOUNT_PRIVATE_TMP);
}

static bool has_own_runtime(const struct plan *plan)
{
	return has_mount(plan, MOUNT_PRIVATE_RUNTIME);
}

const struct plan_stop plan_stops[PLAN_STOPS] = {
	{ "su, sudo, passwd and other setuid programs", "they gain nothing", "NoNewPrivileges=",
	  no_setuid },
	{ "ping, where it needs a raw socket", "the capability is gone", "CapabilityBoundingSet=",
	  no_raw_sockets },
	{ "gdb, strace, ltrace", "ptrace is refused", "SystemCallFilter=", no_ptrace },
	{ "rootless podman, bubblewrap, Flatpak, Chromium's sandbox", "user namespaces are refused",
	  "RestrictNamespaces=", no_user_namespaces },
	{ "mount, sshfs, AppImage", "mounts are refused", "SystemCallFilter=", no_mounts },
	{ "node, java and other just-in-time compilers", "memory is writable or executable, never both",
	  "MemoryDenyWriteExecute=", no_writable_code },
	{ "programs that run from a memfd", "no program runs from memory alone",
	  "MemoryDenyWriteExecute=", no_programs_in_memory },
	{ "everything on the network", "there is none but its own", "PrivateNetwork=", no_network },
	{ "32-bit programs, wine", "calls of another architecture end the process",
	  "SystemCallArchitectures=", no_other_architectures },
	{ "kernel keyrings: Kerberos with KEYRING: caches, ecryptfs", "keyctl is refused",
	  "SystemCallFilter=", no_keyrings },
	{ "everything that starts another program", "new processes are refused", "Tasks=",
	  no_new_processes },
	{ "writing outside of the home and temporary directories", "the rest is read-only",
	  "ProtectSystem=", has_read_only_tree },
	{ "graphics, sound, USB and FUSE devices", "/dev is private", "PrivateDevices=",
	  has_own_devices },
	{ "systemctl --user, the session's D-Bus, agents started by systemd",
	  "they run outside of the session", NULL, has_own_runtime },
	{ "files in /tmp shared with other sessions", "/tmp is private", "PrivateTmp=", has_own_tmp },
};
