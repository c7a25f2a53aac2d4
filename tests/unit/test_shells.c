/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "pam/shells.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static char directory[64];
static char resolved[PATH_MAX];

static const char *in_directory(const char *name, char path[PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "%s/%s", directory, name);
	return path;
}

static void make_file(const char *name, mode_t mode)
{
	char path[PATH_MAX];
	int fd = open(in_directory(name, path), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static int setup(void **state)
{
	char path[PATH_MAX];

	(void)state;
	strcpy(directory, "/tmp/swrap-shells-XXXXXX");
	assert_non_null(mkdtemp(directory));
	assert_non_null(realpath(directory, resolved));
	make_file("one", 0755);
	make_file("two", 0711);
	make_file("plain", 0644);
	assert_int_equal(symlink("one", in_directory("link", path)), 0);
	assert_int_equal(symlink("nowhere", in_directory("dangling", path)), 0);
	return 0;
}

static int teardown(void **state)
{
	char command[PATH_MAX];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static const char *write_listing(const char *text, char path[PATH_MAX])
{
	FILE *file = fopen(in_directory("listing", path), "we");

	assert_non_null(file);
	for (; *text; text++)
		(void)(*text == '@' ? fputs(directory, file) : fputc(*text, file));
	assert_int_equal(fclose(file), 0);
	return path;
}

static bool has(const struct shell_list *list, const char *name)
{
	char path[PATH_MAX * 2];

	(void)snprintf(path, sizeof(path), "%s/%s", resolved, name);
	for (unsigned int i = 0; i < list->n; i++) {
		if (strcmp(list->items[i].path, path) == 0)
			return true;
	}
	return false;
}

static void test_collect_resolves_and_dedupes(void **state)
{
	struct shell_list list = { 0 };
	char listing[PATH_MAX], shell[PATH_MAX];
	struct err e = { 0 };
	struct stat st;

	(void)state;
	write_listing("# comment\n\n@/one\n  @/link  # same\n@/two#x\nrelative\n@/two\n", listing);
	assert_int_equal(shells_collect(&list, in_directory("link", shell), listing, &e), 0);
	assert_int_equal(list.n, 3); /* one, /bin/sh, two */
	assert_true(has(&list, "one"));
	assert_true(has(&list, "two"));
	assert_int_equal(stat(shell, &st), 0);
	assert_int_equal(list.items[0].ino, st.st_ino);
	assert_int_equal(list.items[0].dev, st.st_dev);
	shells_done(&list);
	assert_int_equal(list.n, 0);
}

static void test_collect_leaves_out_what_cannot_run(void **state)
{
	struct shell_list list = { 0 };
	char listing[PATH_MAX], shell[PATH_MAX];
	struct err e = { 0 };

	(void)state;
	write_listing("@/plain\n@/dangling\n@\n/dev/null\n@/missing\n", listing);
	assert_int_equal(shells_collect(&list, in_directory("missing", shell), listing, &e), 0);
	assert_int_equal(list.n, 1); /* /bin/sh */
	shells_done(&list);
}

static void test_collect_empty_shell_is_sh(void **state)
{
	struct shell_list list = { 0 };
	char sh[PATH_MAX];
	struct err e = { 0 };

	(void)state;
	assert_non_null(realpath("/bin/sh", sh));
	assert_int_equal(shells_collect(&list, "", "/nonexistent/shells", &e), 0);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0].path, sh);
	shells_done(&list);
}

static int collect_many(unsigned int count, struct err *e)
{
	struct shell_list list = { 0 };
	char listing[PATH_MAX], name[16], sh[] = "/bin/sh";
	FILE *file = fopen(in_directory("listing", listing), "we");
	int r;

	for (unsigned int i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "s%u", i);
		make_file(name, 0755);
		(void)fprintf(file, "%s/%s\n", directory, name);
	}
	assert_int_equal(fclose(file), 0);
	r = shells_collect(&list, sh, listing, e);
	shells_done(&list);
	return r;
}

static void test_collect_is_bounded(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(collect_many(SHELLS_MAX - 1, &e), 0);
	assert_int_equal(collect_many(SHELLS_MAX, &e), -E2BIG);
	assert_string_equal(e.what, "shells");
}

static void test_collect_unreadable_listing(void **state)
{
	struct shell_list list = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(shells_collect(&list, "", "/dev/null/shells", &e), -ENOTDIR);
	shells_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_collect_resolves_and_dedupes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_collect_leaves_out_what_cannot_run, setup,
						teardown),
		cmocka_unit_test(test_collect_empty_shell_is_sh),
		cmocka_unit_test_setup_teardown(test_collect_is_bounded, setup, teardown),
		cmocka_unit_test(test_collect_unreadable_listing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
