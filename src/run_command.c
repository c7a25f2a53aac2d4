/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run_command.h"

#include "channel.h"
#include "cmd.h"
#include "io.h"
#include "run_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>

extern char **environ;

/* TSTP goes as STOP: the command's group is an orphaned one, in which the kernel drops a TSTP. */
struct forwarded {
	int signo, as;
};

static const struct forwarded forwarded[] = {
	{ SIGHUP, SIGHUP },   { SIGINT, SIGINT },     { SIGQUIT, SIGQUIT }, { SIGTERM, SIGTERM },
	{ SIGUSR1, SIGUSR1 }, { SIGUSR2, SIGUSR2 },   { SIGALRM, SIGALRM }, { SIGCONT, SIGCONT },
	{ SIGTSTP, SIGSTOP }, { SIGWINCH, SIGWINCH },
};

static uint64_t bit_of(int signo)
{
	return (uint64_t)1 << (signo - 1);
}

int run_signals_take(struct run_signals *signals, struct err *e)
{
	struct sigaction action;
	sigset_t set, old;

	*signals = (struct run_signals){ .fd = -1 };
	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
		(void)sigaddset(&set, forwarded[i].signo);
	(void)sigprocmask(SIG_BLOCK, &set, &old); /* cannot fail for these arguments */
	for (int signo = 1; signo < NSIG; signo++) {
		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			signals->ignored |= bit_of(signo);
		if (sigismember(&old, signo) == 1)
			signals->blocked |= bit_of(signo);
	}
	signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return signals->fd < 0 ? err_set(e, errno, "signalfd", "%s", "") : 0;
}

static int put_text(int fd, const char *text, struct wire_attach *head)
{
	size_t size = strlen(text) + 1;

	if (size > WIRE_ATTACH_MAX_BYTES - head->bytes)
		return -E2BIG;
	head->bytes += size;
	return io_write_full(fd, text, size);
}

static int put_list(int fd, char *const list[], uint32_t *ret_n, struct wire_attach *head)
{
	int r = 0;

	for (*ret_n = 0; r == 0 && list[*ret_n]; ++*ret_n)
		r = put_text(fd, list[*ret_n], head);
	return r;
}

/* A directory that was removed under the caller has no name to send: the command starts in /. */
static int put_cwd(int fd, struct wire_attach *head)
{
	char cwd[PATH_MAX];

	if (!getcwd(cwd, sizeof(cwd))) {
		(void)cmd_fail(0, "the working directory has no path, / is used: %m");
		(void)snprintf(cwd, sizeof(cwd), "/");
	}
	return put_text(fd, cwd, head);
}

static int put_all(int fd, char *const argv[], struct wire_attach *head)
{
	int r = put_list(fd, argv, &head->argc, head);

	if (r == 0)
		r = put_list(fd, environ, &head->envc, head);
	return r < 0 ? r : put_cwd(fd, head);
}

/* Held open by us, a pipe would not end for its reader before the last descendant is gone. */
static void let_go(int fd)
{
	_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0)
		(void)dup2(null, fd); /* cannot fail for two open descriptors */
}

int run_command_send(int fd, char *const argv[], unsigned int open_fds,
		     const struct run_signals *signals, struct err *e)
{
	struct wire_attach head = {
		.open_fds = open_fds,
		.ignored = signals->ignored,
		.blocked = signals->blocked,
	};
	_close_ int memory = memfd_create("swrap-run", MFD_CLOEXEC);
	int fds[4] = { memory }, nfds = 1, r;

	if (memory < 0)
		return err_set(e, errno, "memfd_create", "%s", "");
	r = put_all(memory, argv, &head);
	if (r < 0)
		return err_set(e, -r, "arguments", "and environment");
	for (int i = 0; i < 3; i++)
		if (open_fds & (1U << i))
			fds[nfds++] = i;
	r = channel_send(fd, WIRE_RUN, &head, sizeof(head), fds, nfds);
	if (r < 0)
		return err_set(e, -r, "RUN", "to swrap-helper");
	let_go(STDIN_FILENO);
	let_go(STDOUT_FILENO);
	return 0;
}

/* What the conversation has come to. */
struct mirror {
	int fd;
	bool over;		/* the command has ended, or nothing will run */
	bool refused;
	bool closing;		/* we have asked for the end */
	struct wire_exited *exited;
	struct wire_refused *why;
};

/* Once the command is gone, what would end it ends those it left behind. */
static int forward_one(struct mirror *m, const struct forwarded *row)
{
	struct wire_signal body = { .signo = row->as };

	if (!m->over)
		return channel_send(m->fd, WIRE_SIGNAL, &body, sizeof(body), NULL, 0);
	if (row->signo != SIGHUP && row->signo != SIGINT && row->signo != SIGQUIT &&
	    row->signo != SIGTERM)
		return 0;
	m->closing = true;
	return channel_send(m->fd, WIRE_CLOSE, NULL, 0, NULL, 0);
}

static void forward_signals(struct mirror *m, int signal_fd)
{
	struct signalfd_siginfo info;

	while (read(signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
			if (forwarded[i].signo == (int)info.ssi_signo)
				(void)forward_one(m, &forwarded[i]); /* EPIPE: the receive says so */
}

/* Stops like the command did, for the shell that watches us. A CONT wakes us and is forwarded. */
static void stop_self(void)
{
	(void)kill(getpid(), SIGSTOP);
}

static int take_exited(struct mirror *m, const struct message *msg)
{
	const void *body = message_body(msg, sizeof(*m->exited));

	if (!body || m->over)
		return -EPROTO;
	memcpy(m->exited, body, sizeof(*m->exited));
	m->exited->text[sizeof(m->exited->text) - 1] = 0;
	if (m->exited->text[0])
		(void)cmd_fail(0, "%s", m->exited->text);
	m->over = true;
	let_go(STDERR_FILENO);
	return 0;
}

static int take_refused(struct mirror *m, const struct message *msg)
{
	if (m->over || !run_helper_refused(msg, m->why))
		return -EPROTO;
	m->over = m->refused = true;
	return 0;
}

/*
 * CLOSED may come before the last record is written, and the end of the conversation after it. Only
 * when we asked, or a process cannot be killed, is there no point in waiting for that.
 */
static int take_closed(const struct mirror *m, const struct message *msg)
{
	const struct wire_closed *body = message_body(msg, sizeof(*body));

	if (!body)
		return -EPROTO;
	return m->closing || body->stuck ? 0 : 1;
}

/* 1 = go on, 0 = the conversation is over. */
static int take_message(struct mirror *m, const struct message *msg)
{
	int r;

	switch (msg->head.type) {
	case WIRE_STARTED:
		return 1;
	case WIRE_STOPPED:
		stop_self();
		return 1;
	case WIRE_EXITED:
		r = take_exited(m, msg);
		return r < 0 ? r : 1;
	case WIRE_REFUSED:
		return take_refused(m, msg);
	case WIRE_CLOSED:
		return take_closed(m, msg);
	default:
		return -EPROTO;
	}
}

static int receive_one(struct mirror *m)
{
	_message_ struct message msg;
	int r;

	message_init(&msg);
	r = channel_receive(m->fd, &msg, MSG_DONTWAIT);
	if (r == -EAGAIN)
		return 1;
	return r <= 0 ? r : take_message(m, &msg);
}

int run_command_mirror(int fd, const struct run_signals *signals, struct wire_exited *exited,
		       struct wire_refused *refused, struct err *e)
{
	struct mirror m = { .fd = fd, .exited = exited, .why = refused };
	struct pollfd polls[] = { { .fd = fd, .events = POLLIN },
				  { .fd = signals->fd, .events = POLLIN } };
	int r = 1;

	while (r > 0) {
		if (poll(polls, ARRAY_SIZE(polls), -1) < 0 && errno != EINTR)
			return err_set(e, errno, "poll", "%s", "");
		if (polls[1].revents)
			forward_signals(&m, signals->fd);
		if (polls[0].revents)
			r = receive_one(&m);
	}
	if (m.refused)
		return 1;
	if (r < 0)
		return err_set(e, -r, "swrap-helper", "broke the conversation");
	return m.over ? 0 : err_set(e, EPIPE, "swrap-helper", "ended before the command did");
}
