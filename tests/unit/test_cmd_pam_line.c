/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/cmd_pam_line.h"

#include <errno.h>
#include <string.h>

struct fixture {
	char directory[40];
	struct pam_line line;
	struct err e;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	(void)strcpy(f->directory, "/tmp/test_pam_line.XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf %s", f->directory);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void put(const struct fixture *f, const char *name, const char *text)
{
	char path[96];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", f->directory, name);
	out = fopen(path, "w");
	assert_non_null(out);
	(void)fputs(text, out);
	(void)fclose(out);
}

static int find(struct fixture *f, const char *service)
{
	f->e = (struct err){ 0 };
	return pam_line_find(f->directory, service, &f->line, &f->e);
}

static void test_arguments(void **state)
{
	struct fixture *f = *state;

	put(f, "sshd", "# session required pam_swrap.so profile=wrong\n"
		       "auth required pam_swrap.so profile=wrong\n"
		       "session\t[success=ok default=bad]  /lib/security/pam_swrap.so profile=strict \\\n"
		       "   [set=ReadOnlyPaths=/a /b\\]c] fail=open # profile=comment\n"
		       "session required pam_swrap.so profile=second\n");
	assert_int_equal(find(f, "sshd"), 0);
	assert_true(f->line.found);
	assert_int_equal(f->line.line, 3);
	assert_non_null(strstr(f->line.file, "/sshd"));
	assert_int_equal(f->line.n, 3);
	assert_string_equal(f->line.arguments[0], "profile=strict");
	assert_string_equal(f->line.arguments[1], "set=ReadOnlyPaths=/a /b]c");
	assert_string_equal(pam_line_value(&f->line, "fail="), "open");
	assert_null(pam_line_value(&f->line, "config="));
}

static void test_last_value(void **state)
{
	struct fixture *f = *state;

	put(f, "su", "-session optional pam_swrap.so profile=a debug profile=b");
	assert_int_equal(find(f, "su"), 0);
	assert_string_equal(pam_line_value(&f->line, "profile="), "b");
}

static void test_includes(void **state)
{
	struct fixture *f = *state;

	put(f, "su-l", "@include su\n");
	put(f, "su", "session include common\n");
	put(f, "common", "\n\nsession substack deep\n");
	put(f, "deep", "session required pam_swrap.so\n");
	assert_int_equal(find(f, "su-l"), 0);
	assert_true(f->line.found);
	assert_int_equal(f->line.n, 0);
	assert_non_null(strstr(f->line.file, "/deep"));
	put(f, "loop", "@include loop\n");
	assert_int_equal(find(f, "loop"), -ELOOP);
	put(f, "broken", "@include nowhere\n");
	assert_int_equal(find(f, "broken"), -ENOENT);
}

static void test_none(void **state)
{
	struct fixture *f = *state;

	put(f, "sshd", "session required pam_unix.so\nsession\nsession required\n");
	assert_int_equal(find(f, "sshd"), 0);
	assert_false(f->line.found);
	assert_int_equal(find(f, "unheard-of"), 0);
	assert_false(f->line.found);
	put(f, "other", "session required pam_swrap.so quiet\n");
	assert_int_equal(find(f, "unheard-of"), 0);
	assert_true(f->line.found);
	assert_int_equal(find(f, "sshd"), 0); /* has a file of its own */
	assert_false(f->line.found);
}

static void test_names(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(find(f, ""), -EINVAL);
	assert_int_equal(find(f, "../passwd"), -EINVAL);
	assert_int_equal(find(f, "."), -EINVAL);
}

static void test_too_many(void **state)
{
	struct fixture *f = *state;
	char text[4096] = "session required pam_swrap.so";

	for (int i = 0; i <= PAM_LINE_ARGUMENTS; i++)
		(void)strcat(text, " debug");
	put(f, "sshd", text);
	assert_int_equal(find(f, "sshd"), -E2BIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_arguments), TEST(test_last_value), TEST(test_includes),
		TEST(test_none),      TEST(test_names),	     TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
