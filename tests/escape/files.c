/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree of files, and the ways out of it. */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int read_shadow(char **args)
{
	(void)args;
	return can_read("/etc/shadow");
}

static int read_passwd(char **args)
{
	(void)args;
	return can_read("/etc/passwd");
}

/* ARGUMENT: a file of another user's that anybody may read. */
static int read_other_home(char **args)
{
	return can_read(text_of(args, 0, "/home/bob/readable"));
}

static int read_own_home(char **args)
{
	(void)args;
	return can_read(getenv("HOME") ? getenv("HOME") : ".");
}

/* ARGUMENT: any path; for what a profile hides, or makes read-only. */
static int read_path(char **args)
{
	return can_read(text_of(args, 0, "/"));
}

static int write_path(char **args)
{
	return can_write(text_of(args, 0, "/"));
}

static int write_null(char **args)
{
	(void)args;
	return can_write("/dev/null");
}

/* ARGUMENT: a process outside. */
static int root_of_process(char **args)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%ld/root/etc/passwd", number_of(args, 0));
	return can_read(path);
}

static int root_of_self(char **args)
{
	(void)args;
	return can_read("/proc/self/root/etc/passwd");
}

static int write_sysctl(char **args)
{
	(void)args;
	return can_write("/proc/sys/kernel/core_pattern");
}

static int read_sysctl(char **args)
{
	(void)args;
	return can_read("/proc/sys/kernel/osrelease");
}

static int mount_tmpfs(char **args)
{
	int r;

	(void)args;
	if (mkdir("/tmp/escape-mount", 0700) < 0 && errno != EEXIST)
		return errno;
	r = outcome_of(mount("none", "/tmp/escape-mount", "tmpfs", 0, ""));
	(void)umount2("/tmp/escape-mount", MNT_DETACH);
	(void)rmdir("/tmp/escape-mount");
	return r;
}

static int list_mounts(char **args)
{
	(void)args;
	return can_read("/proc/self/mountinfo");
}

/* ARGUMENT: a directory. Mounts there, and leaves it: does it show outside? The test looks. */
static int mount_and_stay(char **args)
{
	return outcome_of(mount("none", text_of(args, 0, "/mnt"), "tmpfs", 0, ""));
}

static int change_root(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_pivot_root, "/", "/"));
}

static int change_directory(char **args)
{
	(void)args;
	return outcome_of(chdir("/"));
}

/* The classic: a root below one's own working directory does not hold it. */
static int climb_out(char **args)
{
	struct stat above, root;
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	(void)args;
	if (fd < 0 || (mkdir("/tmp/escape-root", 0700) < 0 && errno != EEXIST) || fstat(fd, &root) < 0)
		return errno;
	if (chroot("/tmp/escape-root") < 0 || fchdir(fd) < 0)
		return errno;
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			return errno;
	if (stat(".", &above) < 0 || chroot(".") < 0)
		return errno;
	/* Back where it began is not out: that is what a session may have anyway. */
	return access("/lab/outside", F_OK) == 0 && (above.st_dev != root.st_dev ||
	       above.st_ino != root.st_ino) ? 0 : EPERM;
}

/* Descriptor 0 is a directory of the host's: does a way lead up from it? ARGUMENT: a file out there. */
static int climb_from_descriptor(char **args)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "../../../../../..%s", text_of(args, 0, "/lab/outside"));
	fd = openat(0, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

/* Any descriptor but 0 to 2. */
static int find_descriptor(char **args)
{
	(void)args;
	for (int fd = 3; fd < 65536; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 0;
	return EBADF;
}

static int has_standard_descriptors(char **args)
{
	(void)args;
	return outcome_of(fcntl(1, F_GETFD));
}

/* ARGUMENT: a process of ours whose program would be overwritten. */
static int overwrite_image(char **args)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%ld/exe", number_of(args, 0));
	return can_write(path);
}

static int read_own_image(char **args)
{
	(void)args;
	return can_read("/proc/self/exe");
}

static void crash(void)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit now;

	(void)setrlimit(RLIMIT_CORE, &unlimited);
	if (getrlimit(RLIMIT_CORE, &now) == 0)
		(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ now.rlim_max, now.rlim_max });
	(void)raise(SIGSEGV);
	_exit(1);
}

/* Dumps core: the host's handler would run, with what the pattern names, outside. */
static int dump_core(char **args)
{
	int status;
	pid_t pid = fork();

	(void)args;
	if (pid == 0)
		crash();
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFSIGNALED(status) && WCOREDUMP(status) ? 0 : EPERM;
}

static int die_plainly(char **args)
{
	int status;
	pid_t pid = fork();

	(void)args;
	if (pid == 0)
		raise(SIGTERM);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFSIGNALED(status) ? 0 : EPERM;
}

/* ARGUMENT: a program in a place from which nothing is to be run. */
static int run_from(char **args)
{
	const char *path = text_of(args, 0, "/tmp/program");
	char *const argv[] = { "setuid_binary", "benign", NULL };
	int status = run_program(path, argv);

	return status < 0 ? -status : status == 0 ? 0 : EPERM;
}

const struct hole file_holes[] = {
	{ "shadow", read_shadow, read_passwd },
	{ "other_home", read_other_home, read_own_home },
	{ "hidden_path", read_path, read_passwd },
	{ "read_only_path", write_path, write_null },
	{ "noexec_path", run_from, read_own_image },
	{ "proc_root", root_of_process, root_of_self },
	{ "sysctl", write_sysctl, read_sysctl },
	{ "mount", mount_tmpfs, list_mounts },
	{ "mount_outside", mount_and_stay, list_mounts },
	{ "pivot_root", change_root, change_directory },
	{ "chroot_climb", climb_out, change_directory },
	{ "descriptor_climb", climb_from_descriptor, read_passwd },
	{ "inherited_descriptor", find_descriptor, has_standard_descriptors },
	{ "own_image", overwrite_image, read_own_image },
	{ "core_dump", dump_core, die_plainly },
	{ NULL, NULL, NULL },
};
