/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_rules.h"

#include "filter_names.h"

#include "../src/num.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>

enum { ERRNO_MAX = 4095 };

void rule_maker_done(struct rule_maker *m)
{
	rule_list_done(&m->front);
	rule_list_done(&m->base);
}

static int unknown(struct rule_maker *m, const char *name)
{
	char nearest[CALL_NAME_BYTES];

	call_nearest(name, nearest);
	return err_set(m->e, ENOENT, "SystemCallFilter", "no system call \"%.48s\"%s%s%s", name,
		       nearest[0] ? "; did you mean \"" : "", nearest, nearest[0] ? "\"" : "");
}

static int resolve(struct rule_maker *m, const char *name, struct call_numbers *ret)
{
	int r = call_resolve(m->architecture, name, ret);

	return r < 0 ? unknown(m, name) : 0;
}

static bool is_refusal(uint32_t verdict)
{
	return verdict != VERDICT_ALLOW && verdict != VERDICT_NOTIFY && verdict != VERDICT_PASS;
}

/*
 * mmap of the first i386 has its arguments in memory: what depends on them is refused whole there, and
 * libc has long used mmap2.
 */
static bool is_blind(const struct rule_maker *m, int number, const struct set_rule *rule)
{
	return m->architecture == SCMP_ARCH_X86 && number == I386_OLD_MMAP && rule->n > 0;
}

int rules_add(struct rule_maker *m, struct rule_list *list, const struct set_rule *rule)
{
	struct call_numbers numbers;
	int r = resolve(m, rule->name, &numbers);

	for (size_t i = 0; r == 0 && i < numbers.n; i++) {
		struct rule one = {
			.number = numbers.numbers[i],
			.group = m->group,
			.verdict = rule->verdict,
			.n = rule->n,
		};

		memcpy(one.compare, rule->compare, sizeof(one.compare));
		if (is_blind(m, one.number, rule)) {
			if (!is_refusal(rule->verdict))
				continue;
			one.n = 0;
		}
		if (rule_list_add(list, &one) < 0)
			r = err_set(m->e, ENOMEM, "filter", "rule");
	}
	return r;
}

/* ---- sets ---- */

typedef int name_function(struct rule_maker *m, struct rule_list *list, const char *name,
			  uint32_t verdict);

static int for_each_name(struct rule_maker *m, struct rule_list *list, const char *names,
			 uint32_t verdict, name_function *f)
{
	int r = 0;

	while (r == 0 && names[0]) {
		size_t n = strcspn(names, " ");
		char name[CALL_NAME_BYTES];

		if (n == 0 || n >= sizeof(name))
			return err_set(m->e, EINVAL, "filter", "bad name at \"%.40s\"", names);
		memcpy(name, names, n);
		name[n] = 0;
		r = f(m, list, name, verdict);
		names += n + (names[n] == ' ');
	}
	return r;
}

static int append(struct rule_maker *m, struct rule_list *list, const char *name, uint32_t verdict)
{
	struct set_rule rule = { .name = name, .verdict = verdict };

	return rules_add(m, list, &rule);
}

int rules_add_set(struct rule_maker *m, struct rule_list *list, const struct call_set *set)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->ncalls; i++)
		r = for_each_name(m, list, set->calls[i].names, set->verdict, append);
	for (size_t i = 0; r == 0 && i < set->nrules; i++)
		r = rules_add(m, list, &set->rules[i]);
	return r;
}

/* ---- words ---- */

/* Forgets what earlier words said of the call. */
static int forget(struct rule_maker *m, struct rule_list *list, const char *name)
{
	struct call_numbers numbers;
	int r = resolve(m, name, &numbers);

	for (size_t i = 0; r == 0 && i < numbers.n; i++)
		rule_list_remove(list, numbers.numbers[i]);
	return r;
}

static int replace(struct rule_maker *m, struct rule_list *list, const char *name, uint32_t verdict)
{
	int r = forget(m, list, name);

	return r < 0 ? r : append(m, list, name, verdict);
}

/* A rule of the set says more than its name where both mean the same: allow or refuse. */
static int replace_rules(struct rule_maker *m, const struct call_set *set, bool refuse, uint32_t verdict)
{
	bool same = refuse == is_refusal(set->verdict);
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->nrules; i++)
		r = same ? forget(m, &m->base, set->rules[i].name) :
			   replace(m, &m->base, set->rules[i].name, verdict);
	for (size_t i = 0; same && r == 0 && i < set->nrules; i++)
		r = rules_add(m, &m->base, &set->rules[i]);
	return r;
}

static int add_set_word(struct rule_maker *m, const struct call_set *set, bool refuse, uint32_t verdict)
{
	bool own = refuse && is_refusal(set->verdict) && verdict == m->refused && !m->refused_set;
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->ncalls; i++)
		r = for_each_name(m, &m->base, set->calls[i].names, own ? set->verdict : verdict,
				  replace);
	return r < 0 ? r : replace_rules(m, set, refuse, verdict);
}

static int start_policy(struct rule_maker *m, const struct filter_policy *policy)
{
	int r = 0;

	m->otherwise = policy->otherwise;
	if (m->refused_set && is_refusal(policy->otherwise))
		m->otherwise = m->refused;
	for (size_t i = 0; r == 0 && i < policy->nsets; i++)
		r = rules_add_set(m, &m->base, policy->sets[i]);
	return r;
}

/* The first word decides what becomes of calls that no word names. */
static int start_list(struct rule_maker *m, bool refuse)
{
	if (refuse)
		return 0;
	m->otherwise = m->refused_set ? m->refused : SET_ABSENT;
	return rules_add_set(m, &m->base, &filter_set_default);
}

static int parse_verdict(struct rule_maker *m, const char *text, uint32_t *ret)
{
	uint64_t number;

	if (strcmp(text, "kill") == 0) {
		*ret = VERDICT_KILL;
		return 0;
	}
	if (num_parse_u64(text, 1, ERRNO_MAX, &number) < 0)
		return err_set(m->e, EINVAL, "SystemCallFilter", "\"%.40s\" is no error number", text);
	*ret = VERDICT_ERRNO(number);
	return 0;
}

static int add_call_word(struct rule_maker *m, const char *name, bool optional, uint32_t verdict)
{
	struct call_numbers numbers;

	if (strcmp(name, "execve") == 0 || strcmp(name, "execveat") == 0) {
		if (is_refusal(verdict))
			return err_set(m->e, EINVAL, "SystemCallFilter",
				       "%s cannot be refused: every exec is the supervisor's to judge", name);
		return 0;
	}
	if (optional && call_resolve(m->architecture, name, &numbers) < 0)
		return 0;
	return replace(m, &m->base, name, verdict);
}

static int add_split_word(struct rule_maker *m, const char *name, bool refuse, bool optional,
			  uint32_t verdict)
{
	const struct call_set *set;

	if (name[0] != '@')
		return add_call_word(m, name, optional, verdict);
	set = filter_set_find(name);
	if (set)
		return add_set_word(m, set, refuse, verdict);
	return optional ? 0 : err_set(m->e, ENOENT, "SystemCallFilter", "no set \"%.48s\"", name);
}

int rules_add_word(struct rule_maker *m, const char *word)
{
	bool refuse = word[0] == '~', first = !m->any_word;
	bool optional = word[refuse] == '?';
	const char *name = word + refuse + optional, *colon = strchr(name, ':');
	const struct filter_policy *policy = filter_policy_find(name);
	uint32_t verdict = refuse ? m->refused : VERDICT_ALLOW;
	size_t n = colon ? (size_t)(colon - name) : strlen(name);
	char text[CALL_NAME_BYTES];
	int r = 0;

	m->any_word = true;
	if (policy && (!first || refuse))
		return err_set(m->e, EINVAL, "SystemCallFilter", "%s must be the first word", name);
	if (policy)
		return start_policy(m, policy);
	if (n == 0 || n >= sizeof(text))
		return err_set(m->e, EINVAL, "SystemCallFilter", "\"%.48s\" is no name", word);
	(void)snprintf(text, sizeof(text), "%.*s", (int)n, name);
	if (first)
		r = start_list(m, refuse);
	if (r == 0 && colon)
		r = parse_verdict(m, colon + 1, &verdict);
	return r < 0 ? r : add_split_word(m, text, refuse || colon, optional, verdict);
}

/* ---- i386's multiplexers ---- */

/* What a call may do when its arguments cannot be seen; false: no rule says. */
static bool blind_verdict(const struct rule_list *list, int number, uint32_t otherwise, uint32_t *ret)
{
	bool found = false;

	*ret = otherwise;
	for (size_t i = 0; i < list->n; i++) {
		const struct rule *rule = &list->items[i];

		if (rule->number != number)
			continue;
		found = true;
		if (!is_refusal(rule->verdict) && rule->n > 0)
			continue;
		*ret = rule->verdict;
		break;
	}
	return found;
}

static int add_multiplexed(struct rule_list *to, const struct rule_list *from, uint32_t otherwise,
			   int multiplexer, int call)
{
	struct rule rule = {
		.number = multiplexer,
		.n = 1,
		/* ipc has a version above the number */
		.compare = { { 0, multiplexer == I386_IPC ? 0xffff : UINT32_MAX, (uint64_t)call, false } },
	};
	int number = call_multiplexed(multiplexer, call);

	if (number < 0 || !blind_verdict(from, number, otherwise, &rule.verdict))
		return 0;
	return rule_list_add(to, &rule);
}

int rules_multiplex(struct rule_list *list, uint32_t otherwise)
{
	struct rule_list all = { 0 };
	int r = 0;

	for (int call = 1; r == 0 && call < I386_MULTIPLEXED; call++) {
		r = add_multiplexed(&all, list, otherwise, I386_SOCKETCALL, call);
		if (r == 0)
			r = add_multiplexed(&all, list, otherwise, I386_IPC, call);
	}
	for (size_t i = 0; r == 0 && i < list->n; i++)
		r = rule_list_add(&all, &list->items[i]);
	if (r < 0) {
		rule_list_done(&all);
		return r;
	}
	rule_list_done(list);
	*list = all;
	return 0;
}
