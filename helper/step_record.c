/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "step_record.h"

#include "../src/json.h"

enum { STEP_MEMBERS_BYTES = 512 };

static const char *asked_name(uint8_t level)
{
	static const char *const names[] = {
		[LEVEL_OFF] = "off", [LEVEL_PREFER] = "prefer", [LEVEL_REQUIRE] = "require",
	};

	return level < ARRAY_SIZE(names) ? names[level] : "unknown";
}

static void put_step(struct records *w, const struct outcome *o, uint8_t asked)
{
	char members[STEP_MEMBERS_BYTES];
	struct json j;

	json_init(&j, members, sizeof(members));
	json_text(&j, "step", primitive_table[o->step].name);
	json_text(&j, "result", outcome_result_name(o->result));
	json_text(&j, "asked", asked_name(asked));
	json_int(&j, "errno", o->num);
	(void)records_put(w, "step", members, j.n, 0);
}

void step_records_put(struct records *w, const struct plan *plan, const struct inner_steps *steps)
{
	char members[STEP_MEMBERS_BYTES];
	struct json j;

	for (uint32_t i = 0; i < steps->list.n && i < STEP_COUNT; i++)
		if (steps->list.steps[i].step < STEP_COUNT)
			put_step(w, &steps->list.steps[i], steps->levels[steps->list.steps[i].step]);
	json_init(&j, members, sizeof(members));
	json_text(&j, "level", outcome_level_name(steps->level));
	json_text(&j, "profile", plan->profile->name);
	json_text(&j, "profile_sha256", plan->profile->digest);
	json_text(&j, "plan_sha256", plan->digest);
	json_uint(&j, "steps", steps->list.n);
	(void)records_put(w, "session.ready", members, j.n, 0);
}
