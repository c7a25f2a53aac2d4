/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rehearsal.h"

#include "peer.h"
#include "root_base.h"

#include "../src/io.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

/* ---- session init's own steps ---- */

static int await_init(struct helper *h, uint64_t deadline, struct err *e)
{
	const struct outcome_list *list;
	int r = channel_receive_until(h->init_fd, &h->message, deadline);

	if (r != 1)
		return err_set(e, r < 0 ? -r : ECHILD, "init", "gave no outcomes");
	list = message_body(&h->message, sizeof(*list));
	if (h->message.head.type != INNER_READY || !list)
		return err_set(e, EPROTO, "init", "message %u", h->message.head.type);
	h->outcomes = *list;
	message_done(&h->message);
	return 0;
}

/* Names the step that stops the session, with what the process said of it. */
static int blocked(struct helper *h, struct err *e)
{
	const struct outcome *o = outcome_blocking(&h->outcomes, h->plan.levels);

	if (!o)
		return 0;
	h->outcomes.about[sizeof(h->outcomes.about) - 1] = 0;
	return err_set(e, o->num ? o->num : EPERM,
		       o->step < STEP_COUNT ? primitive_table[o->step].name : "step", "%s",
		       h->outcomes.about);
}

/*
 * Attach, as in a login; it ends at once under the rehearsal's name, as main() does. A user may not read
 * attach, so the user's own supervisor could not see what runs: there, this program. A tree that is not the
 * host's has a copy.
 */
static const char *rehearsal_image(const struct helper *h)
{
	if (h->plan.root != ROOT_HOST && h->plan.levels[STEP_ROOT] != LEVEL_OFF)
		return ROOT_REHEARSAL;
	return h->plan.privileged ? SWRAP_ATTACH_PATH : SWRAP_HELPER_PATH;
}

int rehearsal_start(struct helper *h, struct err *e)
{
	unsigned char body[sizeof(struct inner_start) + sizeof(h->identity.groups)];
	struct inner_start start = { .id = 0, .tty = TTY_PASS, .open_fds = 7 };
	const int fds[3] = { 0, 1, 2 }; /* the helper's own: /dev/null */
	size_t groups;
	int r = peer_manners(h->in.app, &start, e);

	if (r < 0)
		return r;
	start.gid = h->identity.gid;
	start.ngroups = h->identity.ngroups;
	groups = start.ngroups * sizeof(gid_t);
	(void)snprintf(start.path, sizeof(start.path), "%s", rehearsal_image(h));
	memcpy(body, &start, sizeof(start));
	memcpy(body + sizeof(start), h->identity.groups, groups);
	r = channel_send(h->init_fd, (enum wire_type)INNER_START, body, sizeof(start) + groups, fds, 3);
	/* EPIPE: a step of init's own has failed. Its outcomes are there to be read, and name it. */
	return r < 0 && r != -EPIPE ? err_set(e, -r, "init", "is gone") : 0;
}

int rehearsal_check_init(struct helper *h, uint64_t deadline, struct err *e)
{
	int r = await_init(h, deadline, e);

	if (r == 0)
		r = blocked(h, e);
	if (r < 0)
		return r;
	return outcome_check(&h->outcomes, STEP_INIT_FIRST, STEP_INIT_LAST, h->plan.levels, e);
}

/* ---- the rehearsal ---- */

enum { REHEARSED_USEC = 1000000 };

struct rehearsal {
	bool outcomes, seen, ended;	/* all three must come */
	struct inner_rehearsed verdict;
	struct inner_status status;
	int exec_errno;
};

static int take_outcomes(struct helper *h, const struct inner_outcomes *o, struct err *e)
{
	struct outcome_list *all = &h->outcomes;

	if (o->id != 0 || o->list.n > STEP_COUNT - all->n)
		return err_set(e, EPROTO, "rehearsal", "%u outcomes", o->list.n);
	memcpy(&all->steps[all->n], o->list.steps, o->list.n * sizeof(o->list.steps[0]));
	all->n += o->list.n;
	if (o->list.about[0])
		memcpy(all->about, o->list.about, sizeof(all->about));
	return blocked(h, e);
}

static int rehearsal_message(struct helper *h, struct rehearsal *rehearsal, struct err *e)
{
	const struct message *m = &h->message;
	const struct inner_status *status = message_body(m, sizeof(*status));
	const struct inner_outcomes *outcomes = message_body(m, sizeof(*outcomes));
	const struct inner_rehearsed *verdict = message_body(m, sizeof(*verdict));

	switch ((enum inner_type)m->head.type) {
	case INNER_STARTED:
		if (status && status->value <= 0)
			return err_set(e, -status->value, "fork", "session process");
		return status ? 0 : -EPROTO;
	case INNER_OUTCOMES:
		rehearsal->outcomes = true;
		return outcomes ? take_outcomes(h, outcomes, e) : -EPROTO;
	case INNER_EXEC_FAILED:
		rehearsal->exec_errno = status ? status->value : EPROTO;
		return 0;
	case INNER_STATUS:
		rehearsal->ended = true;
		if (status)
			rehearsal->status = *status;
		return 0;
	case INNER_EMPTY:
		h->empty = true;
		return 0;
	case INNER_REHEARSED:
	case INNER_FAULT:
		rehearsal->seen = true;
		if (verdict)
			rehearsal->verdict = *verdict;
		else
			rehearsal->verdict.num = EPROTO;
		return m->head.type == INNER_FAULT ?
			       err_set(e, rehearsal->verdict.num, "supervisor", "%.119s",
				       rehearsal->verdict.about) : 0;
	default:
		return err_set(e, EPROTO, "rehearsal", "message %u", m->head.type);
	}
}

/* One message from init or the supervisor, whoever speaks first. */
static int rehearsal_wait(struct helper *h, struct rehearsal *rehearsal, uint64_t deadline,
			  struct err *e)
{
	struct pollfd polled[2] = { { h->init_fd, POLLIN, 0 }, { h->supervisor_fd, POLLIN, 0 } };
	uint64_t now = io_now_usec();
	int r;

	if (now >= deadline)
		return err_set(e, ETIMEDOUT, "rehearsal", "%s", "");
	if (poll(polled, 2, (int)((deadline - now) / 1000 + 1)) < 0 && errno != EINTR)
		return err_set(e, errno, "poll", "%s", "");
	for (int i = 0; i < 2; i++) {
		if (!polled[i].revents)
			continue;
		if (channel_receive(polled[i].fd, &h->message, MSG_DONTWAIT) != 1)
			return err_set(e, ECHILD, i ? "supervisor" : "init", "died");
		r = rehearsal_message(h, rehearsal, e);
		message_done(&h->message);
		if (r < 0)
			return r;
	}
	return 0;
}

static int judge_rehearsal(struct helper *h, const struct rehearsal *rehearsal, struct err *e)
{
	struct err why = { 0 };

	if (rehearsal->exec_errno)
		(void)err_set(&why, rehearsal->exec_errno, "execve", "%s", rehearsal_image(h));
	else if (rehearsal->verdict.num)
		(void)err_set(&why, rehearsal->verdict.num, "supervisor", "%.119s",
			      rehearsal->verdict.about);
	else if (rehearsal->status.code != CLD_EXITED || rehearsal->status.value != 0)
		(void)err_set(&why, EPERM, "rehearsal", "ended with code %d status %d",
			      rehearsal->status.code, rehearsal->status.value);
	if (h->plan.levels[STEP_EXEC] == LEVEL_OFF)
		outcome_add(&h->outcomes, STEP_EXEC, RESULT_SKIPPED, NULL);
	else
		outcome_add(&h->outcomes, STEP_EXEC, why.num ? RESULT_FAILED : RESULT_APPLIED, &why);
	return blocked(h, e);
}

/*
 * Once the process has ended its outcomes, sent before, cannot come any more; the supervisor's verdict
 * is on another socket and may be a moment late. Nobody waits for the login's whole time.
 */
static int rehearsal_ended(const struct rehearsal *rehearsal, uint64_t *deadline, struct err *e)
{
	uint64_t soon = io_now_usec() + REHEARSED_USEC;

	if (rehearsal->ended && !rehearsal->outcomes)
		return err_set(e, ECHILD, "rehearsal", "ended without outcomes, code %d status %d",
			       rehearsal->status.code, rehearsal->status.value);
	if (rehearsal->ended && soon < *deadline)
		*deadline = soon;
	return 0;
}

int rehearsal_run(struct helper *h, uint64_t deadline, struct err *e)
{
	struct rehearsal rehearsal = { 0 };
	int r = 0;

	rehearsal.seen = h->plan.levels[STEP_EXEC] == LEVEL_OFF; /* a test wants it unseen */
	while (r == 0 && !(rehearsal.outcomes && rehearsal.ended &&
			   (rehearsal.seen || rehearsal.exec_errno))) {
		r = rehearsal_wait(h, &rehearsal, deadline, e);
		if (r == 0)
			r = rehearsal_ended(&rehearsal, &deadline, e);
	}
	if (r == 0)
		r = judge_rehearsal(h, &rehearsal, e);
	if (r < 0)
		return r;
	return outcome_check(&h->outcomes, STEP_INIT_FIRST, STEP_EXEC, h->plan.levels, e);
}
