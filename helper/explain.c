/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain.h"

#include "decide.h"
#include "plan_stops.h"

#include "../src/json.h"

#include <errno.h>

static const char *const want_names[] = {
	[LEVEL_OFF] = "off", [LEVEL_PREFER] = "prefer", [LEVEL_REQUIRE] = "require",
};

static void put_rule(struct json *j, const struct choice *choice)
{
	if (!choice->file[0]) {
		json_null(j, "rule");
		return;
	}
	json_object_begin(j, "rule");
	json_text(j, "file", choice->file);
	json_uint(j, "line", choice->line);
	json_object_end(j);
}

static void put_refused(struct json *j, const struct err *e)
{
	char text[ERR_TEXT_BYTES];

	if (!e->num) {
		json_null(j, "refused");
		return;
	}
	json_object_begin(j, "refused");
	json_text(j, "step", primitive_find(e->what) >= 0 ? e->what : "");
	json_int(j, "errno", e->num);
	json_text(j, "reason", err_text(e, text, sizeof(text)));
	json_object_end(j);
}

static void put_step(struct json *j, const struct plan *plan, enum step step)
{
	char reason[PLAN_REASON_BYTES + PROBE_REASON_BYTES + 2];
	bool tells = plan->levels[step] != LEVEL_OFF || plan->offers[step] == OFFER_NO;
	const char *host = tells ? plan->offer_reasons[step] : "";

	(void)snprintf(reason, sizeof(reason), "%s%s%s", plan->reasons[step],
		       plan->reasons[step][0] && host[0] ? ": " : "", host);
	json_object_begin(j, NULL);
	json_text(j, "step", primitive_table[step].name);
	json_text(j, "want", want_names[plan->levels[step]]);
	json_text(j, "host", probe_offer_name(plan->offers[step]));
	json_text(j, "reason", reason);
	json_object_end(j);
}

/* What the outcomes will be, if each step does what the host is said to have. */
static enum sandbox_level expected_level(const struct plan *plan)
{
	struct outcome_list list = { .n = 0 };

	for (enum step step = 0; step < STEP_COUNT; step++) {
		enum result result = RESULT_APPLIED;

		if (plan->levels[step] == LEVEL_OFF)
			result = RESULT_SKIPPED;
		else if (plan->missing & STEP_BIT(step))
			result = RESULT_REFUSED;
		outcome_add(&list, step, result, NULL);
	}
	return outcome_level(&list, plan->levels, plan->idle);
}

static void put_stops(struct json *j, const struct plan *plan)
{
	char text[256];

	json_array_begin(j, "stops_working");
	for (int i = 0; i < PLAN_STOPS; i++) {
		const struct plan_stop *stop = &plan_stops[i];

		if (!stop->holds(plan))
			continue;
		(void)snprintf(text, sizeof(text), "%s: %s%s%s%s", stop->programs, stop->why,
			       stop->relax ? " (" : "", stop->relax ? stop->relax : "",
			       stop->relax ? ")" : "");
		json_text(j, NULL, text);
	}
	json_array_end(j);
}

static void put_plan(struct json *j, const struct plan *plan, bool refused)
{
	json_text(j, "level", outcome_level_name(refused ? SANDBOX_NONE : expected_level(plan)));
	json_text(j, "plan_sha256", plan->digest);
	json_array_begin(j, "steps");
	for (enum step step = 0; step < STEP_COUNT; step++)
		put_step(j, plan, step);
	json_array_end(j);
	put_stops(j, plan);
}

size_t explain_text(const struct helper *h, bool planned, const struct err *e, char *text, size_t size)
{
	struct json j;

	json_init(&j, text, size - 1);
	json_object_begin(&j, NULL);
	json_bool(&j, "wrapped", h->choice.wrapped);
	json_text(&j, "profile", h->choice.profile);
	json_text(&j, "profile_sha256", h->profile.digest);
	put_rule(&j, &h->choice);
	put_refused(&j, e);
	if (planned)
		put_plan(&j, &h->plan, e->num != 0);
	json_object_end(&j);
	if (j.overflow)
		return 0;
	text[j.n] = 0;
	return j.n;
}

static int send_text(const struct helper *h, bool planned, const struct err *refused, struct err *e)
{
	_free_ char *text = malloc(EXPLAIN_BYTES);
	size_t n = text ? explain_text(h, planned, refused, text, EXPLAIN_BYTES) : 0;
	int r = text ? -EMSGSIZE : -ENOMEM;

	if (n > 0)
		r = channel_send(h->control_fd, WIRE_PLAN, text, n, NULL, 0);
	return r < 0 ? err_set(e, -r, "plan", "could not be told") : 0;
}

/* A login asks for what it wants only; whoever reads this may want the rest. */
static void probe_rest(struct plan *plan)
{
	struct probe probe;

	if (probe_open(&probe, "/", NULL) == 0)
		for (enum step step = 0; step < STEP_COUNT; step++)
			if (plan->levels[step] == LEVEL_OFF)
				plan->offers[step] = (uint8_t)probe_step(&probe, step, NULL,
									 plan->offer_reasons[step]);
	probe_done(&probe);
}

int explain(struct helper *h, struct err *e)
{
	struct err refused = { 0 };
	int r;

	if (h->choice.wrapped) {
		(void)decide_plan(h, &refused); /* what refuses the session is what is asked for */
		probe_rest(&h->plan);
	}
	/* A plan that came as far as its digest has a level and a reason for every step. */
	r = send_text(h, h->plan.digest[0] != 0, &refused, e);
	return r < 0 ? r : 1;
}
