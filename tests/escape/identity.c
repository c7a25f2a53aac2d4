/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Becoming root, or having a part of it. */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int become_root(char **args)
{
	(void)args;
	return outcome_of(setuid(0));
}

static int stay_oneself(char **args)
{
	(void)args;
	return outcome_of(setuid(getuid()));
}

static int has_root_group(char **args)
{
	(void)args;
	return getegid() == 0 ? 0 : EPERM;
}

static int has_a_group(char **args)
{
	(void)args;
	return getegid() == (gid_t)-1 ? EPERM : 0;
}

/* ARGUMENT: a group that the user is not in. */
static int has_group(char **args)
{
	gid_t groups[256];
	int n = getgroups(256, groups);

	for (int i = 0; i < n; i++)
		if (groups[i] == (gid_t)number_of(args, 0))
			return 0;
	return EPERM;
}

static int can_ask_groups(char **args)
{
	(void)args;
	return outcome_of(getgroups(0, NULL));
}

/* This very program, owned by root and with the setuid bit, is the hole. */
static int is_root(char **args)
{
	(void)args;
	return geteuid() == 0 ? 0 : EPERM;
}

static int runs(char **args)
{
	(void)args;
	return 0;
}

static uint64_t effective(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

/* This very program has a file capability. */
static int has_file_capability(char **args)
{
	(void)args;
	return effective() ? 0 : EPERM;
}

static int raw_socket(char **args)
{
	(void)args;
	return outcome_of(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static int plain_socket(char **args)
{
	(void)args;
	return outcome_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int make_file(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static int change_mode(mode_t mode)
{
	char name[64];
	int r;

	(void)snprintf(name, sizeof(name), "./escape-mode.%d", getpid());
	if (make_file(name) < 0)
		return errno;
	r = outcome_of(chmod(name, mode));
	(void)unlink(name);
	return r;
}

static int set_uid_bit(char **args)
{
	(void)args;
	return change_mode(04755);
}

static int set_plain_mode(char **args)
{
	(void)args;
	return change_mode(0755);
}

/* As root by sudo, when CAP_MKNOD is left: the disk's device. */
static int make_device(char **args)
{
	char name[64];
	int r;

	(void)args;
	(void)snprintf(name, sizeof(name), "/tmp/escape-device.%d", getpid());
	r = outcome_of(mknod(name, S_IFBLK | 0600, makedev(7, 0)));
	(void)unlink(name);
	return r;
}

static int make_fifo(char **args)
{
	char name[64];
	int r;

	(void)args;
	(void)snprintf(name, sizeof(name), "/tmp/escape-fifo.%d", getpid());
	r = outcome_of(mkfifo(name, 0600));
	(void)unlink(name);
	return r;
}

/* Inheritable capabilities meet those of a file: the program named by the first argument has them. */
static int inherit_capability(char **args)
{
	char *const argv[] = { "file_capability", NULL };
	int status = run_program(text_of(args, 0, "/lab/escape/inheritable"), argv);

	if (status < 0)
		return -status;
	return status == 0 ? 0 : EPERM;
}

const struct hole identity_holes[] = {
	{ "setuid_zero", become_root, stay_oneself },
	{ "root_group", has_root_group, has_a_group },
	{ "foreign_group", has_group, can_ask_groups },
	{ "setuid_binary", is_root, runs },
	{ "file_capability", has_file_capability, runs },
	{ "inherited_capability", inherit_capability, runs },
	{ "raw_socket", raw_socket, plain_socket },
	{ "chmod_4755", set_uid_bit, set_plain_mode },
	{ "mknod", make_device, make_fifo },
	{ NULL, NULL, NULL },
};
