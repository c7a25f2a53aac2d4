/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "../../src/io.h"
#include "../../src/run_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* A helper made of a shell script, in a directory of its own. */
struct place {
	char directory[64];
	char helper[96];
	char said[96];
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	*state = p;
	(void)snprintf(p->directory, sizeof(p->directory), "/tmp/test_run_helper.XXXXXX");
	if (!mkdtemp(p->directory))
		return -1;
	(void)snprintf(p->helper, sizeof(p->helper), "%s/helper", p->directory);
	(void)snprintf(p->said, sizeof(p->said), "%s/said", p->directory);
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;

	(void)unlink(p->helper);
	(void)unlink(p->said);
	(void)rmdir(p->directory);
	free(p);
	return 0;
}

static void write_helper(const struct place *p, mode_t mode, const char *script)
{
	_close_ int fd = open(p->helper, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_full(fd, script, strlen(script)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
}

static int ask(const struct place *p, struct wire_refused *refused)
{
	static struct identity id;
	struct run_helper helper = { .fd = -1 };
	struct run_ready ready;
	int r = run_helper_start(&helper, p->helper, NULL);

	if (r == 0)
		r = run_helper_ask(&helper, &id, &ready, refused, NULL);
	run_helper_done(&helper, true);
	return r;
}

static void test_start_missing(void **state)
{
	struct wire_refused refused;

	assert_int_equal(ask(*state, &refused), -ENOENT);
}

static void test_start_unsafe_or_not_executable(void **state)
{
	struct wire_refused refused;

	write_helper(*state, 0775, "#!/bin/sh\n");
	assert_int_equal(ask(*state, &refused), -EPERM);
	write_helper(*state, 0757, "#!/bin/sh\n");
	assert_int_equal(ask(*state, &refused), -EPERM);
	write_helper(*state, 0644, "#!/bin/sh\n");
	assert_int_equal(ask(*state, &refused), -EACCES);
}

static void test_start_that_cannot_exec_says_why(void **state)
{
	struct wire_refused refused = { .num = 0 };

	write_helper(*state, 0755, "#!/no/such/interpreter\n");
	assert_int_equal(ask(*state, &refused), 1);
	assert_int_equal(refused.num, ENOENT);
	assert_non_null(strstr(refused.text, "child setup failed"));
}

static void test_ask_of_one_that_ends(void **state)
{
	struct wire_refused refused;

	write_helper(*state, 0755, "#!/bin/sh\nexit 3\n");
	assert_int_equal(ask(*state, &refused), -EPIPE);
}

/* A script says what it was given: descriptors, environment, and whether it leads a session. */
static void test_start_gives_nothing_else(void **state)
{
	const struct place *p = *state;
	struct wire_refused refused;
	char script[512], text[512];
	const char *at;
	int pid, leader;

	(void)snprintf(script, sizeof(script),
		       "#!/bin/sh\nexec 4>%s\n"
		       "x=$(for f in /proc/$$/fd/*; do echo ${f##*/} $(readlink $f); done)\n"
		       "printf '%%s\\n' \"$x\" \"$HOME$LD_PRELOAD$CANARY\" >&4\n"
		       "cut -d' ' -f1,6 /proc/$$/stat >&4\n", p->said);
	write_helper(p, 0755, script);
	assert_int_equal(setenv("CANARY", "sings", 1), 0);
	assert_int_equal(dup2(STDERR_FILENO, 77), 77);
	assert_int_equal(ask(p, &refused), -EPIPE);
	(void)close(77);
	assert_true(io_read_file(AT_FDCWD, p->said, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "0 /dev/null\n1 /dev/null\n"));
	assert_non_null(strstr(text, "2 /dev/null\n3 socket:"));
	assert_null(strstr(text, "\n77 "));
	assert_null(strstr(text, "sings"));
	at = strstr(text, "\n\n");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "%d %d", &pid, &leader), 2);
	assert_int_equal(pid, leader);
}

static void test_refused_is_ended(void **state)
{
	struct message m;
	struct wire_refused refused;

	(void)state;
	message_init(&m);
	m.head.length = sizeof(refused);
	memset(m.body, 'x', sizeof(refused));
	assert_true(run_helper_refused(&m, &refused));
	assert_int_equal(strlen(refused.text), sizeof(refused.text) - 1);
	assert_int_equal(strlen(refused.step), sizeof(refused.step) - 1);
	m.head.length--;
	assert_false(run_helper_refused(&m, &refused));
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_start_missing),
		PLACE_TEST(test_start_unsafe_or_not_executable),
		PLACE_TEST(test_start_that_cannot_exec_says_why),
		PLACE_TEST(test_ask_of_one_that_ends),
		PLACE_TEST(test_start_gives_nothing_else),
		cmocka_unit_test(test_refused_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
