/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * swrap-helper: one login, from start to end.
 *
 *   inherit nothing  ->  who is it  ->  which rule  ->  plan, supervisor, session init, rehearsal  ->  READY
 *   ->  serve the application's channels  ->  session.end
 *
 * Started by pam_swrap.so inside sshd, login or su, or by swrap run, with one socket on descriptor 3
 * (src/wire.h) and nothing else. Exit status: 0 the session ended, 1 refused or faulted before READY.
 */
#include "close.h"
#include "helper.h"
#include "memory.h"
#include "open.h"
#include "report.h"
#include "serve.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

/* Zeroed by the kernel, so that of the room for the largest case only what is used costs memory. */
static struct helper *helper_new(struct err *e)
{
	struct helper *h = calloc(1, sizeof(*h));

	if (!h) {
		(void)err_set(e, ENOMEM, "calloc", "helper");
		return NULL;
	}
	h->control_fd = INHERIT_CONTROL_FD;
	h->init_fd = h->init_pidfd = h->supervisor_fd = h->supervisor_pidfd = -1;
	h->listener_fd = h->notify_fd = h->log_dir_fd = h->listen_fd = -1;
	h->attach_fd = h->mount_ns_fd = h->root_fd = h->shell_watch.fd = -1;
	cgroup_init(&h->cgroup);
	h->config.admin_fd = h->config.vendor_fd = -1;
	h->signal_fd = h->context.proc_fd = h->in.app_pidfd = -1;
	h->empty = true;
	for (int i = 0; i < HELPER_ATTACHES; i++)
		h->attaches[i].socket = -1;
	return h;
}

/* SIGTERM is an orderly close; the children's ends are seen by pidfd, so SIGCHLD stays ignored. */
static int open_signals(struct helper *h, struct err *e)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_set(e, errno, "sigprocmask", "%s", "");
	h->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return h->signal_fd < 0 ? err_set(e, errno, "signalfd", "%s", "") : 0;
}

static int demand_credentials(const struct helper *h, struct err *e)
{
	int on = 1;

	if (setsockopt(h->control_fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return err_set(e, errno, "SO_PASSCRED", "%s", "");
	return 0;
}

static int open_all(struct helper *h, struct err *e)
{
	int r = inherit_nothing(&h->in, e);

	if (r == 0)
		r = demand_credentials(h, e);
	if (r == 0)
		r = open_signals(h, e);
	if (r == 0)
		r = open_identity(h, e);
	return r < 0 ? r : open_session(h, e);
}

/* What was built is taken down by its own deaths: init at EOF, then the record, then the supervisor. */
static int refuse(struct helper *h, const struct err *e)
{
	if (h->ending == ENDING_COMPLETED)
		h->ending = ENDING_DENIED;
	(void)err_text(e, h->reason, sizeof(h->reason));
	fd_close(&h->init_fd);
	open_refused(h, e);
	close_session_gone(h);
	if (h->identity.session[0] && h->identity.mode != IDENTITY_EXPLAIN)
		report_end(h);
	return 1;
}

/* The user's own rehearsal runs this program for the exec alone: open.c, rehearsal_image(). */
static bool is_rehearsal(char **argv)
{
	return argv[0] && strcmp(argv[0], "swrap-rehearsal") == 0;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	struct helper *h;
	int r;

	(void)argc; /* 0 leaves argv[0] NULL */
	if (is_rehearsal(argv))
		return 0;
	h = helper_new(&e);
	if (!h)
		return 1;
	r = open_all(h, &e);
	if (r == 1) /* no rule wraps this session */
		return 0;
	if (r < 0 || open_ready(h, &e) < 0)
		return refuse(h, &e);
	memory_give_back();
	serve(h);
	/* The application still execs, other modules' scripts at least: the gate's thread ends with it. */
	if (h->gated)
		pthread_exit(NULL);
	return 0;
}
