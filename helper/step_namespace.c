/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The namespaces are made by the clone that makes session init, so apply has nothing left to do;
 * verify compares what the kernel shows of them with the helper's.
 */
#include "step.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

static const char *const namespace_files[STEP_NAMESPACES] = { "pid", "mnt", "ipc", "uts", "net" };

static uint64_t namespace_inode(const char *name)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

void step_note_host_namespaces(struct step_context *c)
{
	for (int i = 0; i < STEP_NAMESPACES; i++)
		c->host_ns[i] = namespace_inode(namespace_files[i]);
}

int apply_namespace(struct step_context *c, struct err *e)
{
	(void)c;
	(void)e;
	return 0;
}

static int verify_namespace(struct step_context *c, int i, struct err *e)
{
	uint64_t inode = namespace_inode(namespace_files[i]);

	if (!inode || !c->host_ns[i] || inode == c->host_ns[i])
		return err_set(e, EPERM, "namespace", "%s is the host's", namespace_files[i]);
	return 0;
}

int verify_pid_namespace(struct step_context *c, struct err *e)
{
	if (getpid() != 1)
		return err_set(e, EPERM, "namespace", "init is pid %d", getpid());
	return verify_namespace(c, 0, e);
}

int verify_mount_namespace(struct step_context *c, struct err *e)
{
	return verify_namespace(c, 1, e);
}

int verify_ipc_namespace(struct step_context *c, struct err *e)
{
	return verify_namespace(c, 2, e);
}

int verify_uts_namespace(struct step_context *c, struct err *e)
{
	return verify_namespace(c, 3, e);
}

int verify_network_namespace(struct step_context *c, struct err *e)
{
	return verify_namespace(c, 4, e);
}

/* The host's name is kept: another one makes sudo complain at every call. */
int apply_hostname(struct step_context *c, struct err *e)
{
	struct utsname name;

	(void)c;
	if (uname(&name) < 0)
		return err_set(e, errno, "uname", "%s", "");
	if (sethostname(name.nodename, strlen(name.nodename)) < 0)
		return err_set(e, errno, "sethostname", "%s", name.nodename);
	return 0;
}

int verify_hostname(struct step_context *c, struct err *e)
{
	struct utsname name;

	(void)c;
	if (uname(&name) < 0 || !name.nodename[0])
		return err_set(e, EPERM, "hostname", "is empty");
	return 0;
}
