/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "primitive.h"

#include <string.h>

const struct primitive primitive_table[STEP_COUNT] = {
	[STEP_CGROUP] = { "cgroup", "a control group of its own, with the profile's limits", 0, 1 },
	[STEP_USER_NAMESPACE] = { "user-namespace", "user and group ids of its own", 0, 1 },
	[STEP_PID_NAMESPACE] = { "pid-namespace", "processes outside cannot be seen or signalled", 0, 1 },
	[STEP_MOUNT_NAMESPACE] = { "mount-namespace", "mounts inside stay inside", 0, 1 },
	[STEP_IPC_NAMESPACE] = { "ipc-namespace", "System V IPC and message queues of its own", 0, 1 },
	[STEP_UTS_NAMESPACE] = { "uts-namespace", "a host name of its own", 0, 1 },
	[STEP_NETWORK_NAMESPACE] = { "network-namespace", "no network but its own", 0, 1 },
	[STEP_CGROUP_NAMESPACE] = { "cgroup-namespace", "its control group looks like the root of all",
				    0, 1 },
	[STEP_PROPAGATION] = { "propagation", "host mounts arrive, none goes back",
			       STEP_BIT(STEP_MOUNT_NAMESPACE), 0, STEP_BIT(STEP_MOUNT_NAMESPACE) },
	[STEP_ROOT] = { "root", "the tree of files the session sees", STEP_BIT(STEP_PROPAGATION), 1,
			STEP_BIT(STEP_MOUNT_NAMESPACE) | STEP_BIT(STEP_PROPAGATION) },
	[STEP_PROC] = { "proc", "a /proc of its own, with the rules for what is in it",
			STEP_BIT(STEP_ROOT) | STEP_BIT(STEP_PID_NAMESPACE), 1, STEP_BIT(STEP_ROOT),
			STEP_BIT(STEP_PID_NAMESPACE) },
	[STEP_MEMFD_NOEXEC] = { "memfd-noexec", "no program runs from memory alone",
				STEP_BIT(STEP_PROC) | STEP_BIT(STEP_PID_NAMESPACE), 1,
				STEP_BIT(STEP_PID_NAMESPACE) },
	[STEP_LOCKDOWN] = { "lockdown", "the kernel is locked down as the profile demands", 0, 0 },
	[STEP_TTY] = { "tty", "the controlling terminal", 0, 0 },
	[STEP_FDS] = { "fds", "standard input, output and error, none a directory", 0, 1 },
	[STEP_CLOSE_RANGE] = { "close-range", "no other descriptor is inherited", STEP_BIT(STEP_FDS), 1 },
	[STEP_RLIMITS] = { "rlimits", "resource limits of the login and the profile", 0, 0 },
	[STEP_SCHEDULING] = { "scheduling", "umask, nice and oom_score_adj of the login", 0, 0 },
	[STEP_BOUNDING_SET] = { "bounding-set", "capabilities no program inside can ever gain", 0, 1 },
	[STEP_GID] = { "gid", "the user's group and supplementary groups", STEP_BIT(STEP_BOUNDING_SET), 1 },
	[STEP_UID] = { "uid", "the user, untraceable, with what loading the filter needs",
		       STEP_BIT(STEP_GID), 1 },
	[STEP_NO_NEW_PRIVS] = { "no-new-privs", "setuid programs gain nothing", STEP_BIT(STEP_UID), 1 },
	[STEP_ENVIRONMENT] = { "environment", "the login's environment without loader variables",
			       STEP_BIT(STEP_UID), 0 },
	[STEP_LANDLOCK] = { "landlock", "files by path and right, root inside included",
			    STEP_BIT(STEP_NO_NEW_PRIVS), 1 },
	[STEP_SECCOMP] = { "seccomp", "the system call filter; every exec is notified",
			   STEP_BIT(STEP_UID), 1 },
	[STEP_CAPABILITIES] = { "capabilities", "the final capability sets, and no way back to root",
				STEP_BIT(STEP_SECCOMP), 1 },
	[STEP_EXEC] = { "exec", "the supervised exec", STEP_BIT(STEP_CAPABILITIES), 0 },
};

int primitive_find(const char *name)
{
	for (int i = 0; i < STEP_COUNT; i++)
		if (strcmp(primitive_table[i].name, name) == 0)
			return i;
	return -1;
}
