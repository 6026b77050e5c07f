/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount table. */
#include "mountinfo.h"
#include "scope.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Takes the next field of a line; NULL at its end. strsep(3) builds a table of
 * its one separator for each field, which was a third of the parsing.
 */
static char *field_next(char **rest)
{
	char *field = *rest;
	char *end;

	while (field && *field == ' ')
		field++;
	if (!field || !*field) {
		*rest = NULL;
		return NULL;
	}
	end = strchr(field, ' ');
	if (end)
		*end++ = '\0';
	*rest = end;
	return field;
}

/* Undoes what the kernel escapes: \ooo for space, tab, newline, backslash. */
static void field_unescape(char *field)
{
	char *out = strchr(field, '\\');

	if (!out)
		return;
	for (const char *in = out; *in; in++) {
		if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' &&
		    in[2] >= '0' && in[2] <= '7' && in[3] >= '0' &&
		    in[3] <= '7') {
			*out++ = (char)((in[1] - '0') << 6 |
					(in[2] - '0') << 3 | (in[3] - '0'));
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
}

static int number_parse(const char *field, int *ret)
{
	char *end;
	long number;

	if (!field || *field < '0' || *field > '9')
		return -EPROTO;
	errno = 0;
	number = strtol(field, &end, 10);
	if (*end || errno || number > INT_MAX)
		return -EPROTO;
	*ret = (int)number;
	return 0;
}

/* id parent dev root point options [tag[:value]...] - type source options */
static int line_parse(char *line, struct mount_entry *ret)
{
	char *point;
	char *field;

	if (number_parse(field_next(&line), &ret->id) < 0 ||
	    number_parse(field_next(&line), &ret->parent) < 0)
		return -EPROTO;
	(void)field_next(&line);
	(void)field_next(&line);
	point = field_next(&line);
	(void)field_next(&line);
	if (!point)
		return -EPROTO;
	field_unescape(point);
	ret->point = point;
	for (;;) {
		field = field_next(&line);
		if (!field)
			return -EPROTO;
		if (!strcmp(field, "-"))
			break;
		if (!strncmp(field, "shared:", 7))
			ret->shared = true;
		if (!strncmp(field, "master:", 7))
			ret->slave = true;
	}
	ret->type = field_next(&line);
	field = field_next(&line);
	if (!ret->type || !field)
		return -EPROTO;
	field_unescape(field);
	ret->source = field;
	return 0;
}

static size_t lines_count(const char *text)
{
	size_t count = 0;

	for (text = strchr(text, '\n'); text; text = strchr(text + 1, '\n'))
		count++;
	return count;
}

int mountinfo_parse(char *text, size_t size, struct mountinfo *ret)
{
	struct mountinfo info = { .text = text };
	char *rest = text;
	char *line;
	int r = 0;

	/* NOLINTNEXTLINE(clang-analyzer-core.*): no errno is 0. */
	if (strlen(text) != size)
		r = -EPROTO;
	/* calloc(3) of nothing may be NULL, which is no failure. */
	info.entries = calloc(lines_count(text) + 1, sizeof(*info.entries));
	if (!info.entries)
		r = -ENOMEM;
	while (r == 0) {
		line = rest;
		rest = strchr(line, '\n');
		/* What follows the last newline is no line. */
		if (!rest) {
			r = *line ? -EPROTO : 0;
			break;
		}
		*rest++ = '\0';
		r = line_parse(line, &info.entries[info.count++]);
	}
	if (r < 0) {
		mountinfo_release(&info);
		return r;
	}
	*ret = info;
	return 0;
}

/* A file of unknown size, with a NUL behind it. */
static int text_read(int fd, char **ret, size_t *ret_size)
{
	scoped_free char *text = NULL;
	size_t room = 0;
	size_t size = 0;

	for (;;) {
		ssize_t got;

		if (size + 1 >= room) {
			char *more = realloc(text, room ? room * 2 : 16384);

			if (!more)
				return -ENOMEM;
			text = more;
			room = room ? room * 2 : 16384;
		}
		got = read(fd, text + size, room - size - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		size += (size_t)got;
	}
	text[size] = '\0';
	*ret = take_text(&text);
	*ret_size = size;
	return 0;
}

int mountinfo_read(struct mountinfo *ret)
{
	scoped_fd int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t size = 0;
	int r;

	if (fd < 0)
		return -errno;
	r = text_read(fd, &text, &size);
	return r < 0 ? r : mountinfo_parse(text, size, ret);
}

void mountinfo_release(struct mountinfo *info)
{
	free(info->entries);
	free(info->text);
	*info = MOUNTINFO_NONE;
}

const struct mount_entry *mountinfo_find(const struct mountinfo *info, int id)
{
	for (size_t i = 0; i < info->count; i++)
		if (info->entries[i].id == id)
			return &info->entries[i];
	return NULL;
}

int mountinfo_find_path(const struct mountinfo *info, const char *path,
			bool only_top, const struct mount_entry **ret)
{
	struct statx stx;
	bool top;

	*ret = NULL;
	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &stx) < 0)
		return errno == ENOENT ? 0 : -errno;
	top = stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	if (top || !only_top)
		*ret = mountinfo_find(info, (int)stx.stx_mnt_id);
	return 0;
}

bool mountinfo_is_carried(const struct mountinfo *info,
			  const struct mount_entry *entry,
			  const struct mount_entry *top, const char *skip)
{
	const struct mount_entry *above = entry;

	if (entry == top || !strcmp(entry->type, skip))
		return false;
	/* No chain is longer than the table, whatever the table says. */
	for (size_t i = 0; i < info->count; i++) {
		above = mountinfo_find(info, above->parent);
		if (!above)
			return false;
		if (above == top)
			return true;
		if (strcmp(above->type, skip) != 0)
			return false;
	}
	return false;
}
