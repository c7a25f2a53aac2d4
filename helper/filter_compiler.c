/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_compiler.h"

#include "filter_check.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* Linux 6.3 */
#endif

enum { PROGRAM_BYTES = BPF_MAXINSNS * sizeof(struct sock_filter), WORDS_BYTES = 120 };
enum { CANNOT_RUN = 127, COMPILER_FD = 3, ABOVE_ALL = 10 };

static const char who[] = "swrap-filter";

/* ---- the child ---- */

static const struct {
	int resource;
	rlim_t value;
} child_limits[] = {
	{ RLIMIT_CPU, 2 }, { RLIMIT_AS, 256 << 20 }, { RLIMIT_NOFILE, 16 },
	{ RLIMIT_CORE, 0 }, { RLIMIT_FSIZE, 0 },
};

/* True: nothing of root is left. The limits before: they never need a right to be lowered. */
static bool drop(const struct compiler_user *user)
{
	for (size_t i = 0; i < ARRAY_SIZE(child_limits); i++) {
		struct rlimit limit = { child_limits[i].value, child_limits[i].value };

		if (setrlimit(child_limits[i].resource, &limit) < 0)
			return false;
	}
	if (user->change && (setgroups(0, NULL) < 0 ||
			     setresgid(user->gid, user->gid, user->gid) < 0 ||
			     setresuid(user->uid, user->uid, user->uid) < 0 || setuid(0) == 0))
		return false;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
}

/* fds: spec, output, words, compiler. Async-signal-safe calls only. */
static _Noreturn void run_compiler(int fds[4], const struct compiler_user *user)
{
	char *const argv[] = { (char *)(uintptr_t)who, NULL };
	char *const envp[] = { NULL };

	for (int i = 0; i < 4; i++) {
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, ABOVE_ALL);
		if (fds[i] < 0)
			_exit(CANNOT_RUN);
	}
	for (int i = 0; i < COMPILER_FD; i++)
		if (dup2(fds[i], i) < 0)
			_exit(CANNOT_RUN);
	if (dup3(fds[3], COMPILER_FD, O_CLOEXEC) < 0 ||
	    syscall(SYS_close_range, COMPILER_FD + 1, ~0U, 0) < 0 || !drop(user))
		_exit(CANNOT_RUN);
	(void)syscall(SYS_execveat, COMPILER_FD, "", argv, envp, AT_EMPTY_PATH);
	_exit(CANNOT_RUN);
}

/* ---- what it says ---- */

/* A pipe that is read until its end into a buffer that must hold it. */
struct intake {
	int fd;
	char *bytes;
	size_t n, size;
};

/* 0: more may come. 1: it has ended. */
static int intake_read(struct intake *in)
{
	ssize_t got = read(in->fd, in->bytes + in->n, in->size - in->n);

	if (got < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	in->n += (size_t)got;
	if (got == 0)
		fd_close(&in->fd);
	return in->n == in->size ? -E2BIG : got == 0;
}

/* Until both have ended. The words may be cut: what they hold is enough. */
static int hear(struct intake *output, struct intake *words, uint64_t deadline)
{
	while (output->fd >= 0 || words->fd >= 0) {
		struct pollfd polled[2] = { { output->fd, POLLIN, 0 }, { words->fd, POLLIN, 0 } };
		uint64_t now = io_now_usec();
		int r = 0;

		if (now >= deadline)
			return -ETIMEDOUT;
		if (poll(polled, 2, (int)((deadline - now) / 1000 + 1)) < 0 && errno != EINTR)
			return -errno;
		if (polled[0].revents)
			r = intake_read(output);
		if (r >= 0 && polled[1].revents && intake_read(words) < 0)
			fd_close(&words->fd);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The exit status, or 128 + the signal, or -errno; the child is gone in any case. */
static int reap(pid_t pid, int pidfd, uint64_t deadline)
{
	struct pollfd polled = { pidfd, POLLIN, 0 };
	uint64_t now = io_now_usec();
	int status, ended = 0;

	if (now < deadline)
		ended = poll(&polled, 1, (int)((deadline - now) / 1000 + 1));
	if (ended <= 0)
		(void)kill(pid, SIGKILL); /* our child, not yet reaped: it is the one */
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (ended <= 0)
		return -ETIMEDOUT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One printable line: it goes to terminals and logs. */
static void tidy(char *words, size_t n)
{
	n = n < WORDS_BYTES ? n : WORDS_BYTES - 1;
	words[n] = 0;
	for (size_t i = 0; i < n; i++) {
		if (words[i] == '\n')
			words[i] = 0;
		else if (words[i] < ' ' || words[i] > '~')
			words[i] = '?';
	}
}

static int judge(int heard, int status, struct intake *output, struct intake *words, struct err *e)
{
	tidy(words->bytes, words->n);
	if (heard == -ETIMEDOUT || (heard == 0 && status == -ETIMEDOUT))
		return err_set(e, ETIMEDOUT, who, "no answer within %d s", COMPILER_USEC / 1000000);
	if (heard < 0)
		return err_set(e, -heard, who, "its output");
	if (status == 1 && words->bytes[0])
		return err_set(e, EINVAL, "filter", "%s", words->bytes);
	if (status != 0)
		return err_set(e, EIO, who, "ended with %d %s", status, words->bytes);
	if (output->n == 0 || output->n % sizeof(struct sock_filter) != 0)
		return err_set(e, EBADMSG, who, "wrote %zu bytes", output->n);
	return 0;
}

/* ---- the parent ---- */

static int open_compiler(const char *path, struct err *e)
{
	_close_ int fd = io_open_nolinks(path, O_RDONLY);
	int r = fd < 0 ? fd : io_check_owner(fd, 0);

	if (r < 0)
		return err_set(e, -r, who, "%s%s", path,
			       r == -EPERM ? " must be root's and nobody else's to write" : "");
	return take_fd(&fd);
}

/* EINVAL: a kernel before 6.3 has no such flag, and asks for none. */
static int open_spec(const char *spec, struct err *e)
{
	_close_ int fd = memfd_create("filter-spec", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	int r;

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("filter-spec", MFD_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "memfd_create", "filter");
	r = io_write_full(fd, spec, strlen(spec));
	if (r < 0 || lseek(fd, 0, SEEK_SET) != 0)
		return err_set(e, r < 0 ? -r : errno, "write", "filter");
	return take_fd(&fd);
}

/* What the child gets, and what is left to us; all are closed at the end. */
struct plumbing {
	int spec, compiler;
	int output[2], words[2];
};

static void plumbing_close(struct plumbing *p)
{
	int *const all[] = { &p->spec, &p->compiler, &p->output[0], &p->output[1], &p->words[0],
			     &p->words[1] };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		fd_close(all[i]);
}

static int converse(struct plumbing *p, const struct compiler_user *user, struct intake *output,
		    struct intake *words, struct err *e)
{
	uint64_t deadline = io_now_usec() + COMPILER_USEC;
	_close_ int pidfd = -1;
	int heard, status;
	pid_t pid = fork();

	if (pid < 0)
		return err_set(e, errno, "fork", "%s", who);
	if (pid == 0)
		run_compiler((int[]){ p->spec, p->output[1], p->words[1], p->compiler }, user);
	fd_close(&p->output[1]);
	fd_close(&p->words[1]);
	output->fd = take_fd(&p->output[0]);
	words->fd = take_fd(&p->words[0]);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	heard = pidfd < 0 ? -errno : hear(output, words, deadline);
	status = reap(pid, pidfd, heard < 0 ? 0 : deadline);
	fd_close(&output->fd);
	fd_close(&words->fd);
	return judge(heard, status, output, words, e);
}

static int compile(const char *path, const char *spec, const struct compiler_user *user,
		   struct intake *output, struct intake *words, struct err *e)
{
	_cleanup_(plumbing_close) struct plumbing p = { -1, -1, { -1, -1 }, { -1, -1 } };

	p.compiler = open_compiler(path, e);
	if (p.compiler < 0)
		return p.compiler;
	p.spec = open_spec(spec, e);
	if (p.spec < 0)
		return p.spec;
	if (pipe2(p.output, O_CLOEXEC) < 0 || pipe2(p.words, O_CLOEXEC) < 0)
		return err_set(e, errno, "pipe", "%s", who);
	return converse(&p, user, output, words, e);
}

/* Does the kernel take it? In a child that ends at once: a filter cannot be taken off. */
static int try_load(const struct sock_fprog *program, struct err *e)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return err_set(e, errno, "fork", "filter");
	if (pid == 0)
		_exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) < 0);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, errno, "waitpid", "filter");
	return status == 0 ? 0 : err_set(e, EBADMSG, "filter", "the kernel does not take it");
}

int filter_compiler_run(const char *path, const char *spec, const struct compiler_user *user,
			struct sock_filter **ret_code, unsigned short *ret_n, struct err *e)
{
	_free_ char *code = malloc(PROGRAM_BYTES + 1);
	char said[WORDS_BYTES] = "";
	struct intake output = { -1, code, 0, PROGRAM_BYTES + 1 };
	struct intake words = { -1, said, 0, sizeof(said) };
	bool i386 = strstr(spec, "\narchitectures x86\n") != NULL;
	struct sock_fprog program;
	int r = code ? compile(path, spec, user, &output, &words, e) :
		       err_set(e, ENOMEM, "malloc", "filter");

	if (r < 0)
		return r;
	program = (struct sock_fprog){ (unsigned short)(output.n / sizeof(struct sock_filter)),
				       (struct sock_filter *)(void *)code };
	r = filter_check(&program, i386, e);
	if (r == 0)
		r = try_load(&program, e);
	if (r < 0)
		return r;
	*ret_code = (struct sock_filter *)(void *)take_ptr(code);
	*ret_n = program.len;
	return 0;
}
