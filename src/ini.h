/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ini.h - text of a configuration file into lines, settings and words: the syntax of systemd.syntax(7).
 *
 * Works in place over one buffer and allocates nothing: what it returns points into that buffer. The
 * order of lines, repeats and line numbers are kept; what a key means is not known here. A line that
 * ends in a backslash goes on in the next one, a blank in between; lines whose first character other
 * than a blank is "#" or ";" are comments, also between the parts of a continued line.
 */
#ifndef SWRAP_INI_H
#define SWRAP_INI_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

struct ini {
	const char *file;	/* for messages; borrowed */
	char *at, *end;
	uint32_t next_line;	/* number of the line at "at", from 1 */
	uint32_t line;		/* of what was returned last: where it begins */
	const char *section;	/* "" before the first; ini_next() alone sets it */
};

struct ini_setting {
	const char *section, *key;
	char *value;		/* without blanks at its ends; quotes are still in it */
	uint32_t line;
};

/* text[size] must be a byte of the caller's: it is set to NUL. Everything is borrowed. */
void ini_init(struct ini *ini, const char *file, char *text, size_t size);

/*
 * The next line that says something, without blanks at its ends: for tables such as rules.conf. 1 and
 * *ret; 0 at the end; -EINVAL for a NUL or another control character than tab and carriage return.
 */
int ini_line(struct ini *ini, char **ret, struct err *e);

/*
 * The next "Key=value", after any "[Section]" on the way. 1 and *ret; 0 at the end; -EINVAL for
 * anything else, and for a setting before the first section.
 */
int ini_next(struct ini *ini, struct ini_setting *ret, struct err *e);

enum ini_escapes {
	INI_LITERAL,	/* a backslash is a backslash: DOM\user */
	INI_ESCAPES,	/* those of C: \\ \" \' \a \b \f \n \r \t \v \s \xHH \NNN \uHHHH \UHHHHHHHH */
};

/*
 * The next word of a value, *at moved behind it: words are parted by blanks; one that begins with ' or "
 * goes to the same quote, behind which a blank or the end must come. A quote within a word is refused,
 * and an escape that would make a NUL. 1 and *ret_word; 0 at the end; -EINVAL and a reason ("a quote
 * is not closed") in *ret_reason.
 */
int ini_word(char **at, enum ini_escapes escapes, char **ret_word, const char **ret_reason);

/* Notes "FILE:LINE: text" as the failure, with what = "configuration". Returns -EINVAL. */
int ini_error(const struct ini *ini, struct err *e, const char *text, ...) _printf_(3, 4);
int ini_error_at(const char *file, uint32_t line, struct err *e, const char *text, ...) _printf_(4, 5);

#endif
