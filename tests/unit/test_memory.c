/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"

#include "helper/memory.h"

#include <stdlib.h>
#include <unistd.h>

enum { DEPTH_BYTES = 256 * 1024, PIECE_BYTES = 1024, PIECES = 512 };

#ifdef __SANITIZE_ADDRESS__
enum { HEAP_BYTES = 0 }; /* its allocator keeps what is freed */
#else
enum { HEAP_BYTES = PIECES * PIECE_BYTES };
#endif

/* Bytes of the process that are in memory; counted, where statm only estimates. */
static long resident(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "re");
	char line[256];
	long kilobytes = 0;

	EXPECT(file != NULL);
	while (fgets(line, sizeof(line), file) && sscanf(line, "Rss: %ld", &kilobytes) != 1)
		;
	(void)fclose(file);
	EXPECT(kilobytes > 0);
	return kilobytes * 1024;
}

static __attribute__((noinline)) int go_deep(void)
{
	volatile char frame[DEPTH_BYTES];

	for (size_t i = 0; i < sizeof(frame); i += 512)
		frame[i] = (char)i;
	return frame[512];
}

/* Small pieces, all in the heap, one kept above them: nothing goes back by itself. */
static void *fill_heap(void)
{
	void *pieces[PIECES], *above;

	for (int i = 0; i < PIECES; i++) {
		pieces[i] = malloc(PIECE_BYTES);
		EXPECT(pieces[i]);
		(void)memset(pieces[i], 'x', PIECE_BYTES);
	}
	above = strdup("kept");
	for (int i = 0; i < PIECES; i++)
		free(pieces[i]);
	return above;
}

static void give_back(void *context)
{
	char here[64] = "what the caller has";
	long before, after;
	char *above = fill_heap();

	(void)context;
	(void)go_deep();
	before = resident();
	memory_give_back();
	after = resident();
	EXPECT(before - after >= DEPTH_BYTES / 2 + HEAP_BYTES / 2);
	EXPECT(strcmp(here, "what the caller has") == 0 && strcmp(above, "kept") == 0);
	(void)go_deep(); /* and it can be used again */
	memory_give_back();
	EXPECT(strcmp(here, "what the caller has") == 0);
	free(above);
}

static void test_give_back(void **state)
{
	(void)state;
	NEEDS_NO_SANITIZER();
	assert_int_equal(child_run(give_back, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_give_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
