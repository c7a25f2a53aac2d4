/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd_pam_line.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define MODULE "pam_swrap.so"

enum { INCLUDES_MAX = 16 };

struct search {
	const char *directory;
	struct pam_line *ret;
	struct err *e;
};

/*
 * The next word of a line, *at moved behind it: up to a blank, or from "[" to its "]", in which "\]" is a
 * bracket. NULL at the end. Written to in place.
 */
static char *next_word(char **at)
{
	char *from, *to, *start;
	bool bracket;

	*at += strspn(*at, " \t");
	if (!**at)
		return NULL;
	bracket = **at == '[';
	start = from = to = *at + bracket;
	for (; *from && (bracket ? *from != ']' : !strchr(" \t", *from)); from++) {
		if (bracket && from[0] == '\\' && from[1] == ']')
			from++;
		*to++ = *from;
	}
	*at = *from ? from + 1 : from;
	*to = 0;
	return start;
}

static int take_arguments(struct search *s, char *at, const char *file, uint32_t number)
{
	struct pam_line *line = s->ret;
	char *word, *to = line->text;

	while ((word = next_word(&at))) {
		size_t size = strlen(word) + 1;

		if (line->n == PAM_LINE_ARGUMENTS || size > (size_t)(line->text + sizeof(line->text) - to))
			return err_set(s->e, E2BIG, "PAM", "%s:%u: too many arguments", file, number);
		memcpy(to, word, size);
		line->arguments[line->n++] = to;
		to += size;
	}
	(void)snprintf(line->file, sizeof(line->file), "%s", file);
	line->line = number;
	line->found = true;
	return 0;
}

static bool is_module(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, MODULE) == 0;
}

static int search_file(struct search *s, const char *name, int depth);

/* One line without its comment. "-session" is one that may be missing. */
static int search_line(struct search *s, char *at, const char *file, uint32_t number, int depth)
{
	char *type = next_word(&at), *control, *module;

	if (!type)
		return 0;
	if (strcasecmp(type, "@include") == 0) {
		module = next_word(&at);
		return module ? search_file(s, module, depth + 1) : 0;
	}
	if (strcasecmp(type + (*type == '-'), "session") != 0)
		return 0;
	control = next_word(&at);
	module = control ? next_word(&at) : NULL;
	if (!module)
		return 0;
	if (strcasecmp(control, "include") == 0 || strcasecmp(control, "substack") == 0)
		return search_file(s, module, depth + 1);
	return is_module(module) ? take_arguments(s, at, file, number) : 0;
}

/* A line that ends in a backslash goes on in the next; "#" begins a comment. Returns its length. */
static ssize_t read_line(FILE *in, char **line, size_t *room, uint32_t *number)
{
	_free_ char *more = NULL;
	size_t more_room = 0;
	ssize_t n = getline(line, room, in);

	if (n <= 0)
		return -1;
	++*number;
	(*line)[strcspn(*line, "#\n")] = 0;
	n = (ssize_t)strlen(*line);
	while (n > 0 && (*line)[n - 1] == '\\' && getline(&more, &more_room, in) > 0) {
		char *whole = NULL;

		++*number;
		more[strcspn(more, "#\n")] = 0;
		if (asprintf(&whole, "%.*s %s", (int)n - 1, *line, more) < 0)
			return -1;
		free(*line);
		*line = whole;
		*room = strlen(whole) + 1;
		n = (ssize_t)strlen(whole);
	}
	return n;
}

static int search_stream(struct search *s, FILE *in, const char *path, int depth)
{
	_free_ char *line = NULL;
	size_t room = 0;
	uint32_t number = 0, first;
	int r = 0;

	for (first = 1; r == 0 && !s->ret->found && read_line(in, &line, &room, &number) >= 0;
	     first = number + 1)
		r = search_line(s, line, path, first, depth);
	return r;
}

static int search_file(struct search *s, const char *name, int depth)
{
	char path[PAM_LINE_FILE_BYTES];
	_fclose_ FILE *in = NULL;

	if (depth > INCLUDES_MAX)
		return err_set(s->e, ELOOP, "PAM", "%.64s is included too deep", name);
	if (snprintf(path, sizeof(path), "%s%s%s", name[0] == '/' ? "" : s->directory,
		     name[0] == '/' ? "" : "/", name) >= (int)sizeof(path))
		return err_set(s->e, ENAMETOOLONG, "PAM", "%.64s", name);
	in = fopen(path, "re");
	if (!in)
		return err_set(s->e, errno, "PAM", "%s", path);
	return search_stream(s, in, path, depth);
}

int pam_line_find(const char *directory, const char *service, struct pam_line *ret, struct err *e)
{
	struct search s = { directory, ret, NULL };
	struct err own = { 0 };
	int r;

	ret->found = false;
	ret->n = 0;
	if (!service[0] || strchr(service, '/') || service[0] == '.')
		return err_set(e, EINVAL, "PAM", "no service is called '%.64s'", service);
	s.e = &own;
	r = search_file(&s, service, 0);
	if (r == -ENOENT && strstr(own.about, service)) {
		own = (struct err){ 0 };
		r = search_file(&s, "other", 0);
	}
	if (r == -ENOENT && strstr(own.about, "/other"))
		return 0; /* PAM knows neither: there is no line */
	return r < 0 ? err_set(e, own.num, own.what, "%s", own.about) : 0;
}

const char *pam_line_value(const struct pam_line *line, const char *key)
{
	size_t n = strlen(key);
	const char *value = NULL;

	for (uint32_t i = 0; i < line->n; i++)
		if (strncmp(line->arguments[i], key, n) == 0)
			value = line->arguments[i] + n;
	return value;
}
