/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "close.h"

#include "attaches.h"
#include "descendants.h"
#include "report.h"

#include "../src/io.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

enum { ORPHANS_USEC = 2000000, ORPHANS_PAUSE_USEC = 1000 };

/* HUP first, as the end of a terminal does; all of it well within the 3 s the application waits. */
static const struct end_stage {
	int signo;
	uint64_t wait_usec;
} end_stages[] = { { SIGHUP, 200000 }, { SIGTERM, 500000 }, { SIGKILL, 1800000 } };

static void send_closed(struct helper *h, bool stuck)
{
	struct wire_closed body = { .stuck = stuck };

	if (h->closed_sent || h->control_fd < 0)
		return;
	h->closed_sent = true;
	(void)channel_send(h->control_fd, WIRE_CLOSED, &body, sizeof(body), NULL, 0);
}

/* EOF makes init kill what is left and exit; its pidfd then says that all are gone. */
static void dismiss_init(struct helper *h)
{
	fd_close(&h->init_fd);
}

/* An init that does not take the message is dismissed: its end is the end of all. */
static void send_end(struct helper *h, int signo)
{
	struct inner_signal body = { .signo = signo };

	if (h->init_fd >= 0 && channel_send(h->init_fd, (enum wire_type)INNER_END, &body, sizeof(body),
					    NULL, 0) < 0)
		dismiss_init(h);
}

static void next_stage(struct helper *h)
{
	int signo = end_stages[h->end_stage].signo;

	h->end_usec = io_now_usec() + end_stages[h->end_stage].wait_usec;
	h->end_stage++;
	send_end(h, signo);
	if (signo == SIGHUP) /* a stopped process must be woken to see it */
		send_end(h, SIGCONT);
	if (signo != SIGKILL)
		return;
	/* Where there is no pid namespace nothing else is sure to reach all that forks. */
	if (h->cgroup.leaf_fd >= 0)
		(void)cgroup_kill(&h->cgroup, NULL); /* what is left is seen when the leaf is removed */
	dismiss_init(h);
}

static void leave_serving(struct helper *h)
{
	fd_close(&h->listen_fd);
	attaches_close(h);
}

static void begin_ending(struct helper *h)
{
	h->phase = PHASE_ENDING;
	h->end_stage = 0;
	h->end_usec = 0;
	if (h->empty)
		dismiss_init(h);
	else
		next_stage(h);
}

static void begin_lingering(struct helper *h)
{
	h->phase = PHASE_LINGERING;
	h->end_usec = 0;
	if (h->plan.linger.kind == LINGER_GRACE)
		h->end_usec = io_now_usec() + (uint64_t)h->plan.linger.seconds * 1000000;
}

void close_begin(struct helper *h)
{
	if (h->phase != PHASE_SERVING)
		return;
	attaches_settle(h);
	if (h->phase != PHASE_SERVING) /* what came last has ended it */
		return;
	leave_serving(h);
	/* Nothing runs any more, or what does may: the application need not wait for our own end. */
	if (h->empty || h->plan.linger.kind != LINGER_KILL)
		send_closed(h, false);
	if (h->empty || h->plan.linger.kind == LINGER_KILL)
		begin_ending(h);
	else
		begin_lingering(h);
}

void close_by_force(struct helper *h, enum ending ending, const char *reason)
{
	if (h->ending == ENDING_COMPLETED) {
		h->ending = ending;
		(void)snprintf(h->reason, sizeof(h->reason), "%s", reason);
	}
	leave_serving(h);
	if (h->phase != PHASE_ENDING)
		begin_ending(h);
}

uint64_t close_deadline(struct helper *h, uint64_t now)
{
	if (h->phase == PHASE_LINGERING && (h->empty || (h->end_usec && now >= h->end_usec)))
		begin_ending(h);
	if (h->phase == PHASE_LINGERING)
		return h->end_usec;
	if (h->phase != PHASE_ENDING || !h->end_usec)
		return 0;
	if (now < h->end_usec)
		return h->end_usec;
	if (h->end_stage < ARRAY_SIZE(end_stages)) {
		next_stage(h);
		return h->end_usec;
	}
	/* Not even KILL ended it: a process in uninterruptible sleep. We stay until it is gone. */
	h->end_usec = 0;
	h->ending = ENDING_FAULT;
	(void)snprintf(h->reason, sizeof(h->reason), "stuck");
	send_closed(h, true);
	return 0;
}

/* No zombie stays while the gate lives on. Both have exited, or are about to. */
static void reap(int *pidfd)
{
	struct pollfd p = { .fd = *pidfd, .events = POLLIN };
	siginfo_t info;

	if (*pidfd >= 0 && poll(&p, 1, 1000) > 0)
		(void)waitid(P_PIDFD, (id_t)*pidfd, &info, WEXITED | WNOHANG);
	fd_close(pidfd);
}

/* After what was used has been read. A leaf that stays is a process that stays. */
static void remove_cgroup(struct helper *h)
{
	struct err e = { 0 };

	if (h->cgroup.leaf_fd < 0)
		return;
	cgroup_usage(&h->cgroup, &h->usage);
	if (cgroup_remove(&h->cgroup, &e) == 0)
		return;
	h->ending = ENDING_FAULT;
	(void)snprintf(h->reason, sizeof(h->reason), "cgroup_teardown_incomplete: %.80s", e.about);
}

/*
 * Init is dead; without a pid namespace the kernel kills nobody for that, and who was killed with
 * SIGKILL could not end the session itself. Its orphans have come to us.
 */
static void end_orphans(const struct helper *h)
{
	uint64_t deadline = io_now_usec() + ORPHANS_USEC;

	if (h->plan.namespaces & CLONE_NEWPID)
		return;
	while (descendants_end(h->supervisor_pid) && io_now_usec() < deadline)
		(void)usleep(ORPHANS_PAUSE_USEC);
}

void close_session_gone(struct helper *h)
{
	reap(&h->init_pidfd);
	end_orphans(h);
	remove_cgroup(h);
}

void close_finish(struct helper *h)
{
	if (h->phase == PHASE_ENDING && h->end_stage > 1 && h->ending == ENDING_COMPLETED) {
		h->ending = ENDING_KILLED;
		(void)snprintf(h->reason, sizeof(h->reason), "survivors were ended at close");
	}
	report_steps(h);
	close_session_gone(h);
	report_end(h);
	send_closed(h, false);
	reap(&h->supervisor_pidfd);
	fd_close(&h->control_fd);
}
