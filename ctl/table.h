/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pamnetctl prints: a table, or JSON. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_COLUMNS_MAX = 10 };

enum table_colour {
	TABLE_PLAIN,
	TABLE_RED,
	TABLE_YELLOW,
};

struct table_format {
	bool json;
	bool no_legend;
	const char *columns; /* names with commas between, or NULL: all */
};

struct table;

/*
 * Begins a table called name, of count columns. A column whose name begins
 * with '+' is one whose text may be broken into lines; with '#', one of
 * numbers.
 *
 * Returns 0 with ret, to be given to table_free(); -EINVAL: format asks for a
 * column that there is not; -ENOMEM.
 */
int table_begin(const char *name, const char *const columns[], size_t count,
		const struct table_format *format, struct table **ret);

/*
 * Adds a line of one text for each column; NULL: nothing. Each is escaped as
 * text_escape() does, but that JSON is UTF-8 in any locale. The first of the
 * texts, or the one of column coloured, has the colour on a terminal. Returns 0
 * or -ENOMEM.
 */
int table_add(struct table *table, const char *const texts[],
	      enum table_colour colour, size_t coloured);

size_t table_lines(const struct table *table);

/* Prints all of it to standard output. Returns 0 or -ENOMEM. */
int table_print(struct table *table);

void table_free(struct table *table);

#endif
