/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real processes under a real exec listener: what is let go on is judged at the exec stop. Each
 * scene runs with and without WAIT_KILLABLE_RECV.
 */
#include "../../helper/verify.h"

#include "../../src/attr.h"
#include "../../src/io.h"
#include "../../src/process_stat.h"

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
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	ROUNDS = 100,		/* of the race, verified */
	CONTROL_ROUNDS = 5000,	/* at most, until the race is won once without verification */
	DENIED = 40,		/* exit status: the exec was answered EACCES */
	ABSENT = 41,		/* ENOENT */
	OTHER = 42,
	GETFD = 438, PIDFD_OPEN = 434,
};

/* Copies of /bin/true and /bin/false, so that they are two inodes whatever the system. */
struct world {
	char dir[64];
	char good[80], evil[80], link[80], link2[80];
	struct stat good_stat;
	struct verify_watch watch;
};

struct tally_of {
	int exact, raced, no_exec, gone, error, denied;
};

struct scene {
	const struct world *world;
	int (*run)(const struct scene *scene);	/* in the target; returns if the exec fails */
	bool killable;
	bool verified;				/* false: CONTINUE alone, as the control */
	const struct stat *allowed;
	struct tally_of seen;
};

static void copy_file(const char *from, const char *to)
{
	_close_ int in = open(from, O_RDONLY | O_CLOEXEC);
	_close_ int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	char buffer[8192];
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		assert_int_equal(io_write_full(out, buffer, (size_t)n), 0);
	assert_int_equal(fchmod(out, 0755), 0);
}

static int make_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err e = { 0 };

	assert_non_null(w);
	strcpy(w->dir, "/tmp/test_verify.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	assert_int_equal(chmod(w->dir, 0755), 0);
	(void)snprintf(w->good, sizeof(w->good), "%s/good", w->dir);
	(void)snprintf(w->evil, sizeof(w->evil), "%s/evil", w->dir);
	(void)snprintf(w->link, sizeof(w->link), "%s/link", w->dir);
	(void)snprintf(w->link2, sizeof(w->link2), "%s/link2", w->dir);
	copy_file("/bin/true", w->good);
	copy_file("/bin/false", w->evil);
	assert_int_equal(symlink("good", w->link), 0);
	assert_int_equal(symlink("evil", w->link2), 0);
	assert_int_equal(stat(w->good, &w->good_stat), 0);
	assert_int_equal(verify_watch_open(&w->watch, &e), 0);
	*state = w;
	return 0;
}

static int remove_world(void **state)
{
	struct world *w = *state;

	(void)unlink(w->good);
	(void)unlink(w->evil);
	(void)unlink(w->link);
	(void)unlink(w->link2);
	(void)rmdir(w->dir);
	free(w);
	return 0;
}

/* ---- the target ---- */

static int exec_status(const char *path)
{
	char *argv[] = { (char *)(uintptr_t)path, NULL };
	char *envp[] = { NULL };

	(void)execve(path, argv, envp);
	return errno == EACCES ? DENIED : errno == ENOENT ? ABSENT : OTHER;
}

static int listen_for_exec(bool killable)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | (killable ? 1UL << 5 : 0);

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static _Noreturn void target_main(const struct scene *scene, int report)
{
	int listener;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(OTHER);
	listener = listen_for_exec(scene->killable);
	if (listener < 0 || write(report, &listener, sizeof(listener)) != sizeof(listener))
		_exit(OTHER);
	(void)raise(SIGSTOP); /* until the test has taken the listener */
	(void)close(listener);
	_exit(scene->run(scene));
}

/*
 * The target's parent is another process than its tracer, as in real life: one that is both would
 * find its child reaped. Exits with the target's status, or 128 + the signal.
 */
static _Noreturn void parent_main(const struct scene *scene, int report)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		target_main(scene, report);
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status) ||
	    write(report, &pid, sizeof(pid)) != sizeof(pid) || waitpid(pid, &status, 0) != pid)
		_exit(OTHER);
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* Starts the target; returns its listener. *ret_parent is to be waited for. */
static int start_target(const struct scene *scene, pid_t *ret_parent)
{
	_close_ int pidfd = -1;
	int report[2], number, listener;
	pid_t pid;

	assert_int_equal(pipe(report), 0);
	*ret_parent = fork();
	assert_true(*ret_parent >= 0);
	if (*ret_parent == 0)
		parent_main(scene, report[1]);
	(void)close(report[1]);
	assert_int_equal(read(report[0], &number, sizeof(number)), sizeof(number));
	assert_int_equal(read(report[0], &pid, sizeof(pid)), sizeof(pid));
	(void)close(report[0]);
	pidfd = (int)syscall(PIDFD_OPEN, pid, 0);
	listener = (int)syscall(GETFD, pidfd, number, 0);
	assert_true(listener >= 0);
	assert_int_equal(kill(pid, SIGCONT), 0);
	return listener;
}

/* ---- the one that answers ---- */

static int judge_inode(pid_t tgid, const struct stat *exe, void *context)
{
	const struct stat *allowed = context;

	(void)tgid;
	return exe->st_dev == allowed->st_dev && exe->st_ino == allowed->st_ino ? 0 : -EACCES;
}

static void answer(int listener, uint64_t id, int error, uint32_t flags)
{
	struct seccomp_notif_resp response = { .id = id, .error = -error, .flags = flags };

	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response); /* ENOENT: it died */
}

/* What a gate without verification does: look, then let go on. */
static bool looks_allowed(const struct scene *scene, const struct seccomp_notif *ask)
{
	char path[128] = "", mem[32];
	_close_ int fd = -1;
	struct stat st;

	(void)snprintf(mem, sizeof(mem), "/proc/%u/mem", ask->pid);
	fd = open(mem, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, path, sizeof(path) - 1, (off_t)ask->data.args[0]) < 0)
		return false;
	if (stat(path, &st) < 0)
		return errno == ENOENT; /* the kernel will say so */
	return judge_inode(0, &st, (void *)(uintptr_t)&scene->world->good_stat) == 0;
}

static void verify_one(struct scene *scene, int listener, const struct seccomp_notif *ask)
{
	struct verify_job job = {
		.listener = listener,
		.id = ask->id,
		.tid = (pid_t)ask->pid,
		.watch = &scene->world->watch,
		.judge = judge_inode,
		.context = (void *)(uintptr_t)scene->allowed,
	};
	struct err e = { 0 };

	switch (verify_exec(&job, &e)) {
	case VERIFY_EXACT: scene->seen.exact++; break;
	case VERIFY_RACED: scene->seen.raced++; break;
	case VERIFY_NO_EXEC: scene->seen.no_exec++; break;
	case VERIFY_GONE: scene->seen.gone++; break;
	case VERIFY_ERROR:
		scene->seen.error++;
		assert_int_equal(e.num, EPERM);
		answer(listener, ask->id, EACCES, 0);
	}
}

static void serve_one(struct scene *scene, int listener)
{
	struct seccomp_notif ask = { 0 };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) < 0)
		return; /* ENOENT: a signal took the question back */
	if (!looks_allowed(scene, &ask)) {
		scene->seen.denied++;
		answer(listener, ask.id, EACCES, 0);
	} else if (scene->verified) {
		verify_one(scene, listener, &ask);
	} else {
		(void)usleep(100); /* the other one must get the processor, if there is only one */
		answer(listener, ask.id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
	}
}

/* Until nobody is left under the filter. Returns how the target ended: status, or 128 + signal. */
static int serve_target(struct scene *scene)
{
	struct pollfd p = { .events = POLLIN };
	_close_ int listener = -1;
	pid_t parent;
	int status;

	listener = start_target(scene, &parent);
	p.fd = listener;
	for (;;) {
		assert_int_equal(poll(&p, 1, 20000), 1); /* hangs are what this must not do */
		if (p.revents & POLLHUP)
			break;
		serve_one(scene, listener);
	}
	assert_int_equal(waitpid(parent, &status, 0), parent);
	return WEXITSTATUS(status);
}

static struct scene scene_of(void **state, int (*run)(const struct scene *), bool killable)
{
	const struct world *w = *state;

	return (struct scene){
		.world = w, .run = run, .killable = killable, .verified = true,
		.allowed = &w->good_stat,
	};
}

/* ---- scenes ---- */

static int run_good(const struct scene *scene)
{
	return exec_status(scene->world->good);
}

static void test_exact(void **state)
{
	for (int killable = 0; killable < 2; killable++) {
		struct scene scene = scene_of(state, run_good, killable);

		assert_int_equal(serve_target(&scene), 0);
		assert_int_equal(scene.seen.exact, 1);
	}
}

/* Another image than the judged one: it must not get to its first instruction. */
static void test_other_image_is_killed(void **state)
{
	struct stat other = { 0 };

	for (int killable = 0; killable < 2; killable++) {
		struct scene scene = scene_of(state, run_good, killable);

		scene.allowed = &other;
		assert_int_equal(serve_target(&scene), 128 + SIGKILL);
		assert_int_equal(scene.seen.raced, 1);
		assert_int_equal(scene.seen.exact, 0);
	}
}

static int run_absent(const struct scene *scene)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/absent", scene->world->dir);
	return exec_status(path);
}

static void test_failing_exec(void **state)
{
	for (int killable = 0; killable < 2; killable++) {
		struct scene scene = scene_of(state, run_absent, killable);

		assert_int_equal(serve_target(&scene), ABSENT);
		/* It may have ended before the INTERRUPT. */
		assert_int_equal(scene.seen.no_exec + scene.seen.gone, 1);
	}
}

static void *exec_in_thread(void *context)
{
	_exit(run_good(context));
	return NULL;
}

/* The image stops under the leader's number, which is not the one that asked. */
static int run_in_thread(const struct scene *scene)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, exec_in_thread, (void *)(uintptr_t)scene) != 0)
		return OTHER;
	for (;;)
		(void)pause();
}

static void test_thread_exec(void **state)
{
	struct stat other = { 0 };

	for (int killable = 0; killable < 2; killable++) {
		struct scene scene = scene_of(state, run_in_thread, killable);

		assert_int_equal(serve_target(&scene), 0);
		assert_int_equal(scene.seen.exact, 1);
		scene.allowed = &other;
		assert_int_equal(serve_target(&scene), 128 + SIGKILL);
		assert_int_equal(scene.seen.raced, 1);
	}
}

static void on_signal(int signo)
{
	(void)signo;
}

/* Execs that fail, with a signal every 200 us, then one that does not. */
static int run_in_storm(const struct scene *scene)
{
	const struct itimerval storm = { { 0, 200 }, { 0, 200 } }, calm = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &storm, NULL);
	for (int i = 0; i < ROUNDS; i++)
		if (run_absent(scene) != ABSENT)
			return OTHER;
	(void)setitimer(ITIMER_REAL, &calm, NULL);
	return run_good(scene);
}

static void test_signal_storm(void **state)
{
	for (int killable = 0; killable < 2; killable++) {
		struct scene scene = scene_of(state, run_in_storm, killable);

		assert_int_equal(serve_target(&scene), 0);
		assert_true(scene.seen.no_exec >= ROUNDS);
		assert_int_equal(scene.seen.exact, 1);
	}
}

/* Runs until killed. */
static pid_t start_flipping(const struct world *w)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		(void)renameat2(AT_FDCWD, w->link, AT_FDCWD, w->link2, RENAME_EXCHANGE);
}

static void stop_flipping(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int run_link(const struct scene *scene)
{
	return exec_status(scene->world->link);
}

/* How often evil (exit status 1) ran. */
static int race(struct scene *scene, int rounds, bool stop_at_first)
{
	pid_t flipper = start_flipping(scene->world);
	int won = 0;

	for (int i = 0; i < rounds && !(stop_at_first && won); i++) {
		int status = serve_target(scene);

		assert_true(status == 0 || status == 1 || status == DENIED ||
			    status == 128 + SIGKILL);
		won += status == 1;
	}
	stop_flipping(flipper);
	return won;
}

/* The attack works: without this the next test would prove nothing. */
static void test_race_is_won_without_verification(void **state)
{
	struct scene scene = scene_of(state, run_link, true);

	scene.verified = false;
	assert_true(race(&scene, CONTROL_ROUNDS, true) > 0);
}

static void test_race_is_lost_with_verification(void **state)
{
	for (int killable = 0; killable < 2; killable++) {
		struct scene scene = scene_of(state, run_link, killable);

		assert_int_equal(race(&scene, ROUNDS, false), 0);
		assert_true(scene.seen.exact + scene.seen.raced + scene.seen.denied >= ROUNDS);
	}
}

/* Somebody else traces it: nothing may go on, and the caller hears why. */
static int run_traced(const struct scene *scene)
{
	pid_t me = getpid();
	int ready[2];
	char byte;
	pid_t tracer;

	if (pipe(ready) < 0)
		return OTHER;
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	tracer = fork();
	if (tracer == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = ptrace(PTRACE_SEIZE, me, 0, 0) == 0;
		if (write(ready[1], &byte, 1) != 1)
			_exit(OTHER);
		for (;;)
			(void)pause();
	}
	if (tracer < 0 || read(ready[0], &byte, 1) != 1 || !byte)
		return OTHER;
	return run_good(scene);
}

static void test_untraceable(void **state)
{
	struct scene scene = scene_of(state, run_traced, true);

	assert_int_equal(serve_target(&scene), DENIED);
	assert_int_equal(scene.seen.error, 1);
	assert_int_equal(scene.seen.exact, 0);
}

/* The tracer dies at the exec stop, before it has judged: the image must not run. */
static int judge_dies(pid_t tgid, const struct stat *exe, void *context)
{
	(void)tgid;
	(void)exe;
	(void)context;
	(void)raise(SIGKILL);
	return 0;
}

static _Noreturn void tracer_main(int listener)
{
	struct seccomp_notif ask = { 0 };
	struct verify_watch watch;
	struct verify_job job = { .listener = listener, .watch = &watch, .judge = judge_dies };

	if (verify_watch_open(&watch, NULL) < 0 ||
	    ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) < 0)
		_exit(OTHER);
	job.id = ask.id;
	job.tid = (pid_t)ask.pid;
	(void)verify_exec(&job, NULL);
	_exit(OTHER);
}

static void test_tracer_dies(void **state)
{
	for (int killable = 0; killable < 2; killable++) {
		struct scene scene = scene_of(state, run_good, killable);
		_close_ int listener = -1;
		pid_t parent, tracer;
		int status;

		if (geteuid() != 0)
			skip(); /* tracing what is not below it needs CAP_SYS_PTRACE */
		listener = start_target(&scene, &parent);
		tracer = fork();
		if (tracer == 0)
			tracer_main(listener);
		assert_int_equal(waitpid(tracer, &status, 0), tracer);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		assert_int_equal(waitpid(parent, &status, 0), parent);
		assert_int_equal(WEXITSTATUS(status), 128 + SIGKILL);
	}
}

/* The vfork child first: its parent cannot die before. */
static void kill_family(pid_t pid)
{
	char path[64], children[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	assert_true(io_read_file(AT_FDCWD, path, children, sizeof(children)) > 0);
	assert_int_equal(kill((pid_t)atoi(children), SIGKILL), 0);
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}

/* Until it waits for its child, which no signal interrupts: earlier it would stop. */
static void await_vfork(pid_t pid)
{
	uint64_t deadline = io_now_usec() + 10000000;
	struct process_stat st = { 0 };

	while (process_stat_read(pid, &st) == 0 && st.state != 'D' && io_now_usec() < deadline)
		(void)usleep(1000);
	assert_int_equal(st.state, 'D');
}

/* A thread that comes to no stop, as if its exec hung: in vfork, which no signal interrupts. */
static void test_wait_is_bounded(void **state)
{
	const struct world *w = *state;
	struct verify_job job = { .listener = -1, .watch = &w->watch, .judge = judge_inode };
	uint64_t start = io_now_usec();
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (vfork() == 0)
			for (;;)
				(void)pause();
		_exit(0);
	}
	await_vfork(pid);
	job.tid = pid;
	assert_int_equal(verify_exec(&job, NULL), VERIFY_NO_EXEC);
	assert_in_range(io_now_usec() - start, 3000000, 8000000);
	kill_family(pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_other_image_is_killed),
		cmocka_unit_test(test_failing_exec),
		cmocka_unit_test(test_thread_exec),
		cmocka_unit_test(test_signal_storm),
		cmocka_unit_test(test_race_is_won_without_verification),
		cmocka_unit_test(test_race_is_lost_with_verification),
		cmocka_unit_test(test_untraceable),
		cmocka_unit_test(test_tracer_dies),
		cmocka_unit_test(test_wait_is_bounded),
	};

	return cmocka_run_group_tests(tests, make_world, remove_world);
}
