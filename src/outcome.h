/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * outcome.h - what became of each step, and what the whole of them is worth.
 *
 * Plain bytes: crosses the wire as it is, between processes of one build.
 */
#ifndef SWRAP_OUTCOME_H
#define SWRAP_OUTCOME_H

#include "err.h"
#include "primitive.h"

enum result { RESULT_SKIPPED, RESULT_APPLIED, RESULT_FAILED, RESULT_REFUSED, RESULT_COUNT };

/* One step. Exactly one a step, in the order of the steps. */
struct outcome {
	uint16_t step;		/* enum step */
	uint16_t result;	/* enum result */
	int32_t num;		/* errno of a failure, else 0 */
};

enum { OUTCOME_ABOUT_BYTES = 160 };

/*
 * All steps of one process, in order. The text is that of the last failure: one that stops the session
 * comes behind those of steps that were only preferred.
 */
struct outcome_list {
	uint32_t n;
	struct outcome steps[STEP_COUNT];
	char about[OUTCOME_ABOUT_BYTES];
};

/* How much confines the session: see the man page swrap-helper(8), "levels". */
enum sandbox_level { SANDBOX_NONE, SANDBOX_BASELINE, SANDBOX_PARTIAL, SANDBOX_FULL };

const char *outcome_result_name(unsigned int result);
const char *outcome_level_name(enum sandbox_level level);

/* Appends one outcome; e (may be NULL) gives the errno and the text of a failure. */
void outcome_add(struct outcome_list *list, enum step step, enum result result, const struct err *e);

/*
 * Holds list exactly one outcome for each step of first..last, in order, and does each agree with
 * what was asked (skipped if and only if LEVEL_OFF)? Returns 0, or -EPROTO with the step named: a
 * missing, extra, repeated or dishonest outcome is a fault, whatever it says.
 */
int outcome_check(const struct outcome_list *list, enum step first, enum step last,
		  const uint8_t levels[STEP_COUNT], struct err *e);

/* The first outcome that must stop the session (a required step not applied), or NULL. */
const struct outcome *outcome_blocking(const struct outcome_list *list,
				       const uint8_t levels[STEP_COUNT]);

/*
 * full only when every step that was asked is applied; none when no confining step is; baseline when
 * no more than no-new-privs and rlimits was asked and is; else partial. idle: bits of steps that take
 * nothing from this session, as a filter that only asks about execs.
 */
enum sandbox_level outcome_level(const struct outcome_list *list, const uint8_t levels[STEP_COUNT],
				 uint64_t idle);

#endif
