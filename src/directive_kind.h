/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * directive_kind.h - what each type of directive can do; between the files of directive only.
 */
#ifndef SWRAP_DIRECTIVE_KIND_H
#define SWRAP_DIRECTIVE_KIND_H

#include "attr.h"
#include "directive.h"

/* Where a field is written as text. */
struct directive_text {
	char *at;
	size_t room;		/* with the NUL */
	bool full;
};

/* field points into the profile. set: 0, -ENOMEM, or -EINVAL by directive_refuse(). */
struct directive_kind {
	const char *name;			/* for the manual */
	bool is_list;
	int (*set)(const struct directive *d, void *field, char *value, char *reason);
	void (*done)(void *field);		/* NULL: it owns nothing */
	void (*format)(const struct directive *d, const void *field, struct directive_text *text);
	size_t bytes;				/* of the field */
};

extern const struct directive_kind directive_scalars[TYPE_SCALARS];
extern const struct directive_kind directive_lists[TYPE_COUNT_OF_TYPES - TYPE_SCALARS];

/* What a word of a list of texts may be. check: 0, or -EINVAL with the reason; may make it tidy in place. */
struct directive_word_kind {
	int (*check)(char *word, char *reason);
	uint32_t max;				/* words in the list */
	bool negated;				/* "~" in front of the first turns all of a line */
};

extern const struct directive_word_kind directive_words[TYPE_COUNT_OF_TYPES];

/* Writes behind what is there. */
void directive_put(struct directive_text *text, const char *format, ...) _printf_(2, 3);

/* Says what was expected. Returns -EINVAL. reason holds DIRECTIVE_REASON_BYTES. */
int directive_refuse(char *reason, const char *format, ...) _printf_(2, 3);

/* Likewise, with a name that may have been meant, or NULL. */
int directive_refuse_word(char *reason, const char *expected, const char *word, const char *nearest);

#endif
