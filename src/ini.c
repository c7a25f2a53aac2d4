/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ini.h"

#include "num.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

enum { MESSAGE_BYTES = 256 };

static int note(const char *file, uint32_t line, struct err *e, const char *text, va_list args)
{
	char message[MESSAGE_BYTES];

	(void)vsnprintf(message, sizeof(message), text, args);
	return err_set(e, EINVAL, "configuration", "%s:%u: %s", file, line, message);
}

int ini_error(const struct ini *ini, struct err *e, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	(void)note(ini->file, ini->line, e, text, args);
	va_end(args);
	return -EINVAL;
}

int ini_error_at(const char *file, uint32_t line, struct err *e, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	(void)note(file, line, e, text, args);
	va_end(args);
	return -EINVAL;
}

void ini_init(struct ini *ini, const char *file, char *text, size_t size)
{
	*ini = (struct ini){
		.file = file, .at = text, .end = text + size, .next_line = 1, .section = "",
	};
	text[size] = 0;
}

/* ---- lines ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && !is_blank(c)) || c == 0x7f;
}

/* One line of the file, as it stands there: 1, or 0 at the end. */
static int take_part(struct ini *ini, char **ret, size_t *ret_length, struct err *e)
{
	char *start = ini->at, *stop;

	if (start == ini->end)
		return 0;
	stop = memchr(start, '\n', (size_t)(ini->end - start));
	ini->at = stop ? stop + 1 : ini->end;
	ini->line = ini->next_line++;
	if (!stop)
		stop = ini->end;
	while (stop > start && stop[-1] == '\r')
		stop--;
	for (const char *c = start; c < stop; c++)
		if (is_control(*c))
			return ini_error(ini, e, "a control character (%d)", *c);
	*ret = start;
	*ret_length = (size_t)(stop - start);
	return 1;
}

/* The first character that is no blank, or 0. */
static char first_of(const char *part, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!is_blank(part[i]))
			return part[i];
	return 0;
}

/* A backslash that is itself escaped continues nothing. */
static bool goes_on(const char *part, size_t length)
{
	size_t n = 0;

	while (n < length && part[length - 1 - n] == '\\')
		n++;
	return n % 2;
}

/* Joins a line and what continues it where the first stands: it can only become shorter. 1 or 0. */
static int join_parts(struct ini *ini, char **ret_start, char **ret_stop, struct err *e)
{
	char *start = NULL, *to = NULL, *part = NULL;
	uint32_t line = 0;
	size_t length = 0;
	int r;

	while ((r = take_part(ini, &part, &length, e)) > 0) {
		char first = first_of(part, length);

		if (first == '#' || first == ';' || (!start && !first))
			continue;
		if (!start) {
			start = to = part;
			line = ini->line;
		}
		memmove(to, part, length);
		to += length;
		if (!goes_on(to - length, length))
			break;
		to[-1] = ' ';
	}
	if (r < 0 || !start)
		return r;
	ini->line = line;
	*ret_start = start;
	*ret_stop = to;
	return 1;
}

static char *trim(char *start, char *stop)
{
	while (start < stop && is_blank(*start))
		start++;
	while (stop > start && is_blank(stop[-1]))
		stop--;
	*stop = 0;
	return start;
}

int ini_line(struct ini *ini, char **ret, struct err *e)
{
	char *start, *stop, *text;
	int r;

	do {
		r = join_parts(ini, &start, &stop, e);
		if (r <= 0)
			return r;
		text = trim(start, stop);
	} while (!*text);
	*ret = text;
	return 1;
}

/* ---- settings ---- */

static int take_section(struct ini *ini, char *text, struct err *e)
{
	size_t length = strlen(text);

	if (length < 3 || text[length - 1] != ']' || strcspn(text + 1, "[]") != length - 2)
		return ini_error(ini, e, "expected [Section], not %.60s", text);
	text[length - 1] = 0;
	ini->section = text + 1;
	return 0;
}

static int take_setting(const struct ini *ini, char *text, struct ini_setting *ret, struct err *e)
{
	char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return ini_error(ini, e, "expected Directive=value, not %.60s", text);
	if (!ini->section[0])
		return ini_error(ini, e, "%.60s before the first [Section]", text);
	ret->section = ini->section;
	ret->value = trim(equals + 1, equals + 1 + strlen(equals + 1));
	ret->key = trim(text, equals);
	ret->line = ini->line;
	return 1;
}

int ini_next(struct ini *ini, struct ini_setting *ret, struct err *e)
{
	char *text;
	int r;

	while ((r = ini_line(ini, &text, e)) > 0) {
		if (text[0] != '[')
			return take_setting(ini, text, ret, e);
		r = take_section(ini, text, e);
		if (r < 0)
			return r;
	}
	return r;
}

/* ---- words ---- */

static const char escape_names[] = "abfnrtvs\\\"'", escape_values[] = "\a\b\f\n\r\t\v \\\"'";

/* UTF-8 of a code point behind *to; never longer than the escape it stands for. */
static void put_code(char **to, uint32_t code)
{
	if (code < 0x80) {
		*(*to)++ = (char)code;
		return;
	}
	if (code >= 0x10000)
		*(*to)++ = (char)(0xf0 | code >> 18);
	if (code >= 0x800)
		*(*to)++ = (char)(code >= 0x10000 ? 0x80 | (code >> 12 & 0x3f) : 0xe0 | code >> 12);
	*(*to)++ = (char)(code >= 0x800 ? 0x80 | (code >> 6 & 0x3f) : 0xc0 | code >> 6);
	*(*to)++ = (char)(0x80 | (code & 0x3f));
}

static bool is_code(uint64_t code)
{
	return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/* A number of so many digits at *from. */
static int take_digits(char **from, size_t digits, int base, uint64_t *ret)
{
	char text[9] = { 0 };

	memcpy(text, *from, strnlen(*from, digits));
	if (strlen(text) != digits || num_parse_base(text, base, UINT32_MAX, ret) < 0)
		return -EINVAL;
	*from += digits;
	return 0;
}

static int put_number(char **from, char **to)
{
	char kind = **from;
	bool octal = kind >= '0' && kind <= '7', code = kind == 'u' || kind == 'U';
	size_t digits = kind == 'U' ? 8 : kind == 'u' ? 4 : octal ? 3 : 2;
	uint64_t value;

	if (!octal && !code && kind != 'x')
		return -EINVAL;
	if (!octal)
		++*from;
	if (take_digits(from, digits, octal ? 8 : 16, &value) < 0)
		return -EINVAL;
	if (code ? !is_code(value) : value == 0 || value > UINT8_MAX)
		return -EINVAL;
	if (code)
		put_code(to, (uint32_t)value);
	else
		*(*to)++ = (char)value;
	return 0;
}

/* What stands behind a backslash at *from. */
static int put_escape(char **from, char **to)
{
	const char *name = **from ? strchr(escape_names, **from) : NULL;

	if (!name)
		return put_number(from, to);
	*(*to)++ = escape_values[name - escape_names];
	++*from;
	return 0;
}

static int copy_word(char **from, char **to, char quote, enum ini_escapes escapes,
		     const char **ret_reason)
{
	while (**from && (quote ? **from != quote : !is_blank(**from))) {
		*ret_reason = "a quote within a word: quote the whole word";
		if (!quote && (**from == '"' || **from == '\''))
			return -EINVAL;
		if (**from != '\\' || escapes == INI_LITERAL) {
			*(*to)++ = *(*from)++;
			continue;
		}
		++*from;
		*ret_reason = "an unknown escape: double the backslash";
		if (put_escape(from, to) < 0)
			return -EINVAL;
	}
	*ret_reason = "a quote is not closed";
	return quote && !**from ? -EINVAL : 0;
}

int ini_word(char **at, enum ini_escapes escapes, char **ret_word, const char **ret_reason)
{
	char *from = *at, *to, *word, quote = 0;

	while (is_blank(*from))
		from++;
	if (!*from)
		return 0;
	word = to = from;
	if (*from == '"' || *from == '\'')
		quote = *from++;
	if (copy_word(&from, &to, quote, escapes, ret_reason) < 0)
		return -EINVAL;
	if (quote)
		from++;
	*ret_reason = "expected a blank behind the quote";
	if (*from && !is_blank(*from))
		return -EINVAL;
	*at = from + (*from != 0);
	*to = 0;
	*ret_word = word;
	return 1;
}
