/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The namespaces are made by the clone that makes session init, so apply has nothing left to do;
 * verify compares what the kernel shows of them with the helper's. But for cgroup: the clone would
 * take the helper's control group for its root, not the leaf that init is born in.
 */
#include "step.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

static const char *const namespace_files[NAMESPACE_COUNT] = {
	[NAMESPACE_PID] = "pid", [NAMESPACE_MNT] = "mnt",   [NAMESPACE_IPC] = "ipc",
	[NAMESPACE_UTS] = "uts", [NAMESPACE_NET] = "net",   [NAMESPACE_USER] = "user",
	[NAMESPACE_CGROUP] = "cgroup",
};

static const enum step namespace_steps[NAMESPACE_COUNT] = {
	[NAMESPACE_PID] = STEP_PID_NAMESPACE,	  [NAMESPACE_MNT] = STEP_MOUNT_NAMESPACE,
	[NAMESPACE_IPC] = STEP_IPC_NAMESPACE,	  [NAMESPACE_UTS] = STEP_UTS_NAMESPACE,
	[NAMESPACE_NET] = STEP_NETWORK_NAMESPACE, [NAMESPACE_USER] = STEP_USER_NAMESPACE,
	[NAMESPACE_CGROUP] = STEP_CGROUP_NAMESPACE,
};

/* 0: there is no such name space, or it cannot be asked. */
static uint64_t namespace_inode(int directory, const char *path)
{
	struct stat st;

	return fstatat(directory, path, &st, 0) < 0 ? 0 : st.st_ino;
}

void step_note_host_namespaces(struct step_context *c, uint64_t steps)
{
	/* One walk to the directory for all of them. */
	_close_ int directory = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < NAMESPACE_COUNT; i++)
		c->host_ns[i] = steps & STEP_BIT(namespace_steps[i]) ?
					namespace_inode(directory, namespace_files[i]) : 0;
}

int apply_namespace(struct step_context *c, struct err *e)
{
	(void)c;
	(void)e;
	return 0;
}

int step_verify_namespace(const struct step_context *c, enum namespace i, struct err *e)
{
	char path[64];
	uint64_t inode;

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", namespace_files[i]);
	inode = namespace_inode(AT_FDCWD, path);
	if (!inode || !c->host_ns[i] || inode == c->host_ns[i])
		return err_set(e, EPERM, "namespace", "%s is the host's", namespace_files[i]);
	return 0;
}

int verify_pid_namespace(struct step_context *c, struct err *e)
{
	if (getpid() != 1)
		return err_set(e, EPERM, "namespace", "init is pid %d", getpid());
	return step_verify_namespace(c, NAMESPACE_PID, e);
}

int verify_mount_namespace(struct step_context *c, struct err *e)
{
	return step_verify_namespace(c, NAMESPACE_MNT, e);
}

int verify_ipc_namespace(struct step_context *c, struct err *e)
{
	return step_verify_namespace(c, NAMESPACE_IPC, e);
}

/* A copy of the host's: its name is kept, since another one makes sudo complain at every call. */
int verify_uts_namespace(struct step_context *c, struct err *e)
{
	return step_verify_namespace(c, NAMESPACE_UTS, e);
}

int verify_user_namespace(struct step_context *c, struct err *e)
{
	int r = step_verify_namespace(c, NAMESPACE_USER, e);

	return r < 0 ? r : user_map_verify(&c->users, e);
}

int apply_cgroup_namespace(struct step_context *c, struct err *e)
{
	(void)c;
	return unshare(CLONE_NEWCGROUP) < 0 ? err_set(e, errno, "unshare", "cgroup namespace") : 0;
}

/* Every hierarchy: where each of them is on the host shows nowhere. */
int verify_cgroup_namespace(struct step_context *c, struct err *e)
{
	int r = step_verify_namespace(c, NAMESPACE_CGROUP, e);
	_fclose_ FILE *file = r < 0 ? NULL : fopen("/proc/self/cgroup", "re");
	_free_ char *line = NULL;
	size_t size = 0;

	if (r < 0)
		return r;
	if (!file)
		return err_set(e, errno, "open", "/proc/self/cgroup");
	while (getline(&line, &size, file) > 0) {
		const char *path = strrchr(line, ':');

		if (!path || strcmp(path, ":/\n") != 0)
			return err_set(e, EPERM, "cgroup", "not the root: %.80s", line);
	}
	return 0;
}
