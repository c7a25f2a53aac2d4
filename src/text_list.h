/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * text_list.h - texts, in the order in which they came.
 */
#ifndef SWRAP_TEXT_LIST_H
#define SWRAP_TEXT_LIST_H

#include <stdbool.h>
#include <stdint.h>

/* Owns the texts. All zero is an empty list. */
struct text_list {
	uint32_t n;
	char **items;
};

/* Appends a copy of text. 0 or -ENOMEM. */
int text_list_add(struct text_list *list, const char *text);

bool text_list_has(const struct text_list *list, const char *text);

/* Frees all; the list is empty then. */
void text_list_clear(struct text_list *list);

#endif
