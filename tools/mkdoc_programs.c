/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which programs work under the shipped profiles and which directives let them: the table that
 * tests/integration/programs.sh tries, see tests/lib/programs.table for its lines.
 */
#include "mkdoc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROWS_MAX = 128,
	FIELDS_MAX = 16,
	/* The fields of "try" and "fails". */
	FIELD_KIND = 0,
	FIELD_PROGRAM = 1,
	FIELD_PROFILES = 2,
	FIELD_DIRECTIVES = 3,
};

struct row {
	char *fields[FIELDS_MAX];
	size_t n;
};

struct rows {
	struct row items[ROWS_MAX];
	size_t n;
};

static bool is_try(const struct row *row)
{
	return strcmp(row->fields[FIELD_KIND], "try") == 0 ||
	       strcmp(row->fields[FIELD_KIND], "try-long") == 0;
}

static void split_row(char *line, struct row *row)
{
	while (row->n < FIELDS_MAX && (row->fields[row->n] = strsep(&line, "\t")))
		row->n++;
	if (line || row->n <= FIELD_DIRECTIVES)
		mkdoc_fail("programs: too few or too many fields: %s", row->fields[FIELD_KIND]);
	if (!is_try(row) && strcmp(row->fields[FIELD_KIND], "fails") != 0)
		mkdoc_fail("programs: neither try nor fails: %s", row->fields[FIELD_KIND]);
}

/* The rows point into text. */
static void read_rows(char *text, struct rows *rows)
{
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (line[0] == 0 || line[0] == '#')
			continue;
		if (rows->n == ROWS_MAX)
			mkdoc_fail("programs: more than %d lines", ROWS_MAX);
		split_row(line, &rows->items[rows->n++]);
	}
}

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += n)
		if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0))
			return true;
	return false;
}

static bool fails_under(const struct rows *rows, const char *program, const char *profile)
{
	for (size_t i = 0; i < rows->n; i++) {
		char *const *fields = rows->items[i].fields;

		if (!is_try(&rows->items[i]) && strcmp(fields[FIELD_PROGRAM], program) == 0 &&
		    has_word(fields[FIELD_PROFILES], profile))
			return true;
	}
	return false;
}

static void put_program(const struct rows *rows, const char *program)
{
	fputs(".It ", stdout);
	mkdoc_put_roff(program);
	for (size_t i = 0; i < MKDOC_PROFILES; i++)
		printf(" Ta %s", fails_under(rows, program, mkdoc_profile_names[i]) ? "no" : "yes");
	putchar('\n');
}

static void put_table(const struct rows *rows)
{
	fputs(".Bl -column \"node --jitless\"", stdout);
	for (size_t i = 0; i < MKDOC_PROFILES; i++)
		fputs(" \"baseline\"", stdout);
	fputs("\n.It", stdout);
	for (size_t i = 0; i < MKDOC_PROFILES; i++)
		printf(" Ta Sy %s", mkdoc_profile_names[i]);
	putchar('\n');
	for (size_t i = 0; i < rows->n; i++)
		if (is_try(&rows->items[i]))
			put_program(rows, rows->items[i].fields[FIELD_PROGRAM]);
	puts(".El");
}

/* One directive a line, as a file would have it. */
static void put_needs(const struct row *row)
{
	fputs(".It ", stdout);
	mkdoc_put_roff(row->fields[FIELD_PROGRAM]);
	fputs(" Pq ", stdout);
	for (const char *at = row->fields[FIELD_PROFILES]; *at; at++)
		fputs(*at == ' ' ? ", " : (char[]){ *at, 0 }, stdout);
	puts("\n.Bd -literal -compact");
	for (size_t i = FIELD_DIRECTIVES; i < row->n; i++) {
		mkdoc_put_roff(row->fields[i]);
		putchar('\n');
	}
	puts(".Ed");
}

void mkdoc_programs(const char *table_path)
{
	struct rows *rows = calloc(1, sizeof(*rows));
	size_t size;
	char *text = mkdoc_read(table_path, &size);

	if (!rows)
		mkdoc_fail("no memory");
	read_rows(text, rows);
	put_table(rows);
	puts("What does not work does with these directives, and needs each of them:\n"
	     ".Bl -tag -width Ds");
	for (size_t i = 0; i < rows->n; i++)
		if (!is_try(&rows->items[i]))
			put_needs(&rows->items[i]);
	puts(".El");
	free(text);
	free(rows);
}
