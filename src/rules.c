/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules.h"

#include "configuration.h"
#include "ini.h"
#include "num.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 4 + RULES_WHO };

static const char shape[] = "SERVICE WHO PROFILE [from=CIDR] was expected";

/* One line, taken apart: the words point into it, each with its NUL. */
struct words {
	uint32_t n;
	const char *items[WORDS_MAX];
	bool joined[WORDS_MAX];		/* by a comma to the one before */
};

/* ---- words ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

static bool ends_word(char c)
{
	return !c || is_blank(c) || c == ',';
}

/* What stands between quotes, *at at the first. Inside "..." a backslash escapes a quote and itself. */
static bool take_quoted(const char **at, char **out)
{
	char quote = *(*at)++;

	for (; **at && **at != quote; (*at)++) {
		if (quote == '"' && **at == '\\' && ((*at)[1] == '"' || (*at)[1] == '\\'))
			++*at;
		*(*out)++ = **at;
	}
	return **at && ends_word(*++*at);
}

/*
 * Moves *at behind one word and writes it, unquoted, at *out. Outside quotes a backslash is itself, so that
 * DOM\user needs none. Quotes go around a whole word, at most "!" or "@" before them: what a rule names
 * stands in the file as it is, and can be searched for (pam/named.c).
 */
static bool take_word(const char **at, char **out)
{
	while (**at == '!' || **at == '@')
		*(*out)++ = *(*at)++;
	if (is_quote(**at))
		return take_quoted(at, out);
	while (!ends_word(**at) && !is_quote(**at))
		*(*out)++ = *(*at)++;
	return ends_word(**at);
}

/* Unquoting only shortens, so the words are written over the line. NULL, or what was expected. */
static const char *split(char *line, struct words *words)
{
	const char *at = line;
	char *out = line;
	bool joined = false;

	words->n = 0;
	for (;;) {
		char end;

		while (!joined && is_blank(*at))
			at++;
		if (!joined && !*at)
			return NULL;
		if (words->n == WORDS_MAX)
			return "fewer words were expected";
		words->items[words->n] = out;
		words->joined[words->n++] = joined;
		if (!take_word(&at, &out))
			return "quotes around a whole word were expected";
		end = *at; /* the word's NUL may fall on it */
		at += end != 0;
		*out++ = 0;
		joined = end == ',';
	}
}

/* ---- who ---- */

static bool parse_range(const char *text, struct rule_who *who)
{
	char first[NUM_TEXT_BYTES];
	size_t length = strcspn(text, "-");
	const char *last = text[length] ? text + length + 1 : text;

	if (length >= sizeof(first))
		return false;
	memcpy(first, text, length);
	first[length] = 0;
	return num_parse_id(first, &who->first) == 0 && num_parse_id(last, &who->last) == 0 &&
	       who->first <= who->last;
}

static int take_name(const struct ini *ini, const char *text, char **ret, struct err *e)
{
	if (!text[0])
		return ini_error(ini, e, "a name was expected, not an empty word");
	if (strlen(text) >= RULES_NAME_BYTES)
		return ini_error(ini, e, "a name of at most %d bytes was expected",
				 RULES_NAME_BYTES - 1);
	*ret = strdup(text);
	return *ret ? 0 : err_set(e, ENOMEM, "configuration", "%s", ini->file);
}

static int parse_who(const struct ini *ini, const char *word, struct rule_who *who, struct err *e)
{
	*who = (struct rule_who){ .exclude = word[0] == '!' };
	word += who->exclude;
	if (strcmp(word, "*") == 0)
		return 0; /* WHO_ANY */
	if (strncmp(word, "uid:", 4) == 0 || strncmp(word, "gid:", 4) == 0) {
		who->kind = word[0] == 'u' ? WHO_UID : WHO_GID;
		return parse_range(word + 4, who) ? 0 :
		       ini_error(ini, e, "%.40s: an id N or a range A-B was expected", word);
	}
	who->kind = word[0] == '@' ? WHO_GROUP : WHO_USER;
	return take_name(ini, who->kind == WHO_GROUP ? word + 1 : word, &who->name, e);
}

/* The words of one column, which commas join. Moves *i behind them. */
static int parse_whos(const struct ini *ini, const struct words *words, uint32_t *i,
		      struct session_rule *rule, struct err *e)
{
	uint32_t first = *i, n;
	int r = 0;

	while (++*i < words->n && words->joined[*i])
		;
	n = *i - first;
	if (n > RULES_WHO)
		return ini_error(ini, e, "at most %d names were expected", RULES_WHO);
	rule->who = calloc(n, sizeof(*rule->who));
	if (!rule->who)
		return err_set(e, ENOMEM, "configuration", "%s", ini->file);
	for (; r == 0 && rule->nwho < n; rule->nwho++)
		r = parse_who(ini, words->items[first + rule->nwho], &rule->who[rule->nwho], e);
	return r;
}

/* ---- one rule ---- */

static int parse_profile(const struct ini *ini, const char *word, struct session_rule *rule,
			 struct err *e)
{
	if (!config_is_profile_name(word))
		return ini_error(ini, e, "%.64s: the name of a profile was expected", word);
	memcpy(rule->profile, word, strlen(word) + 1);
	return 0;
}

static int parse_from(const struct ini *ini, const struct words *words, uint32_t i,
		      struct session_rule *rule, struct err *e)
{
	static const char key[] = "from=";
	const char *wrong;

	if (i == words->n)
		return 0;
	if (strncmp(words->items[i], key, sizeof(key) - 1) != 0 || words->joined[i])
		return ini_error(ini, e, "%.40s: from=CIDR or the end of the line was expected",
				 words->items[i]);
	if (i + 1 < words->n)
		return ini_error(ini, e, "%.40s: the end of the line was expected",
				 words->items[i + 1]);
	wrong = address_range_parse(words->items[i] + sizeof(key) - 1, &rule->from);
	if (wrong)
		return ini_error(ini, e, "%.60s: %s", words->items[i], wrong);
	rule->has_from = true;
	return 0;
}

static int parse_rule(const struct ini *ini, const struct words *words, struct session_rule *rule,
		      struct err *e)
{
	uint32_t i = 1;
	int r = 0;

	if (words->n < 3 || words->joined[1])
		return ini_error(ini, e, shape);
	if (strcmp(words->items[0], "*") != 0)
		r = take_name(ini, words->items[0], &rule->service, e);
	if (r == 0)
		r = parse_whos(ini, words, &i, rule, e);
	if (r == 0 && i == words->n)
		r = ini_error(ini, e, shape);
	if (r == 0)
		r = parse_profile(ini, words->items[i], rule, e);
	return r < 0 ? r : parse_from(ini, words, i + 1, rule, e);
}

/* ---- all of them ---- */

/* 0 with room for one more. */
static int make_room(struct rules *rules, const struct ini *ini, struct err *e)
{
	uint32_t room = rules->room ? rules->room * 2 : 16;
	struct session_rule *items;

	if (rules->n == RULES_MAX)
		return err_set(e, E2BIG, "configuration", "%s:%u: at most %d rules were expected",
			       ini->file, ini->line, RULES_MAX);
	if (rules->n < rules->room)
		return 0;
	items = realloc(rules->items, room * sizeof(*items));
	if (!items)
		return err_set(e, ENOMEM, "configuration", "%s", ini->file);
	rules->items = items;
	rules->room = room;
	return 0;
}

static int parse_line(struct rules *rules, const struct ini *ini, char *line, const char *file,
		      struct err *e)
{
	struct words words;
	const char *wrong = split(line, &words);
	int r = wrong ? ini_error(ini, e, "%s", wrong) : make_room(rules, ini, e);

	if (r < 0)
		return r;
	rules->items[rules->n] = (struct session_rule){ .file = file, .line = ini->line };
	return parse_rule(ini, &words, &rules->items[rules->n++], e);
}

/* Rules outlive the text and its name. */
static const char *keep_file(struct rules *rules, const char *file)
{
	if (text_list_add(&rules->files, file) < 0)
		return NULL;
	return rules->files.items[rules->files.n - 1];
}

int rules_parse(struct rules *rules, const char *file, char *text, size_t size, struct err *e)
{
	const char *kept = keep_file(rules, file);
	struct ini ini;
	char *line;
	int r = 1;

	if (!kept)
		return err_set(e, ENOMEM, "configuration", "%s", file);
	ini_init(&ini, kept, text, size);
	while (r == 1) {
		r = ini_line(&ini, &line, e);
		if (r == 1) {
			int parsed = parse_line(rules, &ini, line, kept, e);

			r = parsed < 0 ? parsed : 1;
		}
	}
	return r;
}

void rules_init(struct rules *rules)
{
	*rules = (struct rules){ 0 };
}

static void rule_done(struct session_rule *rule)
{
	for (uint32_t i = 0; i < rule->nwho; i++)
		free(rule->who[i].name);
	free(rule->who);
	free(rule->service);
}

void rules_done(struct rules *rules)
{
	for (uint32_t i = 0; i < rules->n; i++)
		rule_done(&rules->items[i]);
	free(rules->items);
	text_list_clear(&rules->files);
	rules_init(rules);
}
