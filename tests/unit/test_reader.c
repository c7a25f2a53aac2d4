/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "helper/reader.h"
#include "src/attr.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { PAGE = 4096, PAGES = 64 };

/* The "other process" is this one: the same call, the same limits, and addresses that are known. */
struct fixture {
	struct reader reader;
	struct reader_argv argv;
	char *memory;			/* PAGES pages, then one that is not mapped */
	char *end;
	char pages[READER_PAGES * READER_PAGE];
	char text[READER_ARGV_BYTES];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->memory = mmap(NULL, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f->memory == MAP_FAILED)
		return -1;
	f->end = f->memory + PAGES * PAGE;
	(void)munmap(f->end, PAGE);
	f->argv.text = f->text;
	reader_begin(&f->reader, getpid(), sizeof(void *), f->pages);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)munmap(f->memory, PAGES * PAGE);
	free(f);
	return 0;
}

static uint64_t address(const void *at)
{
	return (uint64_t)(uintptr_t)at;
}

static void test_string_at_every_border(void **state)
{
	struct fixture *f = *state;
	char out[64];

	/* Ends at each place around a page's end, and at the very end of what is mapped. */
	for (int shift = -20; shift <= 20; shift++) {
		char *at = f->memory + PAGE + shift;

		memcpy(at, "0123456789", 11);
		reader_begin(&f->reader, getpid(), sizeof(void *), f->pages);
		assert_int_equal(reader_string(&f->reader, address(at), out, sizeof(out)), 10);
		assert_string_equal(out, "0123456789");
	}
	memcpy(f->end - 5, "last", 5);
	assert_int_equal(reader_string(&f->reader, address(f->end - 5), out, sizeof(out)), 4);
	assert_string_equal(out, "last");
}

static void test_string_errors(void **state)
{
	struct fixture *f = *state;
	char out[16];

	memset(f->end - 16, 'a', 16); /* no NUL before the end */
	assert_int_equal(reader_string(&f->reader, address(f->end - 4), out, sizeof(out)), -EFAULT);
	assert_int_equal(reader_string(&f->reader, address(f->end - 16), out, sizeof(out)),
			 -ENAMETOOLONG);
	assert_int_equal(reader_string(&f->reader, address(f->end), out, sizeof(out)), -EFAULT);
	assert_int_equal(reader_string(&f->reader, 0, out, sizeof(out)), -EFAULT);
	assert_int_equal(reader_string(&f->reader, UINT64_MAX, out, sizeof(out)), -EFAULT);
	memcpy(f->memory, "123456789012345", 16);
	assert_int_equal(reader_string(&f->reader, address(f->memory), out, 16), 15);
	assert_int_equal(reader_string(&f->reader, address(f->memory), out, 15), -ENAMETOOLONG);
}

static void test_string_of_dead_process(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();
	char out[16];

	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	reader_begin(&f->reader, pid, sizeof(void *), f->pages);
	assert_int_equal(reader_string(&f->reader, address(f->memory), out, sizeof(out)), -ESRCH);
}

/* Path and argv in two pages cost one call. */
static void test_prefetch_is_one_call(void **state)
{
	struct fixture *f = *state;
	char out[16], **argv = (char **)(void *)(f->memory + 8 * PAGE);

	memcpy(f->memory, "/bin/ls", 8);
	argv[0] = f->memory;
	argv[1] = (char *)(argv + 8);
	memcpy(argv[1], "-l", 3);
	argv[2] = NULL;
	reader_prefetch(&f->reader, address(f->memory), address(argv));
	assert_int_equal(reader_string(&f->reader, address(f->memory), out, sizeof(out)), 7);
	assert_int_equal(reader_argv(&f->reader, address(argv), &f->argv), 0);
	assert_int_equal(f->reader.calls, 1);
	assert_int_equal(f->argv.bytes, 11);
	assert_memory_equal(f->argv.text, "/bin/ls\0-l", 11);
	assert_int_equal(f->argv.count, 2);
	assert_int_equal(f->argv.total, 11);
	assert_false(f->argv.more);
}

#ifdef MAP_32BIT
/* The vector of a call of i386: half as wide, here over the border of two pages. */
static void test_argv_narrow(void **state)
{
	struct fixture *f = *state;
	char *low = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
			 -1, 0);
	uint32_t pointers[3] = { (uint32_t)address(low), (uint32_t)address(low + 2), 0 };
	char *vector = low + PAGE - 6;

	assert_true(low != MAP_FAILED);
	memcpy(low, "a\0bc", 5);
	memcpy(vector, pointers, sizeof(pointers));
	memset(vector + sizeof(pointers), 0xff, 8);
	reader_begin(&f->reader, getpid(), 4, f->pages);
	assert_int_equal(reader_argv(&f->reader, address(vector), &f->argv), 0);
	assert_int_equal(f->argv.count, 2);
	assert_memory_equal(f->argv.text, "a\0bc", 5);
	(void)munmap(low, 2 * PAGE);
}
#endif

static void test_argv_empty(void **state)
{
	struct fixture *f = *state;
	char *none[] = { NULL };

	assert_int_equal(reader_argv(&f->reader, 0, &f->argv), 0);
	assert_int_equal(f->argv.bytes, 0);
	assert_int_equal(reader_argv(&f->reader, address(none), &f->argv), 0);
	assert_int_equal(f->argv.bytes, 0);
	assert_int_equal(f->argv.count, 0);
}

/* Pointers that end where the mapping ends, one of them across a page. */
static void test_argv_pointers_at_the_end(void **state)
{
	struct fixture *f = *state;
	char *pointers[3] = { f->memory, f->memory, NULL };

	memcpy(f->memory, "x", 2);
	memcpy(f->end - sizeof(pointers), pointers, sizeof(pointers));
	assert_int_equal(reader_argv(&f->reader, address(f->end - sizeof(pointers)), &f->argv), 0);
	assert_int_equal(f->argv.count, 2);
	memcpy(f->memory + 5 * PAGE - 12, pointers, sizeof(pointers));
	assert_int_equal(reader_argv(&f->reader, address(f->memory + 5 * PAGE - 12), &f->argv), 0);
	assert_int_equal(f->argv.count, 2);
	/* without the NULL it runs off the end */
	memcpy(f->end - 2 * sizeof(char *), pointers, 2 * sizeof(char *));
	reader_begin(&f->reader, getpid(), sizeof(void *), f->pages);
	assert_int_equal(reader_argv(&f->reader, address(f->end - 2 * sizeof(char *)), &f->argv),
			 -EFAULT);
}

static void test_argv_bad_string(void **state)
{
	struct fixture *f = *state;
	char *argv[] = { f->memory, f->end, NULL };

	memcpy(f->memory, "x", 2);
	assert_int_equal(reader_argv(&f->reader, address(argv), &f->argv), -EFAULT);
}

/* More than is kept: the rest is counted. */
static void test_argv_long(void **state)
{
	struct fixture *f = *state;
	char *argv[] = { f->memory, f->memory, f->memory, NULL };
	size_t length = PAGES * PAGE - 1;

	memset(f->memory, 'a', length);
	f->memory[length] = 0;
	assert_int_equal(reader_argv(&f->reader, address(argv), &f->argv), 0);
	assert_int_equal(f->argv.bytes, READER_ARGV_BYTES);
	assert_int_equal(f->argv.total, 3 * PAGES * PAGE);
	assert_true(f->argv.more);
	assert_int_equal(f->argv.count, 0);
	assert_true(f->reader.calls < 3 * PAGES / 2);
}

static void test_argv_exactly_full(void **state)
{
	struct fixture *f = *state;
	char *argv[] = { f->memory, NULL };

	memset(f->memory, 'a', READER_ARGV_BYTES - 1);
	f->memory[READER_ARGV_BYTES - 1] = 0;
	assert_int_equal(reader_argv(&f->reader, address(argv), &f->argv), 0);
	assert_false(f->argv.more);
	assert_int_equal(f->argv.count, 1);
	f->memory[READER_ARGV_BYTES - 1] = 'a';
	f->memory[READER_ARGV_BYTES] = 0;
	reader_begin(&f->reader, getpid(), sizeof(void *), f->pages);
	assert_int_equal(reader_argv(&f->reader, address(argv), &f->argv), 0);
	assert_true(f->argv.more);
	assert_int_equal(f->argv.total, READER_ARGV_BYTES + 1);
}

/*
 * Built to be read for ever: one long string named over and over. It ends, and says that it is not
 * all.
 */
static void test_argv_without_end(void **state)
{
	struct fixture *f = *state;
	size_t n = 1 << 20;
	char **argv = mmap(NULL, n * sizeof(*argv), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(argv, MAP_FAILED);
	memset(f->memory, 'a', 5 * PAGE);
	f->memory[5 * PAGE] = 0;
	for (size_t i = 0; i < n; i++)
		argv[i] = f->memory;
	assert_int_equal(reader_argv(&f->reader, address(argv), &f->argv), 0);
	assert_true(f->argv.more);
	assert_int_equal(f->argv.total, 0);
	assert_int_equal(f->argv.bytes, READER_ARGV_BYTES);
	assert_true(f->reader.calls <= READER_CALLS + 1);
	(void)munmap(argv, n * sizeof(*argv));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_string_at_every_border, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_string_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_string_of_dead_process, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_prefetch_is_one_call, set_up, tear_down),
#ifdef MAP_32BIT
		cmocka_unit_test_setup_teardown(test_argv_narrow, set_up, tear_down),
#endif
		cmocka_unit_test_setup_teardown(test_argv_empty, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_argv_pointers_at_the_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_argv_bad_string, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_argv_long, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_argv_exactly_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_argv_without_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
