/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd_table.h"

#include "attr.h"
#include "json.h"

#include <errno.h>
#include <libsmartcols.h>
#include <string.h>

struct cmd_table {
	struct libscols_table *scols;
	size_t n;
};

struct cmd_table *table_new(const char *const *headings, size_t n)
{
	struct cmd_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->n = n;
	table->scols = scols_new_table();
	for (size_t i = 0; table->scols && i < n; i++)
		if (!scols_table_new_column(table->scols, headings[i], 0, i + 1 == n ? SCOLS_FL_WRAP : 0))
			table_free(&table);
	if (table && !table->scols)
		table_free(&table);
	return table;
}

/* A rule's file or a profile's name may hold any byte. */
static int set_cell(struct libscols_line *line, size_t i, const char *text)
{
	char safe[1024];

	(void)text_escape(text, strlen(text), safe, sizeof(safe));
	return scols_line_set_data(line, i, safe);
}

int table_add(struct cmd_table *table, const char *const *cells)
{
	struct libscols_line *line = scols_table_new_line(table->scols, NULL);

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < table->n; i++)
		if (set_cell(line, i, cells[i] ? cells[i] : "") < 0)
			return -ENOMEM;
	return 0;
}

int table_print(struct cmd_table *table)
{
	return scols_print_table(table->scols);
}

void table_free(struct cmd_table **table)
{
	if (!*table)
		return;
	scols_unref_table((*table)->scols);
	free(*table);
	*table = NULL;
}
