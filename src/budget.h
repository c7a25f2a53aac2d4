/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * budget.h - how many bytes of records a session may write, and how many lines of syslog.
 *
 * Pure: the caller gives the time (CLOCK_MONOTONIC, microseconds) and holds the lock. A user who
 * floods gets first shorter records, then counts; what was not written is never silent.
 */
#ifndef SWRAP_BUDGET_H
#define SWRAP_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BUDGET_FULL_BYTES = 16 * 1024 * 1024,	/* for whole records */
	BUDGET_CUT_BYTES = 1024 * 1024,		/* then, for records with a cut argv */
	BUDGET_MINUTE_BYTES = 1024 * 1024,	/* comes back each minute */
	RATE_LINES = 10,			/* a minute */
};

enum budget_grant {
	BUDGET_WHOLE,	/* write it as it is */
	BUDGET_CUT,	/* write it with a short argv */
	BUDGET_COUNT,	/* do not write it, count it as lost */
};

struct budget {
	uint64_t full, cut;	/* bytes left of each */
	uint64_t last_usec;
};

void budget_init(struct budget *b, uint64_t now_usec);

/*
 * May a record of whole bytes be written, or its short form of at most cut bytes? Takes nothing:
 * what was really written is charged with budget_spend.
 */
enum budget_grant budget_ask(struct budget *b, uint64_t now_usec, size_t whole, size_t cut);
void budget_spend(struct budget *b, size_t bytes);

/* At most RATE_LINES a minute. */
struct rate {
	uint64_t start_usec;
	uint32_t lines;
	uint64_t suppressed;
};

/* True: write one line now; *ret_suppressed lines before it were not written. */
bool rate_take(struct rate *r, uint64_t now_usec, uint64_t *ret_suppressed);

#endif
