/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * text.h - the little of string.h that swrap-attach needs, and its messages to the user. text.c
 * also holds memcpy and memset, which gcc calls on its own even in freestanding code.
 */
#ifndef SWRAP_ATTACH_TEXT_H
#define SWRAP_ATTACH_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes before the NUL. */
size_t text_length(const char *s);

/* Appends s at used; returns the new length, or size when it does not fit (then text is cut). */
size_t text_append(char *text, size_t size, size_t used, const char *s);

bool text_starts(const char *s, const char *start);
bool text_ends(const char *s, const char *end);

/* Whether a component of the path is "..". */
bool text_climbs(const char *path);

/*
 * Writes "swrap: what: error N" and a newline to descriptor 2 with one write; without the error
 * when num is 0. At most size bytes of what, up to its NUL, are used, and bytes that are not
 * printable ASCII become '?'. A failing write is ignored: there is nobody else to tell.
 */
void text_say(const char *what, size_t size, int num);

#endif
