/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * calls - tries what a session must not do to other processes, its tree of files and the kernel.
 *
 * Usage: calls NAME...   (attempt.h)
 */
#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#define GARBAGE 0xdeadbeef00000000ul
#define NONE 0L, 0L, 0L, 0L, 0L

/* ---- other processes ---- */

/* A child that waits: a victim of the same uid. */
static pid_t make_victim(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	return pid;
}

static int on_victim(long (*try)(pid_t))
{
	pid_t pid = make_victim();
	int r = result(try(pid));

	(void)kill(pid, SIGKILL);
	return r;
}

static long seize(pid_t pid)
{
	return ptrace(PTRACE_SEIZE, pid, 0, 0);
}

static long read_memory(pid_t pid)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)(uintptr_t)&seize, 1 };

	return process_vm_readv(pid, &here, 1, &there, 1, 0);
}

static long write_memory(pid_t pid)
{
	static char byte;
	struct iovec here = { &byte, 1 };

	return process_vm_writev(pid, &here, 1, &here, 1, 0);
}

static long take_descriptor(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	return pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, 0, 0);
}

static int try_ptrace(void) { return on_victim(seize); }
static int try_traceme(void) { return result(ptrace(PTRACE_TRACEME, 0, 0, 0)); }
static int try_vm_read(void) { return on_victim(read_memory); }
static int try_vm_write(void) { return on_victim(write_memory); }
static int try_pidfd_getfd(void) { return on_victim(take_descriptor); }

/* ---- namespaces and mounts ---- */

static int try_unshare_user(void) { return result(unshare(CLONE_NEWUSER)); }
static int try_unshare_mount(void) { return result(unshare(CLONE_NEWNS)); }

static int try_setns(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : result(setns(fd, 0));
}

static int clone_with(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, NONE);

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int try_clone_user(void) { return clone_with(CLONE_NEWUSER); }
static int try_clone_mount(void) { return clone_with(CLONE_NEWNS); }
static int try_clone_pid_garbage(void) { return clone_with(CLONE_NEWPID | GARBAGE); }

static int try_clone3(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int try_mount(void)
{
	int r = result(mount("none", "/mnt", "tmpfs", 0, NULL));

	if (r == 0)
		(void)umount2("/mnt", MNT_DETACH);
	return r;
}
/* Of nothing: where it is allowed the kernel gets as far as the name. */
static int try_umount(void) { return result(umount2("/nowhere", MNT_DETACH)); }
static int try_remount(void)
{
	return result(mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL));
}
static int try_pivot_root(void) { return result(syscall(SYS_pivot_root, "/nowhere", "/nowhere")); }
static int try_fsopen(void) { return result(syscall(SYS_fsopen, "tmpfs", 0)); }
static int try_open_tree(void) { return result(syscall(SYS_open_tree, AT_FDCWD, "/", 1)); }
static int try_move_mount(void)
{
	return result(syscall(SYS_move_mount, AT_FDCWD, "/", AT_FDCWD, "/", 0));
}
static int try_mount_setattr(void)
{
	uint64_t attr[4] = { 0 };

	return result(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, attr, sizeof(attr)));
}

/* Out by a chroot that leaves the working directory behind: only a root that was pivoted holds. */
static int try_chroot(void) { return result(chroot("/")); }

static int try_chroot_escape(void)
{
	struct stat before, after;

	if (stat("/", &before) < 0 || chroot("/usr") < 0)
		return errno;
	for (int i = 0; i < 64; i++)
		(void)chdir("..");
	if (chroot(".") < 0 || stat("/", &after) < 0)
		return errno;
	/* Back at the session's own root is no escape. */
	return before.st_dev == after.st_dev && before.st_ino == after.st_ino ? EXDEV : 0;
}

static int try_handle(void)
{
	struct { struct file_handle head; char bytes[128]; } handle = { .head.handle_bytes = 128 };
	int id, fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (name_to_handle_at(AT_FDCWD, "/etc/passwd", &handle.head, &id, 0) < 0)
		return errno == EOPNOTSUPP ? EPERM : errno;
	return result(open_by_handle_at(fd, &handle.head, O_RDONLY));
}

/* ---- the kernel ---- */

static int try_bpf(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
				.max_entries = 1 };

	return result(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

/* 1: for faults of its own mode only, which needs no right. */
static int try_userfaultfd(void) { return result(syscall(SYS_userfaultfd, 1)); }
static int try_io_uring(void)
{
	char params[120] = { 0 };

	return result(syscall(SYS_io_uring_setup, 1, params));
}
static int try_keyctl(void) { return result(syscall(SYS_keyctl, 0, -3, 0)); }
static int try_memfd(void) { return result(memfd_create("x", 0)); }
/* Nothing that could work where it is allowed: no image, no magic, no file. */
static int try_init_module(void) { return result(syscall(SYS_init_module, NULL, 0L, "")); }
static int try_finit_module(void) { return result(syscall(SYS_finit_module, -1, "", 0)); }
static int try_kexec(void) { return result(syscall(SYS_kexec_load, 0L, 0L, NULL, ~0ul)); }
static int try_reboot(void) { return result(syscall(SYS_reboot, 0, 0, 0, NULL)); }
static int try_swapon(void) { return result(syscall(SYS_swapon, "/nowhere", 0)); }
static int try_settime(void)
{
	return result(syscall(SYS_clock_settime, 0 /* CLOCK_REALTIME */, NULL));
}
static int try_mknod(void)
{
	int r = result(mknod("/tmp/attack-node", S_IFCHR | 0600, makedev(1, 5)));

	(void)unlink("/tmp/attack-node");
	return r;
}

static int open_for_writing(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	(void)close(fd);	/* nothing is written: this may be a real machine's kernel */
	return 0;
}

static int try_write_sysctl(void) { return open_for_writing("/proc/sys/kernel/core_pattern"); }
static int try_write_sysrq(void) { return open_for_writing("/proc/sysrq-trigger"); }
/* Who may write here may kill and freeze by the files beside it. */
static int try_write_cgroup(void)
{
	int r = open_for_writing("/sys/fs/cgroup/cgroup.procs");

	return r == ENOENT ? open_for_writing("/sys/fs/cgroup/unified/cgroup.procs") : r;
}
static int try_write_etc_swrap(void)
{
	int fd = open("/etc/swrap/disable", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	(void)unlink("/etc/swrap/disable");
	return 0;
}
static int try_write_marker(void)
{
	int fd = open("/run/swrap/planted", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? errno : 0;
}
static int try_read_records(void)
{
	int fd = open("/var/log/swrap/events.ndjson", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : 0;
}
static int try_list_records(void)
{
	int fd = open("/var/log/swrap", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char entries[1024];
	long n = fd < 0 ? -1 : syscall(SYS_getdents64, fd, entries, sizeof(entries));

	/* 48: "." and ".." alone. */
	return n < 0 ? errno : n <= 48 ? ENOENT : 0;
}
static int try_move_records(void)
{
	int r = result(rename("/var/log/swrap", "/var/log/moved"));

	if (r == 0)
		(void)rename("/var/log/moved", "/var/log/swrap");
	return r;
}

/* ---- the table ---- */

static const struct attempt attempts[] = {
	{ "ptrace", try_ptrace }, { "traceme", try_traceme },
	{ "vm_read", try_vm_read }, { "vm_write", try_vm_write },
	{ "pidfd_getfd", try_pidfd_getfd },
	{ "unshare_user", try_unshare_user }, { "unshare_mount", try_unshare_mount },
	{ "setns", try_setns }, { "clone_user", try_clone_user },
	{ "clone_mount", try_clone_mount }, { "clone_pid_garbage", try_clone_pid_garbage },
	{ "clone3", try_clone3 }, { "mount", try_mount }, { "umount", try_umount },
	{ "remount", try_remount }, { "pivot_root", try_pivot_root }, { "fsopen", try_fsopen },
	{ "open_tree", try_open_tree }, { "move_mount", try_move_mount },
	{ "mount_setattr", try_mount_setattr }, { "chroot", try_chroot },
	{ "chroot_escape", try_chroot_escape }, { "open_by_handle", try_handle },
	{ "bpf", try_bpf }, { "userfaultfd", try_userfaultfd }, { "io_uring", try_io_uring },
	{ "keyctl", try_keyctl }, { "memfd", try_memfd }, { "init_module", try_init_module },
	{ "finit_module", try_finit_module }, { "kexec", try_kexec }, { "reboot", try_reboot },
	{ "swapon", try_swapon }, { "settime", try_settime }, { "mknod", try_mknod },
	{ "write_sysctl", try_write_sysctl }, { "write_sysrq", try_write_sysrq },
	{ "write_cgroup", try_write_cgroup }, { "write_etc_swrap", try_write_etc_swrap },
	{ "write_marker", try_write_marker },
	{ "read_records", try_read_records }, { "list_records", try_list_records },
	{ "move_records", try_move_records },
};

int main(int argc, char **argv)
{
	return attempt_all(attempts, sizeof(attempts) / sizeof(attempts[0]), argc, argv);
}
