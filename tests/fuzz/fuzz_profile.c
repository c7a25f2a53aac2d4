/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One file of a profile; behind a NUL what set= would add, each with its own. Whatever is taken can be said
 * again and is the same then, and has a filter spec or a reason why not.
 */
#include "fuzz.h"

#include "helper/filter_spec.h"
#include "src/directive.h"

enum { TEXT_BYTES = 64 * 1024, SETS = 32 };

static void check_same(const struct directive *d, const struct profile *profile, struct profile *copy)
{
	static char text[TEXT_BYTES], value[TEXT_BYTES], again[TEXT_BYTES];
	char reason[DIRECTIVE_REASON_BYTES] = "";

	if (directive_format(d, profile, text, sizeof(text)) < 0)
		return; /* longer than there is room for */
	HOLDS(!strchr(text, '\n'));
	directive_reset(d, copy);
	(void)strcpy(value, text);
	if (directive_set(d, copy, value, reason) < 0)
		(void)fprintf(stderr, "%s=%s: %s\n", d->name, text, reason);
	HOLDS(!reason[0]);
	HOLDS(directive_format(d, copy, again, sizeof(again)) == 0);
	if (strcmp(text, again) != 0)
		(void)fprintf(stderr, "%s: %s | %s\n", d->name, text, again);
	HOLDS(strcmp(text, again) == 0);
}

static void check_all(const struct profile *profile)
{
	struct profile copy;

	profile_init(&copy);
	for (size_t i = 0; i < directive_count; i++)
		check_same(&directive_table[i], profile, &copy);
	profile_done(&copy);
}

static void check_spec(const struct profile *profile)
{
	static char spec[FILTER_SPEC_BYTES];
	struct err e = { 0 };
	int r = filter_spec(profile, spec, sizeof(spec), &e);

	HOLDS((r < 0) == (e.num != 0));
	if (r < 0)
		return;
	HOLDS(strncmp(spec, FILTER_SPEC_HEAD, strlen(FILTER_SPEC_HEAD)) == 0);
	HOLDS(spec[strlen(spec) - 1] == '\n');
	for (const char *at = spec; *at; at++)
		HOLDS(*at == '\n' || (*at >= ' ' && *at <= '~'));
}

static int add_sets(struct profile *profile, char *text, size_t size, struct err *e)
{
	struct text_list sets = { 0 };
	int r;

	for (size_t at = 0; at < size && sets.n < SETS; at += strlen(text + at) + 1)
		HOLDS(text_list_add(&sets, text + at) == 0);
	r = profile_set(profile, &sets, e);
	text_list_clear(&sets);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_free_ char *text = fuzz_text(data, size);
	const char *border = memchr(text, 0, size);
	size_t file = border ? (size_t)(border - text) : size;
	struct profile profile;
	struct err e = { 0 };
	int r;

	/* What is written to must end where its own text ends. */
	_free_ char *first = fuzz_text(data, file);
	profile_init(&profile);
	r = profile_parse(&profile, "fuzz", first, file, &e);
	HOLDS(r == 0 || strncmp(e.about, "fuzz", 4) == 0);
	if (r == 0 && border)
		r = add_sets(&profile, text + file + 1, size - file - 1, &e);
	if (r == 0)
		r = profile_check(&profile, &e);
	HOLDS((r < 0) == (e.num != 0));
	if (r == 0) {
		check_all(&profile);
		check_spec(&profile);
	}
	profile_done(&profile);
	return 0;
}
