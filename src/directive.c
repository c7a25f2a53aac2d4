/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "directive.h"

#include "attr.h"
#include "directive_kind.h"
#include "name.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static const struct directive_kind *kind_of(const struct directive *d)
{
	return d->type < TYPE_SCALARS ? &directive_scalars[d->type] :
					&directive_lists[d->type - TYPE_SCALARS];
}

static void *field_of(const struct directive *d, struct profile *profile)
{
	return (char *)profile + d->offset;
}

const struct directive *directive_find(const char *name)
{
	for (size_t i = 0; i < directive_count; i++)
		if (strcmp(directive_table[i].name, name) == 0)
			return &directive_table[i];
	return NULL;
}

static const char *name_of(unsigned int number)
{
	return directive_table[number].name;
}

const char *directive_nearest(const char *name)
{
	return name_nearest(name, name_of, (unsigned int)directive_count);
}

bool directive_is_list(const struct directive *directive)
{
	return kind_of(directive)->is_list;
}

const char *directive_type_name(const struct directive *directive)
{
	return kind_of(directive)->name;
}

void directive_done(const struct directive *directive, struct profile *profile)
{
	const struct directive_kind *kind = kind_of(directive);
	void *field = field_of(directive, profile);

	if (kind->done)
		kind->done(field);
	memset(field, 0, kind->bytes);
}

void directive_reset(const struct directive *directive, struct profile *profile)
{
	char value[DIRECTIVE_REASON_BYTES], reason[DIRECTIVE_REASON_BYTES];

	directive_done(directive, profile);
	if (!directive->fallback[0])
		return;
	/* No default needs memory of its own, and a unit test sets each. */
	(void)snprintf(value, sizeof(value), "%s", directive->fallback);
	(void)kind_of(directive)->set(directive, field_of(directive, profile), value, reason);
}

int directive_set(const struct directive *directive, struct profile *profile, char *value,
		  char reason[DIRECTIVE_REASON_BYTES])
{
	const struct directive_kind *kind = kind_of(directive);

	reason[0] = 0;
	if (!kind->is_list && !value[0]) {
		directive_reset(directive, profile);
		return 0;
	}
	return kind->set(directive, field_of(directive, profile), value, reason);
}

/* ---- texts ---- */

int directive_format(const struct directive *directive, const struct profile *profile, char *text,
		     size_t size)
{
	struct directive_text out = { .at = text, .room = size };

	text[0] = 0;
	kind_of(directive)->format(directive, (const char *)profile + directive->offset, &out);
	return out.full ? -ENOSPC : 0;
}

void directive_put(struct directive_text *text, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text->at, text->room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= text->room) {
		text->full = true;
		n = (int)text->room - 1;
	}
	text->at += n;
	text->room -= (size_t)n;
}

int directive_refuse(char *reason, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reason, DIRECTIVE_REASON_BYTES, format, args);
	va_end(args);
	return -EINVAL;
}

int directive_refuse_word(char *reason, const char *expected, const char *word, const char *nearest)
{
	return directive_refuse(reason, "expected %s, not %.60s%s%s%s", expected, word,
				nearest ? "; did you mean " : "", nearest ? nearest : "",
				nearest ? "?" : "");
}
