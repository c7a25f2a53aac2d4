/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "helper/inner.h"
#include "helper/writer.h"
#include "src/attr.h"
#include "src/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

struct fixture {
	struct records records;
	struct identity identity;
	struct tally tally;
	struct message message;
	int dir, helper, theirs;
	char path[64];
};

static int open_log(struct fixture *f)
{
	int fd = openat(f->dir, WRITER_LOG_NAME, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	assert_true(fd >= 0);
	return fd;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int pair[2];

	(void)strcpy(f->path, "/tmp/swrap-writer-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->dir = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(channel_pair(pair), 0);
	f->helper = pair[0];
	f->theirs = pair[1];
	(void)strcpy(f->identity.session, "0123456789abcdef");
	(void)strcpy(f->identity.user, "alice");
	assert_int_equal(records_open(&f->records, open_log(f), f->dir, f->theirs, &f->identity,
				      &f->tally, NULL),
			 0);
	fd_close(&f->records.syslog_fd); /* no test writes to the machine's syslog */
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", f->path);
	assert_int_equal(system(command), 0);
	(void)munmap(f->records.base, sizeof(struct record_base) + 2 * RECORD_LINE_BYTES);
	(void)close(f->records.log_fd);
	(void)close(f->dir);
	(void)close(f->helper);
	(void)close(f->theirs);
	free(f);
	return 0;
}

static size_t read_log(struct fixture *f, const char *name, char *out, size_t size)
{
	_close_ int fd = openat(f->dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, size - 1);

	assert_true(n >= 0);
	out[n] = 0;
	return (size_t)n;
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

static void put(struct fixture *f, int r)
{
	assert_int_equal(records_put(&f->records, "exec", "\"a\":1", 5, 0), r);
}

static void test_put_numbers(void **state)
{
	struct fixture *f = *state;
	char text[8192];

	f->tally.seq = 40;
	put(f, 0);
	put(f, 0);
	assert_int_equal(read_log(f, WRITER_LOG_NAME, text, sizeof(text)), f->tally.bytes);
	assert_non_null(strstr(text, "\"seq\":40,"));
	assert_non_null(strstr(text, "\"seq\":41,"));
	assert_int_equal(count(text, "\n"), 2);
	assert_int_equal(f->tally.seq, 42);
	assert_int_equal(f->tally.lost, 0);
}

/*
 * The file may grow to that size: the kernel cuts the write that crosses it, as a full disk does.
 */
static void limit_file(rlim_t bytes)
{
	struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

	(void)getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Whatever the place of the cut: all lines are whole in the end and the lost ones are counted. */
static void test_put_disk_full(void **state)
{
	struct fixture *f = *state;
	static char text[65536];
	rlim_t size;

	(void)signal(SIGXFSZ, SIG_IGN);
	put(f, 0);
	size = f->tally.bytes;
	for (rlim_t more = 0; more <= size + 10; more += 37) {
		uint64_t lost = f->tally.lost, written = f->tally.seq;

		limit_file(read_log(f, WRITER_LOG_NAME, text, sizeof(text)) + more);
		for (int i = 0; i < 4; i++)
			(void)records_put(&f->records, "exec", "\"a\":1", 5, 0);
		/*
		 * a record that was cut counts as written: its end comes first when there is room
		 */
		assert_int_equal(f->tally.seq - written + f->tally.lost - lost, 4);
		assert_true(f->tally.lost > lost);
		limit_file(RLIM_INFINITY);
		put(f, 0);
	}
	(void)read_log(f, WRITER_LOG_NAME, text, sizeof(text));
	assert_int_equal(count(text, "\n"), f->tally.seq);
	assert_int_equal(count(text, "{\"v\":1,"), f->tally.seq);
	assert_int_equal(count(text, "}\n"), f->tally.seq);
	assert_int_equal(f->records.lost_told, f->tally.lost);
	assert_non_null(strstr(text, "\"event\":\"lost\""));
	assert_non_null(strstr(text, "\"count\":"));
}

static void test_flush_tells_lost(void **state)
{
	struct fixture *f = *state;
	char text[8192];

	f->tally.lost = 3;
	assert_int_equal(records_flush(&f->records), 0);
	assert_int_equal(records_flush(&f->records), 0);
	(void)read_log(f, WRITER_LOG_NAME, text, sizeof(text));
	assert_int_equal(count(text, "\"event\":\"lost\""), 1);
	assert_non_null(strstr(text, "\"count\":3}"));
}

/* A memfd's file system has no size, so what the flag says stays. */
static void test_disk_low(void **state)
{
	struct fixture *f = *state;

	(void)close(f->records.log_fd);
	f->records.log_fd = memfd_create("log", MFD_CLOEXEC);
	f->records.disk_low = true;
	put(f, -ENOSPC);
	assert_int_equal(records_reserve(&f->records), -ENOSPC);
	assert_int_equal(f->tally.lost, 1);
	assert_int_equal(f->tally.seq, 0);
	assert_int_equal(records_put(&f->records, "session.end", "", 0, WRITER_URGENT), 0);
	assert_int_equal(f->tally.seq, 2); /* the count of what was lost, and the end */
	f->records.disk_low = false;
	put(f, 0);
	assert_int_equal(f->tally.seq, 3);
}

static void test_rotation(void **state)
{
	struct fixture *f = *state;
	char text[8192];

	put(f, 0);
	assert_int_equal(renameat(f->dir, WRITER_LOG_NAME, f->dir, "old"), 0);
	f->records.checked_usec = 0;
	put(f, 0);
	assert_int_equal(channel_receive(f->helper, &f->message, MSG_DONTWAIT), 1);
	assert_int_equal(f->message.head.type, INNER_REOPEN);
	records_reopen(&f->records, open_log(f));
	put(f, 0);
	(void)read_log(f, "old", text, sizeof(text));
	assert_int_equal(count(text, "\n"), 2);
	(void)read_log(f, WRITER_LOG_NAME, text, sizeof(text));
	assert_int_equal(count(text, "\n"), 1);
	assert_non_null(strstr(text, "\"seq\":2,"));
	f->records.checked_usec = 0;
	put(f, 0);
	assert_int_equal(channel_receive(f->helper, &f->message, MSG_DONTWAIT), -EAGAIN);
}

static void test_budget(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(records_ask(&f->records, 1000, 100), BUDGET_WHOLE);
	budget_spend(&f->records.budget, BUDGET_FULL_BYTES);
	assert_int_equal(records_ask(&f->records, 1000, 100), BUDGET_CUT);
	budget_spend(&f->records.budget, BUDGET_CUT_BYTES);
	assert_int_equal(records_ask(&f->records, 1000, 100), BUDGET_COUNT);
	assert_int_equal(f->tally.lost, 1);
	/* only what a user can cause at will is charged */
	budget_init(&f->records.budget, 1);
	put(f, 0);
	assert_int_equal(f->records.budget.full, BUDGET_FULL_BYTES);
	assert_int_equal(records_put(&f->records, "exec", "\"a\":1", 5, WRITER_FLOOD), 0);
	assert_true(f->records.budget.full < BUDGET_FULL_BYTES);
}

static void test_reserve(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	put(f, 0);
	assert_int_equal(records_reserve(&f->records), 0);
	assert_int_equal(fstat(f->records.log_fd, &st), 0);
	assert_int_equal(st.st_size, f->tally.bytes); /* set aside behind the end */
	assert_true(f->records.reserved >= (uint64_t)st.st_size + RECORD_LINE_BYTES);
	assert_true(st.st_blocks * 512 >= RECORD_LINE_BYTES);
	/* nothing can be set aside: the exec must be refused */
	(void)close(f->records.log_fd);
	f->records.log_fd = openat(f->dir, WRITER_LOG_NAME, O_RDONLY | O_CLOEXEC);
	assert_int_equal(records_reserve(&f->records), 0); /* enough is left */
	f->records.reserved = 0;
	assert_int_equal(records_reserve(&f->records), -EBADF);
	budget_spend(&f->records.budget, BUDGET_FULL_BYTES);
	budget_spend(&f->records.budget, BUDGET_CUT_BYTES);
	assert_int_equal(records_reserve(&f->records), -EDQUOT);
}

/* Denials are limited in syslog; what was not told there is told with the next line. */
static void test_syslog(void **state)
{
	struct fixture *f = *state;
	unsigned int flags = WRITER_AUTHPRIV | WRITER_DENIAL;

	for (int i = 0; i < RATE_LINES + 3; i++)
		assert_int_equal(records_put(&f->records, "exec", "", 0, flags), 0);
	assert_int_equal(f->records.denials.suppressed, 3);
	assert_int_equal(f->tally.seq, RATE_LINES + 3);
	assert_int_equal(records_put(&f->records, "session.end", "", 0, WRITER_AUTHPRIV), 0);
	assert_int_equal(f->records.denials.suppressed, 0);
}

static void test_counts(void **state)
{
	struct fixture *f = *state;
	char text[256];
	struct json j;

	f->tally.execs = 5;
	f->tally.denied = 2;
	json_init(&j, text, sizeof(text));
	records_counts(&j, &f->tally);
	assert_string_equal(text,
			    "\"execs\":5,\"denied\":2,\"gate_denied\":0,\"attaches\":0,\"lost\":0,"
			    "\"bytes\":0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_put_numbers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_put_disk_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_flush_tells_lost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_disk_low, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rotation, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_budget, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reserve, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_syslog, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_counts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
