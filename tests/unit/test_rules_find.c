/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which rule is whose. A table, a login, and the number of the line that decides; 0 = none.
 */
#include "unit.h"

#include "src/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const gid_t alices_groups[] = { 100, 27, 2100 };

static struct rule_subject alice(void)
{
	return (struct rule_subject){
		.service = "sshd", .user = "alice", .rhost = "192.0.2.7", .uid = 2001, .gid = 100,
		.groups = alices_groups, .ngroups = 3,
	};
}

static struct rule_subject root(void)
{
	return (struct rule_subject){ .service = "sshd", .user = "root", .rhost = "192.0.2.7" };
}

/* What the database knows, and how often it was asked. */
struct database {
	int asked;
};

static int ask(void *context, const char *name, gid_t *ret, struct err *e)
{
	static const struct {
		const char *name;
		gid_t gid;
	} known[] = { { "users", 100 }, { "sudo", 27 }, { "domain users", 2100 }, { "wheel", 10 },
		      { "root", 0 } };
	struct database *db = context;

	db->asked++;
	if (strcmp(name, "broken") == 0)
		return err_set(e, EPIPE, "group", "nobody answers");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, name) != 0)
			continue;
		*ret = known[i].gid;
		return 1;
	}
	return 0;
}

static uint32_t find(const char *text, struct rule_subject subject, struct database *db)
{
	size_t size = strlen(text);
	_free_ char *copy = malloc(size + 1);
	const struct session_rule *rule = NULL;
	struct rules rules;
	struct err e = { 0 };
	uint32_t line;

	memcpy(copy, text, size + 1);
	rules_init(&rules);
	assert_int_equal(rules_parse(&rules, "rules.conf", copy, size, &e), 0);
	assert_int_equal(rules_find(&rules, &subject, ask, db, &rule, &e), 0);
	line = rule ? rule->line : 0;
	rules_done(&rules);
	return line;
}

static uint32_t line_of(const char *text, struct rule_subject subject)
{
	struct database db = { 0 };

	return find(text, subject, &db);
}

static void test_first(void **state)
{
	(void)state;
	assert_int_equal(line_of("", alice()), 0);
	assert_int_equal(line_of("* * a\n* alice b\n", alice()), 1);
	assert_int_equal(line_of("* bob a\nsshd alice b\n* * c\n", alice()), 2);
	assert_int_equal(line_of("login * a\nSSHD * b\nssh * c\nsshd * d\n", alice()), 4);
	assert_int_equal(line_of("* ALICE a\n* alic b\n* alicee c\n", alice()), 0);
	assert_int_equal(line_of("* bob,alice a\n", alice()), 1);
}

static void test_groups(void **state)
{
	(void)state;
	assert_int_equal(line_of("* @wheel a\n* @users b\n", alice()), 2);
	assert_int_equal(line_of("* @sudo a\n", alice()), 1);
	assert_int_equal(line_of("* \"@domain users\" a\n", alice()), 1);
	assert_int_equal(line_of("* @nosuch a\n", alice()), 0);
	assert_int_equal(line_of("* !@nosuch a\n", alice()), 1);
	assert_int_equal(line_of("* @root a\n", alice()), 0);
}

static void test_ids(void **state)
{
	(void)state;
	assert_int_equal(line_of("* uid:2000 a\n* uid:2002-9999 b\n* uid:2001 c\n", alice()), 3);
	assert_int_equal(line_of("* uid:2001-2001 a\n", alice()), 1);
	assert_int_equal(line_of("* uid:0-2000 a\n* uid:0-2001 b\n", alice()), 2);
	assert_int_equal(line_of("* gid:100 a\n", alice()), 1);
	assert_int_equal(line_of("* gid:101-2099 a\n* gid:27 b\n", alice()), 2);
	assert_int_equal(line_of("* gid:0 a\n", alice()), 0);
}

static void test_excluded(void **state)
{
	(void)state;
	assert_int_equal(line_of("* *,!alice a\n* * b\n", alice()), 2);
	assert_int_equal(line_of("* !alice,* a\n* * b\n", alice()), 2);
	assert_int_equal(line_of("* !alice a\n* * b\n", alice()), 2);
	assert_int_equal(line_of("* !bob a\n", alice()), 1);
	assert_int_equal(line_of("* @users,!@sudo a\n* * b\n", alice()), 2);
	assert_int_equal(line_of("* @users,!@wheel a\n", alice()), 1);
	assert_int_equal(line_of("* bob,!carol a\n", alice()), 0);
	assert_int_equal(line_of("* !uid:2001 a\n* !gid:27 b\n* !uid:5 c\n", alice()), 3);
	assert_int_equal(line_of("* !* a\n", alice()), 0);
}

static void test_from(void **state)
{
	struct rule_subject s = alice();

	(void)state;
	assert_int_equal(line_of("* * a from=198.51.100.0/24\n* * b from=192.0.2.0/24\n", s), 2);
	s.rhost = "host.example";
	assert_int_equal(line_of("* * a from=0.0.0.0/0\n* * b from=::/0\n", s), 0);
	s.rhost = "";
	assert_int_equal(line_of("* * a from=0.0.0.0/0\n* * b from=::/0\n* * c\n", s), 3);
	s.rhost = "2001:db8::7";
	assert_int_equal(line_of("* * a from=192.0.2.0/24\n* * b from=2001:db8::/32\n", s), 2);
}

/* "*" is nobody in particular: root is left alone unless it is named, whatever comes first. */
static void test_root(void **state)
{
	(void)state;
	assert_int_equal(line_of("* * a\nsshd * b\n", root()), 0);
	assert_int_equal(line_of("* * a\n* root b\n", root()), 2);
	assert_int_equal(line_of("* uid:0 a\n", root()), 1);
	assert_int_equal(line_of("* uid:0-0 a\n", root()), 1);
	assert_int_equal(line_of("* uid:0-1 a\n* uid:0-60000 b\n", root()), 0);
	assert_int_equal(line_of("* gid:0 a\n* @root b\n", root()), 0);
	assert_int_equal(line_of("* !alice a\n", root()), 0);
	assert_int_equal(line_of("* !root a\n* root,!root b\n", root()), 0);
	assert_int_equal(line_of("* *,root a\n", root()), 1);
	assert_int_equal(line_of("* root a from=10.0.0.0/8\n", root()), 0);
	assert_int_equal(line_of("* root,!uid:0 a\n", root()), 0);
}

static void test_exempt(void **state)
{
	struct rule_subject s = alice();

	(void)state;
	s.service = "cron";
	s.exempt = true;
	assert_int_equal(line_of("* * a\n* alice b\n", s), 0);
	assert_int_equal(line_of("* * a\ncron * b\n", s), 2);
	assert_int_equal(line_of("cron bob a\n", s), 0);
	s.user = "root";
	s.uid = 0;
	assert_int_equal(line_of("cron * a\n* root b\n", s), 0);
	assert_int_equal(line_of("cron root a\n", s), 1);
}

/* A database may be slow or far: it is asked only what decides. */
static void test_questions(void **state)
{
	struct database db = { 0 };

	(void)state;
	(void)find("login @a b\n* @b c from=10.0.0.0/8\n* alice d\n* @e f\n", alice(), &db);
	assert_int_equal(db.asked, 0);
	(void)find("* alice,@users a\n", alice(), &db);
	assert_int_equal(db.asked, 0);
	(void)find("* @wheel a\n* @sudo b\n* @users c\n", alice(), &db);
	assert_int_equal(db.asked, 2);
}

static bool need_groups(const char *text)
{
	size_t size = strlen(text);
	_free_ char *copy = malloc(size + 1);
	struct rules rules;
	struct err e = { 0 };
	bool need;

	memcpy(copy, text, size + 1);
	rules_init(&rules);
	assert_int_equal(rules_parse(&rules, "rules.conf", copy, size, &e), 0);
	need = rules_need_groups(&rules);
	rules_done(&rules);
	return need;
}

static void test_need_groups(void **state)
{
	(void)state;
	assert_false(need_groups(""));
	assert_false(need_groups("* * a\nsshd alice,!bob b from=::/0\n* uid:5 c\n"));
	assert_true(need_groups("* * a\n* alice,!@b c\n"));
	assert_true(need_groups("* gid:100 a\n"));
}

/* Who cannot tell the groups cannot tell the rule: the next one would be somebody else's. */
static void test_broken(void **state)
{
	char text[] = "* @broken strict\n* * login\n";
	struct rule_subject s = alice();
	struct database db = { 0 };
	const struct session_rule *rule = (const struct session_rule *)(uintptr_t)&db;
	struct rules rules;
	struct err e = { 0 };

	(void)state;
	rules_init(&rules);
	assert_int_equal(rules_parse(&rules, "rules.conf", text, strlen(text), &e), 0);
	assert_int_equal(rules_find(&rules, &s, ask, &db, &rule, &e), -EPIPE);
	assert_int_equal(e.num, EPIPE);
	assert_ptr_equal(rule, &db);
	rules_done(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),	  cmocka_unit_test(test_groups),
		cmocka_unit_test(test_ids),	  cmocka_unit_test(test_excluded),
		cmocka_unit_test(test_from),	  cmocka_unit_test(test_root),
		cmocka_unit_test(test_exempt),	  cmocka_unit_test(test_questions),
		cmocka_unit_test(test_broken),	  cmocka_unit_test(test_need_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
