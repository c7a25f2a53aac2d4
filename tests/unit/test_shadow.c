/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Built with SWRAP_ATTACH_PATH=/usr/bin/true. Each scene runs in a child with a mount namespace
 * of its own ("the host"), whose mounts are shared among themselves and with nobody else.
 */
#include "unit.h"

#include "pam/mounts.h"
#include "pam/shadow.h"
#include "src/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

/* In the child a failed expectation ends it with its line, which the parent shows. */
#define EXPECT(condition) \
	do { \
		if (!(condition)) { \
			(void)fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
			_exit(1); \
		} \
	} while (0)

static void make_host(void)
{
	EXPECT(unshare(CLONE_NEWNS) == 0);
	EXPECT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	EXPECT(mount("host", "/run", "tmpfs", 0, "mode=755") == 0);
	EXPECT(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0);
}

static void run_scene(void (*scene)(void))
{
	int status;
	pid_t child;

	if (geteuid() != 0)
		skip();
	child = fork();
	if (child == 0) {
		make_host();
		scene();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static bool same_file(const char *one, const char *two)
{
	struct stat a, b;

	return stat(one, &a) == 0 && stat(two, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int apply(struct shadow *shadow, struct shell_list *shells)
{
	char text[ERR_TEXT_BYTES];
	struct err e = { 0 };
	int r;

	*shells = (struct shell_list){ 0 };
	shadow_init(shadow);
	EXPECT(shells_collect(shells, "/bin/sh", "/nonexistent", &e) == 0);
	r = shadow_apply(shadow, shells, &e);
	if (r < 0)
		(void)fprintf(stderr, "%s\n", err_text(&e, text, sizeof(text)));
	return r;
}

static int connect_attach(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = WIRE_ATTACH_SOCKET };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ? fd : -1;
}

static void scene_apply_and_undo(void)
{
	struct shadow shadow;
	struct shell_list shells;
	struct stat st, mounted;
	char real[4096], cwd[4096];

	EXPECT(chdir("/usr") == 0);
	EXPECT(apply(&shadow, &shells) == 0);
	EXPECT(shadow.entered && !shadow.weak);
	EXPECT(same_file("/bin/sh", "/usr/bin/true"));
	EXPECT(fstat(shadow.attach, &mounted) == 0 && mounted.st_ino == shadow.ino);
	(void)snprintf(real, sizeof(real), "%s%s", WIRE_REAL_DIR, shells.items[0].path);
	EXPECT(stat(real, &st) == 0 && st.st_ino == shells.items[0].ino);
	EXPECT(stat(WIRE_RUN_DIR, &st) == 0 && (st.st_mode & 07777) == 0711);
	EXPECT(stat(WIRE_ATTACH_SOCKET, &st) == 0 && (st.st_mode & 07777) == 0666);
	EXPECT(connect_attach() >= 0);
	EXPECT(shadow_undo(&shadow, NULL) == 0 && !shadow.entered);
	EXPECT(!same_file("/bin/sh", "/usr/bin/true"));
	EXPECT(access(WIRE_ATTACH_SOCKET, F_OK) < 0);
	EXPECT(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/usr") == 0);
	EXPECT(shadow_undo(&shadow, NULL) == 0);
	shadow_done(&shadow);
	shells_done(&shells);
}

static void test_apply_and_undo(void **state)
{
	(void)state;
	run_scene(scene_apply_and_undo);
}

/* The application (a child) is shadowed; this process is the host and looks on. */
static void with_application(void (*in_application)(int go), void (*on_host)(void), bool weak)
{
	struct shadow shadow;
	struct shell_list shells;
	int go[2], status;
	char byte;
	pid_t child;

	EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, go) == 0);
	child = fork();
	if (child == 0) {
		EXPECT(apply(&shadow, &shells) == 0 && shadow.weak == weak);
		in_application(go[1]);
		_exit(0);
	}
	EXPECT(read(go[0], &byte, 1) == 1);
	on_host();
	EXPECT(write(go[0], "x", 1) == 1);
	EXPECT(waitpid(child, &status, 0) == child && status == 0);
}

static void umount_and_look(int go)
{
	char byte;

	EXPECT(umount("/run/home") == 0);
	EXPECT(write(go, "x", 1) == 1 && read(go, &byte, 1) == 1);
	EXPECT(access("/run/late/inside", F_OK) == 0);
}

static void mount_late(void)
{
	EXPECT(mkdir("/run/late", 0755) == 0);
	EXPECT(mount("late", "/run/late", "tmpfs", 0, NULL) == 0);
	EXPECT(mkdir("/run/late/inside", 0755) == 0);
}

static void host_lost_the_mount(void)
{
	EXPECT(!same_file("/bin/sh", "/usr/bin/true"));
	EXPECT(access(WIRE_ATTACH_SOCKET, F_OK) < 0);
	EXPECT(access("/run/home/mark", F_OK) < 0);
	mount_late();
}

static void host_kept_the_mount(void)
{
	EXPECT(!same_file("/bin/sh", "/usr/bin/true"));
	EXPECT(access(WIRE_ATTACH_SOCKET, F_OK) < 0);
	EXPECT(access("/run/home/mark", F_OK) == 0);
	mount_late();
}

static void mount_home(void)
{
	EXPECT(mkdir("/run/home", 0755) == 0);
	EXPECT(mount("home", "/run/home", "tmpfs", 0, NULL) == 0);
	EXPECT(mkdir("/run/home/mark", 0755) == 0);
}

static void scene_umount_reaches_host(void)
{
	mount_home();
	if (mounts_best_mode() == MOUNTS_REJOIN)
		with_application(umount_and_look, host_lost_the_mount, false);
	else
		with_application(umount_and_look, host_kept_the_mount, true);
}

static void test_umount_reaches_host(void **state)
{
	(void)state;
	run_scene(scene_umount_reaches_host);
}

/*
 * As on a kernel before 5.15: the flag MOVE_MOUNT_SET_GROUP is EINVAL. With only_real_fds the kernel
 * claims to know it and refuses when it comes to it.
 */
static void forbid_set_group(bool only_real_fds)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_move_mount, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, only_real_fds ? -1U : -2U, 3, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x100, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = (struct sock_filter *)(uintptr_t)code,
	};

	EXPECT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

static void scene_without_set_group(void)
{
	mount_home();
	forbid_set_group(false);
	EXPECT(mounts_best_mode() == MOUNTS_SLAVE);
	with_application(umount_and_look, host_kept_the_mount, true);
}

static void scene_set_group_refused(void)
{
	mount_home();
	forbid_set_group(true);
	with_application(umount_and_look, host_kept_the_mount, true);
}

static void test_without_set_group_is_slave(void **state)
{
	(void)state;
	run_scene(scene_without_set_group);
	run_scene(scene_set_group_refused);
}

static void expect_undone(int expected)
{
	struct shadow shadow;
	struct shell_list shells;

	EXPECT(apply(&shadow, &shells) == expected);
	EXPECT(!shadow.entered);
	EXPECT(!same_file("/bin/sh", "/usr/bin/true"));
	EXPECT(access(WIRE_ATTACH_SOCKET, F_OK) < 0);
	shadow_done(&shadow);
	shells_done(&shells);
}

/* A failure in the middle, after the tmpfs and a shell: the shell is swrap-attach itself. */
static void scene_shell_is_attach(void)
{
	struct shell_list shells = { 0 };
	struct shadow shadow;
	struct err e = { 0 };

	shadow_init(&shadow);
	EXPECT(shells_collect(&shells, "/bin/sh", "/nonexistent", &e) == 0);
	shells_done(&shells);
	EXPECT(shells_collect(&shells, "/usr/bin/true", "/nonexistent", &e) == 0);
	EXPECT(shadow_apply(&shadow, &shells, &e) == -EEXIST);
	EXPECT(!shadow.entered && !same_file("/bin/sh", "/usr/bin/true"));
	shadow_done(&shadow);
	shells_done(&shells);
}

static void test_shell_is_attach(void **state)
{
	(void)state;
	run_scene(scene_shell_is_attach);
}

static void scene_run_directory_not_roots(void)
{
	EXPECT(mkdir(WIRE_RUN_DIR, 0711) == 0 && chown(WIRE_RUN_DIR, 12345, 0) == 0);
	expect_undone(-EPERM);
	EXPECT(chown(WIRE_RUN_DIR, 0, 0) == 0 && chmod(WIRE_RUN_DIR, 0777) == 0);
	expect_undone(-EPERM);
	EXPECT(rmdir(WIRE_RUN_DIR) == 0 && symlink("/usr", WIRE_RUN_DIR) == 0);
	expect_undone(-EPERM);
}

static void test_run_directory_not_roots(void **state)
{
	(void)state;
	run_scene(scene_run_directory_not_roots);
}

/* A file that is a mount of its own, as containers do it. */
static void scene_shell_is_a_mount(void)
{
	char sh[4096];

	EXPECT(realpath("/bin/sh", sh));
	EXPECT(mount(sh, sh, NULL, MS_BIND, NULL) == 0);
	scene_apply_and_undo();
}

static void test_shell_is_a_mount(void **state)
{
	(void)state;
	run_scene(scene_shell_is_a_mount);
}

static void test_refused_without_root(void **state)
{
	struct shadow shadow;
	struct shell_list shells = { 0 };
	struct err e = { 0 };

	(void)state;
	if (geteuid() == 0)
		skip();
	shadow_init(&shadow);
	assert_int_equal(shells_collect(&shells, "/bin/sh", "/nonexistent", &e), 0);
	assert_true(shadow_apply(&shadow, &shells, &e) < 0);
	assert_false(shadow.entered);
	shadow_done(&shadow);
	shells_done(&shells);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_without_root),
		cmocka_unit_test(test_apply_and_undo),
		cmocka_unit_test(test_umount_reaches_host),
		cmocka_unit_test(test_without_set_group_is_slave),
		cmocka_unit_test(test_shell_is_attach),
		cmocka_unit_test(test_run_directory_not_roots),
		cmocka_unit_test(test_shell_is_a_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
