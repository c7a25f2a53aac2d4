/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile.h"

#include "attr.h"

#include <linux/capability.h>
#include <string.h>

#define GIB (UINT64_C(1) << 30)

/*
 * What both profiles hide: doors to processes that run outside the session on the user's behalf. Not
 * the sockets one by one: the user owns the directory and could rename or link them from outside, the
 * service manager makes them anew, and any of them may start a program that the user's files name.
 */
#define MASKED_EVERYWHERE \
	{ MOUNT_PRIVATE_RUNTIME, "/run/user", "D-Bus, systemd --user and the agents it starts run outside" }, \
	{ MOUNT_MASK, "/run/systemd/private", "the system's service manager, for root inside" }, \
	{ MOUNT_MASK, SWRAP_LOG_DIR, "who is recorded must not read or change the records" }, \
	{ MOUNT_READ_ONLY, "/proc/sys", "kernel settings; root inside by sudo could write them" }, \
	{ MOUNT_READ_ONLY, "/proc/sysrq-trigger", "root inside could kill every process of the host" }, \
	{ MOUNT_READ_ONLY, "/sys/fs/cgroup", "likewise by cgroup.kill, and freeze our supervisor" }, \
	{ MOUNT_READ_ONLY, SWRAP_CONFIG_DIR, "the next login's profile" }

static const struct mount_rule login_mounts[] = {
	MASKED_EVERYWHERE,
};

static const struct mount_rule strict_mounts[] = {
	MASKED_EVERYWHERE,
	{ MOUNT_WRITABLE, "%h", "work is done here" },
	{ MOUNT_PRIVATE_TMP, "/tmp", "other users' files and sockets" },
	{ MOUNT_PRIVATE_TMP, "/var/tmp", "likewise" },
	{ MOUNT_PRIVATE_DEV, "/dev", "disks, memory, input devices" },
};

/*
 * Left to programs that become root inside by su or sudo. Not here, so dropped: what reads other
 * users' files whatever their mode, makes device nodes, mounts, traces, changes the kernel, the
 * clock, the network or the audit trail.
 */
static const struct kept_capability login_bounding[] = {
	{ CAP_CHOWN, "sudo chown, package tools" },
	{ CAP_DAC_OVERRIDE, "root writes where root always could" },
	{ CAP_FOWNER, "chmod of others' files" },
	{ CAP_FSETID, "keeps setgid bits on chmod" },
	{ CAP_KILL, "sudo kill, inside the session's pid namespace" },
	{ CAP_SETGID, "su, sudo, newgrp" },
	{ CAP_SETUID, "su, sudo" },
	{ CAP_SETPCAP, "programs that drop capabilities themselves" },
	{ CAP_NET_BIND_SERVICE, "servers on low ports" },
	{ CAP_NET_BROADCAST, "harmless, unused by the kernel" },
	{ CAP_NET_RAW, "ping where it is setuid or has a file capability" },
	{ CAP_IPC_LOCK, "gpg keeps keys out of swap" },
	{ CAP_IPC_OWNER, "ipcrm for others' segments" },
	{ CAP_SYS_CHROOT, "chroot" },
	{ CAP_SYS_NICE, "sudo nice -n -5" },
	{ CAP_SYS_RESOURCE, "pam_limits of su and sudo raises limits" },
	{ CAP_SYS_TTY_CONFIG, "vhangup by login programs" },
	{ CAP_LEASE, "file servers" },
	{ CAP_AUDIT_WRITE, "su and sudo write to the audit log" },
	{ CAP_SETFCAP, "package tools set file capabilities" },
	{ CAP_BLOCK_SUSPEND, "harmless" },
};

static const struct profile_limit strict_limits[] = {
	{ RLIMIT_AS, LIMIT_MEMORY, 8, 4 * GIB, "one process cannot take all memory and swap" },
	{ RLIMIT_NOFILE, LIMIT_VALUE, 1024, 0, "enough for tools, not for a flood" },
	{ RLIMIT_CORE, LIMIT_VALUE, 0, 0, "a core holds secrets and starts the host's handler" },
};

/* Steps no profile leaves out: without any of them the others mean nothing. */
#define ALWAYS \
	[STEP_PID_NAMESPACE] = LEVEL_REQUIRE,	/* it ends whole; no signal goes outside */ \
	[STEP_MOUNT_NAMESPACE] = LEVEL_REQUIRE,	/* the masks need it */ \
	[STEP_PROPAGATION] = LEVEL_REQUIRE,	/* no mount goes back to the host */ \
	[STEP_ROOT] = LEVEL_REQUIRE,		/* the masks themselves */ \
	[STEP_PROC] = LEVEL_REQUIRE,		/* the host's /proc would show everybody */ \
	[STEP_TTY] = LEVEL_REQUIRE,		/* job control */ \
	[STEP_FDS] = LEVEL_REQUIRE,		/* a directory as stdin leads out */ \
	[STEP_CLOSE_RANGE] = LEVEL_REQUIRE,	/* so does a leaked descriptor */ \
	[STEP_RLIMITS] = LEVEL_REQUIRE,		/* those of the login, not the helper's */ \
	[STEP_SCHEDULING] = LEVEL_REQUIRE,	/* likewise */ \
	[STEP_BOUNDING_SET] = LEVEL_REQUIRE,	/* what root inside can never have */ \
	[STEP_GROUPS] = LEVEL_REQUIRE,		/* the user, not root */ \
	[STEP_GID] = LEVEL_REQUIRE,		/* likewise */ \
	[STEP_UID] = LEVEL_REQUIRE,		/* likewise */ \
	[STEP_CAPABILITIES_KEPT] = LEVEL_REQUIRE, /* as little as loading the filter needs */ \
	[STEP_DUMPABLE] = LEVEL_REQUIRE,	/* nobody attaches before the filter is on */ \
	[STEP_ENVIRONMENT] = LEVEL_REQUIRE,	/* no loader variables for another user */ \
	[STEP_SECCOMP] = LEVEL_REQUIRE,		/* without it no exec is seen */ \
	[STEP_CAPABILITIES] = LEVEL_REQUIRE,	/* nothing is left of root */ \
	[STEP_REGAIN] = LEVEL_REQUIRE,		/* and it cannot be had back */ \
	[STEP_EXEC] = LEVEL_REQUIRE

const struct profile profile_table[] = {
	{
		.name = "login",
		.doc = "everything a login does works, seen and kept from what is not the user's",
		.levels = {
			ALWAYS,
			[STEP_IPC_NAMESPACE] = LEVEL_OFF,	/* X11's shared memory */
			[STEP_UTS_NAMESPACE] = LEVEL_OFF,	/* sudo wants the host's name */
			[STEP_NETWORK_NAMESPACE] = LEVEL_OFF,	/* work needs it */
			[STEP_HOSTNAME] = LEVEL_OFF,		/* no uts namespace */
			[STEP_NO_NEW_PRIVS] = LEVEL_OFF,	/* su, sudo and ping must work */
		},
		.mounts = login_mounts,
		.nmounts = ARRAY_SIZE(login_mounts),
		.limits = NULL,					/* those pam_limits gave */
		.nlimits = 0,
		.bounding = login_bounding,
		.nbounding = ARRAY_SIZE(login_bounding),
		.filter = FILTER_LOGIN,				/* a deny list */
		.exec = EXEC_RECORD,			/* nothing denied, nothing to verify */
		.linger = true,					/* tmux and nohup survive logout */
		.deny_unrecorded = false,			/* a full disk must not lock out */
	},
	{
		.name = "strict",
		.doc = "a read-only system, no way to become root, only known system calls",
		.levels = {
			ALWAYS,
			[STEP_IPC_NAMESPACE] = LEVEL_REQUIRE,	/* others' shared memory */
			[STEP_UTS_NAMESPACE] = LEVEL_REQUIRE,	/* names of its own */
			[STEP_NETWORK_NAMESPACE] = LEVEL_OFF,	/* work needs it */
			[STEP_HOSTNAME] = LEVEL_REQUIRE,	/* set and read back */
			[STEP_NO_NEW_PRIVS] = LEVEL_REQUIRE,	/* setuid bits are void */
		},
		.root_read_only = true,
		.proc_read_only = true,			/* /proc/PID/mem would rewrite argv */
		.mounts = strict_mounts,
		.nmounts = ARRAY_SIZE(strict_mounts),
		.limits = strict_limits,
		.nlimits = ARRAY_SIZE(strict_limits),
		.bounding = NULL,				/* none is kept */
		.nbounding = 0,
		.filter = FILTER_STRICT,			/* an allow list */
		.exec = EXEC_EXACT,
		.linger = false,				/* survivors are killed at close */
		.deny_unrecorded = true,		/* what cannot be recorded does not run */
	},
};

const unsigned int profile_count = ARRAY_SIZE(profile_table);

const struct profile *profile_find(const char *name)
{
	if (!name)
		return NULL;
	if (!*name)
		return &profile_table[0];
	for (unsigned int i = 0; i < profile_count; i++)
		if (strcmp(profile_table[i].name, name) == 0)
			return &profile_table[i];
	return NULL;
}

/* What needs root, so an ordinary user's own run goes without. */
static const uint8_t needs_root[] = {
	STEP_PID_NAMESPACE, STEP_MOUNT_NAMESPACE, STEP_IPC_NAMESPACE, STEP_UTS_NAMESPACE,
	STEP_NETWORK_NAMESPACE, STEP_PROPAGATION, STEP_ROOT, STEP_PROC, STEP_HOSTNAME,
	STEP_BOUNDING_SET, STEP_GROUPS, STEP_GID, STEP_UID,
	STEP_CAPABILITIES_KEPT, STEP_CAPABILITIES,
};

void profile_unprivileged(const struct profile *profile, uint8_t levels[STEP_COUNT])
{
	memcpy(levels, profile->levels, STEP_COUNT);
	for (size_t i = 0; i < ARRAY_SIZE(needs_root); i++)
		levels[needs_root[i]] = LEVEL_OFF;
	/* The supervisor has no capability then, and may not read a process that is not dumpable. */
	levels[STEP_DUMPABLE] = LEVEL_OFF;
	/* The kernel takes a filter from an ordinary user only under it. */
	levels[STEP_NO_NEW_PRIVS] = LEVEL_REQUIRE;
}
