/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mkdoc - writes swrap-profile(5) or the sample of a profile to standard output, from the one table of
 * directives and the one of programs.
 *
 *   mkdoc page TEMPLATE PROFILES_DIR PROGRAMS_TABLE
 *   mkdoc sample
 */
#include "mkdoc.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 1 << 17, LINE_WIDTH = 98 };

void mkdoc_fail(const char *text, ...)
{
	va_list args;

	va_start(args, text);
	(void)fputs("mkdoc: ", stderr);
	(void)vfprintf(stderr, text, args);
	(void)fputc('\n', stderr);
	va_end(args);
	exit(1);
}

char *mkdoc_read(const char *path, size_t *ret_size)
{
	char *text = calloc(1, FILE_BYTES + 1);
	ssize_t n = text ? io_read_file(AT_FDCWD, path, text, FILE_BYTES) : -ENOMEM;

	if (n < 0)
		mkdoc_fail("%s: %s", path, strerror((int)-n));
	text[n] = 0;
	*ret_size = (size_t)n;
	return text;
}

/* Of several words with one meaning the first. */
static bool is_first_of_meaning(const struct directive_word *words, const struct directive_word *word)
{
	while (words->value != word->value)
		words++;
	return words == word;
}

void mkdoc_put_kind(const struct directive *directive)
{
	const char *comma = "one of ";

	if (!directive->words)
		fputs(directive_type_name(directive), stdout);
	for (const struct directive_word *w = directive->words; w && w->name; w++) {
		if (!is_first_of_meaning(directive->words, w))
			continue;
		printf("%s%s", comma, w->name);
		comma = ", ";
	}
	if (directive->fallback[0])
		printf("; default %s", strcmp(directive->fallback, "~") == 0 ? "all" : directive->fallback);
}

/* ---- the sample ---- */

static void put_comment(const char *text)
{
	int column = LINE_WIDTH;

	for (size_t n; *text; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ");
		if (column + 1 + (int)n > LINE_WIDTH) {
			printf("%s#", column == LINE_WIDTH ? "" : "\n");
			column = 1;
		}
		column += printf(" %.*s", (int)n, text);
	}
	putchar('\n');
}

static void put_sample(const struct directive *d)
{
	printf("\n# %s= (", d->name);
	mkdoc_put_kind(d);
	puts(")");
	put_comment(d->doc);
	printf("#%s=%s\n", d->name, d->example);
}

static void mkdoc_sample(void)
{
	const char *section = "";

	puts("# Every directive of a profile, with an example: swrap-profile(5). Copy what you need to\n"
	     "# profiles/NAME.conf, or to profiles/NAME.conf.d/*.conf for what differs from a profile that is there.");
	for (size_t i = 0; i < directive_count; i++) {
		const struct directive *d = &directive_table[i];

		if (strcmp(section, d->section) != 0)
			printf("\n[%s]\n", d->section);
		section = d->section;
		put_sample(d);
	}
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "page") == 0)
		mkdoc_page(&(struct mkdoc_sources){ argv[2], argv[3], argv[4] });
	else if (argc == 2 && strcmp(argv[1], "sample") == 0)
		mkdoc_sample();
	else
		mkdoc_fail("usage: mkdoc page TEMPLATE PROFILES_DIR PROGRAMS_TABLE | mkdoc sample");
	if (fflush(stdout) != 0 || ferror(stdout))
		mkdoc_fail("cannot write");
	return 0;
}
