/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount table. */
#include "mountinfo.h"
#include "count.h"
#include "file.h"
#include "scope.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

enum {
	/* Bytes that are kept, of more than a table ever has. */
	MOUNTINFO_MAX = 256 << 20,
	/* No path has more once each byte of it is escaped. */
	FIELD_MAX = 4 * PATH_MAX,
};

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

/* Users can move what they have mounted to a path that no call takes. */
static const char *path_or_none(const char *path)
{
	return strlen(path) < PATH_MAX ? path : "";
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

/* MAJOR:MINOR */
static int device_parse(char *field, dev_t *ret)
{
	char *colon = field ? strchr(field, ':') : NULL;
	int major_number;
	int minor_number;

	if (!colon)
		return -EPROTO;
	*colon = '\0';
	if (number_parse(field, &major_number) < 0 ||
	    number_parse(colon + 1, &minor_number) < 0)
		return -EPROTO;
	*ret = makedev((unsigned int)major_number, (unsigned int)minor_number);
	return 0;
}

/* id parent dev root point options [tag[:value]...] - type source options */
static int mount_parse(char *line, struct mount_entry *ret)
{
	char *root;
	char *point;
	char *field;

	if (number_parse(field_next(&line), &ret->id) < 0 ||
	    number_parse(field_next(&line), &ret->parent) < 0)
		return -EPROTO;
	if (device_parse(field_next(&line), &ret->dev) < 0)
		return -EPROTO;
	root = field_next(&line);
	point = field_next(&line);
	(void)field_next(&line);
	if (!root || !point)
		return -EPROTO;
	field_unescape(root);
	field_unescape(point);
	ret->root = path_or_none(root);
	ret->point = path_or_none(point);
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
		r = mount_parse(line, &info.entries[info.count++]);
	}
	if (r < 0) {
		mountinfo_release(&info);
		return r;
	}
	*ret = info;
	return 0;
}

static bool is_separator(char byte)
{
	return byte == ' ' || byte == '\n';
}

size_t mountinfo_shorten(char *text, size_t size, void *length)
{
	size_t *field = length;
	const char *end = text + size;
	const char *in = text;
	char *out = text;

	/* Most parts are too short for such a field: only find its begin. */
	if (*field + size <= FIELD_MAX) {
		for (in = end; in > text && !is_separator(in[-1]); in--)
			;
		*field = (size_t)(end - in) + (in > text ? 0 : *field);
		return size;
	}
	for (; in < end; in++) {
		if (is_separator(*in))
			*field = 0;
		else if (*field == FIELD_MAX)
			continue;
		else
			++*field;
		*out++ = *in;
	}
	return (size_t)(out - text);
}

int mountinfo_read_table(struct mountinfo *ret)
{
	scoped_fd int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t field = 0;
	size_t size = 0;
	int r;

	if (fd < 0)
		return -errno;
	r = file_read_kept(fd, MOUNTINFO_MAX, mountinfo_shorten, &field, &text,
			   &size);
	return r < 0 ? r : mountinfo_parse(text, size, ret);
}

/* --- listmount(2) and statmount(2), Linux 6.8 --- */

/* Headers have these later than the kernel. */
#ifndef SYS_statmount
#define SYS_statmount 457
#endif
#ifndef SYS_listmount
#define SYS_listmount 458
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000U
#endif

enum {
	LIST_STEP = 512,
	LIST_MAX = 1 << 20,  /* ten times what fs.mount-max allows */
	WANTED_ROOT = 0x8,   /* STATMOUNT_MNT_ROOT */
	WANTED_POINT = 0x10, /* STATMOUNT_MNT_POINT */
	/* STATMOUNT_SB_BASIC, MNT_BASIC, FS_TYPE */
	WANTED = 0x1 | 0x2 | 0x20 | WANTED_ROOT | WANTED_POINT,
};

/* struct mnt_id_req, MNT_ID_REQ_SIZE_VER0 */
struct list_request {
	uint32_t size;
	uint32_t spare;
	uint64_t mount;
	uint64_t param;
};

/* struct statmount of linux/mount.h; strings are offsets into text. */
struct mount_status {
	uint32_t size;
	uint32_t options;
	uint64_t mask;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t magic;
	uint32_t flags;
	uint32_t type;
	uint64_t id;
	uint64_t parent;
	uint32_t id_old;
	uint32_t parent_old;
	uint64_t attributes;
	uint64_t propagation;
	uint64_t group;
	uint64_t master;
	uint64_t from;
	uint32_t root;
	uint32_t point;
	uint64_t namespace;
	uint64_t spare[49];
	/* Room for an escaped root, which is what the kernel begins with. */
	char text[6 * PATH_MAX];
};

_Static_assert(offsetof(struct mount_status, text) == 512, "statmount(2)");

/* Text that grows: strings in it are kept as offsets until it is whole. */
struct strings {
	char *text;
	size_t size;
	size_t room;
};

static int strings_add(struct strings *strings, const char *string,
		       size_t *ret_offset)
{
	size_t size = strlen(string) + 1;

	if (!strings->text || strings->size + size > strings->room) {
		size_t room = 2 * (strings->room + size) + 4096;
		char *text = realloc(strings->text, room);

		if (!text)
			return -ENOMEM;
		strings->text = text;
		strings->room = room;
	}
	memcpy(strings->text + strings->size, string, size);
	*ret_offset = strings->size;
	strings->size += size;
	return 0;
}

/* The strings of one entry, as offsets. */
struct offsets {
	size_t root;
	size_t point;
	size_t type;
};

/* 1 with the status; 0: it is gone; -errno */
static int mount_ask(uint64_t mount, struct mount_status *ret)
{
	/* If one path has no room, the kernel tells nothing: EOVERFLOW. */
	static const uint64_t without[] = { 0, WANTED_ROOT, WANTED_POINT,
					    WANTED_ROOT | WANTED_POINT };

	for (size_t i = 0; i < COUNT(without); i++) {
		const struct list_request request = {
			.size = sizeof(request),
			.mount = mount,
			.param = WANTED & ~without[i],
		};

		if (syscall(SYS_statmount, &request, ret, sizeof(*ret), 0) == 0)
			return (ret->mask & request.param) == request.param
				       ? 1
				       : -ENOSYS;
		if (errno != EOVERFLOW)
			return errno == ENOENT ? 0 : -errno;
	}
	return -EOVERFLOW;
}

static const char *status_path(const struct mount_status *status, uint64_t bit,
			       uint32_t offset)
{
	return (status->mask & bit) ? path_or_none(status->text + offset) : "";
}

/* 1 with an entry; 0: it is gone; -errno */
static int mount_read(uint64_t mount, struct mount_status *status,
		      struct strings *strings, struct mount_entry *ret,
		      struct offsets *ret_offsets)
{
	int r = mount_ask(mount, status);

	if (r <= 0)
		return r;
	*ret = (struct mount_entry){
		.id = (int)status->id_old,
		.parent = (int)status->parent_old,
		.dev = makedev(status->dev_major, status->dev_minor),
		.shared = status->propagation & MS_SHARED,
		.slave = status->propagation & MS_SLAVE,
	};
	r = strings_add(strings, status_path(status, WANTED_ROOT, status->root),
			&ret_offsets->root);
	if (r == 0)
		r = strings_add(strings,
				status_path(status, WANTED_POINT,
					    status->point),
				&ret_offsets->point);
	if (r == 0)
		r = strings_add(strings, status->text + status->type,
				&ret_offsets->type);
	return r < 0 ? r : 1;
}

/* All below one mount, and itself first. Returns their number or -errno. */
static ssize_t mounts_list(uint64_t top, uint64_t **ret)
{
	scoped_free uint64_t *list = NULL;
	uint64_t last = 0;
	size_t count = 1;
	size_t room = 0;

	for (;;) {
		const struct list_request request = {
			.size = sizeof(request),
			.mount = top,
			.param = last,
		};
		long got;

		if (!list || count == room) {
			size_t more = 2 * room + LIST_STEP;
			uint64_t *grown =
				reallocarray(list, more, sizeof(*list));

			if (!grown)
				return -ENOMEM;
			list = grown;
			list[0] = top;
			room = more;
		}
		got = syscall(SYS_listmount, &request, list + count,
			      room - count, 0);
		if (got < 0)
			return -errno;
		count += (size_t)got;
		last = list[count - 1];
		if (count < room)
			break;
		if (count > LIST_MAX)
			return -EFBIG;
	}
	*ret = list;
	list = NULL;
	return (ssize_t)count;
}

static int mounts_read(const uint64_t *list, size_t count,
		       struct mountinfo *ret)
{
	scoped_free struct offsets *offsets = calloc(count, sizeof(*offsets));
	scoped_free struct mount_status *status = malloc(sizeof(*status));
	struct mountinfo info = {
		.entries = calloc(count, sizeof(*info.entries)),
	};
	struct strings strings = { .text = NULL };
	int r = offsets && status && info.entries ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < count; i++) {
		r = mount_read(list[i], status, &strings,
			       &info.entries[info.count], &offsets[info.count]);
		if (r > 0)
			info.count++;
	}
	info.text = strings.text;
	if (r < 0) {
		mountinfo_release(&info);
		return r;
	}
	for (size_t i = 0; i < info.count; i++) {
		struct mount_entry *entry = &info.entries[i];

		entry->root = info.text + offsets[i].root;
		entry->point = info.text + offsets[i].point;
		entry->type = info.text + offsets[i].type;
	}
	*ret = info;
	return 0;
}

/* The mount that path is on, in numbers of the kernel's own. */
static int mount_find(const char *path, uint64_t *ret)
{
	struct statx stx;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID_UNIQUE,
		  &stx) < 0)
		return -errno;
	if (!(stx.stx_mask & STATX_MNT_ID_UNIQUE))
		return -ENOSYS;
	*ret = stx.stx_mnt_id;
	return 0;
}

bool mountinfo_has_listmount(void)
{
	uint64_t mount = 0;

	return mount_find("/", &mount) == 0;
}

static int listmount_read(const char *path, struct mountinfo *ret)
{
	scoped_free uint64_t *list = NULL;
	uint64_t mount = 0;
	ssize_t count;
	int r = mount_find(path, &mount);

	if (r < 0)
		return r;
	count = mounts_list(mount, &list);
	return count < 0 || !list ? (int)count
				  : mounts_read(list, (size_t)count, ret);
}

/* A filter may know neither call: then the table tells all there is. */
int mountinfo_read(const char *path, struct mountinfo *ret)
{
	int r = listmount_read(path, ret);

	return r == 0 || r == -ENOMEM ? r : mountinfo_read_table(ret);
}

int mountinfo_is_shared(const char *path)
{
	uint64_t mount = 0;
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *entry = NULL;
	int r = mount_find(path, &mount);

	if (r == 0)
		r = mounts_read(&mount, 1, &info);
	if (r < 0 && r != -ENOMEM)
		r = mountinfo_read_table(&info);
	if (r == 0)
		r = mountinfo_find_path(&info, path, false, &entry);
	if (r == 0)
		r = entry && entry->shared;
	mountinfo_release(&info);
	return r;
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
			  const struct mount_entry *top)
{
	const struct mount_entry *above = entry;

	if (entry == top || !strcmp(entry->type, "sysfs"))
		return false;
	/* No chain is longer than the table, whatever the table says. */
	for (size_t i = 0; i < info->count; i++) {
		above = mountinfo_find(info, above->parent);
		if (!above)
			return false;
		if (above == top)
			return true;
		if (strcmp(above->type, "sysfs") != 0)
			return false;
	}
	return false;
}
