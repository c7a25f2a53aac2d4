/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "redact.h"

#include "attr.h"
#include "secret.h"

#include <string.h>

/* How the short option of a program carries its secret. */
enum carry {
	CARRY_ATTACHED = 1,	/* -pX */
	CARRY_NEXT = 2,		/* -p X */
	CARRY_BOTH = 3,
	CARRY_TAIL = 4,		/* only what follows the first ':' or '%': curl -u user:pass */
};

struct redact_program {
	const char *name;
	char option;
	unsigned int carry;	/* enum carry bits */
};

/* Several rows may have one name; they stand together. */
static const struct redact_program programs[] = {
	{ "mysql", 'p', CARRY_ATTACHED },
	{ "mysqldump", 'p', CARRY_ATTACHED },
	{ "mysqladmin", 'p', CARRY_ATTACHED },
	{ "mysqlimport", 'p', CARRY_ATTACHED },
	{ "mysqlcheck", 'p', CARRY_ATTACHED },
	{ "mariadb", 'p', CARRY_ATTACHED },
	{ "mariadb-dump", 'p', CARRY_ATTACHED },
	{ "mariadb-admin", 'p', CARRY_ATTACHED },
	{ "mongo", 'p', CARRY_BOTH },
	{ "mongosh", 'p', CARRY_BOTH },
	{ "mongodump", 'p', CARRY_BOTH },
	{ "redis-cli", 'a', CARRY_BOTH },
	{ "sqlcmd", 'P', CARRY_BOTH },
	{ "sshpass", 'p', CARRY_BOTH },
	{ "curl", 'u', CARRY_BOTH | CARRY_TAIL },
	{ "curl", 'U', CARRY_BOTH | CARRY_TAIL },
	{ "smbclient", 'U', CARRY_BOTH | CARRY_TAIL },
	{ "ldapsearch", 'w', CARRY_BOTH },
	{ "ldapmodify", 'w', CARRY_BOTH },
	{ "ldapadd", 'w', CARRY_BOTH },
	{ "ldapdelete", 'w', CARRY_BOTH },
	{ "ldapwhoami", 'w', CARRY_BOTH },
	{ "ldappasswd", 'w', CARRY_BOTH },
	{ "ldappasswd", 's', CARRY_BOTH },
	{ "ldappasswd", 'a', CARRY_BOTH },
	{ "ssh-keygen", 'N', CARRY_BOTH },
	{ "ssh-keygen", 'P', CARRY_BOTH },
	{ "useradd", 'p', CARRY_BOTH },
	{ "usermod", 'p', CARRY_BOTH },
	{ "ipmitool", 'P', CARRY_BOTH },
	{ "snmpget", 'A', CARRY_BOTH },
	{ "snmpget", 'X', CARRY_BOTH },
	{ "snmpwalk", 'A', CARRY_BOTH },
	{ "snmpwalk", 'X', CARRY_BOTH },
	{ "rdesktop", 'p', CARRY_BOTH },
	{ "zip", 'P', CARRY_BOTH },
	{ "unzip", 'P', CARRY_BOTH },
	{ "7z", 'p', CARRY_ATTACHED },
	{ "7za", 'p', CARRY_ATTACHED },
};

/* The holes of one argument as the rules find them: in no order, perhaps one in another. */
struct finding {
	const char *arg;
	size_t size;
	struct redact_hole *holes;
	size_t n;
	size_t full_from;	/* there was no room for a hole that begins here: hide all behind it */
};

static void hide(struct finding *f, size_t from, size_t to)
{
	if (to <= from)
		return;
	if (f->n < REDACT_HOLES)
		f->holes[f->n++] = (struct redact_hole){ from, to };
	else if (from < f->full_from)
		f->full_from = from;
}

/* Hides all of from..to, or only what follows the first ':' or '%'. */
static void hide_value(struct finding *f, size_t from, size_t to, bool tail)
{
	size_t at = from;

	while (tail && at < to && f->arg[at] != ':' && f->arg[at] != '%')
		at++;
	hide(f, tail ? at + 1 : from, to);
}

static size_t base_name(const char *text, size_t size)
{
	while (size > 0 && text[size - 1] != '/')
		size--;
	return size;
}

static const struct redact_program *program_find(const char *text, size_t size)
{
	const char *name = text + base_name(text, size);
	size_t n = size - (size_t)(name - text);

	for (size_t i = 0; i < ARRAY_SIZE(programs) && n > 0; i++) {
		/* Cheapest first: nearly every name ends here. */
		if (programs[i].name[0] == name[0] && strlen(programs[i].name) == n &&
		    memcmp(programs[i].name, name, n) == 0)
			return &programs[i];
	}
	return NULL;
}

static const struct redact_program *option_find(const struct redact_program *row, char option)
{
	const char *name = row ? row->name : "";

	for (; row && row < programs + ARRAY_SIZE(programs) && !strcmp(row->name, name); row++) {
		if (row->option == option)
			return row;
	}
	return NULL;
}

/* Rule 5. from is at the '-'. Returns whether it was such an option. */
static bool look_short(struct redact *r, struct finding *f, size_t from, size_t to)
{
	const struct redact_program *row;

	if (to - from < 2)
		return false;
	row = option_find(r->program, f->arg[from + 1]);
	if (!row)
		return false;
	if (to - from > 2 && (row->carry & CARRY_ATTACHED)) {
		hide_value(f, from + 2, to, row->carry & CARRY_TAIL);
		return true;
	}
	r->secret_next = to - from == 2 && (row->carry & CARRY_NEXT);
	r->secret_tail = r->secret_next && (row->carry & CARRY_TAIL);
	return r->secret_next;
}

/* Rules 2 and 3: a name at from, perhaps with "=value". */
static void look_named(struct redact *r, struct finding *f, size_t from, size_t to)
{
	bool option = f->arg[from] == '-';
	size_t name = from, end;

	while (name < to && f->arg[name] == '-')
		name++;
	for (end = name; end < to && secret_is_name(f->arg[end]);)
		end++;
	if (!secret_name(f->arg + name, end - name))
		return;
	if (end < to && f->arg[end] == '=')
		hide(f, end + 1, to);
	else if (end == to && option)
		r->secret_next = true;
}

/* -c, -lc, -ec: the next argument is a script. */
static bool is_script_option(const char *arg, size_t size)
{
	if (size < 2 || size > 6 || arg[0] != '-' || arg[size - 1] != 'c')
		return false;
	for (size_t i = 1; i < size; i++) {
		if (arg[i] < 'a' || arg[i] > 'z')
			return false;
	}
	return true;
}

static void look_word(struct redact *r, struct finding *f, size_t from, size_t to)
{
	const char *word = f->arg + from;

	if (r->secret_next && !(to - from >= 2 && word[0] == '-' && word[1] == '-')) {
		hide_value(f, from, to, r->secret_tail);
		r->secret_next = false;
		r->secret_tail = false;
		return;
	}
	r->secret_next = false;
	r->secret_tail = false;
	r->script_next = is_script_option(word, to - from);
	if (word[0] == '-' && look_short(r, f, from, to))
		return;
	look_named(r, f, from, to);
	/* env, sudo, nice and the like: the program is a later word. The last one named counts. */
	if (word[0] != '-' && program_find(word, to - from))
		r->program = program_find(word, to - from);
}

static bool is_blank(char c)
{
	return c && strchr(" \t\n;|&()<>", c);
}

/* One word of a script, quotes kept together. */
static size_t word_end(const char *arg, size_t size, size_t at)
{
	char quote = 0;

	for (; at < size && (quote || !is_blank(arg[at])); at++) {
		if (quote && arg[at] == quote)
			quote = 0;
		else if (!quote && (arg[at] == '\'' || arg[at] == '"'))
			quote = arg[at];
	}
	return at;
}

/* Rule 6. */
static void look_script(struct redact *r, struct finding *f)
{
	size_t at = 0, end;

	while (at < f->size) {
		if (is_blank(f->arg[at])) {
			at++;
			continue;
		}
		end = word_end(f->arg, f->size, at);
		look_word(r, f, at, end);
		at = end;
	}
	r->secret_next = false;
	r->script_next = false;
}

/* Rule 4: user:pass@ in the authority that begins at from. */
static void look_authority(struct finding *f, size_t from)
{
	size_t colon = 0, sign = 0, at;

	for (at = from; at < f->size && !is_blank(f->arg[at]) && !strchr("/?#'\"", f->arg[at]);
	     at++) {
		if (f->arg[at] == ':' && colon == 0)
			colon = at;
		if (f->arg[at] == '@')
			sign = at;
	}
	if (colon > 0 && colon < sign)
		hide(f, colon + 1, sign);
}

static void look_urls(struct finding *f)
{
	size_t at = 0;

	while (at + 3 < f->size) {
		const char *found = memmem(f->arg + at, f->size - at, "://", 3);

		if (!found)
			return;
		at = (size_t)(found - f->arg) + 3;
		look_authority(f, at);
	}
}

/* Rule 4: "Name: value" with a secret name, as curl -H takes it; also behind a blank or quote. */
static void look_headers(struct finding *f)
{
	for (size_t colon = 1; colon + 1 < f->size; colon++) {
		size_t from = colon;

		if (f->arg[colon] != ':' || f->arg[colon + 1] != ' ')
			continue;
		while (from > 0 && secret_is_name(f->arg[from - 1]))
			from--;
		if (secret_name(f->arg + from, colon - from)) {
			char quote = from > 0 ? f->arg[from - 1] : 0;
			const char *end = NULL;

			if (quote == '\'' || quote == '"')
				end = memchr(f->arg + colon, quote, f->size - colon);
			hide(f, colon + 2, end ? (size_t)(end - f->arg) : f->size);
		}
	}
}

void redact_begin(struct redact *r)
{
	*r = (struct redact){ .first = true };
}

static int hole_order(const void *a, const void *b)
{
	const struct redact_hole *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* Sorts the holes and makes one of those that touch. */
static size_t merge(struct redact_hole *holes, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	qsort(holes, n, sizeof(holes[0]), hole_order);
	for (size_t i = 1; i < n; i++) {
		if (holes[i].from > holes[kept].to)
			holes[++kept] = holes[i];
		else if (holes[i].to > holes[kept].to)
			holes[kept].to = holes[i].to;
	}
	return kept + 1;
}

/* Everything from full_from on becomes one hole, or part of the last before it. */
static size_t hide_rest(struct finding *f, size_t n)
{
	while (n > 0 && f->holes[n - 1].from >= f->full_from)
		n--;
	if (n == REDACT_HOLES || (n > 0 && f->holes[n - 1].to >= f->full_from))
		f->holes[n - 1].to = f->size;
	else
		f->holes[n++] = (struct redact_hole){ f->full_from, f->size };
	return n;
}

size_t redact_argument(struct redact *r, const char *arg, size_t size,
		       struct redact_hole holes[REDACT_HOLES])
{
	struct finding f = { .arg = arg, .size = size, .holes = holes, .full_from = size };

	if (r->first) {
		r->first = false;
		r->program = program_find(arg, size);
		return 0;
	}
	if (size == 0) {
		r->secret_next = false;
		r->script_next = false;
		return 0;
	}
	if (r->script_next)
		look_script(r, &f);
	else
		look_word(r, &f, 0, size);
	look_urls(&f);
	look_headers(&f);
	f.n = merge(holes, f.n);
	return f.full_from < size ? hide_rest(&f, f.n) : f.n;
}

size_t redact_copy(const char *arg, size_t size, const struct redact_hole *holes, size_t n,
		   char *out)
{
	size_t at = 0, length = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(out + length, arg + at, holes[i].from - at);
		length += holes[i].from - at;
		memcpy(out + length, REDACT_MARK, sizeof(REDACT_MARK) - 1);
		length += sizeof(REDACT_MARK) - 1;
		at = holes[i].to;
	}
	memcpy(out + length, arg + at, size - at);
	return length + size - at;
}
