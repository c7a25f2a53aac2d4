/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spawn.h"

#include "init.h"
#include "memory.h"
#include "supervisor.h"
#include "user_map.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { CHILD_FIRST_FD = 32 }; /* above anything that is open when the children are made */

/* The plain fork of glibc has no pidfd and no namespaces; flags are CLONE_NEW*. */
static pid_t clone_process(uint64_t flags, int cgroup_fd, int *ret_pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};

	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
	}

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/*
 * In the child: leaves 0-2 and the given descriptors, at CHILD_FIRST_FD and up in their order, all
 * close-on-exec; -1 stays -1. Returns 0 or -1.
 */
static int keep_only(int *const *fds, int n)
{
	for (int i = 0; i < n; i++) {
		if (*fds[i] >= 0 && dup3(*fds[i], CHILD_FIRST_FD + i, O_CLOEXEC) < 0)
			return -1;
		if (*fds[i] >= 0)
			*fds[i] = CHILD_FIRST_FD + i;
		else
			(void)close(CHILD_FIRST_FD + i); /* EBADF */
	}
	if (syscall(SYS_close_range, 3, CHILD_FIRST_FD - 1, 0) < 0)
		return -1;
	return (int)syscall(SYS_close_range, CHILD_FIRST_FD + n, UINT_MAX, 0);
}

static _Noreturn void run_supervisor(const struct helper *h, int helper_fd, int listener_fd, int log_fd)
{
	struct supervisor_start start = {
		.helper_fd = helper_fd,
		.listener_fd = listener_fd,
		.log_dir_fd = h->log_dir_fd,
		.log_fd = log_fd,
		.identity = &h->identity,
		.plan = &h->plan,
		.tally = h->tally,
		.unprivileged = !h->plan.privileged,
	};
	int *const keep[] = { &start.helper_fd, &start.listener_fd, &start.log_dir_fd, &start.log_fd };

	if (keep_only(keep, (int)ARRAY_SIZE(keep)) < 0)
		_exit(1);
	supervisor_main(&start);
}

static int share_tally(struct helper *h, struct err *e)
{
	void *page = mmap(NULL, sizeof(*h->tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);

	if (page == MAP_FAILED)
		return err_set(e, errno, "mmap", "tally");
	h->tally = page;
	return 0;
}

static _Noreturn void run_init(struct helper *h, int helper_fd)
{
	struct init_start start = {
		.helper_fd = helper_fd,
		.listener_fd = h->listener_fd,
		.context = &h->context,
	};
	int *const keep[] = { &start.helper_fd, &start.listener_fd };

	if (keep_only(keep, (int)ARRAY_SIZE(keep)) < 0)
		_exit(1);
	init_main(&start);
}

int spawn_prepare(struct helper *h, struct err *e)
{
	int listeners[2];

	if (share_tally(h, e) < 0)
		return -e->num;
	if (channel_pair(listeners) < 0)
		return err_set(e, errno, "socketpair", "listener");
	h->notify_fd = listeners[0];
	h->listener_fd = listeners[1];
	return 0;
}

/* The steps of the namespaces that are only preferred and not known to be missing. */
static uint64_t preferred_namespaces(const struct plan *plan)
{
	uint64_t steps = 0;

	for (int i = 0; i < STEP_COUNT; i++)
		if (plan->levels[i] == LEVEL_PREFER && plan_namespaces(plan, ~STEP_BIT(i)))
			steps |= STEP_BIT(i);
	return steps & ~plan->missing;
}

static void give_up(struct plan *plan, uint64_t steps, const struct err *why)
{
	plan->missing |= steps;
	plan->namespaces = plan_namespaces(plan, plan->missing);
	for (int i = 0; i < STEP_COUNT; i++)
		if (steps & STEP_BIT(i))
			(void)snprintf(plan->offer_reasons[i], sizeof(plan->offer_reasons[i]),
				       "%s: %s", why->what, strerrordesc_np(why->num));
}

static int open_sync(const struct helper *h, int ret[2])
{
	ret[0] = ret[1] = -1;
	if (!(h->plan.namespaces & CLONE_NEWUSER))
		return 0;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}

static void end_init(struct helper *h)
{
	fd_close(&h->init_pidfd);
	(void)kill(h->init_pid, SIGKILL);
	(void)waitpid(h->init_pid, NULL, 0); /* else the next one would not be our only child */
	h->init_pid = -1;
}

/* In init: without its maps it is nobody. */
static _Noreturn void be_init(struct helper *h, int helper_fd, int sync_fd)
{
	if (sync_fd >= 0 && user_map_take(&h->context.users, sync_fd) < 0)
		_exit(1);
	run_init(h, helper_fd);
}

/* What fails here is that step: nothing else needs the maps. */
static int give_map(struct helper *h, int sync_fd, struct err *e)
{
	struct err why = { 0 };
	int r = user_map_give(&h->context.users, sync_fd, h->init_pid, &why);

	if (r == 0)
		return 0;
	end_init(h);
	return err_set(e, -r, primitive_table[STEP_USER_NAMESPACE].name, "%s %s", why.what, why.about);
}

/* One clone makes all namespaces. 0 or -errno. */
static int clone_init(struct helper *h, int helper_fd, struct err *e)
{
	_close_ int ours = -1, theirs = -1;
	int pair[2], r = open_sync(h, pair);

	if (r < 0)
		return err_set(e, -r, "socketpair", "user map");
	ours = pair[0];
	theirs = pair[1];
	h->init_pid = clone_process(h->plan.namespaces, h->cgroup.leaf_fd, &h->init_pidfd);
	if (h->init_pid < 0)
		return err_set(e, errno, "clone3", "namespaces %#llx",
			       (unsigned long long)h->plan.namespaces);
	fd_close(h->init_pid == 0 ? &ours : &theirs); /* each hears when the other is gone */
	if (h->init_pid == 0)
		be_init(h, helper_fd, theirs);
	return ours < 0 ? 0 : give_map(h, ours, e);
}

/* Namespaces that are only preferred are done without when they cannot be made. */
static int start_init(struct helper *h, int helper_fd, struct err *e)
{
	struct err first = { 0 };
	uint64_t preferred;

	if (clone_init(h, helper_fd, &first) == 0)
		return 0;
	preferred = preferred_namespaces(&h->plan);
	if (preferred == 0)
		return err_set(e, first.num, first.what, "%s", first.about);
	give_up(&h->plan, preferred, &first);
	return clone_init(h, helper_fd, e);
}

static uint64_t steps_wanted(const struct plan *plan)
{
	uint64_t steps = 0;

	for (int i = 0; i < STEP_COUNT; i++)
		if (plan->levels[i] != LEVEL_OFF)
			steps |= STEP_BIT(i);
	return steps;
}

/* Our own look at where init is. Init has one too, and where the step is only preferred that one counts. */
static int check_cgroup(const struct helper *h, struct err *e)
{
	struct err why = { 0 };

	if (h->cgroup.leaf_fd < 0 || cgroup_check_member(&h->cgroup, h->init_pid, &why) == 0 ||
	    h->plan.levels[STEP_CGROUP] != LEVEL_REQUIRE)
		return 0;
	return err_set(e, why.num, primitive_table[STEP_CGROUP].name, "%s: %s", why.what, why.about);
}

int spawn_init(struct helper *h, struct err *e)
{
	_close_ int ours = -1, theirs = -1;
	int pair[2];

	if (channel_pair(pair) < 0)
		return err_set(e, errno, "socketpair", "init");
	ours = pair[0];
	theirs = pair[1];
	h->context.plan = &h->plan;
	h->context.cgroup = &h->cgroup;
	step_note_host_namespaces(&h->context, steps_wanted(&h->plan));
	step_note_lockdown(&h->context);
	if ((h->plan.namespaces & CLONE_NEWUSER) && user_map_build(&h->context.users, &h->plan, e) < 0)
		return -e->num;
	memory_give_back(); /* or both children would inherit it, and the three of them keep a copy each */
	if (start_init(h, theirs, e) < 0)
		return -e->num;
	/* Should init die, what it leaves behind comes to us: nothing of the session runs yet. */
	if (!(h->plan.namespaces & CLONE_NEWPID) && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "PR_SET_CHILD_SUBREAPER", "%s", "");
	if (check_cgroup(h, e) < 0)
		return -e->num;
	/* A session that floods its init with stops must not make the helper wait for it. */
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0)
		return err_set(e, errno, "fcntl", "init socket");
	h->init_fd = take_fd(&ours);
	fd_close(&h->listener_fd);
	return 0;
}

static int tell_root(const struct helper *h, struct err *e)
{
	struct inner_root root = { .init = h->init_pid };
	int r = channel_send(h->supervisor_fd, (enum wire_type)INNER_SESSION_ROOT, &root, sizeof(root),
			     NULL, 0);

	return r < 0 ? err_set(e, -r, "supervisor", "is gone") : 0;
}

int spawn_supervisor(struct helper *h, int log_fd, struct err *e)
{
	_close_ int log = log_fd, ours = -1, theirs = -1;
	int pair[2];
	pid_t pid;

	if (channel_pair(pair) < 0)
		return err_set(e, errno, "socketpair", "supervisor");
	ours = pair[0];
	theirs = pair[1];
	pid = fork(); /* glibc's: the supervisor makes threads */
	if (pid < 0)
		return err_set(e, errno, "fork", "supervisor");
	if (pid == 0)
		run_supervisor(h, theirs, h->notify_fd, log);
	h->supervisor_pid = pid;
	h->supervisor_pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* our child: cannot be another */
	if (h->supervisor_pidfd < 0)
		return err_set(e, errno, "pidfd_open", "supervisor");
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0) /* nor a disk that hangs below the records */
		return err_set(e, errno, "fcntl", "supervisor socket");
	h->supervisor_fd = take_fd(&ours);
	fd_close(&h->notify_fd); /* only the supervisor's is left: with it goes every listener */
	return tell_root(h, e);
}
