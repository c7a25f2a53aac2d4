/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int text_list_add(struct text_list *list, const char *text)
{
	char **items = realloc(list->items, (list->n + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->n] = strdup(text);
	if (!items[list->n])
		return -ENOMEM;
	list->n++;
	return 0;
}

bool text_list_has(const struct text_list *list, const char *text)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

void text_list_clear(struct text_list *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct text_list){ 0 };
}
