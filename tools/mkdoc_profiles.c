/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shipped profiles side by side. A directive that none of them has other than by default has no row;
 * a value that is too wide for its column stands below the table.
 */
#include "mkdoc.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_WIDTH = 8 };

const char *const mkdoc_profile_names[MKDOC_PROFILES] = {
	"observe", "baseline", "login", "strict", "locked",
};

static void read_profile(struct profile *profile, const char *dir, const char *name)
{
	char path[PATH_MAX];
	struct err e = { 0 };
	char *text;
	size_t size;

	(void)snprintf(path, sizeof(path), "%s/%s.conf", dir, name);
	text = mkdoc_read(path, &size);
	profile_init(profile);
	if (profile_parse(profile, path, text, size, &e) < 0)
		mkdoc_fail("%s", e.about);
	free(text);
}

/* As a file would say it, with lines made into words. */
static void format_value(const struct directive *d, const struct profile *profile, char *text)
{
	if (directive_format(d, profile, text, MKDOC_VALUE_BYTES) < 0)
		mkdoc_fail("%s is too long", d->name);
	for (char *at = text; (at = strchr(at, '\n'));)
		*at = ' ';
}

static bool has_row(const struct directive *d, const struct profile *profiles)
{
	char text[MKDOC_VALUE_BYTES];

	for (size_t i = 0; i < MKDOC_PROFILES; i++) {
		format_value(d, &profiles[i], text);
		if (strcmp(text, d->fallback) != 0)
			return true;
	}
	return false;
}

static void put_value(const struct directive *d, const char *text)
{
	fputs("\\&", stdout); /* or a word could be a macro */
	if (text[0] && strcmp(text, "~") != 0)
		mkdoc_put_roff(text);
	else
		fputs(text[0] ? "all" : d->type == TYPE_CAPABILITIES ? "none" : "-", stdout);
}

static void put_row(const struct directive *d, const struct profile *profiles)
{
	char text[MKDOC_VALUE_BYTES];

	printf(".It Cm %s", d->name);
	for (size_t i = 0; i < MKDOC_PROFILES; i++) {
		format_value(d, &profiles[i], text);
		fputs(" Ta ", stdout);
		put_value(d, strlen(text) > CELL_WIDTH ? "below" : text);
	}
	putchar('\n');
}

static void put_wide_values(const struct directive *d, const struct profile *profiles)
{
	char text[MKDOC_VALUE_BYTES];

	for (size_t i = 0; i < MKDOC_PROFILES; i++) {
		format_value(d, &profiles[i], text);
		if (strlen(text) <= CELL_WIDTH)
			continue;
		printf(".It Cm %s= Pq %s\n", d->name, mkdoc_profile_names[i]);
		mkdoc_put_roff(text);
		putchar('\n');
	}
}

static void put_table(const struct profile *profiles)
{
	fputs(".Bl -column \"MemoryDenyWriteExecute\"", stdout);
	for (size_t i = 0; i < MKDOC_PROFILES; i++)
		fputs(" \"baseline\"", stdout);
	fputs("\n.It", stdout);
	for (size_t i = 0; i < MKDOC_PROFILES; i++)
		printf(" Ta Sy %s", mkdoc_profile_names[i]);
	putchar('\n');
	for (size_t i = 0; i < directive_count; i++)
		if (has_row(&directive_table[i], profiles))
			put_row(&directive_table[i], profiles);
	puts(".El\n.Bl -tag -width Ds");
	for (size_t i = 0; i < directive_count; i++)
		put_wide_values(&directive_table[i], profiles);
	puts(".El");
}

void mkdoc_profiles(const char *profiles_dir)
{
	struct profile *profiles = calloc(MKDOC_PROFILES, sizeof(*profiles));

	if (!profiles)
		mkdoc_fail("no memory");
	for (size_t i = 0; i < MKDOC_PROFILES; i++)
		read_profile(&profiles[i], profiles_dir, mkdoc_profile_names[i]);
	put_table(profiles);
	for (size_t i = 0; i < MKDOC_PROFILES; i++)
		profile_done(&profiles[i]);
	free(profiles);
}
