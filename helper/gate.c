/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gate.h"

#include "app_shell.h"
#include "exec_target.h"
#include "gate_record.h"
#include "reshadow.h"
#include "verify.h"

#include "../src/io.h"
#include "../src/num.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#ifdef SWRAP_CONTROL_BUILD
enum { VERIFIES = 0 }; /* for the attack test, which must succeed against such a build */
#else
enum { VERIFIES = 1 };
#endif

enum {
	STACK_BYTES = 64 * 1024,
	STATUS_BYTES = 4096,
};

struct gate {
	sem_t ready, go;	/* the thread has started; the config is there */
	int start_error;	/* -errno of the thread's own start, with error */
	struct err error;
	struct gate_config config;
	struct verify_watch watch;
	struct exec_target target;
	struct gate_record record;
};

/* One question, while it is answered. */
struct ask {
	struct seccomp_notif notif;
	pid_t tid;
	uid_t ruid, euid, suid;
};

static void gate_free(struct gate *g)
{
	fd_close(&g->config.listener);
	fd_close(&g->config.record_fd);
	free(g);
}

/* ---- answers ---- */

/* ENOENT: the process died or was interrupted, and asks again if it lives. */
static void respond(const struct gate *g, const struct ask *ask, int error, uint32_t flags)
{
	struct seccomp_notif_resp answer = { .id = ask->notif.id, .error = -error, .flags = flags };

	while (ioctl(g->config.listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0 && errno == EINTR)
		;
}

static void let_go(const struct gate *g, const struct ask *ask)
{
	respond(g, ask, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

static bool is_valid(const struct gate *g, const struct ask *ask)
{
	return ioctl(g->config.listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &ask->notif.id) == 0;
}

static void record(struct gate *g, const struct ask *ask, const char *reason)
{
	const struct gate_denial denial = {
		.reason = reason,
		.asked = g->target.asked,
		.path = g->target.path,
		.pid = ask->tid,
		.euid = ask->euid,
	};

	gate_record_denial(&g->record, g->config.record_fd, g->config.tally, &denial);
}

static void deny(struct gate *g, const struct ask *ask, const char *reason)
{
	respond(g, ask, EACCES, 0);
	record(g, ask, reason);
}

/* ---- who asks ---- */

static int take_uid(const char **at, uid_t *ret)
{
	uint64_t value;
	int r;

	*at += strspn(*at, "\t ");
	r = num_take_u64(at, (uid_t)-1, &value);
	if (r == 0)
		*ret = (uid_t)value;
	return r;
}

/* Credentials are the thread's own, and it waits: they stay as they are until it is answered. */
static int read_uids(struct ask *ask)
{
	char path[40], status[STATUS_BYTES];
	const char *at;
	ssize_t n;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)ask->tid);
	n = io_read_file(AT_FDCWD, path, status, sizeof(status));
	if (n < 0)
		return (int)n;
	at = io_status_field(status, "Uid");
	r = at ? take_uid(&at, &ask->ruid) : -EPROTO;
	if (r == 0)
		r = take_uid(&at, &ask->euid);
	return r < 0 ? r : take_uid(&at, &ask->suid);
}

/*
 * Root's own programs (scripts of pam_exec, su before its change of ids), and the caller of su for
 * himself: nobody the sandbox is for.
 */
static bool is_exempt(const struct gate_config *config, const struct ask *ask)
{
	if (ask->euid == 0)
		return true;
	return ask->euid == config->requester && ask->ruid == config->requester &&
	       ask->suid == config->requester && config->requester != config->session_uid;
}

/* ---- what is asked ---- */

static bool is_attach(const struct gate_config *config, const struct stat *st)
{
	return st->st_dev == config->dev && st->st_ino == config->ino;
}

static int judge(pid_t tgid, const struct stat *exe, void *context)
{
	(void)tgid;
	return is_attach(context, exe) ? 0 : -EACCES;
}

static void let_go_verified(struct gate *g, const struct ask *ask)
{
	struct verify_job job = {
		.listener = g->config.listener,
		.id = ask->notif.id,
		.tid = ask->tid,
		.watch = &g->watch,
		.judge = judge,
		.context = &g->config,
	};
	struct err e = { 0 };

	switch (verify_exec(&job, &e)) {
	case VERIFY_RACED:
		record(g, ask, "raced");
		break;
	case VERIFY_ERROR:
		if (e.num == ETIMEDOUT) /* killed */
			record(g, ask, "timeout");
		else
			deny(g, ask, "untraceable");
		break;
	case VERIFY_EXACT:
	case VERIFY_NO_EXEC:
	case VERIFY_GONE:
		break;
	}
}

static void proceed(struct gate *g, const struct ask *ask)
{
	if (VERIFIES)
		let_go_verified(g, ask);
	else
		let_go(g, ask);
}

/* A shell whose file was replaced under the application: shadow it again. true: it now is attach. */
static bool shadow_again(struct gate *g, const struct ask *ask, const char *shell)
{
	bool weak = false;

	if (!shell || reshadow(&g->config, shell, &weak, NULL) < 0)
		return false;
	gate_record_reshadow(&g->record, g->config.record_fd, g->config.tally, shell, weak);
	return exec_target_again(ask->tid, &ask->notif.data, &g->target) == 0 &&
	       is_attach(&g->config, &g->target.st);
}

static void decide_other(struct gate *g, const struct ask *ask)
{
	const struct gate_config *c = &g->config;
	const char *shell = app_shell_find(c->root_fd, c->shells, c->nshells, g->target.fd);

	if (shadow_again(g, ask, shell))
		proceed(g, ask);
	else
		deny(g, ask, shell ? "shell-replaced" : "not-attach");
}

/* A process that may run nothing but swrap-attach. */
static void decide(struct gate *g, const struct ask *ask)
{
	int r = exec_target_find(ask->tid, &ask->notif.data, &g->target);

	if (!is_valid(g, ask))
		; /* what was read may be somebody else's */
	else if (r < 0)
		/* The kernel finds the right errno, with the process's own rights; a race is judged. */
		proceed(g, ask);
	else if (is_attach(&g->config, &g->target.st))
		proceed(g, ask);
	else
		decide_other(g, ask);
	exec_target_done(&g->target);
}

static void answer(struct gate *g, struct ask *ask)
{
	int r = read_uids(ask);

	g->target.asked[0] = g->target.path[0] = 0; /* of the one before */
	if (!is_valid(g, ask))
		return;
	if (r < 0)
		deny(g, ask, "credentials");
	else if (is_exempt(&g->config, ask))
		let_go(g, ask);
	else
		decide(g, ask);
}

/* ---- the thread ---- */

static void take_one(struct gate *g)
{
	struct ask ask = { 0 };

	/* ENOENT: it died or was interrupted between poll and here. */
	if (ioctl(g->config.listener, SECCOMP_IOCTL_NOTIF_RECV, &ask.notif) < 0)
		return;
	ask.tid = (pid_t)ask.notif.pid;
	answer(g, &ask);
}

/* Until the last process of the application is gone, whatever became of the session. */
static void serve(struct gate *g)
{
	struct pollfd p = { .fd = g->config.listener, .events = POLLIN };

	for (;;) {
		int n = poll(&p, 1, -1);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0 && (p.revents & POLLIN))
			take_one(g);
		else if (n > 0)
			return;
	}
}

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0 && errno == EINTR)
		;
}

static void *gate_main(void *context)
{
	struct gate *g = context;

	/* ptrace, and so the timer that bounds it, belong to this thread. */
	g->start_error = verify_watch_open(&g->watch, &g->error);
	(void)sem_post(&g->ready);
	wait_for(&g->go);
	if (g->start_error == 0)
		serve(g);
	gate_free(g);
	return NULL;
}

/* Detached, small, deaf to the helper's signals. */
static int start_thread(struct gate *g)
{
	pthread_attr_t attr;
	sigset_t all, saved;
	pthread_t thread;
	int r;

	if (pthread_attr_init(&attr) != 0)
		return -ENOMEM;
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &saved);
	r = pthread_create(&thread, &attr, gate_main, g);
	(void)pthread_sigmask(SIG_SETMASK, &saved, NULL);
	(void)pthread_attr_destroy(&attr);
	return -r;
}

int gate_prepare(struct gate **ret, struct err *e)
{
	struct gate *g = calloc(1, sizeof(*g));
	int r;

	if (!g)
		return err_set(e, ENOMEM, "calloc", "gate");
	g->config.listener = g->config.record_fd = -1;
	(void)sem_init(&g->ready, 0, 0); /* fails only for a count above the maximum */
	(void)sem_init(&g->go, 0, 0);
	r = start_thread(g);
	if (r < 0) {
		gate_free(g);
		return err_set(e, -r, "pthread_create", "gate");
	}
	*ret = g;
	return 0;
}

/* The thread's from sem_post on, failed or not: what it cannot serve it closes. */
int gate_start(struct gate *g, const struct gate_config *config, struct err *e)
{
	struct err failure;
	int r;

	wait_for(&g->ready);
	r = g->start_error;
	failure = g->error;
	g->config = *config;
	/* Of our own: the helper closes its when the supervisor is gone, and the number is reused. */
	g->config.record_fd = fcntl(config->record_fd, F_DUPFD_CLOEXEC, 0);
	if (g->config.record_fd < 0 && r == 0)
		r = g->start_error = err_set(&failure, errno, "dup", "supervisor socket");
	(void)sem_post(&g->go);
	return r < 0 ? err_set(e, failure.num, failure.what, "%s", failure.about) : 0;
}
