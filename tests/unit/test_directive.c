/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/attr.h"
#include "src/directive.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

enum { TEXT_BYTES = 8192 };

static int set_up(void **state)
{
	static struct profile profile;

	profile_init(&profile);
	*state = &profile;
	return 0;
}

static int tear_down(void **state)
{
	profile_done(*state);
	return 0;
}

static int set(struct profile *p, const char *name, const char *value, char *reason)
{
	const struct directive *d = directive_find(name);
	_free_ char *copy = strdup(value);

	assert_non_null(d);
	return directive_set(d, p, copy, reason);
}

static void accepted(struct profile *p, const char *name, const char *value)
{
	char reason[DIRECTIVE_REASON_BYTES] = "";
	int r = set(p, name, value, reason);

	if (r < 0)
		fail_msg("%s=%s: %s", name, value, reason);
}

static void refused(struct profile *p, const char *name, const char *value, const char *expected)
{
	char reason[DIRECTIVE_REASON_BYTES] = "";

	if (set(p, name, value, reason) != -EINVAL)
		fail_msg("%s=%s was accepted", name, value);
	if (!strstr(reason, expected))
		fail_msg("%s=%s: %s", name, value, reason);
}

/* ---- the table ---- */

static void test_table(void **state)
{
	(void)state;
	assert_in_range(directive_count, 80, DIRECTIVE_MAX);
	for (size_t i = 0; i < directive_count; i++) {
		const struct directive *d = &directive_table[i];

		assert_ptr_equal(directive_find(d->name), d); /* so no name is there twice */
		assert_true(d->section[0] && d->doc[0] && d->example[0] && directive_type_name(d)[0]);
		assert_int_equal(d->type == TYPE_WORD, d->words != NULL);
		assert_int_equal(d->doc[strlen(d->doc) - 1], '.');
		for (size_t k = 0; k < i; k++)
			assert_true(directive_table[k].offset != d->offset);
	}
}

/* The default as text, read again, is the default; and none needs memory that profile_init() cannot get. */
static void test_defaults(void **state)
{
	for (size_t i = 0; i < directive_count; i++) {
		const struct directive *d = &directive_table[i];
		char text[TEXT_BYTES];

		assert_int_equal(directive_format(d, *state, text, sizeof(text)), 0);
		assert_string_equal(text, d->fallback);
		if (text[0])
			accepted(*state, d->name, d->fallback);
	}
}

/* Every line of a text, as a file would have it. */
static void read_lines(struct profile *p, const struct directive *d, char *text)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		accepted(p, d->name, line);
}

static void assert_round_trip(struct profile *p, const struct directive *d)
{
	char text[TEXT_BYTES], again[TEXT_BYTES], copy[TEXT_BYTES];

	assert_int_equal(directive_format(d, p, text, sizeof(text)), 0);
	(void)strcpy(copy, text);
	directive_reset(d, p);
	read_lines(p, d, copy);
	assert_int_equal(directive_format(d, p, again, sizeof(again)), 0);
	assert_string_equal(again, text);
}

static void test_examples(void **state)
{
	for (size_t i = 0; i < directive_count; i++) {
		accepted(*state, directive_table[i].name, directive_table[i].example);
		assert_round_trip(*state, &directive_table[i]);
		directive_reset(&directive_table[i], *state);
	}
	test_defaults(state); /* nothing of it is left */
}

static void test_full(void **state)
{
	char text[8];

	accepted(*state, "CgroupParent", "a-long-name.slice");
	assert_int_equal(directive_format(directive_find("CgroupParent"), *state, text, sizeof(text)), -ENOSPC);
	assert_string_equal(text, "/a-long");
}

static void test_nearest(void **state)
{
	(void)state;
	assert_string_equal(directive_nearest("PrivateTemp"), "PrivateTmp");
	assert_string_equal(directive_nearest("NoNewPriveleges"), "NoNewPrivileges");
	assert_string_equal(directive_nearest("umask"), "UMask");
	assert_string_equal(directive_nearest("MemroyMax"), "MemoryMax");
	assert_null(directive_nearest("ExecStart"));
	assert_null(directive_nearest(""));
}

/* ---- types ---- */

static void test_words(void **state)
{
	struct profile *p = *state;

	accepted(p, "PrivateTmp", "ON");
	assert_true(p->private_tmp);
	accepted(p, "PrivateTmp", "0");
	assert_false(p->private_tmp);
	accepted(p, "ProtectSystem", "true");
	assert_int_equal(p->protect_system, PROTECT_SYSTEM_YES);
	accepted(p, "PrivateUsers", "full");
	assert_int_equal(p->private_users, PRIVATE_USERS_IDENTITY);
	refused(p, "Mode", "yes", "expected one of enforce, permissive, not yes");
	refused(p, "PrivateTmp", "yess", "expected yes or no");
}

static void test_numbers(void **state)
{
	struct profile *p = *state;

	accepted(p, "OOMScoreAdjust", "-1000");
	assert_int_equal(p->oom_score_adjust.value, -1000);
	refused(p, "OOMScoreAdjust", "-1001", "from -1000 to 1000");
	refused(p, "Nice", "1x", "from -20 to 19");
	accepted(p, "UMask", "027");
	assert_int_equal(p->umask.value, 027);
	refused(p, "UMask", "8", "a mode");
	refused(p, "UMask", "01000", "a mode");
	accepted(p, "MemoryMax", "1G");
	assert_true(p->memory_max.value == 1 << 30 && !p->memory_max.relative);
	accepted(p, "MemoryHigh", "12.5%");
	assert_true(p->memory_high.value == 1250 && p->memory_high.relative);
	refused(p, "MemoryMax", "0", "a size");
	refused(p, "MemoryMax", "101%", "a size");
	accepted(p, "TasksMax", "infinity");
	assert_true(p->tasks_max.value == UINT64_MAX);
	refused(p, "TasksMax", "1K", "a number");
	accepted(p, "CPUQuota", "150%");
	assert_true(p->cpu_quota.value == 1500000);
	refused(p, "CPUQuota", "150", "a share");
	refused(p, "CPUQuota", "0%", "a share");
}

static void test_times(void **state)
{
	struct profile *p = *state;

	accepted(p, "RuntimeMaxSec", "1h 30");
	assert_true(p->runtime_max_usec == UINT64_C(3630) * 1000000);
	accepted(p, "RuntimeMaxSec", "infinity");
	assert_true(p->runtime_max_usec == 0);
	refused(p, "IdleTimeoutSec", "0", "a time");
	accepted(p, "Linger", "grace:2min");
	assert_int_equal(p->linger.kind, LINGER_GRACE);
	assert_int_equal(p->linger.seconds, 120);
	refused(p, "Linger", "grace", "expected kill, grace:SECONDS or keep");
	refused(p, "Linger", "grace:0", "expected kill");
	refused(p, "Linger", "grace:1ms", "expected kill");
	accepted(p, "Home", "wait:5");
	assert_int_equal(p->home.seconds, 5);
	refused(p, "Home", "wait:infinity", "expected require");
}

static void test_paths(void **state)
{
	struct profile *p = *state;

	accepted(p, "ReadOnlyPaths", "//a///b/ -%h/x \"/c d\" %h");
	assert_string_equal(p->read_only_paths.items[0], "/a/b");
	assert_string_equal(p->read_only_paths.items[1], "-%h/x");
	assert_string_equal(p->read_only_paths.items[2], "/c d");
	refused(p, "ReadOnlyPaths", "/a ../b", "an absolute path, not ../b");
	refused(p, "ReadOnlyPaths", "/a/../b", "an absolute path");
	refused(p, "ReadOnlyPaths", "/a/%i", "an absolute path");
	refused(p, "ReadOnlyPaths", "+/a", "an absolute path");
	refused(p, "ReadOnlyPaths", "\"/a", "a quote is not closed");
	accepted(p, "RootDirectory", "/srv/my root");
	assert_string_equal(p->root_directory, "/srv/my root");
	refused(p, "RootDirectory", "tiny", "an absolute path, minimal or empty");
	refused(p, "NetworkNamespacePath", "netns", "an absolute path");
	accepted(p, "CgroupParent", "/a.slice/b.slice/");
	assert_string_equal(p->cgroup_parent, "/a.slice/b.slice");
	refused(p, "CgroupParent", "a/../..", "a control group");
	refused(p, "CgroupParent", "/", "a control group");
}

static void test_structured_words(void **state)
{
	struct profile *p = *state;

	accepted(p, "BindPaths", "/a -/a:/b /a:/b:norbind %h:/mnt");
	refused(p, "BindPaths", "/a:", "SOURCE[:DESTINATION");
	refused(p, "BindPaths", "/a:/b:bind", "SOURCE[:DESTINATION");
	refused(p, "BindPaths", "/a:/b:rbind:", "SOURCE[:DESTINATION");
	refused(p, "BindReadOnlyPaths", "a:/b", "SOURCE[:DESTINATION");
	accepted(p, "TemporaryFileSystem", "/a /b:ro,size=10M,mode=0755");
	refused(p, "TemporaryFileSystem", "/b:suid", "PATH[:");
	refused(p, "TemporaryFileSystem", "/b:", "PATH[:");
	refused(p, "TemporaryFileSystem", "/b:size=", "PATH[:");
	refused(p, "TemporaryFileSystem", "/b:size=1M,", "PATH[:");
	accepted(p, "Landlock", "/a:r -/b:rwxcd");
	refused(p, "Landlock", "/a", "PATH:RIGHTS");
	refused(p, "Landlock", "/a:", "PATH:RIGHTS");
	refused(p, "Landlock", "/a:rq", "PATH:RIGHTS");
	refused(p, "Landlock", "/a:rr", "PATH:RIGHTS");
	accepted(p, "LoadCredential", "a.b:/c");
	refused(p, "LoadCredential", "../a:/c", "ID:PATH");
	refused(p, "LoadCredential", "a/b:/c", "ID:PATH");
	refused(p, "LoadCredential", ":/c", "ID:PATH");
	refused(p, "LoadCredential", "a:c", "ID:PATH");
}

static void test_environment(void **state)
{
	struct profile *p = *state;
	char many[4096] = "";

	accepted(p, "Environment", "A=1 \"B_2=x y\" C=");
	assert_string_equal(p->environment.items[1], "B_2=x y");
	refused(p, "Environment", "A", "NAME=value");
	refused(p, "Environment", "2A=1", "NAME=value");
	refused(p, "Environment", "A.B=1", "NAME=value");
	refused(p, "PassEnvironment", "A=1", "name of a variable");
	accepted(p, "UnsetEnvironment", "A B=1");
	accepted(p, "PassEnvironment", "A");
	accepted(p, "PassEnvironment", "");
	assert_int_equal(p->pass_environment.n, 0);
	accepted(p, "Environment", "");
	for (int i = 0; i < 257; i++)
		(void)strcat(many, "A=1 ");
	refused(p, "Environment", many, "more than 256 entries");
}

static void test_environment_bytes(void **state)
{
	_free_ char *large = malloc(131072);

	memset(large, 'A', 131071);
	large[1] = '=';
	large[131071] = 0;
	accepted(*state, "Environment", large);
	refused(*state, "Environment", "B=1", "more than 131072 bytes");
}

static void test_negated(void **state)
{
	struct profile *p = *state;

	accepted(p, "SystemCallFilter", "@login");
	accepted(p, "SystemCallFilter", "~@mount ptrace:ENOSYS ?new_call");
	accepted(p, "SystemCallFilter", "kill");
	assert_int_equal(p->system_call_filter.n, 5);
	assert_string_equal(p->system_call_filter.items[1], "~@mount");
	assert_string_equal(p->system_call_filter.items[2], "~ptrace:ENOSYS");
	assert_string_equal(p->system_call_filter.items[3], "~?new_call");
	assert_string_equal(p->system_call_filter.items[4], "kill");
	assert_round_trip(p, directive_find("SystemCallFilter"));
	accepted(p, "SystemCallFilter", "");
	accepted(p, "SystemCallFilter", "~mount");
	accepted(p, "SystemCallFilter", "open");
	assert_round_trip(p, directive_find("SystemCallFilter"));
	refused(p, "SystemCallFilter", "Mount", "a system call");
	refused(p, "SystemCallFilter", "mount:EPREM", "a system call");
	refused(p, "SystemCallFilter", "@", "a system call");
	refused(p, "SystemCallFilter", "?@mount", "a system call");
	refused(p, "SystemCallFilter", "mount()", "a system call");
	accepted(p, "RestrictAddressFamilies", "~AF_PACKET AF_LOCAL");
	assert_string_equal(p->restrict_address_families.items[1], "~AF_LOCAL");
	refused(p, "RestrictAddressFamilies", "AF_INET4", "did you mean AF_INET?");
	accepted(p, "RestrictNamespaces", "~user net");
	refused(p, "RestrictNamespaces", "network", "a kind of namespace");
	refused(p, "SystemCallArchitectures", "x86_64", "did you mean x86-64?");
	accepted(p, "SystemCallErrorNumber", "kill");
	accepted(p, "SystemCallErrorNumber", "38");
	refused(p, "SystemCallErrorNumber", "EPREM", "an error");
}

#define CAP(name) (UINT64_C(1) << (name))

static void test_capabilities(void **state)
{
	struct profile *p = *state;

	accepted(p, "CapabilityBoundingSet", "CAP_CHOWN kill");
	assert_true(p->bounding == (CAP(CAP_CHOWN) | CAP(CAP_KILL)));
	accepted(p, "CapabilityBoundingSet", "CAP_BPF");
	assert_true(p->bounding == (CAP(CAP_CHOWN) | CAP(CAP_KILL) | CAP(CAP_BPF)));
	accepted(p, "CapabilityBoundingSet", "~CAP_KILL CAP_BPF");
	assert_true(p->bounding == CAP(CAP_CHOWN));
	accepted(p, "CapabilityBoundingSet", "");
	assert_true(p->bounding == 0);
	accepted(p, "CapabilityBoundingSet", "CAP_KILL");
	assert_true(p->bounding == CAP(CAP_KILL));
	accepted(p, "CapabilityBoundingSet", "~");
	accepted(p, "CapabilityBoundingSet", "~CAP_SYS_ADMIN");
	assert_false(p->bounding & CAP(CAP_SYS_ADMIN));
	assert_true(p->bounding & CAP(CAP_CHOWN));
	assert_round_trip(p, directive_find("CapabilityBoundingSet"));
	refused(p, "AmbientCapabilities", "CAP_SYSADMIN", "did you mean CAP_SYS_ADMIN?");
}

static void test_steps(void **state)
{
	struct profile *p = *state;

	accepted(p, "Prefer", "cgroup landlock");
	accepted(p, "Prefer", "root");
	assert_true(p->prefer == (STEP_BIT(STEP_CGROUP) | STEP_BIT(STEP_LANDLOCK) | STEP_BIT(STEP_ROOT)));
	refused(p, "Prefer", "uid", "uid cannot be only preferred");
	refused(p, "Prefer", "seccomp", "seccomp cannot be only preferred");
	accepted(p, "Require", "uid");
	refused(p, "Require", "pid-namespaces", "did you mean pid-namespace?");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_table),	 TEST(test_defaults),	   TEST(test_examples),
		TEST(test_full),	 TEST(test_nearest),	   TEST(test_words),
		TEST(test_numbers),	 TEST(test_times),	   TEST(test_paths),
		TEST(test_structured_words), TEST(test_environment), TEST(test_environment_bytes),
		TEST(test_negated),	 TEST(test_capabilities),  TEST(test_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
