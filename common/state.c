/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept in /run/pam_net. */
#include "state.h"
#include "file.h"
#include "name.h"
#include "scope.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int state_open(int parent, const char *name, mode_t mode)
{
	const char *path = name ? name : STATE_DIRECTORY;
	scoped_fd int fd = file_open_directory_at(parent, path);
	struct stat st;
	int r;

	/* Nearly always it is there. */
	if (fd == -ENOENT) {
		if (mkdirat(parent, path, mode) < 0 && errno != EEXIST)
			return -errno;
		fd = file_open_directory_at(parent, path);
	}
	if (fd < 0)
		return fd;
	r = file_check_root_only(fd, &st);
	if (r < 0)
		return r;
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode) < 0)
		return -errno;
	if (st.st_gid != 0 && fchown(fd, 0, 0) < 0)
		return -errno;
	return take_fd(&fd);
}

enum {
	DEPTH_MAX = 16,
	/* Directories; somebody may be at work there. */
	ROUNDS_MAX = 100000,
};

static bool is_younger(int directory, const char *name, long age)
{
	struct stat st;

	return fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	       time(NULL) - st.st_ctime < age;
}

/*
 * Removes one entry, or finds that another has. -ENOTEMPTY: it is a directory
 * with something in it.
 */
static int state_remove(int directory, const char *name)
{
	if (unlinkat(directory, name, 0) == 0)
		return 0;
	if (errno == EISDIR && unlinkat(directory, name, AT_REMOVEDIR) == 0)
		return 0;
	return errno == ENOENT ? 0 : -errno;
}

/* The same; a directory that is not empty is opened. */
static int state_remove_or_open(int directory, const char *name, int *ret_below)
{
	int r = state_remove(directory, name);

	if (r != -ENOTEMPTY)
		return r;
	*ret_below = file_open_directory_at(directory, name);
	return *ret_below >= 0 || *ret_below == -ENOENT ? 0 : *ret_below;
}

/*
 * Removes what is at hand in one directory, and opens one that has to be
 * emptied first. Returns 0 or the last -errno.
 */
static int empty_level(int directory, long min_age, int *ret_below)
{
	struct file_entries entries = { .directory = directory };
	int error = lseek(directory, 0, SEEK_SET) < 0 ? -errno : 0;
	const char *name;
	int r;

	while ((name = file_next_entry(&entries, &r)) != NULL) {
		if (min_age && is_younger(directory, name, min_age))
			continue;
		r = state_remove_or_open(directory, name, ret_below);
		error = r < 0 ? r : error;
		/* The others have their turn when this one is empty. */
		if (*ret_below >= 0)
			return error;
	}
	return r < 0 ? r : error;
}

int state_empty(int directory, long min_age)
{
	int levels[DEPTH_MAX] = { directory };
	int depth = 0;
	int rounds = 0;
	int r;

	for (;;) {
		int below = -EBADF;

		r = empty_level(levels[depth], depth == 0 ? min_age : 0,
				&below);
		if (below >= 0 &&
		    (depth + 1 == DEPTH_MAX || ++rounds == ROUNDS_MAX))
			r = -ELOOP;
		if (below >= 0 && r != -ELOOP && (r == 0 || depth == 0)) {
			levels[++depth] = below;
			continue;
		}
		scope_close(&below);
		if (r < 0 || depth == 0)
			break;
		scope_close(&levels[depth--]);
	}
	while (depth > 0)
		scope_close(&levels[depth--]);
	return r;
}

void state_time(char *ret, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	*ret = '\0';
	if (gmtime_r(&now, &tm))
		(void)strftime(ret, size, "%FT%TZ", &tm);
}

static void record_add_char(struct record *record, char c)
{
	if (record->length < sizeof(record->text))
		record->text[record->length] = c;
	record->length++;
}

void record_add(struct record *record, const char *key, const char *value)
{
	for (; *key; key++)
		record_add_char(record, *key);
	record_add_char(record, '=');
	for (; *value; value++) {
		if (is_control(*value) || *value == ' ' || *value == '\\') {
			unsigned char c = (unsigned char)*value;

			record_add_char(record, '\\');
			record_add_char(record, (char)('0' + (c >> 6)));
			record_add_char(record, (char)('0' + (c >> 3 & 7)));
			record_add_char(record, (char)('0' + (c & 7)));
		} else {
			record_add_char(record, *value);
		}
	}
	record_add_char(record, '\n');
}

void record_add_number(struct record *record, const char *key,
		       unsigned long long value)
{
	char text[3 * sizeof(value) + 1];

	(void)snprintf(text, sizeof(text), "%llu", value);
	record_add(record, key, text);
}

/* state/kind, and below that state/kind/below. */
static int directory_of(int state, const char *kind, const char *below,
			mode_t mode)
{
	scoped_fd int fd = state_open(state, kind, mode);

	return fd < 0 || !below ? take_fd(&fd) : state_open(fd, below, mode);
}

/* What it writes to may be removed meanwhile. */
enum { WRITE_TRIES = 4 };

static int record_write_once(int state, const char *kind, const char *below,
			     const char *name, const struct record *record)
{
	scoped_fd int target = directory_of(state, kind, below, 0755);
	scoped_fd int tmp = target < 0 ? target
				       : directory_of(state, "tmp", kind, 0700);
	scoped_fd int file = -EBADF;
	int r;

	if (record->length > sizeof(record->text))
		return -E2BIG;
	if (tmp < 0)
		return tmp;
	file = openat(tmp, name,
		      O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK |
			      O_CLOEXEC,
		      0644);
	if (file < 0)
		return -errno;
	/* Whatever umask and group the application has. */
	r = fchmod(file, 0644) < 0 || fchown(file, 0, 0) < 0 ? -errno : 0;
	if (r == 0)
		r = file_write(file, 0, record->text, record->length);
	if (r == 0 && renameat(tmp, name, target, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(tmp, name, 0);
	return r;
}

int record_write(int state, const char *kind, const char *below,
		 const char *name, const struct record *record)
{
	int r = -ENOENT;

	for (int tries = 0; r == -ENOENT && tries < WRITE_TRIES; tries++)
		r = record_write_once(state, kind, below, name, record);
	return r;
}

/* --- Reading --- */

/* Takes one character of a value from *at, or returns -EINVAL. */
static int value_take_char(const char **at, const char *end)
{
	const char *text = *at;
	int c = 0;

	if (is_control(*text) || *text == ' ')
		return -EINVAL;
	if (*text != '\\') {
		*at = text + 1;
		return (unsigned char)*text;
	}
	if (end - text < 4)
		return -EINVAL;
	for (int i = 1; i < 4; i++) {
		if (text[i] < '0' || text[i] > '7')
			return -EINVAL;
		c = c * 8 + (text[i] - '0');
	}
	*at = text + 4;
	/* A NUL would hide the rest of the value. */
	return c == 0 || c > 255 ? -EINVAL : c;
}

static bool record_line_is_valid(const char *line, const char *end)
{
	const char *at = line;

	while (at < end && ((*at >= 'a' && *at <= 'z') ||
			    (*at >= '0' && *at <= '9') || *at == '_'))
		at++;
	if (at == line || at == end || *at != '=')
		return false;
	at++;
	while (at < end)
		if (value_take_char(&at, end) < 0)
			return false;
	return true;
}

bool record_is_valid(const struct record *record)
{
	const char *end = record->text + record->length;
	const char *line = record->text;

	if (record->length > sizeof(record->text))
		return false;
	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		if (!stop || !record_line_is_valid(line, stop))
			return false;
		line = stop + 1;
	}
	return true;
}

int record_read(int directory, const char *name, struct record *ret)
{
	scoped_fd int file = openat(directory, name,
				    O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
					    O_NOCTTY | O_CLOEXEC);
	struct record record = RECORD_EMPTY;
	struct stat st;
	ssize_t size;
	int r;

	if (file < 0)
		return -errno;
	r = file_check_root_only(file, &st);
	if (r < 0)
		return r;
	if (!S_ISREG(st.st_mode))
		return -ENXIO;
	if (st.st_size > (off_t)sizeof(record.text))
		return -EFBIG;
	size = read(file, record.text, sizeof(record.text));
	if (size < 0)
		return -errno;
	record.length = (size_t)size;
	if (size != st.st_size || !record_is_valid(&record))
		return -EINVAL;
	*ret = record;
	return 0;
}

/* The value of a key, up to *ret_end, or NULL. */
static const char *record_find(const struct record *record, const char *key,
			       const char **ret_end)
{
	const char *end = record->text + record->length;
	const char *line = record->text;
	size_t length = strlen(key);

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		if ((size_t)(stop - line) > length && line[length] == '=' &&
		    !memcmp(line, key, length)) {
			*ret_end = stop;
			return line + length + 1;
		}
		line = stop + 1;
	}
	return NULL;
}

int record_get(const struct record *record, const char *key, char *ret,
	       size_t room)
{
	char value[sizeof(record->text)];
	size_t length = 0;
	const char *end = NULL;
	const char *at = record_find(record, key, &end);

	if (!at)
		return -ENODATA;
	while (at < end)
		value[length++] = (char)value_take_char(&at, end);
	if (length >= room)
		return -E2BIG;
	memcpy(ret, value, length);
	ret[length] = '\0';
	return 0;
}

int record_get_number(const struct record *record, const char *key,
		      unsigned long long *ret)
{
	char text[3 * sizeof(*ret) + 1];
	unsigned long long number = 0;
	int r = record_get(record, key, text, sizeof(text));

	if (r < 0)
		return r == -E2BIG ? -EINVAL : r;
	if (!*text)
		return -EINVAL;
	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9' ||
		    __builtin_mul_overflow(number, 10ULL, &number) ||
		    __builtin_add_overflow(
			    number, (unsigned long long)(*c - '0'), &number))
			return -EINVAL;
	}
	*ret = number;
	return 0;
}
