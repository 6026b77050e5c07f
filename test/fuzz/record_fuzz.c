/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record: what is valid can be read and written again, all of it. */
#include "common/state.h"
#include "fuzz.h"

#include <errno.h>
#include <string.h>

/* Reads the value of each line by its key, and writes it to another record. */
static void check_line(const struct record *record, const char *line)
{
	struct record again = RECORD_EMPTY;
	char key[sizeof(record->text)];
	char value[sizeof(record->text)];
	char second[sizeof(record->text)];
	size_t length = strcspn(line, "=");
	unsigned long long number;
	int r;

	memcpy(key, line, length);
	key[length] = '\0';
	PROPERTY(record_get(record, key, value, sizeof(value)) == 0);
	record_add(&again, key, value);
	if (again.length > sizeof(again.text))
		return;
	PROPERTY(record_is_valid(&again));
	PROPERTY(record_get(&again, key, second, sizeof(second)) == 0);
	PROPERTY(!strcmp(value, second));
	PROPERTY(record_get(record, key, second, strlen(value)) == -E2BIG);
	r = record_get_number(record, key, &number);
	PROPERTY(r == -EINVAL ||
		 (r == 0 && strspn(value, "0123456789") == strlen(value)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record record = RECORD_EMPTY;
	char value[8];

	if (size > sizeof(record.text))
		return 0;
	memcpy(record.text, data, size);
	record.length = size;
	if (!record_is_valid(&record))
		return 0;
	PROPERTY(!memchr(data, '\0', size));
	PROPERTY(record_get(&record, "NONE", value, sizeof(value)) == -ENODATA);
	for (size_t i = 0; i < size; i++)
		if (i == 0 || record.text[i - 1] == '\n')
			check_line(&record, record.text + i);
	return 0;
}
