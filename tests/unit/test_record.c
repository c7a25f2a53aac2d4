/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/record.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct fixture {
	struct identity identity;
	struct record_base base;
	char scratch[RECORD_SCRATCH_BYTES];
	char members[RECORD_MEMBERS_BYTES];
	char line[RECORD_LINE_BYTES];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	(void)snprintf(f->identity.session, sizeof(f->identity.session), "0123456789abcdef");
	(void)snprintf(f->identity.user, sizeof(f->identity.user), "al\"ice\n");
	(void)snprintf(f->identity.service, sizeof(f->identity.service), "sshd");
	(void)snprintf(f->identity.rhost, sizeof(f->identity.rhost), "::1");
	f->identity.uid = 1000;
	record_base_init(&f->base, &f->identity);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

/* Parses the line: exactly one object and a newline. The caller puts it. */
static struct json_object *parse(const char *line, size_t n)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	object = json_tokener_parse_ex(tokener, line, (int)(n - 1));
	assert_int_equal(json_tokener_get_error(tokener), json_tokener_success);
	assert_int_equal(json_tokener_get_parse_end(tokener), n - 1);
	assert_int_equal(line[n - 1], '\n');
	assert_null(memchr(line, '\n', n - 1));
	json_tokener_free(tokener);
	return object;
}

static const char *text(struct json_object *object, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, key, &value));
	return value ? json_object_get_string(value) : "null";
}

static void test_line_base_members(void **state)
{
	static const char *const order[] = {
		"v",   "event", "session", "seq",     "ts",  "boot_id", "host",	 "user",
		"uid", "auid",	"ses",	   "service", "tty", "rhost",	"ruser", "level",
	};
	struct fixture *f = *state;
	size_t n = record_line(&f->base, 7, "session.ready", "\"level\":\"full\"", 14, f->line,
			       sizeof(f->line));
	struct json_object *object = parse(f->line, n);
	size_t i = 0;

	json_object_object_foreach(object, key, value) {
		(void)value;
		assert_true(i < ARRAY_SIZE(order));
		assert_string_equal(key, order[i++]);
	}
	assert_int_equal(i, ARRAY_SIZE(order));
	assert_string_equal(text(object, "v"), "1");
	assert_string_equal(text(object, "seq"), "7");
	assert_string_equal(text(object, "session"), "0123456789abcdef");
	assert_string_equal(text(object, "user"), "al\"ice\\x0a");
	assert_int_equal(strlen(text(object, "boot_id")), 36);
	json_object_put(object);
}

/* The time is now, in the one format. */
static void test_line_time(void **state)
{
	struct fixture *f = *state;
	time_t before = time(NULL), after;
	size_t n = record_line(&f->base, 0, "x", "", 0, f->line, sizeof(f->line));
	struct json_object *object = parse(f->line, n);
	const char *ts = text(object, "ts");
	struct tm tm = { 0 };
	const char *rest = strptime(ts, "%Y-%m-%dT%H:%M:%S", &tm);

	after = time(NULL);
	assert_non_null(rest);
	assert_int_equal(strlen(rest), strlen(".123456Z"));
	assert_int_equal(rest[0], '.');
	assert_int_equal(rest[7], 'Z');
	assert_in_range((uintmax_t)timegm(&tm), (uintmax_t)before, (uintmax_t)after);
	json_object_put(object);
}

/* Each size either holds the whole line or says that it does not. */
static void test_line_too_small(void **state)
{
	struct fixture *f = *state;
	size_t whole = record_line(&f->base, 0, "x", "\"a\":1", 5, f->line, sizeof(f->line));

	assert_true(whole > 0);
	for (size_t size = 64; size < whole; size++)
		assert_int_equal(record_line(&f->base, 0, "x", "\"a\":1", 5, f->line, size), 0);
}

/* The worst names there can be still make a record. */
static void test_line_longest_names(void **state)
{
	struct fixture *f = *state;
	struct json_object *object;
	size_t n;

	memset(f->identity.user, 0xff, sizeof(f->identity.user) - 1);
	memset(f->identity.ruser, 0xff, sizeof(f->identity.ruser) - 1);
	memset(f->identity.service, 1, sizeof(f->identity.service) - 1);
	memset(f->identity.tty, '\\', sizeof(f->identity.tty) - 1);
	memset(f->identity.rhost, 0x1b, sizeof(f->identity.rhost) - 1);
	record_base_init(&f->base, &f->identity);
	n = record_line(&f->base, UINT64_MAX, "session.start", "", 0, f->line, sizeof(f->line));
	object = parse(f->line, n);
	assert_int_equal(strlen(text(object, "ruser")), 4 * (sizeof(f->identity.ruser) - 1));
	json_object_put(object);
}

static struct record_exec example(void)
{
	static const char argv[] = "ls\0--password=x\0/tmp";

	return (struct record_exec){
		.decision = RECORD_ALLOW,
		.source = "record",
		.requested = { "/bin/ls", 7 },
		.path = { "/usr/bin/ls", 11 },
		.cwd = { "/home", 5 },
		.argv = argv,
		.argv_bytes = sizeof(argv),
		.argv_known = true,
		.argv_total = sizeof(argv),
		.dev = 5,
		.ino = 6,
		.pid = 100,
		.pid_inside = 3,
		.euid_known = true,
		.euid = 1000,
		.verified = "none",
	};
}

static struct json_object *make(struct fixture *f, const struct record_exec *exec, size_t limit)
{
	size_t n = record_exec(exec, limit, f->scratch, f->members, sizeof(f->members));

	n = record_line(&f->base, 1, "exec", f->members, n, f->line, sizeof(f->line));
	assert_true(n > 0);
	return parse(f->line, n);
}

static void test_exec(void **state)
{
	struct record_exec exec = example();
	struct json_object *object = make(*state, &exec, RECORD_ARGV_BYTES), *argv;

	assert_string_equal(text(object, "decision"), "allow");
	assert_string_equal(text(object, "requested"), "/bin/ls");
	assert_string_equal(text(object, "path"), "/usr/bin/ls");
	assert_string_equal(text(object, "ino"), "6");
	assert_string_equal(text(object, "pid_inside"), "3");
	assert_string_equal(text(object, "euid"), "1000");
	assert_string_equal(text(object, "verified"), "none");
	assert_true(json_object_object_get_ex(object, "argv", &argv));
	assert_int_equal(json_object_array_length(argv), 3);
	assert_string_equal(json_object_get_string(json_object_array_get_idx(argv, 1)),
			    "--password=[REDACTED]");
	assert_false(json_object_object_get_ex(object, "argv_truncated", &argv));
	assert_false(json_object_object_get_ex(object, "errno", &argv));
	json_object_put(object);
}

static void test_exec_unknown(void **state)
{
	struct record_exec exec = { .decision = RECORD_ERROR,
				    .source = "supervisor",
				    .reason = "unreadable",
				    .num = 1,
				    .pid = 9,
				    .verified = "none" };
	struct json_object *object = make(*state, &exec, 0);

	assert_string_equal(text(object, "decision"), "error");
	assert_string_equal(text(object, "reason"), "unreadable");
	assert_string_equal(text(object, "errno"), "1");
	assert_string_equal(text(object, "requested"), "null");
	assert_string_equal(text(object, "path"), "null");
	assert_string_equal(text(object, "dev"), "null");
	assert_string_equal(text(object, "argv"), "null");
	assert_string_equal(text(object, "cwd"), "null");
	assert_string_equal(text(object, "pid_inside"), "null");
	assert_string_equal(text(object, "euid"), "null");
	json_object_put(object);
}

static size_t argv_bytes(struct json_object *object)
{
	struct json_object *argv;
	size_t bytes = 0;

	assert_true(json_object_object_get_ex(object, "argv", &argv));
	for (size_t i = 0; i < json_object_array_length(argv); i++)
		bytes += strlen(json_object_get_string(json_object_array_get_idx(argv, i))) + 1;
	return bytes;
}

static void test_exec_argv_truncated(void **state)
{
	static char argv[40000];
	struct record_exec exec = example();
	struct json_object *object;

	memset(argv, 'a', sizeof(argv));
	argv[2] = 0;
	argv[sizeof(argv) - 1] = 0;
	exec.argv = argv;
	exec.argv_bytes = sizeof(argv);
	exec.argv_total = 2000000;
	exec.argv_more = true;
	object = make(*state, &exec, RECORD_ARGV_BYTES);
	assert_string_equal(text(object, "argv_truncated"), "true");
	assert_string_equal(text(object, "argv_bytes"), "2000000");
	assert_in_range(argv_bytes(object), RECORD_ARGV_BYTES - 1, RECORD_ARGV_BYTES + 1);
	json_object_put(object);

	exec.argv_total = 0;
	object = make(*state, &exec, RECORD_ARGV_CUT_BYTES);
	assert_string_equal(text(object, "argv_bytes"), "null");
	assert_in_range(argv_bytes(object), RECORD_ARGV_CUT_BYTES - 1, RECORD_ARGV_CUT_BYTES + 1);
	json_object_put(object);
}

/* A secret that the limit cuts is hidden as well. */
static void test_exec_secret_at_limit(void **state)
{
	static const char argv[] = "x\0--token=SECRETSECRET";
	struct record_exec exec = example();

	exec.argv = argv;
	exec.argv_bytes = sizeof(argv);
	for (size_t limit = 0; limit <= sizeof(argv); limit++) {
		struct json_object *object = make(*state, &exec, limit);

		assert_null(strstr(json_object_to_json_string(object), "=S"));
		json_object_put(object);
	}
}

/* The worst an argv can be: it fits into the buffers as their sizes promise. */
static void test_exec_largest(void **state)
{
	static char argv[RECORD_ARGV_BYTES], path[PATH_MAX - 1];
	struct record_exec exec = example();
	struct json_object *object, *value;

	memset(path, 0xff, sizeof(path));
	exec.requested = exec.path = exec.cwd = (struct record_text){ path, sizeof(path) };
	exec.argv = argv;
	exec.argv_bytes = sizeof(argv);
	object = make(*state, &exec, RECORD_ARGV_BYTES); /* empty arguments only */
	assert_true(json_object_object_get_ex(object, "argv", &value));
	assert_int_equal(json_object_array_length(value), RECORD_ARGV_BYTES);
	assert_string_equal(text(object, "verified"), "none");
	json_object_put(object);

	memset(argv, 0xff, sizeof(argv) - 1);
	object = make(*state, &exec, RECORD_ARGV_BYTES);
	assert_string_equal(text(object, "verified"), "none");
	json_object_put(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_line_base_members, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_line_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_line_too_small, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_line_longest_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_exec, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_exec_unknown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_exec_argv_truncated, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_exec_secret_at_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_exec_largest, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
