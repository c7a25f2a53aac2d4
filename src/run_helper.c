/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run_helper.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { HELPER_FD = 3 };

/* Root must not start what someone else could have put there. */
static int check_program(const char *path, struct err *e)
{
	_close_ int fd = open(path, O_PATH | O_CLOEXEC);
	int r;

	if (fd < 0)
		return err_set(e, errno, "swrap-helper", "%s", path);
	r = io_check_owner(fd, geteuid());
	if (r < 0)
		return err_set(e, -r, "swrap-helper", "%s: owner, mode or type", path);
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ?
		       err_set(e, errno, "swrap-helper", "%s", path) : 0;
}

/* What an ignored or blocked signal of the caller would do to the helper, nobody has thought through. */
static void reset_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++)
		(void)sigaction(signo, &action, NULL); /* EINVAL: KILL, STOP, glibc's own two */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL); /* cannot fail for these arguments */
}

static int place_descriptors(int socket_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (int fd = 0; fd < HELPER_FD; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	if (socket_fd == HELPER_FD ? fcntl(socket_fd, F_SETFD, 0) < 0 : dup2(socket_fd, HELPER_FD) < 0)
		return -errno;
	if (syscall(SYS_close_range, HELPER_FD + 1, ~0U, 0) < 0)
		return -errno;
	return 0;
}

/* A root caller may still carry groups of its own, as after newgrp: the helper gets root's alone. */
static int become_root(void)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return -errno;
	return 0;
}

/*
 * The child, after fork: only system calls. A session of its own, so that a ^C at the caller's terminal
 * reaches us alone and we decide. It says itself why it could not become the helper.
 */
static _Noreturn void become_helper(int socket_fd, const char *path)
{
	char *argv[] = { (char *)"swrap-helper", NULL };
	char *envp[] = { NULL };
	struct wire_refused refused = { .step = "" };
	int r;

	(void)setsid(); /* EPERM: it leads a group already, and with it nothing of the caller's */
	reset_signals();
	r = place_descriptors(socket_fd);
	if (r == 0)
		r = become_root();
	if (r == 0) {
		(void)execve(path, argv, envp);
		r = -errno;
	}
	refused.num = -r;
	(void)snprintf(refused.text, sizeof(refused.text), "child setup failed: swrap-helper: %s",
		       strerrordesc_np(-r));
	(void)channel_send(HELPER_FD, WIRE_REFUSED, &refused, sizeof(refused), NULL, 0);
	_exit(127);
}

int run_helper_start(struct run_helper *helper, const char *path, struct err *e)
{
	int fds[2], r;
	pid_t pid;

	r = check_program(path, e);
	if (r < 0)
		return r;
	r = channel_pair(fds);
	if (r < 0)
		return err_set(e, -r, "socketpair", "%s", "");
	pid = fork();
	if (pid == 0)
		become_helper(fds[1], path);
	r = errno;
	fd_close(&fds[1]);
	if (pid < 0) {
		fd_close(&fds[0]);
		return err_set(e, r, "fork", "%s", "");
	}
	*helper = (struct run_helper){ .pid = pid, .fd = fds[0] };
	return 0;
}

static int send_identity(int fd, const struct identity *id, struct err *e)
{
	_free_ unsigned char *body = malloc(WIRE_MAX_BYTES);
	struct wire_writer w;
	int r;

	if (!body)
		return err_set(e, ENOMEM, "identity", "%s", "");
	writer_init(&w, body, WIRE_MAX_BYTES);
	r = identity_pack(id, &w);
	if (r == 0)
		r = channel_send(fd, WIRE_IDENTITY, body, writer_length(&w), NULL, 0);
	writer_init(&w, body, WIRE_MAX_BYTES);
	if (r == 0)
		r = identity_pack_groups(id, &w);
	if (r == 0)
		r = channel_send(fd, WIRE_GROUPS, body, writer_length(&w), NULL, 0);
	return r < 0 ? err_set(e, -r, "identity", "to swrap-helper") : 0;
}

static int read_ready(const struct message *m, struct run_ready *ready, struct err *e)
{
	struct wire_reader in;
	struct wire_ready head;

	reader_init(&in, m->body, m->head.length);
	reader_bytes(&in, &head, sizeof(head));
	if (head.steps > STEP_COUNT || head.level > SANDBOX_FULL)
		return err_set(e, EPROTO, "READY", "%u steps, level %u", head.steps, head.level);
	reader_bytes(&in, ready->outcomes, head.steps * sizeof(ready->outcomes[0]));
	if (!reader_ok(&in))
		return err_set(e, EPROTO, "READY", "%u bytes", m->head.length);
	ready->level = (enum sandbox_level)head.level;
	ready->steps = head.steps;
	return 0;
}

/* The name is bounded as the module bounds it, whoever answers. */
static int answer_group(const struct run_helper *helper, const struct message *m, struct err *e)
{
	const char *name = (const char *)m->body;
	struct wire_group body = { 0 };
	const struct group *group;
	int r;

	if (m->head.length == 0 || m->head.length > WIRE_GROUP_BYTES || name[m->head.length - 1])
		return err_set(e, EPROTO, "swrap-helper", "malformed ASK_GROUP");
	group = getgrnam(name);
	body.known = group != NULL;
	body.gid = group ? group->gr_gid : 0;
	r = channel_send(helper->fd, WIRE_GROUP, &body, sizeof(body), NULL, 0);
	return r < 0 ? err_set(e, -r, "swrap-helper", "took no answer") : 0;
}

/* Any message but a question, which is answered. As channel_receive_until(). */
static int receive_answer(const struct run_helper *helper, struct message *m, struct err *e)
{
	uint64_t deadline = io_now_usec() + RUN_READY_USEC;
	int r = 0;

	while (r == 0) {
		r = channel_receive_until(helper->fd, m, deadline);
		if (r < 0)
			return err_set(e, -r, "swrap-helper", "no answer");
		if (r == 0)
			return err_set(e, EPIPE, "swrap-helper", "ended without an answer");
		if (m->head.type != WIRE_ASK_GROUP)
			return 0;
		r = answer_group(helper, m, e);
	}
	return r;
}

bool run_helper_refused(const struct message *m, struct wire_refused *refused)
{
	const void *body = message_body(m, sizeof(*refused));

	if (!body)
		return false;
	memcpy(refused, body, sizeof(*refused));
	refused->step[sizeof(refused->step) - 1] = 0;
	refused->text[sizeof(refused->text) - 1] = 0;
	return true;
}

/* Asks, and receives what is no question: 0 with *m, 1 with *refused, or -errno. */
static int ask(const struct run_helper *helper, const struct identity *id, struct message *m,
	       struct wire_refused *refused, struct err *e)
{
	struct err sent = { 0 };
	int r;

	/* A helper that is gone may still have left its reason: the answer counts, not the sending. */
	(void)send_identity(helper->fd, id, &sent);
	r = receive_answer(helper, m, e);
	if (r < 0)
		return r;
	if (m->head.type == WIRE_REFUSED && run_helper_refused(m, refused))
		return 1;
	if (!sent.num)
		return 0;
	*e = sent;
	return -sent.num;
}

int run_helper_ask(const struct run_helper *helper, const struct identity *id,
		   struct run_ready *ready, struct wire_refused *refused, struct err *e)
{
	_message_ struct message m;
	int r;

	message_init(&m);
	r = ask(helper, id, &m, refused, e);
	if (r != 0)
		return r;
	if (m.head.type == WIRE_READY)
		return read_ready(&m, ready, e);
	return err_set(e, EPROTO, "swrap-helper", "message %u where READY was due", m.head.type);
}

int run_helper_explain(const struct run_helper *helper, const struct identity *id, char **ret_text,
		       struct wire_refused *refused, struct err *e)
{
	_message_ struct message m;
	int r;

	message_init(&m);
	r = ask(helper, id, &m, refused, e);
	if (r != 0)
		return r;
	if (m.head.type != WIRE_PLAN)
		return err_set(e, EPROTO, "swrap-helper", "message %u where PLAN was due", m.head.type);
	*ret_text = strndup((const char *)m.body, m.head.length);
	return *ret_text ? 0 : err_set(e, ENOMEM, "plan", "%s", "");
}

void run_helper_done(struct run_helper *helper, bool kill_it)
{
	fd_close(&helper->fd);
	if (helper->pid > 0 && kill_it) {
		(void)kill(helper->pid, SIGKILL); /* not reaped yet, so the pid is still its own */
		while (waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	helper->pid = 0;
}
