/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mount table: accepted lines are complete, and no loop is endless. */
#include "common/mountinfo.h"
#include "fuzz.h"

#include <errno.h>
#include <string.h>

static void check_entry(const struct mountinfo *info,
			const struct mount_entry *entry)
{
	PROPERTY(entry->id >= 0 && entry->parent >= 0);
	PROPERTY(entry->root && entry->point);
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
