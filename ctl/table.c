/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pamnetctl prints: a table, or JSON. */
#include "table.h"
#include "text.h"

#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct table {
	struct libscols_table *scols;
	size_t count;			 /* of what a line is given */
	size_t shown[TABLE_COLUMNS_MAX]; /* which of them, in which order */
	size_t shown_count;
	bool coloured;
	bool json;
};

static bool is_plain_output(void)
{
	const char *term = getenv("TERM");
	const char *no = getenv("NO_COLOR");

	return !isatty(STDOUT_FILENO) || (no && *no) || !term ||
	       !strcmp(term, "dumb");
}

static const char *column_name(const char *column)
{
	return *column == '+' || *column == '#' ? column + 1 : column;
}

/* Which columns are shown. Returns 0 or -EINVAL. */
static int columns_choose(struct table *table, const char *const columns[],
			  const char *wanted)
{
	while (wanted && *wanted) {
		size_t length = strcspn(wanted, ",");
		size_t i = 0;

		while (i < table->count &&
		       (strlen(column_name(columns[i])) != length ||
			strncasecmp(column_name(columns[i]), wanted, length) !=
				0))
			i++;
		if (i == table->count ||
		    table->shown_count == TABLE_COLUMNS_MAX)
			return -EINVAL;
		table->shown[table->shown_count++] = i;
		wanted += length;
		wanted += *wanted == ',';
	}
	for (size_t i = 0; table->shown_count == 0 && i < table->count; i++)
		table->shown[i] = i;
	if (table->shown_count == 0)
		table->shown_count = table->count;
	return 0;
}

static int columns_make(struct table *table, const char *const columns[],
			bool json)
{
	for (size_t i = 0; i < table->shown_count; i++) {
		const char *column = columns[table->shown[i]];
		char name[32];
		bool number = *column == '#';
		int flags = *column == '+' ? SCOLS_FL_WRAP : 0;
		struct libscols_column *made;

		(void)snprintf(name, sizeof(name), "%s", column_name(column));
		for (char *c = name; !json && *c; c++)
			if (*c >= 'a' && *c <= 'z')
				*c = (char)(*c - 'a' + 'A');
		if (number)
			flags = SCOLS_FL_RIGHT;
		made = scols_table_new_column(table->scols, name, 0, flags);
		if (!made || (number && scols_column_set_json_type(
						made, SCOLS_JSON_NUMBER) < 0))
			return -ENOMEM;
	}
	return 0;
}

int table_begin(const char *name, const char *const columns[], size_t count,
		const struct table_format *format, struct table **ret)
{
	struct table *table = calloc(1, sizeof(*table));
	int r;

	if (!table)
		return -ENOMEM;
	table->count = count;
	table->coloured = !format->json && !is_plain_output();
	table->json = format->json;
	table->scols = scols_new_table();
	r = table->scols ? columns_choose(table, columns, format->columns)
			 : -ENOMEM;
	if (r == 0)
		r = columns_make(table, columns, format->json);
	if (r == 0 &&
	    (scols_table_set_name(table->scols, name) < 0 ||
	     scols_table_enable_json(table->scols, format->json) ||
	     scols_table_enable_noheadings(table->scols, format->no_legend) ||
	     scols_table_enable_noencoding(table->scols, 1) ||
	     scols_table_enable_colors(table->scols, table->coloured)))
		r = -ENOMEM;
	if (r < 0) {
		table_free(table);
		return r;
	}
	*ret = table;
	return 0;
}

int table_add(struct table *table, const char *const texts[],
	      enum table_colour colour, size_t coloured)
{
	static const char *const colours[] = { NULL, "red", "yellow" };
	struct libscols_line *line = scols_table_new_line(table->scols, NULL);

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < table->shown_count; i++) {
		size_t which = table->shown[i];
		const char *given = texts[which] ? texts[which] : "";
		/* JSON is UTF-8 wherever it is read. */
		char *text = table->json ? text_escape_utf8(given)
					 : text_escape(given);

		if (!text)
			return -ENOMEM;
		if (scols_line_refer_data(line, i, text) < 0) {
			free(text);
			return -ENOMEM;
		}
		if (table->coloured && which == coloured && colours[colour])
			(void)scols_cell_set_color(scols_line_get_cell(line, i),
						   colours[colour]);
	}
	return 0;
}

size_t table_lines(const struct table *table)
{
	return scols_table_get_nlines(table->scols);
}

int table_print(struct table *table)
{
	return scols_print_table(table->scols) < 0 ? -ENOMEM : 0;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	scols_unref_table(table->scols);
	free(table);
}
