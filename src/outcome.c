/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "outcome.h"

#include <errno.h>

static const char *const result_names[] = {
	[RESULT_SKIPPED] = "skipped",
	[RESULT_APPLIED] = "applied",
	[RESULT_FAILED] = "failed",
	[RESULT_REFUSED] = "refused",
};
_Static_assert(ARRAY_SIZE(result_names) == RESULT_COUNT, "a result has no name");

static const char *const level_names[] = {
	[SANDBOX_NONE] = "none",
	[SANDBOX_BASELINE] = "baseline",
	[SANDBOX_PARTIAL] = "partial",
	[SANDBOX_FULL] = "full",
};

const char *outcome_result_name(unsigned int result)
{
	return result < RESULT_COUNT ? result_names[result] : "unknown";
}

const char *outcome_level_name(enum sandbox_level level)
{
	return level_names[level];
}

void outcome_add(struct outcome_list *list, enum step step, enum result result, const struct err *e)
{
	struct outcome *o;

	if (list->n >= STEP_COUNT)
		return; /* outcome_check sees that it is missing */
	o = &list->steps[list->n++];
	o->step = (uint16_t)step;
	o->result = (uint16_t)result;
	o->num = e ? e->num : 0;
	if (e && e->num)
		(void)err_text(e, list->about, sizeof(list->about));
}

static int check_one(const struct outcome *o, enum step step, uint8_t level, struct err *e)
{
	const char *name = primitive_table[step].name;

	if (o->step != step)
		return err_set(e, EPROTO, "outcome", "step %u where %s was due", o->step, name);
	if (o->result >= RESULT_COUNT)
		return err_set(e, EPROTO, "outcome", "%s: result %u", name, o->result);
	if ((o->result == RESULT_SKIPPED) != (level == LEVEL_OFF))
		return err_set(e, EPROTO, "outcome", "%s: %s, level %u", name,
			       outcome_result_name(o->result), level);
	return 0;
}

int outcome_check(const struct outcome_list *list, enum step first, enum step last,
		  const uint8_t levels[STEP_COUNT], struct err *e)
{
	if (list->n != (uint32_t)(last - first + 1))
		return err_set(e, EPROTO, "outcome", "%u outcomes for %d steps", list->n,
			       last - first + 1);
	for (uint32_t i = 0; i < list->n; i++) {
		int r = check_one(&list->steps[i], (enum step)(first + i), levels[first + i], e);

		if (r < 0)
			return r;
	}
	return 0;
}

const struct outcome *outcome_blocking(const struct outcome_list *list,
				       const uint8_t levels[STEP_COUNT])
{
	for (uint32_t i = 0; i < list->n; i++) {
		const struct outcome *o = &list->steps[i];

		if (o->step >= STEP_COUNT)
			return o;
		if (levels[o->step] == LEVEL_REQUIRE && o->result != RESULT_APPLIED)
			return o;
	}
	return NULL;
}

enum sandbox_level outcome_level(const struct outcome_list *list, const uint8_t levels[STEP_COUNT],
				 uint64_t idle)
{
	const uint64_t base = STEP_BIT(STEP_NO_NEW_PRIVS) | STEP_BIT(STEP_RLIMITS);
	uint64_t asked = 0, applied = 0, confining = 0;

	for (int i = 0; i < STEP_COUNT; i++) {
		if (levels[i] != LEVEL_OFF)
			asked |= STEP_BIT(i);
		if (primitive_table[i].confines || i == STEP_RLIMITS)
			confining |= STEP_BIT(i);
	}
	for (uint32_t i = 0; i < list->n; i++)
		if (list->steps[i].step < STEP_COUNT && list->steps[i].result == RESULT_APPLIED)
			applied |= STEP_BIT(list->steps[i].step);
	/* A session always drops to its user; what counts is what it could not do anyway. */
	confining &= ~(STEP_BIT(STEP_GID) | STEP_BIT(STEP_UID) |
		       STEP_BIT(STEP_FDS) | STEP_BIT(STEP_CLOSE_RANGE) |
		       STEP_BIT(STEP_CAPABILITIES));
	confining &= ~idle;
	if (!(applied & confining))
		return SANDBOX_NONE;
	if ((asked & applied) != asked)
		return SANDBOX_PARTIAL;
	return (asked & confining & ~base) ? SANDBOX_FULL : SANDBOX_BASELINE;
}
