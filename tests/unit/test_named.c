/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "pam/named.h"
#include "src/attr.h"
#include "src/io.h"

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

/* Two directories of rules below one of our own. */
struct place {
	char top[64], admin[96], vendor[96];
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	*state = p;
	(void)strcpy(p->top, "/tmp/test_named.XXXXXX");
	if (!mkdtemp(p->top))
		return -1;
	(void)snprintf(p->admin, sizeof(p->admin), "%s/admin", p->top);
	(void)snprintf(p->vendor, sizeof(p->vendor), "%s/vendor", p->top);
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_place(void **state)
{
	struct place *p = *state;
	int r = nftw(p->top, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

	free(p);
	return r;
}

static void make_directory(const char *below, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", below, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void make_file(const char *below, const char *name, const char *text)
{
	char path[256];
	_close_ int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", below, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(io_write_full(fd, text, strlen(text)), 0);
}

static bool named(const struct place *p, const char *word)
{
	return named_below(p->admin, p->vendor, word);
}

static void test_nothing_there(void **state)
{
	const struct place *p = *state;

	assert_false(named(p, "cron"));
	make_directory(p->top, "admin");
	make_directory(p->top, "vendor");
	assert_false(named(p, "cron"));
	make_directory(p->admin, "rules.d");
	make_directory(p->vendor, "rules.d");
	assert_false(named(p, "cron"));
}

static void test_tables(void **state)
{
	const struct place *p = *state;

	make_directory(p->top, "admin");
	make_directory(p->top, "vendor");
	make_file(p->vendor, "rules.conf", "* * login\n");
	assert_false(named(p, "cron"));
	make_file(p->vendor, "rules.conf", "* * login\ncron * login");
	assert_true(named(p, "cron"));
	assert_false(named(p, "root"));
	make_file(p->admin, "rules.conf", "* root login\n");
	assert_true(named(p, "root"));
	assert_false(named(p, "sudo"));
}

static void test_drop_ins(void **state)
{
	const struct place *p = *state;

	make_directory(p->top, "admin");
	make_directory(p->admin, "rules.d");
	make_directory(p->top, "vendor");
	make_directory(p->vendor, "rules.d");
	make_file(p->admin, "rules.d/10-a.conf.bak", "cron * login\n");
	make_file(p->admin, "rules.d/.10-a.conf", "cron * login\n");
	make_file(p->admin, "rules.d/20-b.conf", "sshd * login\n");
	assert_false(named(p, "cron"));
	make_file(p->vendor, "rules.d/30-c.conf", "cron * login\n");
	assert_true(named(p, "cron"));
	make_file(p->vendor, "rules.d/30-c.conf", "");
	assert_false(named(p, "cron"));
	make_file(p->admin, "rules.d/10-a.conf", "cron * login\n");
	assert_true(named(p, "cron"));
}

/* What cannot be looked through may name anybody: the helper will say what is wrong with it. */
static void test_unreadable(void **state)
{
	const struct place *p = *state;
	char path[256];

	make_directory(p->top, "vendor");
	make_file(p->top, "admin", "");
	assert_true(named(p, "cron"));
	(void)snprintf(path, sizeof(path), "%s", p->admin);
	assert_int_equal(unlink(path), 0);
	make_directory(p->top, "admin");
	make_directory(p->admin, "rules.conf");
	assert_true(named(p, "cron"));
	(void)snprintf(path, sizeof(path), "%s/rules.conf", p->admin);
	assert_int_equal(rmdir(path), 0);
	make_file(p->admin, "rules.d", "");
	assert_true(named(p, "cron"));
}

/* A pipe must hang nobody, and what is too large is not read. */
static void test_pipe_and_size(void **state)
{
	const struct place *p = *state;
	char path[256];

	make_directory(p->top, "admin");
	make_directory(p->admin, "rules.d");
	(void)snprintf(path, sizeof(path), "%s/rules.conf", p->admin);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(named(p, "cron"));
	(void)snprintf(path, sizeof(path), "%s/rules.d/10-a.conf", p->admin);
	make_file(p->admin, "rules.d/10-a.conf", "");
	assert_int_equal(truncate(path, 64 * 1024 - 1), 0);
	assert_false(named(p, "cron"));
	assert_int_equal(truncate(path, 64 * 1024), 0);
	assert_true(named(p, "cron"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_there), TEST(test_tables),	    TEST(test_drop_ins),
		TEST(test_unreadable),	  TEST(test_pipe_and_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
