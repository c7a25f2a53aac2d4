/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "open.h"

#include "decide.h"
#include "explain.h"
#include "gate.h"
#include "home.h"
#include "rehearsal.h"
#include "report.h"
#include "spawn.h"

#include "../src/io.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int receive(struct helper *h, enum wire_type type, const char *name,
		   int (*unpack)(struct identity *id, struct wire_reader *in), struct err *e)
{
	struct wire_reader reader;
	int r = channel_receive_until(h->control_fd, &h->message, io_now_usec() + HELPER_OPEN_USEC);

	if (r != 1 || h->message.head.type != type)
		return err_set(e, r < 0 ? -r : EPROTO, name, "none came");
	reader_init(&reader, h->message.body, h->message.head.length);
	r = unpack(&h->identity, &reader);
	message_done(&h->message);
	return r < 0 ? err_set(e, -r, name, "malformed") : 0;
}

int open_identity(struct helper *h, struct err *e)
{
	int r = receive(h, WIRE_IDENTITY, "identity", identity_unpack, e);

	if (r < 0)
		return r;
	if (!h->in.privileged && h->identity.uid != h->in.app_uid)
		return err_set(e, EPERM, "identity", "uid %u is not yours", h->identity.uid);
	return identity_validate(&h->identity, e);
}

int open_groups(struct helper *h, struct err *e)
{
	int r = h->groups_known ? 0 : receive(h, WIRE_GROUPS, "groups", identity_unpack_groups, e);

	h->groups_known = r == 0;
	return r;
}

/* ---- the whole ---- */

static void make_run_dir(void)
{
	/* EEXIST; a failure shows in step root, which needs it as a mount point. */
	if (mkdir(WIRE_RUN_DIR, 0711) == 0)
		(void)chmod(WIRE_RUN_DIR, 0711);
	/* Were it made later, by the first other login, it would come inside uncovered. */
	if (mkdir("/run/user", 0755) == 0)
		(void)chmod("/run/user", 0755);
}

static enum ending ending_of(int num)
{
	if (num == ENOSYS)
		return ENDING_UNSUPPORTED;
	return num == ETIMEDOUT ? ENDING_TIMEOUT : ENDING_DENIED;
}

/* The module gates no login that may go on without us: those are shadowed only. */
static bool wants_gate(const struct identity *id)
{
	return !id->direct && !id->fail_open && !identity_is_spared(id);
}

/* Before the session, which is born in it. What is only preferred may be missing: the outcome says so. */
static int make_cgroup(struct helper *h, struct err *e)
{
	struct err why = { 0 };

	if (h->plan.levels[STEP_CGROUP] == LEVEL_OFF ||
	    (h->plan.missing & STEP_BIT(STEP_CGROUP)) ||
	    cgroup_open(&h->cgroup, &h->plan, h->in.app, &why) == 0 ||
	    h->plan.levels[STEP_CGROUP] == LEVEL_PREFER)
		return 0;
	return err_set(e, why.num, primitive_table[STEP_CGROUP].name, "%s: %s", why.what, why.about);
}

/* Starts both processes; every record from here on is the supervisor's to write. */
static int start(struct helper *h, int log_fd, struct err *e)
{
	_close_ int log = log_fd;
	int r = spawn_prepare(h, e);

	if (r == 0 && h->plan.privileged)
		make_run_dir();
	if (r == 0)
		r = make_cgroup(h, e);
	/* Init is born with the ids of its user namespace; else the groups may come while it works. */
	if (r == 0 && (h->plan.namespaces & CLONE_NEWUSER))
		r = open_groups(h, e);
	if (r == 0)
		r = spawn_init(h, e);
	if (r == 0)
		r = open_groups(h, e);
	/* The rehearsal's START waits in the socket: init takes it as soon as its own steps are done. */
	if (r == 0)
		r = rehearsal_start(h, e);
	if (r == 0)
		r = spawn_supervisor(h, take_fd(&log), e);
	if (r < 0)
		return r;
	report_start(h);
	return wants_gate(&h->identity) ? gate_prepare(&h->gate, e) : 0;
}

static int build(struct helper *h, uint64_t deadline, struct err *e)
{
	_close_ int log = report_open_log(h, e); /* first: every refusal is to be recorded */
	int r = log < 0 ? log : decide_plan(h, e);

	if (r == 0 && h->plan.home.kind != HOME_IGNORE)
		r = open_groups(h, e); /* a group may be what lets the user go there */
	if (r == 0)
		r = home_check(&h->identity, &h->plan.home, h->in.privileged, e);
	if (r == 0)
		r = start(h, take_fd(&log), e);
	if (r == 0)
		r = rehearsal_check_init(h, deadline, e);
	return r < 0 ? r : rehearsal_run(h, deadline, e);
}

int open_session(struct helper *h, struct err *e)
{
	uint64_t deadline = io_now_usec() + HELPER_OPEN_USEC;
	int r = decide_rule(h, deadline, e);

	/* Left unread, the groups would reset the socket at our end, and take our last word with them. */
	if (r == 0 && (h->identity.mode == IDENTITY_EXPLAIN || !h->choice.wrapped))
		r = open_groups(h, e);
	if (r == 0 && h->identity.mode == IDENTITY_EXPLAIN)
		r = explain(h, e);
	else if (r == 0 && !h->choice.wrapped)
		r = decide_leave_alone(h, e);
	if (r == 1)
		return 1;
	if (r == 0)
		r = build(h, deadline, e);
	h->level = outcome_level(&h->outcomes, h->plan.levels, h->plan.idle);
	if (h->plan.ablated && h->level == SANDBOX_FULL)
		h->level = SANDBOX_PARTIAL;
	if (r < 0)
		h->ending = ending_of(-r);
	return r;
}

int open_ready(struct helper *h, struct err *e)
{
	struct wire_ready ready = { .level = h->level, .steps = h->outcomes.n };
	unsigned char body[sizeof(ready) + sizeof(h->outcomes.steps)];
	size_t steps = h->outcomes.n * sizeof(h->outcomes.steps[0]);
	int r;

	memcpy(body, &ready, sizeof(ready));
	memcpy(body + sizeof(ready), h->outcomes.steps, steps);
	r = channel_send(h->control_fd, WIRE_READY, body, sizeof(ready) + steps, NULL, 0);
	return r < 0 ? err_set(e, -r, "application", "is gone") : 0;
}

/* Who is refused before the log was opened is recorded all the same. */
static void open_log_late(struct helper *h)
{
	struct err ignored = { 0 };
	_close_ int fd = -1;

	if (h->log_dir_fd < 0 && h->identity.session[0])
		fd = report_open_log(h, &ignored);
}

void open_refused(struct helper *h, const struct err *e)
{
	struct wire_refused refused = { .num = e->num };
	char text[ERR_TEXT_BYTES];
	bool is_step = primitive_find(e->what) >= 0;

	(void)err_text(e, text, sizeof(text));
	if (is_step)
		(void)snprintf(refused.step, sizeof(refused.step), "%s", e->what);
	(void)snprintf(refused.text, sizeof(refused.text), "child setup failed: %s", text);
	(void)channel_send(h->control_fd, WIRE_REFUSED, &refused, sizeof(refused), NULL, 0);
	if (h->identity.mode == IDENTITY_EXPLAIN)
		return; /* a question about a session is none */
	open_log_late(h);
	if (h->identity.fail_open || identity_is_spared(&h->identity))
		report_unwrapped(h, text);
	else
		report_refused(h, refused.step, e->num, text);
}
