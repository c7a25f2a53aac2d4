/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "profile_fixture.h"

#include "helper/filter.h"
#include "helper/filter_spec.h"

#include <errno.h>
#include <string.h>

enum { WORDS = 4 };

struct spec_case {
	const char *words[WORDS], *architectures[WORDS], *namespaces[WORDS], *families[WORDS];
	const char *error;
	const char *spec;	/* NULL: refused */
	const char *what;	/* the directive that is named */
};

static const struct spec_case cases[] = {
	{ .spec = "" },
	{ .words = { "@login" }, .spec = "syscalls @login\n" },
	{ .words = { "~keyctl", "~?bpf:ENOSYS", "~@mount:kill" },
	  .spec = "syscalls ~keyctl ~?bpf:38 ~@mount:kill\n" },
	{ .words = { "read:EWOULDBLOCK" }, .spec = "syscalls read:11\n" },
	{ .words = { "read:13" }, .spec = "syscalls read:13\n" },
	{ .words = { "read:0" }, .what = "SystemCallFilter" },
	{ .words = { "read:ENOTHING" }, .what = "SystemCallFilter" },
	{ .words = { "read write" }, .what = "SystemCallFilter" },
	{ .words = { "read\nrestrict deny" }, .what = "SystemCallFilter" },
	{ .words = { "~" }, .what = "SystemCallFilter" },
	{ .words = { "" }, .what = "SystemCallFilter" },
	{ .words = { "~~read" }, .what = "SystemCallFilter" },
	{ .error = "EACCES", .words = { "~bpf" }, .spec = "error 13\nsyscalls ~bpf\n" },
	{ .error = "kill", .spec = "error kill\n" },
	{ .error = "EWHAT", .what = "SystemCallErrorNumber" },
	{ .architectures = { "native" }, .spec = "" },
	{ .architectures = { "x32" }, .what = "SystemCallArchitectures" },
#ifdef __x86_64__
	{ .architectures = { "native", "x86" }, .spec = "architectures x86\n" },
	{ .architectures = { "x86-64" }, .spec = "" },
	{ .architectures = { "arm" }, .what = "SystemCallArchitectures" },
#endif
	{ .namespaces = { "yes" }, .spec = "namespaces 7e020080\n" },
	{ .namespaces = { "no" }, .spec = "" },
	{ .namespaces = { "~user" }, .spec = "namespaces 10000000\n" },
	{ .namespaces = { "~user", "~net" }, .spec = "namespaces 50000000\n" },
	{ .namespaces = { "~user", "~net", "user" }, .spec = "namespaces 40000000\n" },
	{ .namespaces = { "user", "net" }, .spec = "namespaces 2e020080\n" },
	{ .namespaces = { "usr" }, .what = "RestrictNamespaces" },
	{ .families = { "AF_INET6", "AF_UNIX" }, .spec = "families allow 1 10\n" },
	{ .families = { "none" }, .spec = "families allow\n" },
	{ .families = { "~AF_PACKET", "~AF_ALG" }, .spec = "families refuse 17 38\n" },
	{ .families = { "~AF_PACKET", "~AF_ALG", "AF_PACKET" }, .spec = "families refuse 38\n" },
	{ .families = { "AF_UNIX", "AF_INET", "~AF_UNIX" }, .spec = "families allow 2\n" },
	{ .families = { "AF_LOCAL" }, .spec = "families allow 1\n" },
	{ .families = { "AF_NOTHING" }, .what = "RestrictAddressFamilies" },
	{ .families = { "AF_UNIX", "none" }, .what = "RestrictAddressFamilies" },
};

static void fill(struct text_list *list, const char *const *words)
{
	for (int i = 0; i < WORDS && words[i]; i++)
		assert_int_equal(text_list_add(list, words[i]), 0);
}

static void check_case(const struct spec_case *c)
{
	char text[FILTER_SPEC_BYTES] = "";
	struct profile profile;
	struct err e = { 0 };
	int r;

	profile_init(&profile);
	fill(&profile.system_call_filter, c->words);
	fill(&profile.system_call_architectures, c->architectures);
	fill(&profile.restrict_namespaces, c->namespaces);
	fill(&profile.restrict_address_families, c->families);
	profile.system_call_error_number = c->error ? strdup(c->error) : NULL;
	r = filter_spec(&profile, text, sizeof(text), &e);
	profile_done(&profile);
	if (!c->spec) {
		assert_int_equal(r, -EINVAL);
		assert_string_equal(e.what, c->what);
		return;
	}
	assert_int_equal(r, 0);
	assert_memory_equal(text, FILTER_SPEC_HEAD, strlen(FILTER_SPEC_HEAD));
	assert_string_equal(text + strlen(FILTER_SPEC_HEAD), c->spec);
}

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(&cases[i]);
}

/* Every switch has a line of its own, in one order. */
static void test_restrictions(void **state)
{
	char text[FILTER_SPEC_BYTES];
	struct profile p;

	(void)state;
	profile_init(&p);
	p.restrict_realtime = p.lock_personality = p.memory_deny_write_execute = true;
	p.restrict_suid_sgid = p.protect_clock = p.protect_kernel_modules = p.protect_kernel_logs = true;
	p.tasks = TASKS_THREADS;
	assert_int_equal(filter_spec(&p, text, sizeof(text), NULL), 0);
	assert_string_equal(text, FILTER_SPEC_HEAD
			    "restrict realtime\nrestrict personality\nrestrict write-execute\n"
			    "restrict suid-sgid\nrestrict clock\nrestrict kernel-modules\n"
			    "restrict kernel-logs\nrestrict threads\n");
	p.tasks = TASKS_DENY;
	assert_int_equal(filter_spec(&p, text, sizeof(text), NULL), 0);
	assert_non_null(strstr(text, "\nrestrict deny\n"));
	assert_null(strstr(text, "threads"));
	profile_done(&p);
}

static void test_too_long(void **state)
{
	char text[24];
	struct profile p;

	(void)state;
	profile_init(&p);
	assert_int_equal(filter_spec(&p, text, sizeof(text), NULL), 0);
	p.memory_deny_write_execute = true;
	assert_int_equal(filter_spec(&p, text, sizeof(text), NULL), -E2BIG);
	assert_int_equal(filter_spec(&p, text, 5, NULL), -E2BIG);
	profile_done(&p);
}

/* No login with a shipped profile waits for a compiler. */
static void test_shipped_are_prebuilt(void **state)
{
	static const char *const names[] = { "observe", "baseline", "login", "strict", "locked" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[FILTER_SPEC_BYTES];
		struct profile p;

		profile_init(&p);
		assert_int_equal(profile_shipped(&p, names[i]), 0);
		assert_int_equal(filter_spec(&p, text, sizeof(text), NULL), 0);
		if (!filter_prebuilt(text))
			fail_msg("%s: no program for\n%s", names[i], text);
		profile_done(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_restrictions),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_shipped_are_prebuilt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
