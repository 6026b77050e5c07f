/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mount table: accepted lines are complete, and no loop is endless. */
#include "common/mountinfo.h"
#include "fuzz.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static void check_entry(const struct mountinfo *info,
			const struct mount_entry *entry)
{
	PROPERTY(entry->id >= 0 && entry->parent >= 0);
	PROPERTY(entry->root && strlen(entry->root) < PATH_MAX);
	PROPERTY(entry->point && strlen(entry->point) < PATH_MAX);
	PROPERTY(entry->type && entry->source);
	PROPERTY(*entry->type);
	PROPERTY(mountinfo_find(info, entry->id) != NULL);
	for (size_t i = 0; i < info->count && i < 16; i++) {
		const struct mount_entry *top = &info->entries[i];

		if (mountinfo_is_carried(info, entry, top)) {
			PROPERTY(entry != top);
			PROPERTY(strcmp(entry->type, "sysfs") != 0);
		}
	}
}

/* A field that goes on has room left, and loses the rest, in parts. */
static void check_shortened(const char *text, size_t size, size_t room,
			    size_t part)
{
	size_t field = (size_t)4 * PATH_MAX - room;
	char *copy = malloc(size + 1);
	size_t first = 0;
	size_t kept = 0;

	PROPERTY(copy);
	while (first < size && text[first] != ' ' && text[first] != '\n')
		first++;
	for (size_t at = 0; at < size; at += part) {
		size_t now = size - at < part ? size - at : part;

		memcpy(copy + kept, text + at, now);
		kept += mountinfo_shorten(copy + kept, now, &field);
	}
	room = first < room ? first : room;
	PROPERTY(kept == size - first + room);
	PROPERTY(!memcmp(copy, text, room));
	PROPERTY(!memcmp(copy + room, text + first, size - first));
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mountinfo info = MOUNTINFO_NONE;
	char *text;
	size_t lines = 0;
	int r;

	size = size > 4096 ? 4096 : size;
	text = fuzz_text(data, size);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	check_shortened(text, size, size % 97, 1 + size % 89);
	check_shortened(text, size, size % 97, size + 1);
	r = mountinfo_parse(text, size, &info);
	PROPERTY(r == 0 || r == -EPROTO);
	if (r == 0)
		PROPERTY(info.count == lines);
	for (size_t i = 0; r == 0 && i < info.count && i < 64; i++)
		check_entry(&info, &info.entries[i]);
	mountinfo_release(&info);
	PROPERTY(!info.entries && !info.text);
	return 0;
}
