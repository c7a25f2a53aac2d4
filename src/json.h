/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json.h - writes JSON members into a buffer: no heap, usable by every process.
 *
 * Only writing; what reads JSON uses json-c. Strings are bytes of unknown encoding: printable UTF-8
 * stays, every other byte becomes \xHH and a backslash \x5c (in JSON spelling "\\xHH"), so that
 * nothing a user names can forge a member, a line or a terminal sequence.
 */
#ifndef SWRAP_JSON_H
#define SWRAP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	char *buffer;
	size_t size, n;
	bool overflow;		/* something did not fit: cut at the last whole member */
	bool comma;		/* the next member or item needs one before it */
	unsigned int skipped;	/* depth of objects and arrays begun after the overflow */
};

/* Kept free of members, so that what was begun can always be ended. */
enum { JSON_END_BYTES = 16 };

void json_init(struct json *j, char *buffer, size_t size);
/* Keys are plain words and are not escaped; key NULL: an item or the top. */
void json_object_begin(struct json *j, const char *key);
void json_object_end(struct json *j);
void json_array_begin(struct json *j, const char *key);
void json_array_end(struct json *j);
/* key NULL: an item of an array. */
void json_text(struct json *j, const char *key, const char *text);
void json_bytes(struct json *j, const char *key, const void *data, size_t size);
void json_int(struct json *j, const char *key, int64_t value);
void json_uint(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
void json_members(struct json *j, const char *members, size_t size);	/* ready-made, "k":v,... */

/* Escapes as above, without quotes or JSON spelling, for syslog and terminals. NUL-terminates. */
size_t text_escape(const void *data, size_t size, char *out, size_t out_size);

#endif
