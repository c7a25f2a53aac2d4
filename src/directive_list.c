/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directives that hold several values, word by word.
 */
#include "directive_kind.h"

#include "ini.h"
#include "name.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

enum { LIST_BYTES = 128 * 1024 };

#define ALL_CAPABILITIES ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)

/* ---- lists of texts ---- */

static int add_word(struct text_list *list, const struct directive_word_kind *kind, char *word, bool negated,
		    char *reason)
{
	_free_ char *whole = NULL;
	int r;

	if (kind->negated && word[0] == '~') {
		word++;
		negated = true;
	}
	r = kind->check(word, reason);
	if (r < 0)
		return r;
	if (list->n >= kind->max)
		return directive_refuse(reason, "more than %u entries", kind->max);
	if (asprintf(&whole, "%s%s", negated ? "~" : "", word) < 0) {
		whole = NULL;
		return -ENOMEM;
	}
	return text_list_add(list, whole);
}

static int check_bytes(const struct text_list *list, char *reason)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < list->n; i++)
		bytes += strlen(list->items[i]) + 1;
	return bytes > LIST_BYTES ? directive_refuse(reason, "more than %d bytes", LIST_BYTES) : 0;
}

static int set_texts(const struct directive *d, void *field, char *value, char *reason)
{
	const struct directive_word_kind *kind = &directive_words[d->type];
	bool negated = kind->negated && value[0] == '~';
	const char *why;
	char *word;
	int r;

	if (!value[0])
		text_list_clear(field);
	value += negated;
	while ((r = ini_word(&value, INI_ESCAPES, &word, &why)) > 0) {
		r = add_word(field, kind, word, negated, reason);
		if (r < 0)
			return r;
	}
	return r < 0 ? directive_refuse(reason, "%s", why) : check_bytes(field, reason);
}

static void done_texts(void *field)
{
	text_list_clear(field);
}

/* A word as a file must have it: quoted when it would not be one word else. */
static void put_word(struct directive_text *text, const char *word)
{
	bool quoted = !word[0] || word[strcspn(word, " \t\r\n\"'\\")];

	if (quoted)
		directive_put(text, "\"");
	for (; *word; word++) {
		if ((unsigned char)*word < ' ' || *word == 0x7f)
			directive_put(text, "\\x%02x", (unsigned char)*word);
		else
			directive_put(text, "%s%c", *word == '"' || *word == '\\' ? "\\" : "", *word);
	}
	if (quoted)
		directive_put(text, "\"");
}

/* A line that begins with "~" ends before a word without one: that needs a line of its own. */
static void format_texts(const struct directive *d, const void *field, struct directive_text *text)
{
	const struct text_list *list = field;
	bool negated = false;

	for (uint32_t i = 0; i < list->n; i++) {
		bool is_negated = directive_words[d->type].negated && list->items[i][0] == '~';
		const char *parting = negated && !is_negated ? "\n" : " ";

		directive_put(text, "%s", i ? parting : "");
		if (i == 0 || parting[0] == '\n')
			negated = is_negated;
		put_word(text, list->items[i]);
	}
}

/* ---- lists that are bits ---- */

/*
 * As systemd.exec(5) has it: the first line replaces the default, the following add to it; with "~" in
 * front they take out; nothing is no capability, and "~" alone all of them.
 */
static int set_capabilities(const struct directive *d, void *field, char *value, char *reason)
{
	uint64_t *set = field, named = 0, initial = d->fallback[0] ? ALL_CAPABILITIES : 0;
	bool negated = value[0] == '~';
	const char *why;
	char *word;
	int r;

	value += negated;
	while ((r = ini_word(&value, INI_ESCAPES, &word, &why)) > 0) {
		int number = name_capability(word);

		if (number < 0)
			return directive_refuse_word(reason, "a capability", word,
						     name_nearest(word, name_of_capability,
								  NAME_CAPABILITIES));
		named |= UINT64_C(1) << number;
	}
	if (r < 0)
		return directive_refuse(reason, "%s", why);
	if (named == 0 || *set == initial)
		*set = negated ? ALL_CAPABILITIES & ~named : named;
	else
		*set = negated ? *set & ~named : *set | named;
	return 0;
}

static void format_capabilities(const struct directive *d, const void *field, struct directive_text *text)
{
	uint64_t set = *(const uint64_t *)field;
	bool negated = __builtin_popcountll(set) > NAME_CAPABILITIES / 2;
	const char *parting = "";

	(void)d;
	if (negated) {
		set = ALL_CAPABILITIES & ~set;
		directive_put(text, "~");
	}
	for (unsigned int i = 0; i < NAME_CAPABILITIES; i++) {
		if (!(set & UINT64_C(1) << i))
			continue;
		directive_put(text, "%s%s", parting, name_of_capability(i));
		parting = " ";
	}
}

static const char *step_name(unsigned int number)
{
	return primitive_table[number].name;
}

static int set_steps(const struct directive *d, void *field, char *value, char *reason)
{
	uint64_t *set = field;
	const char *why;
	char *word;
	int r;

	if (!value[0])
		*set = 0;
	while ((r = ini_word(&value, INI_ESCAPES, &word, &why)) > 0) {
		int step = primitive_find(word);

		if (step < 0)
			return directive_refuse_word(reason, "a step", word,
						     name_nearest(word, step_name, STEP_COUNT));
		if (d->offset == offsetof(struct profile, prefer) && !(STEPS_OPTIONAL & STEP_BIT(step)))
			return directive_refuse(reason, "%s cannot be only preferred", word);
		*set |= STEP_BIT(step);
	}
	return r < 0 ? directive_refuse(reason, "%s", why) : 0;
}

static void format_steps(const struct directive *d, const void *field, struct directive_text *text)
{
	const char *parting = "";

	(void)d;
	for (unsigned int i = 0; i < STEP_COUNT; i++) {
		if (!(*(const uint64_t *)field & STEP_BIT(i)))
			continue;
		directive_put(text, "%s%s", parting, step_name(i));
		parting = " ";
	}
}

#define TEXTS(name) { name, true, set_texts, done_texts, format_texts, sizeof(struct text_list) }
#define BITS(name, set, format) { name, true, set, NULL, format, sizeof(uint64_t) }
#define AT(type) [type - TYPE_SCALARS]

const struct directive_kind directive_lists[TYPE_COUNT_OF_TYPES - TYPE_SCALARS] = {
	AT(TYPE_CAPABILITIES) = BITS("list of capabilities", set_capabilities, format_capabilities),
	AT(TYPE_STEPS) = BITS("list of steps", set_steps, format_steps),
	AT(TYPE_PATHS) = TEXTS("list of paths"),
	AT(TYPE_BINDS) = TEXTS("list of binds"),
	AT(TYPE_TEMPORARY) = TEXTS("list of paths"),
	AT(TYPE_LANDLOCK) = TEXTS("list of paths with rights"),
	AT(TYPE_CREDENTIALS) = TEXTS("list of credentials"),
	AT(TYPE_ASSIGNMENTS) = TEXTS("list of assignments"),
	AT(TYPE_VARIABLES) = TEXTS("list of variables"),
	AT(TYPE_VARIABLES_OUT) = TEXTS("list of variables"),
	AT(TYPE_CALLS) = TEXTS("list of system calls"),
	AT(TYPE_ARCHITECTURES) = TEXTS("list of architectures"),
	AT(TYPE_FAMILIES) = TEXTS("list of address families"),
	AT(TYPE_NAMESPACES) = TEXTS("list of namespaces"),
};
