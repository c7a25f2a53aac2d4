/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gate, its records and the shadowing of a replaced shell, with an application of our own: a
 * child in a mount namespace of its own whose execs are notified. A copy of /bin/true stands for
 * swrap-attach. Needs root; mounts are made in namespaces that nothing outside sees.
 */
#include "../../helper/gate.h"

#include "../../helper/inner.h"
#include "../../helper/reshadow.h"
#include "../../src/channel.h"
#include "../../src/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define WORLD "/run/test_gate"
#define ATTACH WORLD "/attach"
#define SHELL WORLD "/shell"
#define OTHER_SHELL WORLD "/other-shell"
#define PROGRAM WORLD "/program"

enum { USER = 12345, REQUESTER = 12346, FAILED = 250 };

static const char *const shells[] = { SHELL, OTHER_SHELL };

/* One exec the application is asked to make: as whom, what. */
struct order {
	uid_t uid;
	char path[128];
};

struct fixture {
	pid_t app;
	int app_fd;		/* orders there, exit statuses back */
	int record_fd;		/* what the supervisor would get */
	int ns_fd;
	struct gate_config config;
	struct tally tally;
};

static int copy_file(const char *from, const char *to)
{
	_close_ int in = open(from, O_RDONLY | O_CLOEXEC);
	_close_ int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	char buffer[8192];
	ssize_t n;

	if (in < 0 || out < 0)
		return -1;
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (io_write_full(out, buffer, (size_t)n) < 0)
			return -1;
	return fchmod(out, 0755);
}

/* The host of this test: a namespace that shares one mount with the application, else none. */
static int make_host(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	if (mount("tmpfs", "/run", "tmpfs", 0, "mode=755") < 0 || mkdir(WORLD, 0755) < 0 ||
	    mkdir(WIRE_RUN_DIR, 0755) < 0)
		return -1;
	if (mount("tmpfs", WORLD, "tmpfs", 0, "mode=755") < 0 ||
	    mount("none", WORLD, NULL, MS_SHARED, NULL) < 0)
		return -1;
	if (copy_file("/bin/true", ATTACH) < 0 || copy_file("/bin/false", SHELL) < 0 ||
	    copy_file("/bin/false", OTHER_SHELL) < 0)
		return -1;
	return copy_file("/bin/false", PROGRAM);
}

/* ---- the application ---- */

static int bind_file(const char *from, const char *to)
{
	if (mount(from, to, NULL, MS_BIND, NULL) < 0)
		return -1;
	return mount("none", to, NULL, MS_PRIVATE, NULL);
}

static int shadow_one(const char *path)
{
	char real[256];

	(void)snprintf(real, sizeof(real), WIRE_REAL_DIR "%s", path);
	if (mknod(real, S_IFREG, 0) < 0 || bind_file(path, real) < 0)
		return -1;
	return bind_file(ATTACH, path);
}

/* As the module does it. */
static int enter_shadow(int host_world)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", WORLD, NULL, MS_PRIVATE, NULL) < 0)
		return -1;
	if (mount("tmpfs", WIRE_RUN_DIR, "tmpfs", 0, "mode=755") < 0 ||
	    mkdir(WIRE_REAL_DIR, 0755) < 0 || mkdir(WIRE_REAL_DIR "/run", 0755) < 0 ||
	    mkdir(WIRE_REAL_DIR WORLD, 0755) < 0)
		return -1;
	if (shadow_one(SHELL) < 0 || shadow_one(OTHER_SHELL) < 0)
		return -1;
	return (int)syscall(SYS_move_mount, host_world, "", AT_FDCWD, WORLD,
			    0x100 /* SET_GROUP */ | 0x4 /* F_EMPTY_PATH */);
}

static int listen_for_exec(void)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static int obey(const struct order *order)
{
	char *argv[] = { (char *)(uintptr_t)order->path, NULL }, *envp[] = { NULL };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (order->uid != 0 && setresuid(order->uid, order->uid, order->uid) < 0)
			_exit(FAILED);
		(void)execve(order->path, argv, envp);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) != pid)
		return FAILED;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static _Noreturn void app_main(int fd)
{
	int world = open(WORLD, O_PATH | O_CLOEXEC);
	int r = enter_shadow(world);
	int fds[2] = { open(SHELL, O_PATH | O_CLOEXEC), r < 0 ? -1 : listen_for_exec() };
	struct order order;

	(void)close(world);
	if (fds[0] < 0 || fds[1] < 0 || channel_send(fd, WIRE_GATE, NULL, 0, fds, 2) < 0)
		_exit(FAILED);
	(void)close(fds[1]);
	while (recv(fd, &order, sizeof(order), 0) == sizeof(order)) {
		int status = obey(&order);

		if (send(fd, &status, sizeof(status), 0) != sizeof(status))
			break;
	}
	_exit(0);
}

/* ---- the fixture ---- */

static void take_fds(struct fixture *f)
{
	struct message *m = calloc(1, sizeof(*m));
	struct stat st;

	assert_non_null(m);
	assert_int_equal(channel_receive(f->app_fd, m, 0), 1);
	f->config.attach_fd = message_take_fd(m, 0);
	f->config.listener = message_take_fd(m, 1);
	assert_true(f->config.attach_fd >= 0 && f->config.listener >= 0);
	assert_int_equal(fstat(f->config.attach_fd, &st), 0);
	f->config.dev = st.st_dev;
	f->config.ino = st.st_ino;
	message_done(m);
	free(m);
}

static int open_fixture(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int app[2], record[2];
	char path[64];
	struct gate *gate;
	struct err e = { 0 };

	assert_non_null(f);
	assert_int_equal(channel_pair(app), 0);
	assert_int_equal(channel_pair(record), 0);
	f->app = fork();
	assert_true(f->app >= 0);
	if (f->app == 0) {
		(void)close(app[0]);
		app_main(app[1]);
	}
	(void)close(app[1]);
	f->app_fd = app[0];
	f->record_fd = record[0];
	take_fds(f);
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)f->app);
	f->ns_fd = open(path, O_RDONLY | O_CLOEXEC);
	f->config.record_fd = record[1];
	f->config.mount_ns_fd = f->ns_fd;
	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)f->app);
	f->config.root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	f->config.session_uid = USER;
	f->config.requester = REQUESTER;
	f->config.shells = shells;
	f->config.nshells = ARRAY_SIZE(shells);
	f->config.tally = &f->tally;
	assert_int_equal(gate_prepare(&gate, &e), 0);
	assert_int_equal(gate_start(gate, &f->config, &e), 0);
	(void)close(record[1]); /* the gate has its own */
	*state = f;
	return 0;
}

/* The gate's thread ends with the application: then nobody holds the other end of the records. */
static int close_fixture(void **state)
{
	struct fixture *f = *state;
	struct pollfd p = { f->record_fd, 0, 0 };
	int status;

	(void)close(f->app_fd);
	assert_int_equal(waitpid(f->app, &status, 0), f->app);
	assert_int_equal(status, 0);
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_true(p.revents & POLLHUP);
	(void)close(f->record_fd);
	(void)close(f->ns_fd);
	(void)close(f->config.root_fd);
	(void)close(f->config.attach_fd);
	free(f);
	return 0;
}

static int run_as(struct fixture *f, uid_t uid, const char *path)
{
	struct order order = { .uid = uid };
	int status;

	(void)snprintf(order.path, sizeof(order.path), "%s", path);
	assert_int_equal(send(f->app_fd, &order, sizeof(order), 0), sizeof(order));
	assert_int_equal(recv(f->app_fd, &status, sizeof(status), 0), sizeof(status));
	return status;
}

/* The next record is of that event and its members contain that text. */
static void assert_record(struct fixture *f, const char *event, const char *text)
{
	struct message *m = calloc(1, sizeof(*m));
	const struct inner_record *head;
	char members[4096] = "";
	size_t n;

	assert_non_null(m);
	assert_int_equal(channel_receive_until(f->record_fd, m, io_now_usec() + 2000000), 1);
	assert_int_equal(m->head.type, INNER_RECORD);
	head = (const void *)m->body;
	assert_string_equal(head->event, event);
	n = m->head.length - sizeof(*head);
	assert_true(n < sizeof(members));
	memcpy(members, m->body + sizeof(*head), n);
	if (!strstr(members, text))
		fail_msg("%s has no %s", members, text);
	free(m);
}

static void assert_no_record(const struct fixture *f)
{
	struct pollfd p = { f->record_fd, POLLIN, 0 };

	assert_int_equal(poll(&p, 1, 0), 0);
}

/* ---- the gate ---- */

static void test_user_gets_attach_only(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_as(f, USER, SHELL), 0);
	assert_int_equal(run_as(f, USER, OTHER_SHELL), 0);
	assert_int_equal(run_as(f, USER, WORLD "/./shell"), 0);
	assert_no_record(f);
	assert_int_equal(run_as(f, USER, PROGRAM), EACCES);
	assert_record(f, "gate.deny", "\"reason\":\"not-attach\",\"requested\":\"" PROGRAM "\"");
	assert_int_equal(run_as(f, USER, WIRE_REAL_DIR SHELL), EACCES);
	assert_record(f, "gate.deny", "\"euid\":12345");
	assert_int_equal(atomic_load(&f->tally.gate_denied), 2);
}

/* The kernel finds the error, with the process's own rights. */
static void test_natural_errors(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_as(f, USER, WORLD "/absent"), ENOENT);
	assert_int_equal(run_as(f, USER, PROGRAM "/x"), ENOTDIR);
	assert_int_equal(run_as(f, USER, ""), ENOENT);
	assert_no_record(f);
}

/* /bin/false as PROGRAM: exit status 1 shows that it ran. */
static void test_who_is_exempt(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_as(f, 0, PROGRAM), 1);
	assert_int_equal(run_as(f, REQUESTER, PROGRAM), 1);
	assert_int_equal(run_as(f, REQUESTER + 1, PROGRAM), EACCES);
}

/* As a package manager does it. */
static void replace_file(const char *path)
{
	assert_int_equal(copy_file("/bin/false", WORLD "/new"), 0);
	assert_int_equal(rename(WORLD "/new", path), 0);
}

static bool is_on_host(const struct fixture *f, const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_dev == f->config.dev && st.st_ino == f->config.ino;
}

static void test_replaced_shell(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		replace_file(SHELL);
		assert_int_equal(run_as(f, USER, SHELL), 0);
		assert_record(f, "gate.reshadow", "\"path\":\"" SHELL "\",\"weak\":false");
		assert_false(is_on_host(f, SHELL));
	}
	assert_int_equal(run_as(f, USER, SHELL), 0);
	assert_no_record(f);
	/* The new one is what passes through. */
	assert_int_equal(run_as(f, 0, WIRE_REAL_DIR SHELL), 1);
}

/* What stands there now is not the administrator's. */
static void test_replaced_by_a_user(void **state)
{
	struct fixture *f = *state;

	replace_file(SHELL);
	assert_int_equal(chown(SHELL, USER, USER), 0);
	assert_int_equal(run_as(f, USER, SHELL), EACCES);
	assert_record(f, "gate.deny", "\"reason\":\"shell-replaced\"");
	assert_int_equal(chown(SHELL, 0, 0), 0);
}

/* Afterwards, too, what is mounted on the host appears in the application, and its umount. */
static void test_peers_after_replacement(void **state)
{
	struct fixture *f = *state;
	struct stat outside, inside;

	replace_file(SHELL);
	assert_int_equal(run_as(f, USER, SHELL), 0);
	assert_int_equal(mkdir(WORLD "/mnt", 0755), 0);
	assert_int_equal(mount("tmpfs", WORLD "/mnt", "tmpfs", 0, "mode=755"), 0);
	assert_int_equal(copy_file("/bin/true", WORLD "/mnt/here"), 0);
	assert_int_equal(run_as(f, 0, WORLD "/mnt/here"), 0);
	assert_int_equal(stat(WORLD, &outside), 0);
	assert_int_equal(umount2(WORLD "/mnt", MNT_DETACH), 0);
	assert_int_equal(run_as(f, 0, WORLD "/mnt/here"), ENOENT);
	assert_int_equal(stat(WORLD "/mnt", &inside), 0);
	assert_int_equal(inside.st_dev, outside.st_dev);
	assert_int_equal(rmdir(WORLD "/mnt"), 0);
}

static void test_reshadow_says_why(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	bool weak;

	assert_int_equal(reshadow(&f->config, WORLD "/absent", &weak, &e), -ENOENT);
	assert_int_equal(e.num, ENOENT);
	assert_int_equal(reshadow(&f->config, SHELL, &weak, NULL), 0);
}

int main(void)
{
#define GATE_TEST(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		GATE_TEST(test_user_gets_attach_only),
		GATE_TEST(test_natural_errors),
		GATE_TEST(test_who_is_exempt),
		GATE_TEST(test_replaced_shell),
		GATE_TEST(test_replaced_by_a_user),
		GATE_TEST(test_peers_after_replacement),
		GATE_TEST(test_reshadow_says_why),
	};

	if (geteuid() != 0 || make_host() < 0) {
		(void)fprintf(stderr, "test_gate: skipped: needs root and mount namespaces\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
