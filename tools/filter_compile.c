/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_compile.h"

#include "filter_names.h"
#include "filter_restrict.h"
#include "filter_rules.h"

#include "../src/num.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <string.h>

#define FIRST_LINE "filter 1"

enum { ERRNO_MAX = 4095, FAMILY_MAX = 255, SECTIONS = 2, LINE_WORDS = 2 };

/* One line of a spec: a key and the rest. */
struct line_kind {
	const char *key;
	int (*take)(struct rule_maker *m, char *rest);
};

static int malformed(struct rule_maker *m, const char *key, const char *rest)
{
	return err_set(m->e, EINVAL, "filter", "%s \"%.60s\"", key, rest);
}

static int add_front(struct rule_maker *m, const struct call_set *set)
{
	m->group++;
	return rules_add_set(m, &m->front, set);
}

/* ---- lines ---- */

static int take_error(struct rule_maker *m, char *rest)
{
	uint64_t number;

	m->refused_set = true;
	m->refused = VERDICT_KILL;
	if (strcmp(rest, "kill") == 0)
		return 0;
	if (num_parse_u64(rest, 1, ERRNO_MAX, &number) < 0)
		return malformed(m, "error", rest);
	m->refused = VERDICT_ERRNO(number);
	return 0;
}

/* Which architectures there are was looked at before: find_sections(). */
static int take_architectures(struct rule_maker *m, char *rest)
{
	return strcmp(rest, "x86") == 0 ? 0 : malformed(m, "architectures", rest);
}

static int refuse_flags(struct rule_maker *m, const char *name, unsigned int argument, uint64_t flags)
{
	const struct set_rule rule = { name, SET_REFUSE, 1, { ANY_BIT(argument, flags) }, "" };

	return rules_add(m, &m->front, &rule);
}

/* setns to whatever a descriptor is (0) may be any of them. */
static int take_namespaces(struct rule_maker *m, char *rest)
{
	const struct set_rule any = { "setns", SET_REFUSE, 1, { IS32(1, 0) }, "" };
	uint64_t flags;
	int r;

	if (num_parse_base(rest, 16, UINT32_MAX, &flags) < 0 || flags == 0)
		return malformed(m, "namespaces", rest);
	r = add_front(m, &filter_restriction_clone3);
	if (r == 0)
		r = refuse_flags(m, "clone", 0, flags);
	if (r == 0)
		r = refuse_flags(m, "unshare", 0, flags);
	if (r == 0)
		r = refuse_flags(m, "setns", 1, flags);
	return r < 0 ? r : rules_add(m, &m->front, &any);
}

/* The numbers of rest, one rule each: pass or refuse. */
static int add_families(struct rule_maker *m, char *rest, uint32_t verdict)
{
	char *state = NULL;
	int r = 0;

	for (char *word = strtok_r(rest, " ", &state); word && r == 0;
	     word = strtok_r(NULL, " ", &state)) {
		struct set_rule rule = { "socket", verdict, 1, { IS32(0, 0) }, "" };

		if (num_parse_u64(word, 0, FAMILY_MAX, &rule.compare[0].value) < 0)
			return malformed(m, "families", word);
		r = rules_add(m, &m->front, &rule);
	}
	return r;
}

static int take_families(struct rule_maker *m, char *rest)
{
	const uint32_t refused = VERDICT_ERRNO(EAFNOSUPPORT);
	const struct set_rule others = { .name = "socket", .verdict = refused };
	size_t n = strcspn(rest, " ");
	char *numbers = rest + n + (rest[n] == ' ');
	bool allow = n == strlen("allow") && strncmp(rest, "allow", n) == 0;
	int r;

	if (!allow && (n != strlen("refuse") || strncmp(rest, "refuse", n) != 0))
		return malformed(m, "families", rest);
	r = add_front(m, &filter_restriction_ring);
	if (r == 0)
		r = add_families(m, numbers, allow ? VERDICT_PASS : refused);
	return r < 0 || !allow ? r : rules_add(m, &m->front, &others);
}

static int take_restrict(struct rule_maker *m, char *rest)
{
	const struct call_set *set = filter_restriction_find(rest);
	int r = set ? add_front(m, set) : malformed(m, "restrict", rest);

	/* What would get round it. */
	if (r == 0 && strcmp(rest, "suid-sgid") == 0)
		r = add_front(m, &filter_restriction_ring);
	if (r == 0 && (strcmp(rest, "threads") == 0 || strcmp(rest, "deny") == 0))
		r = add_front(m, &filter_restriction_clone3);
	return r;
}

static int take_syscalls(struct rule_maker *m, char *rest)
{
	char *state = NULL;
	int r = 0;

	m->group++; /* what passes the restrictions comes here */
	for (char *word = strtok_r(rest, " ", &state); word && r == 0;
	     word = strtok_r(NULL, " ", &state))
		r = rules_add_word(m, word);
	return r;
}

static const struct line_kind line_kinds[] = {
	{ "architectures", take_architectures }, { "error", take_error },
	{ "namespaces", take_namespaces },	 { "families", take_families },
	{ "restrict", take_restrict },		 { "syscalls", take_syscalls },
};

static int take_line(struct rule_maker *m, char *line)
{
	size_t n = strcspn(line, " ");

	for (size_t i = 0; i < SET_COUNT(line_kinds); i++) {
		const char *key = line_kinds[i].key;

		if (line[n] == ' ' && strlen(key) == n && strncmp(line, key, n) == 0)
			return line_kinds[i].take(m, line + n + 1);
	}
	return malformed(m, "line", line);
}

static int take_lines(struct rule_maker *m, char *text)
{
	char *state = NULL, *line = strtok_r(text, "\n", &state);
	int r = 0;

	if (!line || strcmp(line, FIRST_LINE) != 0)
		return malformed(m, "first line", line ? line : "");
	while (r == 0 && (line = strtok_r(NULL, "\n", &state)))
		r = take_line(m, line);
	return r;
}

/* ---- one architecture ---- */

static const struct call_set question_set = {
	"exec", "every exec is a question to the supervisor", VERDICT_NOTIFY,
	(const struct set_call[]){ { "execve execveat", "" } }, 1, NULL, 0,
};

/*
 * A chroot that may be done is a question, too, always answered by "go on": from then on paths are
 * resolved beneath each process's own root.
 */
static int question_chroot(struct rule_maker *m)
{
	const struct set_rule rule = { .name = "chroot", .verdict = VERDICT_NOTIFY };
	struct call_numbers numbers;
	int r = call_resolve(m->architecture, rule.name, &numbers);
	bool found = false;

	for (size_t i = 0; r == 0 && i < m->base.n; i++) {
		if (m->base.items[i].number != numbers.numbers[0])
			continue;
		found = true;
		if (m->base.items[i].verdict == VERDICT_ALLOW)
			m->base.items[i].verdict = VERDICT_NOTIFY;
	}
	return r < 0 || found || m->otherwise != VERDICT_ALLOW ? r : rules_add(m, &m->base, &rule);
}

/* What the session process does between the filter and the exec, or cannot end without. */
static const char *const needed[] = { "sendmsg", "write", "exit_group" };

static int check_needed(struct rule_maker *m, const struct section *section)
{
	for (size_t i = 0; i < SET_COUNT(needed); i++) {
		uint32_t verdict = section->otherwise;
		struct call_numbers numbers;

		if (call_resolve(m->architecture, needed[i], &numbers) < 0)
			return err_set(m->e, ENOENT, "filter", "%s", needed[i]);
		for (size_t k = 0; k < section->rules.n; k++) {
			if (section->rules.items[k].number != numbers.numbers[0])
				continue;
			verdict = section->rules.items[k].verdict;
			break;
		}
		if (verdict != VERDICT_ALLOW)
			return err_set(m->e, EINVAL, "SystemCallFilter",
				       "%s must stay allowed: no session starts or ends without it",
				       needed[i]);
	}
	return 0;
}

static int join_rules(struct rule_maker *m, struct section *section)
{
	int r = question_chroot(m);

	for (size_t i = 0; r == 0 && i < m->front.n; i++)
		r = rule_list_add(&section->rules, &m->front.items[i]);
	for (size_t i = 0; r == 0 && i < m->base.n; i++)
		r = rule_list_add(&section->rules, &m->base.items[i]);
	section->otherwise = m->otherwise;
	if (r == 0 && m->architecture == SCMP_ARCH_X86)
		r = rules_multiplex(&section->rules, section->otherwise);
	if (r < 0)
		return err_set(m->e, ENOMEM, "filter", "rules");
	return m->architecture == SCMP_ARCH_X86 ? 0 : check_needed(m, section);
}

static int make_section(const char *spec, uint32_t architecture, struct section *section, struct err *e)
{
	struct rule_maker m = {
		.architecture = architecture,
		.otherwise = VERDICT_ALLOW,
		.refused = SET_REFUSE,
		.e = e,
	};
	_free_ char *text = strdup(spec);
	int r = text ? add_front(&m, &question_set) : -ENOMEM;

	if (r == 0)
		r = take_lines(&m, text);
	if (r == 0)
		r = join_rules(&m, section);
	rule_maker_done(&m);
	return r;
}

static struct section section_of(uint32_t architecture)
{
	/* libseccomp's numbers are the kernel's. */
	return (struct section){ .arch = architecture, .has_x32 = architecture == AUDIT_ARCH_X86_64 };
}

static bool wants_x86(const char *spec)
{
	return strstr(spec, "\narchitectures x86\n") != NULL;
}

int filter_compile(const char *spec, struct sock_filter *code, size_t *ret_n, struct err *e)
{
	const uint32_t architectures[SECTIONS] = { seccomp_arch_native(), SCMP_ARCH_X86 };
	struct section sections[SECTIONS] = { 0 };
	size_t n = wants_x86(spec) ? 2 : 1;
	int r = 0;

	if (n == 2 && architectures[0] != SCMP_ARCH_X86_64)
		return err_set(e, EINVAL, "SystemCallArchitectures", "this machine has no x86");
	for (size_t i = 0; i < n && r == 0; i++) {
		sections[i] = section_of(architectures[i]);
		r = make_section(spec, architectures[i], &sections[i], e);
	}
	if (r == 0) {
		r = program_build(sections, n, code, ret_n);
		if (r < 0)
			(void)err_set(e, -r, "filter", "%s", "program");
	}
	for (size_t i = 0; i < n; i++)
		rule_list_done(&sections[i].rules);
	return r;
}

/* ---- a policy alone ---- */

static size_t count_allowed(const struct rule_list *rules)
{
	size_t n = 0;

	for (size_t i = 0; i < rules->n; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again |= rules->items[k].number == rules->items[i].number;
		n += !again && rules->items[i].verdict == VERDICT_ALLOW;
	}
	return n;
}

int filter_compile_policy(const struct filter_policy *policy, struct sock_filter *code, size_t *ret_n,
			  size_t *ret_calls, struct err *e)
{
	struct rule_maker m = { .architecture = seccomp_arch_native(), .e = e };
	struct section section = section_of(m.architecture);
	int r = 0;

	for (size_t i = 0; i < policy->nsets && r == 0; i++)
		r = rules_add_set(&m, &section.rules, policy->sets[i]);
	section.otherwise = policy->otherwise;
	if (r == 0) {
		r = program_build(&section, 1, code, ret_n);
		if (r < 0)
			(void)err_set(e, -r, "filter", "%s", policy->name);
	}
	*ret_calls = count_allowed(&section.rules);
	rule_list_done(&section.rules);
	return r;
}
