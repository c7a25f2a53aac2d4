/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd_table.h - tables for people, by libsmartcols.
 */
#ifndef SWRAP_CMD_TABLE_H
#define SWRAP_CMD_TABLE_H

#include <stddef.h>

enum { TABLE_COLUMNS = 32 };

struct cmd_table;

/* Columns by their headings. NULL: no memory. */
struct cmd_table *table_new(const char *const *headings, size_t n);

/* One row; its cells are copied, their bytes made safe for a terminal. 0 or -errno. */
int table_add(struct cmd_table *table, const char *const *cells);

/* To standard output. 0 or -errno. */
int table_print(struct cmd_table *table);

/* NULL is allowed. */
void table_free(struct cmd_table **table);

#endif
