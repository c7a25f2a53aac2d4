/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the generated programs in a small interpreter of classic BPF, over a table of calls, and loads
 * some of them for real.
 */
#include "bpf.h"

#include "../../helper/filter.h"
#include "../../helper/filter_data.h"
#include "../../helper/filter_spec.h"

#include "../../src/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <linux/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOGIN FILTER_SPEC_HEAD "syscalls @login\n"
#define STRICT FILTER_SPEC_HEAD "syscalls @strict\n"
#define GARBAGE UINT64_C(0xdeadbeef00000000)
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define CONSOLE_PASTE 0x541c /* TIOCLINUX */

enum { UNKNOWN_CALL = 1023, OPEN_TREE_ATTR = 467, FSOPEN = 430, CLONE3 = 435, IO_URING_SETUP = 425 };

struct verdict_case {
	const char *what;
	uint32_t nr;
	uint64_t args[3];
	uint32_t login, strict;
	uint32_t arch;		/* 0 = native */
};

#define CLONE_CASE(flag) \
	{ "clone " #flag, __NR_clone, { (flag) | SIGCHLD }, ERRNO(EPERM), ERRNO(EPERM), 0 }
#define SAME(name, nr, action) { name, nr, { 0 }, action, action, 0 }
#define STRICT_ONLY(name, nr, action) { name, nr, { 0 }, ALLOW, action, 0 }
#define SOCKET_CASE(family, protocol, action) \
	{ "socket " #family " " #protocol, __NR_socket, { family, SOCK_RAW, protocol }, ALLOW, action, 0 }

static const struct verdict_case cases[] = {
	SAME("execve", __NR_execve, NOTIFY),
	SAME("execveat", __NR_execveat, NOTIFY),
	SAME("read", __NR_read, ALLOW),
	SAME("sendmsg: the listener crosses", __NR_sendmsg, ALLOW),
	SAME("capset: our own step", __NR_capset, ALLOW),
	SAME("setresuid: our own test", __NR_setresuid, ALLOW),
	SAME("prctl", __NR_prctl, ALLOW),
	SAME("seccomp", __NR_seccomp, ALLOW),
	SAME("futex", __NR_futex, ALLOW),
	SAME("openat", __NR_openat, ALLOW),
	SAME("exit_group", __NR_exit_group, ALLOW),
	/* SW-09 */
	SAME("ptrace", __NR_ptrace, ERRNO(EPERM)),
	SAME("process_vm_readv", __NR_process_vm_readv, ERRNO(EPERM)),
	SAME("process_vm_writev", __NR_process_vm_writev, ERRNO(EPERM)),
	SAME("pidfd_getfd", 438, ERRNO(EPERM)),
	SAME("userfaultfd", __NR_userfaultfd, ERRNO(EPERM)),
	SAME("unshare", __NR_unshare, ERRNO(EPERM)),
	SAME("setns", __NR_setns, ERRNO(EPERM)),
	SAME("mount", __NR_mount, ERRNO(EPERM)),
	SAME("umount2", __NR_umount2, ERRNO(EPERM)),
	SAME("mount_setattr", 442, ERRNO(EPERM)),
	SAME("fsopen", FSOPEN, ERRNO(EPERM)),
	SAME("fsmount", 432, ERRNO(EPERM)),
	SAME("move_mount", 429, ERRNO(EPERM)),
	/* what it left open */
	SAME("open_tree", 428, ERRNO(EPERM)),
	SAME("open_tree_attr", OPEN_TREE_ATTR, ERRNO(EPERM)),
	SAME("fsconfig", 431, ERRNO(EPERM)),
	SAME("fspick", 433, ERRNO(EPERM)),
	SAME("pivot_root", __NR_pivot_root, ERRNO(EPERM)),
	SAME("bpf", __NR_bpf, ERRNO(EPERM)),
	SAME("kexec_load", __NR_kexec_load, ERRNO(EPERM)),
	SAME("kexec_file_load", __NR_kexec_file_load, ERRNO(EPERM)),
	SAME("finit_module", __NR_finit_module, ERRNO(EPERM)),
	SAME("clone3", CLONE3, ERRNO(ENOSYS)),
	SAME("io_uring_setup", IO_URING_SETUP, ERRNO(ENOSYS)),
	SAME("io_uring_enter", 426, ERRNO(ENOSYS)),
	SAME("io_uring_register", 427, ERRNO(ENOSYS)),
	CLONE_CASE(CLONE_NEWUSER),
	CLONE_CASE(CLONE_NEWNS),
	CLONE_CASE(CLONE_NEWPID),
	CLONE_CASE(CLONE_NEWNET),
	CLONE_CASE(CLONE_NEWIPC),
	CLONE_CASE(CLONE_NEWUTS),
	CLONE_CASE(CLONE_NEWCGROUP),
	CLONE_CASE(CLONE_NEWTIME),
	CLONE_CASE(CLONE_NEWUSER | CLONE_NEWNS | CLONE_VM | GARBAGE),
	{ "fork", __NR_clone, { SIGCHLD }, ALLOW, ALLOW, 0 },
	{ "thread", __NR_clone, { THREAD_FLAGS }, ALLOW, ALLOW, 0 },
	{ "TIOCSTI", __NR_ioctl, { 0, TIOCSTI }, ERRNO(EPERM), ERRNO(EPERM), 0 },
	{ "TIOCSTI, garbage above", __NR_ioctl, { 0, GARBAGE | TIOCSTI }, ERRNO(EPERM), ERRNO(EPERM), 0 },
	{ "TIOCLINUX", __NR_ioctl, { 0, CONSOLE_PASTE }, ERRNO(EPERM), ERRNO(EPERM), 0 },
	{ "TIOCLINUX, garbage above", __NR_ioctl, { 0, GARBAGE | CONSOLE_PASTE }, ERRNO(EPERM),
	  ERRNO(EPERM), 0 },
	{ "TIOCGWINSZ", __NR_ioctl, { 0, TIOCGWINSZ }, ALLOW, ALLOW, 0 },
	{ "TIOCSTI as another call's argument", __NR_write, { 0, TIOCSTI }, ALLOW, ALLOW, 0 },
	{ "TIOCSTI as descriptor", __NR_ioctl, { TIOCSTI, TIOCSCTTY }, ALLOW, ALLOW, 0 },
	/* login leaves these, strict does not */
	STRICT_ONLY("keyctl", __NR_keyctl, ERRNO(EPERM)),
	STRICT_ONLY("memfd_create", __NR_memfd_create, ERRNO(EPERM)),
	{ "chroot", __NR_chroot, { 0 }, NOTIFY, ERRNO(EPERM), 0 },
	STRICT_ONLY("perf_event_open", __NR_perf_event_open, ERRNO(EPERM)),
	STRICT_ONLY("a call of the future", UNKNOWN_CALL, ERRNO(ENOSYS)),
	STRICT_ONLY("io_setup", __NR_io_setup, ERRNO(ENOSYS)),
	STRICT_ONLY("fchmodat2", 452, ALLOW),
	SOCKET_CASE(AF_UNIX, 0, ALLOW),
	SOCKET_CASE(AF_INET, 0, ALLOW),
	SOCKET_CASE(AF_INET6, 0, ALLOW),
	SOCKET_CASE(AF_NETLINK, 0, ALLOW),
	SOCKET_CASE(AF_NETLINK, 9, ERRNO(EPROTONOSUPPORT)),
	SOCKET_CASE(AF_PACKET, 0, ERRNO(EAFNOSUPPORT)),
	SOCKET_CASE(AF_ALG, 0, ERRNO(EAFNOSUPPORT)),
	SOCKET_CASE(AF_VSOCK, 0, ERRNO(EAFNOSUPPORT)),
	SOCKET_CASE(AF_AX25, 0, ERRNO(EAFNOSUPPORT)),
	SOCKET_CASE(15, 0, ERRNO(EAFNOSUPPORT)),
	{ "personality: ask", __NR_personality, { 0xffffffff }, ALLOW, ALLOW, 0 },
	{ "personality: plain", __NR_personality, { 0 }, ALLOW, ALLOW, 0 },
	{ "personality: no randomisation", __NR_personality, { 0x40000 }, ALLOW, ALLOW, 0 },
	{ "personality: executable stack", __NR_personality, { 0x400000 }, ALLOW, ERRNO(ENOSYS), 0 },
#ifdef __x86_64__
	{ "i386 execve", 11, { 0 }, KILL, KILL, AUDIT_ARCH_I386 },
	{ "i386 read", 3, { 0 }, KILL, KILL, AUDIT_ARCH_I386 },
	{ "i386, the number of ioctl", __NR_ioctl, { 0, TIOCSTI }, KILL, KILL, AUDIT_ARCH_I386 },
	{ "x32 execve", 0x40000000u | 520, { 0 }, KILL, KILL, 0 },
	{ "x32 read", 0x40000000u, { 0 }, KILL, KILL, 0 },
	{ "x32 ioctl", 0x40000000u | 514, { 0, TIOCSTI }, KILL, KILL, 0 },
	{ "x32, the number of execve", 0x40000000u | __NR_execve, { 0 }, KILL, KILL, 0 },
	{ "highest x32", 0xfffffffeu, { 0 }, KILL, KILL, 0 },
#endif
	{ "foreign architecture", __NR_read, { 0 }, KILL, KILL, AUDIT_ARCH_S390X },
};

static struct seccomp_data data_of(const struct verdict_case *c)
{
	struct seccomp_data data = { .nr = (int)c->nr, .arch = c->arch ? c->arch : NATIVE };

	memcpy(data.args, c->args, sizeof(c->args));
	return data;
}

static void test_session_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct seccomp_data data = data_of(&cases[i]);
		uint32_t login = bpf_run(filter_prebuilt(LOGIN), &data);
		uint32_t strict = bpf_run(filter_prebuilt(STRICT), &data);

		if (login != cases[i].login || strict != cases[i].strict)
			fail_msg("%s: login 0x%x, expected 0x%x; strict 0x%x, expected 0x%x",
				 cases[i].what, login, cases[i].login, strict, cases[i].strict);
	}
}

static void test_prebuilt(void **state)
{
	(void)state;
	assert_non_null(filter_prebuilt(LOGIN));
	assert_non_null(filter_prebuilt(STRICT));
	assert_null(filter_prebuilt(""));
	assert_null(filter_prebuilt(FILTER_SPEC_HEAD "syscalls @login keyctl\n"));
}

struct supervisor_case {
	const char *what;
	uint32_t nr;
	uint64_t args[3];
	uint32_t action;
};

static const struct supervisor_case supervisor_cases[] = {
	{ "read", __NR_read, { 0 }, ALLOW },
	{ "process_vm_readv", __NR_process_vm_readv, { 0 }, ALLOW },
	{ "SEIZE", __NR_ptrace, { PTRACE_SEIZE }, ALLOW },
	{ "DETACH", __NR_ptrace, { PTRACE_DETACH }, ALLOW },
	{ "POKETEXT", __NR_ptrace, { PTRACE_POKETEXT }, KILL },
	{ "SETREGSET", __NR_ptrace, { PTRACE_SETREGSET }, KILL },
	{ "PEEKDATA", __NR_ptrace, { PTRACE_PEEKDATA }, KILL },
	{ "ATTACH", __NR_ptrace, { PTRACE_ATTACH }, KILL },
	{ "openat for reading", __NR_openat, { 0, 0, O_RDONLY | O_CLOEXEC | O_DIRECTORY }, ALLOW },
	{ "openat O_PATH", __NR_openat, { 0, 0, O_PATH | O_CLOEXEC }, ALLOW },
	{ "openat for writing", __NR_openat, { 0, 0, O_WRONLY }, KILL },
	{ "openat read-write", __NR_openat, { 0, 0, O_RDWR | O_CLOEXEC }, KILL },
	{ "openat O_CREAT", __NR_openat, { 0, 0, O_CREAT }, KILL },
	{ "openat O_TRUNC", __NR_openat, { 0, 0, O_TRUNC }, KILL },
	{ "openat O_TMPFILE", __NR_openat, { 0, 0, O_TMPFILE | O_WRONLY }, KILL },
	{ "NOTIF_RECV", __NR_ioctl, { 0, SECCOMP_IOCTL_NOTIF_RECV }, ALLOW },
	{ "NOTIF_SEND", __NR_ioctl, { 0, SECCOMP_IOCTL_NOTIF_SEND }, ALLOW },
	{ "NOTIF_ADDFD", __NR_ioctl, { 0, SECCOMP_IOCTL_NOTIF_ADDFD }, KILL },
	{ "TIOCSTI", __NR_ioctl, { 0, TIOCSTI }, KILL },
	{ "execve", __NR_execve, { 0 }, KILL },
	{ "execveat", __NR_execveat, { 0 }, KILL },
	{ "process_vm_writev", __NR_process_vm_writev, { 0 }, KILL },
	{ "fchmodat", __NR_fchmodat, { 0 }, KILL },
	{ "renameat2", __NR_renameat2, { 0 }, KILL },
	{ "unlinkat", __NR_unlinkat, { 0 }, KILL },
	{ "clone", __NR_clone, { 0 }, KILL },
	{ "socket", __NR_socket, { 0 }, KILL },
	{ "executable memory", __NR_mmap, { 0, 4096, 4 }, KILL },
	{ "a call of the future", UNKNOWN_CALL, { 0 }, KILL },
};

static void test_supervisor_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(supervisor_cases); i++) {
		const struct supervisor_case *c = &supervisor_cases[i];
		struct seccomp_data data = { .nr = (int)c->nr, .arch = NATIVE };
		uint32_t action;

		memcpy(data.args, c->args, sizeof(c->args));
		action = bpf_run(filter_supervisor(), &data);
		if (action != c->action)
			fail_msg("%s: 0x%x, expected 0x%x", c->what, action, c->action);
	}
}

/* No more calls than were agreed, whatever the arguments: tried with arguments that are harmless. */
static void test_supervisor_is_short(void **state)
{
	int allowed = 0;

	(void)state;
	for (int nr = 0; nr < UNKNOWN_CALL; nr++) {
		struct seccomp_data data = { .nr = nr, .arch = NATIVE };

		if (nr == __NR_ptrace)
			data.args[0] = PTRACE_SEIZE;
		if (nr == __NR_ioctl)
			data.args[1] = SECCOMP_IOCTL_NOTIF_RECV;
		allowed += bpf_run(filter_supervisor(), &data) == ALLOW;
	}
	assert_in_range(allowed, 20, 35);
}

static void test_fits_the_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i < filter_prebuilts_n; i++)
		assert_in_range(filter_prebuilts[i].program.len, 1, BPF_MAXINSNS);
	assert_in_range(filter_supervisor()->len, 1, BPF_MAXINSNS);
}

/* Runs body in a child with no_new_privs; returns its exit status, or 128 + the signal. */
static int in_child(int (*body)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? 99 : body());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int load_strict(void)
{
	struct err e = { 0 };
	bool killable = false;
	int fd = filter_load(filter_prebuilt(STRICT), true, &killable, &e);

	if (fd <= 0)
		return 1;
	if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
		return 2;
	if (syscall(__NR_keyctl, 0) != -1 || errno != EPERM)
		return 3;
	if (syscall(CLONE3, NULL, 0) != -1 || errno != ENOSYS)
		return 4;
	return killable ? 0 : 10;
}

static void test_load_listener(void **state)
{
	int r;

	(void)state;
	r = in_child(load_strict);
	assert_true(r == 0 || r == 10);
}

/* A kernel before 5.19: seccomp with WAIT_KILLABLE_RECV says EINVAL. */
static int load_on_old_kernel(void)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_seccomp, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1 << 5, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };
	struct err e = { 0 };
	bool killable = true;

	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return 1;
	if (filter_load(filter_prebuilt(LOGIN), true, &killable, &e) <= 0)
		return 2;
	return killable ? 3 : 0;
}

static void test_load_without_killable(void **state)
{
	(void)state;
	assert_int_equal(in_child(load_on_old_kernel), 0);
}

/* A second listener in one chain is refused by the kernel, and the error says so. */
static int load_twice(void)
{
	struct err e = { 0 };

	if (filter_load(filter_prebuilt(LOGIN), true, NULL, &e) <= 0)
		return 1;
	if (filter_load(filter_prebuilt(LOGIN), true, NULL, &e) != -EBUSY)
		return 2;
	return e.num == EBUSY ? 0 : 3;
}

static void test_load_second_listener(void **state)
{
	(void)state;
	assert_int_equal(in_child(load_twice), 0);
}

static void *call_forbidden(void *context)
{
	if (read(*(int *)context, &(char){ 0 }, 1) == 1)
		(void)syscall(__NR_getppid); /* not on the supervisor's list */
	return NULL;
}

static int load_all_threads(void)
{
	struct err e = { 0 };
	pthread_t thread;
	int fds[2];

	if (pipe(fds) < 0 || pthread_create(&thread, NULL, call_forbidden, &fds[0]) != 0)
		return 1;
	if (filter_load_all_threads(filter_supervisor(), &e) != 0)
		return 2;
	if (write(fds[1], "", 1) != 1)
		return 3;
	(void)pthread_join(thread, NULL);
	return 4;
}

static void test_load_all_threads(void **state)
{
	(void)state;
	assert_int_equal(in_child(load_all_threads), 128 + SIGSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_verdicts),
		cmocka_unit_test(test_prebuilt),
		cmocka_unit_test(test_supervisor_verdicts),
		cmocka_unit_test(test_supervisor_is_short),
		cmocka_unit_test(test_fits_the_kernel),
		cmocka_unit_test(test_load_listener),
		cmocka_unit_test(test_load_without_killable),
		cmocka_unit_test(test_load_second_listener),
		cmocka_unit_test(test_load_all_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
