/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/budget.h"

static const uint64_t minute = 60 * 1000 * 1000;
static const uint64_t start = 5000;

/* Writes records of that size until the grant is no longer that; returns the bytes. */
static uint64_t write_while(struct budget *b, uint64_t now, enum budget_grant grant, size_t bytes)
{
	uint64_t written = 0;

	while (budget_ask(b, now, bytes, bytes) == grant) {
		budget_spend(b, bytes);
		written += bytes;
		assert_true(written < 64 * 1024 * 1024);
	}
	return written;
}

static void test_whole_then_cut_then_count(void **state)
{
	struct budget b;
	uint64_t whole, cut;

	(void)state;
	budget_init(&b, start);
	whole = write_while(&b, start, BUDGET_WHOLE, 1000);
	assert_true(whole <= BUDGET_FULL_BYTES && whole > BUDGET_FULL_BYTES - 1000);
	cut = write_while(&b, start, BUDGET_CUT, 1000);
	assert_true(whole + cut <= BUDGET_FULL_BYTES + BUDGET_CUT_BYTES);
	assert_true(whole + cut > BUDGET_FULL_BYTES + BUDGET_CUT_BYTES - 2000);
	assert_int_equal(budget_ask(&b, start, 1000, 1000), BUDGET_COUNT);
}

static void test_minute_gives_back(void **state)
{
	struct budget b;
	uint64_t back;

	(void)state;
	budget_init(&b, start);
	(void)write_while(&b, start, BUDGET_WHOLE, 1024);
	(void)write_while(&b, start, BUDGET_CUT, 1024);
	assert_int_equal(budget_ask(&b, start + 100, 1024, 1024), BUDGET_COUNT);
	back = write_while(&b, start + minute, BUDGET_CUT, 1024);
	assert_true(back <= BUDGET_MINUTE_BYTES && back > BUDGET_MINUTE_BYTES - 2048);
	/* once the reserve is full, what comes is for whole records again */
	assert_int_equal(budget_ask(&b, start + 3 * minute, 1024, 1024), BUDGET_WHOLE);
}

/* Many short waits give as much as a long one. */
static void test_small_steps_add_up(void **state)
{
	struct budget b;
	uint64_t back = 0;

	(void)state;
	budget_init(&b, start);
	(void)write_while(&b, start, BUDGET_WHOLE, 1024);
	(void)write_while(&b, start, BUDGET_CUT, 1024);
	for (uint64_t now = start; now <= start + minute; now += 7)
		(void)budget_ask(&b, now, 1 << 30, 1 << 30);
	back = b.cut;
	assert_true(back > BUDGET_MINUTE_BYTES - BUDGET_MINUTE_BYTES / 20);
	assert_true(back <= BUDGET_MINUTE_BYTES);
}

static void test_never_more_than_full(void **state)
{
	struct budget b;

	(void)state;
	budget_init(&b, start);
	budget_spend(&b, 5000);
	(void)budget_ask(&b, start + 10000 * minute, 1, 1);
	assert_int_equal(b.full, BUDGET_FULL_BYTES);
	assert_int_equal(b.cut, BUDGET_CUT_BYTES);
	/* a clock that stands still or goes back gives nothing */
	budget_spend(&b, 5000);
	(void)budget_ask(&b, 0, 1, 1);
	assert_int_equal(b.full, BUDGET_FULL_BYTES - 5000);
}

static void test_cut_fits_when_whole_does_not(void **state)
{
	struct budget b;

	(void)state;
	budget_init(&b, start);
	budget_spend(&b, BUDGET_FULL_BYTES - 100);
	assert_int_equal(budget_ask(&b, start, 100, 50), BUDGET_WHOLE);
	assert_int_equal(budget_ask(&b, start, 101, 50), BUDGET_CUT);
	assert_int_equal(budget_ask(&b, start, 101, BUDGET_CUT_BYTES + 1), BUDGET_COUNT);
}

static void test_rate(void **state)
{
	struct rate r = { 0 };
	uint64_t suppressed = 99;

	(void)state;
	for (int i = 0; i < RATE_LINES; i++) {
		assert_true(rate_take(&r, start + (uint64_t)i, &suppressed));
		assert_int_equal(suppressed, 0);
	}
	for (int i = 0; i < 7; i++)
		assert_false(rate_take(&r, start + minute - 1, &suppressed));
	assert_true(rate_take(&r, start + minute, &suppressed));
	assert_int_equal(suppressed, 7);
	assert_true(rate_take(&r, start + minute, &suppressed));
	assert_int_equal(suppressed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_then_cut_then_count),
		cmocka_unit_test(test_minute_gives_back),
		cmocka_unit_test(test_small_steps_add_up),
		cmocka_unit_test(test_never_more_than_full),
		cmocka_unit_test(test_cut_fits_when_whole_does_not),
		cmocka_unit_test(test_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
