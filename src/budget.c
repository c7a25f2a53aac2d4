/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "budget.h"

static const uint64_t minute_usec = 60 * 1000 * 1000;

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void budget_init(struct budget *b, uint64_t now_usec)
{
	*b = (struct budget){
		.full = BUDGET_FULL_BYTES,
		.cut = BUDGET_CUT_BYTES,
		.last_usec = now_usec,
	};
}

/* The reserve for cut records fills first: it is what keeps a flood visible. */
static void refill(struct budget *b, uint64_t now_usec)
{
	uint64_t passed = now_usec > b->last_usec ? now_usec - b->last_usec : 0;
	uint64_t back, to_cut;

	if (b->full == BUDGET_FULL_BYTES && b->cut == BUDGET_CUT_BYTES) {
		b->last_usec = now_usec;
		return;
	}
	/* An hour is more than both hold: this bounds the product. */
	back = min_u64(passed, 60 * minute_usec) * BUDGET_MINUTE_BYTES / minute_usec;
	to_cut = min_u64(back, BUDGET_CUT_BYTES - b->cut);
	b->cut += to_cut;
	b->full = min_u64(BUDGET_FULL_BYTES, b->full + back - to_cut);
	/*
	 * Only the time that was paid out is gone, or many short steps would give less than a long
	 * one.
	 */
	b->last_usec += (back * minute_usec + BUDGET_MINUTE_BYTES - 1) / BUDGET_MINUTE_BYTES;
	if (b->last_usec + 60 * minute_usec < now_usec)
		b->last_usec = now_usec;
}

enum budget_grant budget_ask(struct budget *b, uint64_t now_usec, size_t whole, size_t cut)
{
	refill(b, now_usec);
	if (b->full >= whole)
		return BUDGET_WHOLE;
	return b->cut >= cut ? BUDGET_CUT : BUDGET_COUNT;
}

void budget_spend(struct budget *b, size_t bytes)
{
	uint64_t rest;

	if (b->full >= bytes) {
		b->full -= bytes;
		return;
	}
	rest = bytes - b->full;
	b->full = 0;
	b->cut -= min_u64(b->cut, rest);
}

bool rate_take(struct rate *r, uint64_t now_usec, uint64_t *ret_suppressed)
{
	if (r->start_usec == 0 || now_usec - r->start_usec >= minute_usec) {
		r->start_usec = now_usec;
		r->lines = 0;
	}
	if (r->lines >= RATE_LINES) {
		r->suppressed++;
		return false;
	}
	r->lines++;
	*ret_suppressed = r->suppressed;
	r->suppressed = 0;
	return true;
}
