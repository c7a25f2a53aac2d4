/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mkdoc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mkdoc_put_roff(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++)
		switch (*text) {
		case '\\':
			fputs("\\e", stdout);
			break;
		case '~':
			fputs("\\(ti", stdout);
			break;
		case '^':
			fputs("\\(ha", stdout);
			break;
		default:
			putchar(*text);
		}
}

/* A sentence a line, as mdoc(7) wants it: that is where it puts the wider blank. */
static void put_sentences(const char *text)
{
	while (*text) {
		const char *end = strstr(text, ". ");
		size_t n = end ? (size_t)(end - text) + 1 : strlen(text);
		char *sentence = strndup(text, n);

		if (!sentence)
			mkdoc_fail("no memory");
		mkdoc_put_roff(sentence);
		putchar('\n');
		free(sentence);
		text += end ? n + 1 : n;
	}
}

static void put_directive(const struct directive *d)
{
	printf(".It Cm %s=\n(", d->name);
	mkdoc_put_kind(d);
	puts(")");
	put_sentences(d->doc);
	puts(".Bd -literal -offset indent -compact");
	printf("%s=", d->name);
	mkdoc_put_roff(d->example);
	puts("\n.Ed");
}

static void put_section(const char *section)
{
	bool any = false;

	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < directive_count; i++)
		if (strcmp(directive_table[i].section, section) == 0) {
			put_directive(&directive_table[i]);
			any = true;
		}
	puts(".El");
	if (!any)
		mkdoc_fail("no directive is in [%s]", section);
}

static void put_line(char *line, const struct mkdoc_sources *from)
{
	static const char directives[] = "@directives ";
	size_t n = strlen(line);

	if (n == 0 || line[0] != '@' || line[n - 1] != '@') {
		puts(line);
		return;
	}
	line[n - 1] = 0;
	if (strncmp(line, directives, strlen(directives)) == 0)
		put_section(line + strlen(directives));
	else if (strcmp(line, "@profiles") == 0)
		mkdoc_profiles(from->profiles_dir);
	else if (strcmp(line, "@programs") == 0)
		mkdoc_programs(from->programs_path);
	else
		mkdoc_fail("the template has %s@", line);
}

void mkdoc_page(const struct mkdoc_sources *from)
{
	size_t size;
	char *text = mkdoc_read(from->template_path, &size), *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		if (rest || *line)
			put_line(line, from);
	free(text);
}
