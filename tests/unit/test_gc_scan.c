/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "../../src/gc_record.h"
#include "../../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"
#define OTHER_BOOT "00000000-0000-0000-0000-000000000000"

struct log {
	char path[64];
	int dir;
};

static int make_log(void **state)
{
	struct log *log = calloc(1, sizeof(*log));

	if (!log)
		return -1;
	(void)snprintf(log->path, sizeof(log->path), "/tmp/test_gc_scan.XXXXXX");
	*state = log;
	if (!mkdtemp(log->path))
		return -1;
	log->dir = open(log->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return log->dir < 0 ? -1 : 0;
}

static int remove_log(void **state)
{
	struct log *log = *state;

	(void)unlinkat(log->dir, "events.ndjson", 0);
	(void)unlinkat(log->dir, "events.ndjson.1", 0);
	(void)close(log->dir);
	(void)rmdir(log->path);
	free(log);
	return 0;
}

static void put(const struct log *log, const char *name, const char *text)
{
	_close_ int fd = openat(log->dir, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	assert_true(fd >= 0);
	assert_int_equal(io_write_full(fd, text, strlen(text)), 0);
}

static uint64_t start_of(pid_t pid)
{
	char path[32], stat[2048], *at;
	uint64_t start = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	assert_true(io_read_file(AT_FDCWD, path, stat, sizeof(stat)) > 0);
	at = strrchr(stat, ')') + 1;
	for (int i = 3; i < 22; i++)
		at = strchr(at + 1, ' ');
	start = strtoull(at, NULL, 10);
	return start;
}

static void put_start(const struct log *log, const char *name, const char *id, const char *boot,
		      pid_t helper, uint64_t start)
{
	char line[512];

	(void)snprintf(line, sizeof(line),
		       "{\"v\":1,\"event\":\"session.start\",\"session\":\"%s\",\"seq\":0,"
		       "\"ts\":\"t\",\"boot_id\":\"%s\",\"host\":\"h\",\"user\":\"al\\\\x0aice\","
		       "\"uid\":1000,\"helper_pid\":%d,\"helper_start\":%llu}\n",
		       id, boot, (int)helper, (unsigned long long)start);
	put(log, name, line);
}

static void put_event(const struct log *log, const char *event, const char *id, int seq)
{
	char line[256];

	(void)snprintf(line, sizeof(line),
		       "{\"v\":1,\"event\":\"%s\",\"session\":\"%s\",\"seq\":%d}\n", event, id, seq);
	put(log, "events.ndjson", line);
}

struct lost {
	size_t n;
	struct gc_session last;
};

static void collect(const struct gc_session *session, void *context)
{
	struct lost *lost = context;

	lost->n++;
	lost->last = *session;
}

static struct lost scan(const struct log *log, struct gc_scan *ret)
{
	struct lost lost = { 0 };

	assert_int_equal(gc_scan_log(ret, log->dir, NULL), 0);
	gc_scan_lost(ret, collect, &lost);
	return lost;
}

static void test_no_files(void **state)
{
	_gc_scan_ struct gc_scan s;

	assert_int_equal(scan(*state, &s).n, 0);
	assert_int_equal(s.nopen, 0);
	assert_true(s.ends_in_newline);
}

static void test_live_helper_is_not_lost(void **state)
{
	_gc_scan_ struct gc_scan s;
	_gc_scan_ struct gc_scan again;

	assert_int_equal(scan(*state, &s).n, 0); /* for the boot id */
	put_start(*state, "events.ndjson", A, s.boot_id, getpid(), start_of(getpid()));
	assert_int_equal(scan(*state, &again).n, 0);
	assert_int_equal(again.nopen, 1);
}

static void test_pid_reused_is_lost(void **state)
{
	_gc_scan_ struct gc_scan s;
	_gc_scan_ struct gc_scan again;

	assert_int_equal(scan(*state, &s).n, 0);
	put_start(*state, "events.ndjson", A, s.boot_id, getpid(), start_of(getpid()) + 1);
	assert_int_equal(scan(*state, &again).n, 1);
}

static void test_other_boot_is_lost(void **state)
{
	_gc_scan_ struct gc_scan s;

	put_start(*state, "events.ndjson", A, OTHER_BOOT, getpid(), start_of(getpid()));
	assert_int_equal(scan(*state, &s).n, 1);
}

static void test_ended_and_refused_are_not_lost(void **state)
{
	_gc_scan_ struct gc_scan s;

	put_start(*state, "events.ndjson.1", A, OTHER_BOOT, 1, 1);
	put_start(*state, "events.ndjson.1", B, OTHER_BOOT, 1, 1);
	put_event(*state, "session.end", A, 3);
	put_event(*state, "session.refused", B, 3);
	assert_int_equal(scan(*state, &s).n, 0);
	assert_int_equal(s.nopen, 0);
}

static void count(const struct gc_session *session, void *context)
{
	assert_string_equal(session->id, A);
	++*(size_t *)context;
}

static size_t groups(const struct log *log, struct gc_scan *ret)
{
	size_t n = 0;

	assert_int_equal(gc_scan_log(ret, log->dir, NULL), 0);
	gc_scan_groups(ret, count, &n);
	return n;
}

static void put_group(const struct log *log, const char *id, const char *boot, pid_t helper)
{
	char line[512];

	(void)snprintf(line, sizeof(line),
		       "{\"v\":1,\"event\":\"session.start\",\"session\":\"%s\",\"seq\":0,"
		       "\"boot_id\":\"%s\",\"cgroup\":\"/swrap-%s\",\"helper_pid\":%d,"
		       "\"helper_start\":%llu}\n",
		       id, boot, id, (int)helper, (unsigned long long)start_of(helper));
	put(log, "events.ndjson", line);
}

static void test_group_of_a_fault_is_looked_for(void **state)
{
	_gc_scan_ struct gc_scan s;
	_gc_scan_ struct gc_scan before;
	_gc_scan_ struct gc_scan after;
	pid_t child = fork();

	if (child == 0)
		(void)pause();
	assert_int_equal(groups(*state, &s), 0); /* for the boot id */
	put_group(*state, A, s.boot_id, child);
	put_group(*state, B, s.boot_id, getpid());
	assert_int_equal(groups(*state, &before), 0);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	put(*state, "events.ndjson", "{\"event\":\"session.end\",\"session\":\"" A
				     "\",\"seq\":1,\"outcome\":\"fault\"}\n");
	assert_int_equal(groups(*state, &after), 1);
	assert_int_equal(after.nopen, 1);
	assert_int_equal(after.nended, 1);
}

static void test_group_of_an_orderly_end_is_not(void **state)
{
	_gc_scan_ struct gc_scan s;
	_gc_scan_ struct gc_scan again;

	assert_int_equal(groups(*state, &s), 0);
	put_group(*state, A, OTHER_BOOT, getpid());
	put_group(*state, B, s.boot_id, getpid());
	put(*state, "events.ndjson", "{\"event\":\"session.end\",\"session\":\"" B
				     "\",\"seq\":1,\"outcome\":\"completed\"}\n");
	assert_int_equal(groups(*state, &again), 0);
	assert_int_equal(again.nended, 0);
}

static void test_seq_is_the_highest(void **state)
{
	_gc_scan_ struct gc_scan s;

	put_start(*state, "events.ndjson.1", A, OTHER_BOOT, 1, 1);
	put_event(*state, "exec", A, 9);
	put_event(*state, "exec", A, 7);
	put_event(*state, "exec", B, 70);
	assert_int_equal(scan(*state, &s).last.seq, 9);
}

static void test_start_without_helper_is_counted(void **state)
{
	_gc_scan_ struct gc_scan s;

	put_event(*state, "session.start", A, 0);
	assert_int_equal(scan(*state, &s).n, 0);
	assert_int_equal(s.unfollowed, 1);
}

static void test_hostile_lines_are_skipped(void **state)
{
	_free_ char *longer = calloc(1, 3 * GC_LINE_BYTES);
	_gc_scan_ struct gc_scan s;

	assert_non_null(longer);
	memset(longer, '[', 3 * GC_LINE_BYTES - 2);
	longer[3 * GC_LINE_BYTES - 2] = '\n';
	put(*state, "events.ndjson", "\n[]\n{\"session\":\"../../etc/passwd\"}\n{\"session\":7}\nnull\n");
	put(*state, "events.ndjson", "{\"session\":\"" A "\",\"event\":\"session.end\"} trailing\n");
	put(*state, "events.ndjson", longer);
	put_start(*state, "events.ndjson", B, OTHER_BOOT, 1, 1);
	put(*state, "events.ndjson", "{\"v\":1,\"event\":\"session.e");
	assert_int_equal(scan(*state, &s).n, 1);
	assert_int_equal(s.skipped, 8);
	assert_false(s.ends_in_newline);
}

static void test_log_that_is_a_link_is_refused(void **state)
{
	struct log *log = *state;
	_gc_scan_ struct gc_scan s;

	assert_int_equal(symlinkat("/etc/passwd", log->dir, "events.ndjson"), 0);
	assert_int_equal(gc_scan_log(&s, log->dir, NULL), -ELOOP);
}

static void test_is_alive_name_with_parentheses(void **state)
{
	char name[] = "x) R 1 (y";
	int ready[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody */
		(void)io_write_file("/proc/self/comm", name);
		(void)close(ready[1]);
		(void)pause();
		_exit(0);
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], name, 1), 0);
	(void)close(ready[0]);
	assert_true(gc_is_alive(pid, start_of(pid)));
	assert_false(gc_is_alive(pid, start_of(pid) + 1));
	(void)kill(pid, SIGKILL);
	(void)waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	assert_false(gc_is_alive(pid, start_of(pid))); /* a zombie serves nobody */
	(void)waitpid(pid, NULL, 0);
	assert_false(gc_is_alive(pid, 1));
}

static void test_end_record(void **state)
{
	_json_ struct json_object *end = NULL;
	_gc_scan_ struct gc_scan s;
	struct lost lost;
	uint64_t seq = 0;

	put_start(*state, "events.ndjson.1", A, OTHER_BOOT, 1, 1);
	put_event(*state, "exec", A, 4);
	lost = scan(*state, &s);
	assert_int_equal(lost.n, 1);
	end = gc_end_record(&s, &lost.last);
	assert_non_null(end);
	assert_string_equal(gc_text(end, "event"), "session.end");
	assert_string_equal(gc_text(end, "session"), A);
	assert_string_equal(gc_text(end, "user"), "al\\x0aice");
	assert_string_equal(gc_text(end, "outcome"), "fault");
	assert_string_equal(gc_text(end, "reason"), "lost");
	assert_string_equal(gc_text(end, "by"), "gc");
	assert_string_equal(gc_text(end, "boot_id"), s.boot_id);
	assert_true(gc_number(end, "seq", &seq));
	assert_int_equal(seq, 5);
	assert_null(json_object_object_get(end, "helper_pid"));
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, make_log, remove_log)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(test_no_files),
		LOG_TEST(test_live_helper_is_not_lost),
		LOG_TEST(test_pid_reused_is_lost),
		LOG_TEST(test_other_boot_is_lost),
		LOG_TEST(test_ended_and_refused_are_not_lost),
		LOG_TEST(test_group_of_a_fault_is_looked_for),
		LOG_TEST(test_group_of_an_orderly_end_is_not),
		LOG_TEST(test_seq_is_the_highest),
		LOG_TEST(test_start_without_helper_is_counted),
		LOG_TEST(test_hostile_lines_are_skipped),
		LOG_TEST(test_log_that_is_a_link_is_refused),
		LOG_TEST(test_is_alive_name_with_parentheses),
		LOG_TEST(test_end_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
