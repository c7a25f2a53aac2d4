/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "program.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* The kernel takes a word at a time: where the halves of an argument are. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { LOW_HALF = 0, HIGH_HALF = 4 };
#else
enum { LOW_HALF = 4, HIGH_HALF = 0 };
#endif

enum { X32_BIT = 0x40000000, JUMPS = 64 };

int rule_list_add(struct rule_list *list, const struct rule *rule)
{
	struct rule *items = realloc(list->items, (list->n + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->n++] = *rule;
	return 0;
}

void rule_list_done(struct rule_list *list)
{
	free(list->items);
	*list = (struct rule_list){ 0 };
}

void rule_list_remove(struct rule_list *list, int number)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].number != number)
			list->items[kept++] = list->items[i];
	list->n = kept;
}

/* ---- instructions ---- */

struct assembler {
	const struct section *section;
	struct sock_filter *code;
	size_t n;
	int error;
};

/* Returns where it stands; when there is no room, the last place. */
static size_t emit(struct assembler *a, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (a->n == BPF_MAXINSNS) {
		a->error = -E2BIG;
		return BPF_MAXINSNS - 1;
	}
	a->code[a->n] = (struct sock_filter){ code, jt, jf, k };
	return a->n++;
}

static void emit_load(struct assembler *a, size_t offset)
{
	(void)emit(a, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void emit_return(struct assembler *a, uint32_t verdict)
{
	(void)emit(a, BPF_RET | BPF_K, 0, 0, verdict);
}

/* A jump of any length, whose end comes later. */
static size_t emit_jump(struct assembler *a)
{
	return emit(a, BPF_JMP | BPF_JA, 0, 0, 0);
}

static void land_here(struct assembler *a, size_t jump)
{
	a->code[jump].k = (uint32_t)(a->n - jump - 1);
}

/* ---- one rule ---- */

/* Conditional jumps out of a rule: to where it ends. */
struct exits {
	size_t n;
	size_t at[2 * RULE_COMPARISONS];
};

static void exits_land(struct assembler *a, const struct exits *exits)
{
	for (size_t i = 0; i < exits->n; i++) {
		struct sock_filter *jump = &a->code[exits->at[i]];
		uint8_t length = (uint8_t)(a->n - exits->at[i] - 1); /* a rule has a dozen */

		if (jump->jt == UINT8_MAX)
			jump->jt = length;
		else
			jump->jf = length;
	}
}

static void emit_half(struct assembler *a, size_t offset, uint32_t mask, uint32_t value, bool differs,
		      struct exits *exits)
{
	emit_load(a, offset);
	if (mask != UINT32_MAX)
		(void)emit(a, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
	exits->at[exits->n++] = emit(a, BPF_JMP | BPF_JEQ | BPF_K, differs ? UINT8_MAX : 0,
				     differs ? 0 : UINT8_MAX, value);
}

static void emit_comparison(struct assembler *a, const struct comparison *c, struct exits *exits)
{
	size_t at = offsetof(struct seccomp_data, args) + 8 * (size_t)c->argument;

	if (c->argument > 5 || (c->value & ~c->mask) != 0 || (c->differs && c->mask > UINT32_MAX)) {
		a->error = -EINVAL;
		return;
	}
	if (c->mask >> 32)
		emit_half(a, at + HIGH_HALF, (uint32_t)(c->mask >> 32), (uint32_t)(c->value >> 32),
			  false, exits);
	emit_half(a, at + LOW_HALF, (uint32_t)c->mask, (uint32_t)c->value, c->differs, exits);
}

/* The passes of one group, on their way behind it. */
struct passes {
	unsigned int group;
	size_t n;
	size_t at[JUMPS];
};

static void passes_land(struct assembler *a, struct passes *passes)
{
	for (size_t i = 0; i < passes->n; i++)
		land_here(a, passes->at[i]);
	passes->n = 0;
}

static void emit_rule(struct assembler *a, const struct rule *rule, struct passes *passes)
{
	struct exits exits = { .n = 0 };

	for (unsigned int i = 0; i < rule->n; i++)
		emit_comparison(a, &rule->compare[i], &exits);
	if (rule->verdict != VERDICT_PASS)
		emit_return(a, rule->verdict);
	else if (passes->n == JUMPS)
		a->error = -E2BIG;
	else
		passes->at[passes->n++] = emit_jump(a);
	exits_land(a, &exits);
}

/* ---- one call ---- */

/*
 * A stretch of numbers with one verdict, or one number with rules of its own.
 */
struct stretch {
	uint32_t first;
	int number;		/* its rules decide; -1: verdict does */
	uint32_t verdict;
};

static void emit_call(struct assembler *a, int number)
{
	const struct rule_list *rules = &a->section->rules;
	struct passes passes = { .group = 0, .n = 0 };

	for (size_t i = 0; i < rules->n && !a->error; i++) {
		const struct rule *rule = &rules->items[i];

		if (rule->number != number)
			continue;
		if (rule->group != passes.group)
			passes_land(a, &passes);
		passes.group = rule->group;
		emit_rule(a, rule, &passes);
		if (rule->n == 0 && passes.n == 0)
			return; /* nothing behind it is ever reached */
	}
	passes_land(a, &passes);
	emit_return(a, a->section->otherwise);
}

static void emit_tree(struct assembler *a, const struct stretch *stretches, size_t n)
{
	size_t half = n / 2, right;

	if (n == 1 && stretches->number >= 0) {
		emit_call(a, stretches->number);
		return;
	}
	if (n == 1) {
		emit_return(a, stretches->verdict);
		return;
	}
	(void)emit(a, BPF_JMP | BPF_JGE | BPF_K, 0, 1, stretches[half].first);
	right = emit_jump(a);
	emit_tree(a, stretches, half);
	land_here(a, right);
	emit_tree(a, stretches + half, n - half);
}

/* ---- one section ---- */

static int compare_numbers(const void *a, const void *b)
{
	int left = *(const int *)a, right = *(const int *)b;

	return left < right ? -1 : left > right;
}

/* The calls that have rules, each once, in order; the caller frees. */
static int *list_numbers(const struct rule_list *rules, size_t *ret_n)
{
	int *numbers = malloc((rules->n + 1) * sizeof(*numbers));
	size_t n = 0;

	if (!numbers)
		return NULL;
	for (size_t i = 0; i < rules->n; i++)
		numbers[i] = rules->items[i].number;
	qsort(numbers, rules->n, sizeof(*numbers), compare_numbers);
	for (size_t i = 0; i < rules->n; i++)
		if (n == 0 || numbers[n - 1] != numbers[i])
			numbers[n++] = numbers[i];
	*ret_n = n;
	return numbers;
}

static struct stretch stretch_of(const struct rule_list *rules, int number)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->items[i];

		if (rule->number != number)
			continue;
		if (rule->n == 0 && rule->verdict != VERDICT_PASS)
			return (struct stretch){ (uint32_t)number, -1, rule->verdict };
		break;
	}
	return (struct stretch){ (uint32_t)number, number, 0 };
}

/* Appends unless it only goes on with what is there. */
static void add_stretch(struct stretch *all, size_t *n, struct stretch one)
{
	if (*n > 0 && one.number < 0 && all[*n - 1].number < 0 && all[*n - 1].verdict == one.verdict)
		return;
	all[(*n)++] = one;
}

static size_t cut_stretches(const struct section *s, const int *numbers, size_t n, struct stretch *all)
{
	const uint32_t otherwise = s->otherwise;
	uint32_t next = 0;
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if ((uint32_t)numbers[i] > next)
			add_stretch(all, &count, (struct stretch){ next, -1, otherwise });
		add_stretch(all, &count, stretch_of(&s->rules, numbers[i]));
		next = (uint32_t)numbers[i] + 1;
	}
	add_stretch(all, &count, (struct stretch){ next, -1, otherwise });
	if (s->has_x32) {
		add_stretch(all, &count, (struct stretch){ X32_BIT, -1, VERDICT_KILL });
		/* -1 is how a tracer skips a call: nothing runs. */
		add_stretch(all, &count, (struct stretch){ UINT32_MAX, -1, otherwise });
	}
	return count;
}

static void emit_section(struct assembler *a, const struct section *section)
{
	size_t n = 0, count;
	int *numbers = list_numbers(&section->rules, &n);
	struct stretch *stretches = malloc((2 * n + 4) * sizeof(*stretches));
	size_t other;

	if (!numbers || !stretches) {
		a->error = -ENOMEM;
	} else {
		a->section = section;
		(void)emit(a, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, section->arch);
		other = emit_jump(a);
		emit_load(a, offsetof(struct seccomp_data, nr));
		count = cut_stretches(section, numbers, n, stretches);
		emit_tree(a, stretches, count);
		land_here(a, other);
	}
	free(numbers);
	free(stretches);
}

int program_build(const struct section *sections, size_t n, struct sock_filter *code, size_t *ret_n)
{
	struct assembler a = { .code = code };

	emit_load(&a, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < n && !a.error; i++)
		emit_section(&a, &sections[i]);
	emit_return(&a, VERDICT_KILL);
	if (a.error)
		return a.error;
	*ret_n = a.n;
	return 0;
}
