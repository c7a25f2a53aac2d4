/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include "num.h"

#include <string.h>

enum { UNIT_BYTES = 20 }; /* four bytes, each as "\\xHH" */

struct range {
	uint32_t first, last;
};

/*
 * Characters that are valid but not printable, or that change what a terminal shows around them: C1
 * controls, joiners and direction marks, line separators, interlinear marks, tags.
 */
static const struct range unprintable[] = {
	{ 0x80, 0x9f },	    { 0xad, 0xad },	{ 0x61c, 0x61c },     { 0x180e, 0x180e },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },   { 0xd800, 0xdfff },
	{ 0xe000, 0xf8ff }, { 0xfdd0, 0xfdef }, { 0xfeff, 0xfeff },   { 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff }, { 0xe0000, 0x10ffff },
};

static bool is_printable(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unprintable) / sizeof(unprintable[0]); i++) {
		if (c >= unprintable[i].first && c <= unprintable[i].last)
			return false;
	}
	return true;
}

/* Length of the printable UTF-8 character at at, 0 when there is none: overlong forms are none. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	uint32_t c;

	if (at[0] < 0xc2 || at[0] > 0xf4 || n > left)
		return 0;
	c = at[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (at[i] & 0x3f);
	}
	return c >= smallest[n] && c <= 0x10ffff && is_printable(c) ? n : 0;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '\\' && c != '"';
}

static size_t unit_hex(unsigned char c, bool in_json, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	out[n++] = '\\';
	if (in_json)
		out[n++] = '\\';
	out[n++] = 'x';
	out[n++] = digits[c >> 4];
	out[n++] = digits[c & 15];
	return n;
}

/* Spells what stands at at; returns the length written and how much was used. */
static size_t unit_spell(const unsigned char *at, size_t left, bool in_json, char *out,
			 size_t *used)
{
	size_t n = at[0] < 0x80 ? 0 : utf8_length(at, left);

	*used = 1;
	if (n > 0) {
		*used = n;
		memcpy(out, at, n);
		return n;
	}
	if (at[0] == '"') {
		memcpy(out, "\\\"", 2);
		if (in_json)
			return 2;
		out[0] = '"';
		return 1;
	}
	return unit_hex(at[0], in_json, out);
}

/* Escapes as many whole units as fit; *ret_used tells how much of data that was. */
static size_t escape(const unsigned char *data, size_t size, bool in_json, char *out,
		     size_t out_size, size_t *ret_used)
{
	size_t at = 0, n = 0;

	while (at < size) {
		char unit[UNIT_BYTES];
		size_t used = 1, length, run = at;

		while (run < size && run - at < out_size - n && is_plain(data[run]))
			run++;
		memcpy(out + n, data + at, run - at);
		n += run - at;
		at = run;
		if (at == size)
			break;
		length = unit_spell(data + at, size - at, in_json, unit, &used);
		if (length > out_size - n)
			break;
		memcpy(out + n, unit, length);
		n += length;
		at += used;
	}
	*ret_used = at;
	return n;
}

size_t text_escape(const void *data, size_t size, char *out, size_t out_size)
{
	size_t used, n = escape(data, size, false, out, out_size - 1, &used);

	out[n] = 0;
	return n;
}

void json_init(struct json *j, char *buffer, size_t size)
{
	*j = (struct json){ .buffer = buffer, .size = size };
	buffer[0] = 0;
}

static size_t room(const struct json *j)
{
	return j->size > j->n + JSON_END_BYTES ? j->size - j->n - JSON_END_BYTES : 0;
}

static bool put(struct json *j, const char *text, size_t n)
{
	if (room(j) < n)
		return false;
	memcpy(j->buffer + j->n, text, n);
	j->n += n;
	return true;
}

static bool put_quoted(struct json *j, const void *data, size_t size)
{
	size_t used, left;

	if (!put(j, "\"", 1))
		return false;
	left = room(j);
	j->n += escape(data, size, true, j->buffer + j->n, left, &used);
	return used == size && put(j, "\"", 1);
}

/* Keys are words of ours, with nothing to escape. */
static bool put_key(struct json *j, const char *key)
{
	size_t n = strlen(key);

	if (room(j) < n + 3)
		return false;
	j->buffer[j->n] = '"';
	memcpy(j->buffer + j->n + 1, key, n);
	memcpy(j->buffer + j->n + 1 + n, "\":", 2);
	j->n += n + 3;
	return true;
}

/* The comma and the key. */
static bool put_lead(struct json *j, const char *key)
{
	if (j->overflow || (j->comma && !put(j, ",", 1)))
		return false;
	return !key || put_key(j, key);
}

/* A member that did not fit is taken back whole. */
static bool settle(struct json *j, size_t before, bool fits)
{
	if (!fits) {
		j->n = before;
		j->overflow = true;
	} else {
		j->comma = true;
	}
	j->buffer[j->n] = 0;
	return fits;
}

static void begin(struct json *j, const char *key, const char *bracket)
{
	size_t before = j->n;

	if (settle(j, before, put_lead(j, key) && put(j, bracket, 1)))
		j->comma = false;
	else
		j->skipped++;
}

static void end(struct json *j, char bracket)
{
	if (j->skipped > 0) {
		j->skipped--;
		return;
	}
	if (j->n + 1 < j->size)
		j->buffer[j->n++] = bracket;
	j->buffer[j->n] = 0;
	j->comma = true;
}

void json_object_begin(struct json *j, const char *key)
{
	begin(j, key, "{");
}

void json_object_end(struct json *j)
{
	end(j, '}');
}

void json_array_begin(struct json *j, const char *key)
{
	begin(j, key, "[");
}

void json_array_end(struct json *j)
{
	end(j, ']');
}

void json_bytes(struct json *j, const char *key, const void *data, size_t size)
{
	size_t before = j->n;

	(void)settle(j, before, put_lead(j, key) && put_quoted(j, data, size));
}

void json_text(struct json *j, const char *key, const char *text)
{
	json_bytes(j, key, text, strlen(text));
}

static void raw(struct json *j, const char *key, const char *text, size_t n)
{
	size_t before = j->n;

	(void)settle(j, before, put_lead(j, key) && put(j, text, n));
}

void json_uint(struct json *j, const char *key, uint64_t value)
{
	char text[NUM_TEXT_BYTES];

	raw(j, key, text, num_format(value, text));
}

void json_int(struct json *j, const char *key, int64_t value)
{
	char text[NUM_TEXT_BYTES + 1] = "-";
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	if (value < 0)
		raw(j, key, text, 1 + num_format(magnitude, text + 1));
	else
		raw(j, key, text, num_format(magnitude, text));
}

void json_bool(struct json *j, const char *key, bool value)
{
	raw(j, key, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct json *j, const char *key)
{
	raw(j, key, "null", 4);
}

void json_members(struct json *j, const char *members, size_t size)
{
	if (size > 0)
		raw(j, NULL, members, size);
}
