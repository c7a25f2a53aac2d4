/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What swrap-profile(5) shows is what the parser takes and the plan honours: each directive's example is
 * read from the page as it is installed, and makes another plan than the same profile without it.
 */
#include "unit.h"

#include "helper/filter_compiler.h"
#include "helper/plan.h"
#include "src/directive.h"
#include "src/io.h"
#include "tools/filter_compile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PAGE UNIT_BUILDDIR "/man/swrap-profile.5"
#define SAMPLE UNIT_BUILDDIR "/etc/sample.conf"

enum { PAGE_BYTES = 1 << 17, LINE_BYTES = 512, TEXT_BYTES = 2048 };

/* In the place of the helper's: the compiler itself, without a process and another user for it. */
int filter_compiler_run(const char *path, const char *spec, const struct compiler_user *user,
			struct sock_filter **ret, unsigned short *ret_n, struct err *e)
{
	struct sock_filter *code = calloc(BPF_MAXINSNS, sizeof(*code));
	size_t n = 0;
	int r;

	(void)path;
	(void)user;
	assert_non_null(code);
	r = filter_compile(spec, code, &n, e);
	*ret = code;
	*ret_n = (unsigned short)n;
	return r;
}

static char *read_text(const char *path)
{
	char *text = calloc(1, PAGE_BYTES);
	ssize_t n;

	assert_non_null(text);
	n = io_read_file(AT_FDCWD, path, text, PAGE_BYTES - 1);
	if (n < 0)
		fail_msg("%s: %s", path, strerror((int)-n));
	return text;
}

/* ---- the page ---- */

/* What a line of the page shows to its reader. */
static void take_roff_away(char *line)
{
	static const struct {
		const char *escape, *text;
	} escapes[] = { { "\\&", "" }, { "\\(ti", "~" }, { "\\(ha", "^" }, { "\\e", "\\" } };
	char *to = line;

	while (*line) {
		size_t i = 0;

		while (i < ARRAY_SIZE(escapes) &&
		       strncmp(line, escapes[i].escape, strlen(escapes[i].escape)) != 0)
			i++;
		if (i == ARRAY_SIZE(escapes)) {
			*to++ = *line++;
			continue;
		}
		line += strlen(escapes[i].escape);
		to = stpcpy(to, escapes[i].text);
	}
	*to = 0;
}

/* The line behind the first ".Bd -literal" after "at", in line. */
static void take_example(const char *at, char line[LINE_BYTES])
{
	const char *block = strstr(at, "\n.Bd -literal");
	const char *next = strstr(at, "\n.It ");
	const char *begin;

	assert_non_null(block);
	assert_true(!next || block < next);
	begin = strchr(block + 1, '\n') + 1;
	assert_true(strcspn(begin, "\n") < LINE_BYTES);
	(void)snprintf(line, LINE_BYTES, "%.*s", (int)strcspn(begin, "\n"), begin);
	assert_int_equal(strncmp(begin + strlen(line), "\n.Ed\n", 5), 0);
	take_roff_away(line);
}

/* The page's section and example of a directive, as a file has them. */
static void example_of(const char *page, const char *name, char text[TEXT_BYTES])
{
	char item[LINE_BYTES], line[LINE_BYTES];
	const char *at, *section = NULL, *next = page;

	(void)snprintf(item, sizeof(item), "\n.It Cm %s=\n", name);
	at = strstr(page, item);
	if (!at)
		fail_msg("the page does not have %s=", name);
	while ((next = strstr(next, "\n.Li [")) && next < at)
		section = next++ + strlen("\n.Li ");
	assert_non_null(section);
	take_example(at + 1, line);
	assert_int_equal(strncmp(line, name, strlen(name)), 0);
	(void)snprintf(text, TEXT_BYTES, "%.*s\n%s\n", (int)strcspn(section, "]") + 1, section, line);
}

/* ---- the plan ---- */

/* What an example needs to mean anything, and what it is compared with when it is the default. */
static const struct context {
	const char *name, *with, *instead;
} contexts[] = {
	{ "PrivatePIDs", "", "[Sandbox]\nPrivatePIDs=no\n" },
	{ "PrivateMounts", "", "[Sandbox]\nPrivateMounts=no\n" },
	{ "RequireLockdown", "", "[Sandbox]\nRequireLockdown=integrity\n" },
	{ "ReadWritePaths", "[Sandbox]\nProtectSystem=strict\n", "" },
	{ "ExecPaths", "[Sandbox]\nNoExecPaths=%h\n", "" },
	{ "SystemCallErrorNumber", "[Filter]\nSystemCallFilter=@strict\n", "" },
	{ "SystemCallArchitectures", "", "[Filter]\nSystemCallArchitectures=native x86\n" },
	{ "Require", "[Filter]\nMemoryDenyWriteExecute=yes\n", "" },
	{ "Verify", "[Sandbox]\nReadOnlyPaths=/proc\n", "" },
	{ "Prefer", "[Sandbox]\nTasksMax=64\nLandlock=/:r\n", "" },
};

/*
 * Not in the plan, because it says what happens when there is none. Where the test of it is, and what that
 * has in it.
 */
static const struct elsewhere {
	const char *name, *file, *text;
} elsewhere[] = {
	{ "Fail", "tests/integration/config.sh", "Fail=open" },
};

static const struct context *context_of(const char *name)
{
	static const struct context none = { "", "", "" };

	for (size_t i = 0; i < ARRAY_SIZE(contexts); i++)
		if (strcmp(contexts[i].name, name) == 0)
			return &contexts[i];
	return &none;
}

static const struct elsewhere *find_elsewhere(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		if (strcmp(elsewhere[i].name, name) == 0)
			return &elsewhere[i];
	return NULL;
}

static void parse(struct profile *profile, const char *text)
{
	struct err e = { 0 };
	char copy[TEXT_BYTES];

	(void)snprintf(copy, sizeof(copy), "%s", text);
	if (profile_parse(profile, "page", copy, strlen(copy), &e) < 0)
		fail_msg("%s\n%s", e.about, text);
}

/* The digest of the plan that both texts come to, whatever files they stood in. */
static void digest_of(const char *with, const char *text, char digest[PROFILE_DIGEST_BYTES])
{
	static const struct identity identity = {
		.uid = 1234, .gid = 1234, .user = "alice", .home = "/home/alice",
	};
	struct profile profile;
	struct plan *plan = calloc(1, sizeof(*plan));
	struct err e = { 0 };

	assert_non_null(plan);
	profile_init(&profile);
	parse(&profile, with);
	parse(&profile, text);
	if (profile_check(&profile, &e) < 0 || plan_build(plan, &identity, &profile, true, &e) < 0)
		fail_msg("%s: %s\n%s%s", e.what, e.about, with, text);
	plan_digest(plan);
	(void)strcpy(digest, plan->digest);
	plan_done(plan);
	profile_done(&profile);
	free(plan);
}

static bool is_honoured(const char *page, const struct directive *d)
{
	const struct context *context = context_of(d->name);
	char text[TEXT_BYTES], digest[PROFILE_DIGEST_BYTES], without[PROFILE_DIGEST_BYTES];

	example_of(page, d->name, text);
	digest_of(context->with, text, digest);
	digest_of(context->with, context->instead, without);
	return strcmp(digest, without) != 0;
}

static void test_examples(void **state)
{
	_free_ char *page = read_text(PAGE);
	size_t bad = 0;

	(void)state;
	for (size_t i = 0; i < directive_count; i++) {
		const struct directive *d = &directive_table[i];

		if (find_elsewhere(d->name) || is_honoured(page, d))
			continue;
		print_error("%s=%s: the plan is the same without it\n", d->name, d->example);
		bad++;
	}
	assert_int_equal(bad, 0);
}

/* Nobody may be taken for tested elsewhere who is in the plan, or is not tested there. */
static void test_elsewhere(void **state)
{
	_free_ char *page = read_text(PAGE);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++) {
		const struct directive *d = directive_find(elsewhere[i].name);
		char path[LINE_BYTES], text[TEXT_BYTES];
		_free_ char *test = NULL;

		assert_non_null(d);
		example_of(page, d->name, text);
		(void)snprintf(path, sizeof(path), UNIT_SRCDIR "/%s", elsewhere[i].file);
		test = read_text(path);
		assert_non_null(strstr(test, elsewhere[i].text));
		assert_false(is_honoured(page, d));
	}
}

/* A plan of no directive at all is the same twice: what differs does so for a reason. */
static void test_same(void **state)
{
	char first[PROFILE_DIGEST_BYTES], second[PROFILE_DIGEST_BYTES];

	(void)state;
	digest_of("", "", first);
	digest_of("", "", second);
	assert_string_equal(first, second);
}

/* The page has no directive that the parser does not have. */
static void test_no_other(void **state)
{
	_free_ char *page = read_text(PAGE);
	const char *at = page;
	size_t n = 0;

	(void)state;
	*strstr(page, "\n.Sh THE SHIPPED PROFILES") = 0;
	for (; (at = strstr(at, "\n.It Cm ")); n++) {
		char name[LINE_BYTES];

		at += strlen("\n.It Cm ");
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, "="), at);
		if (!directive_find(name))
			fail_msg("no directive %s=", name);
	}
	assert_int_equal(n, directive_count);
}

/* ---- the sample ---- */

/* "#Name=value" is an example, "# text" a comment. */
static void uncomment(char *text)
{
	char *to = text;

	for (char *at = text; *at; at++)
		if (*at != '#' || (at > text && at[-1] != '\n') || at[1] == ' ' || at[1] == '\n')
			*to++ = *at;
	*to = 0;
}

static void test_sample(void **state)
{
	_free_ char *text = read_text(SAMPLE);
	struct profile all;
	struct err e = { 0 };

	(void)state;
	profile_init(&all);
	for (size_t i = 0; i < directive_count; i++) {
		char line[LINE_BYTES];

		(void)snprintf(line, sizeof(line), "\n#%s=%s\n", directive_table[i].name,
			       directive_table[i].example);
		if (!strstr(text, line))
			fail_msg("the sample does not have%s", line);
	}
	uncomment(text);
	if (profile_parse(&all, SAMPLE, text, strlen(text), &e) < 0)
		fail_msg("%s", e.about);
	assert_true(all.private_ipc);
	assert_int_equal(all.unrecorded, UNRECORDED_DENY);
	profile_done(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_no_other),
		cmocka_unit_test(test_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
