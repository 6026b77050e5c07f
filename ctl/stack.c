/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks of PAM, as libpam reads them. */
#include "stack.h"
#include "common/count.h"
#include "common/file.h"
#include "common/scope.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define OTHER  "other"
#define BLANKS " \n\t"

enum {
	SHORT_LINE = 1024,
	LEVELS_MAX = 16,   /* of substacks, and of includes that are counted */
	INCLUDES_MAX = 64, /* where libpam ends when it has no descriptors */
	FILES_MAX = 100000,
	LINES_MAX = 200000,
	FILE_SIZE_MAX = 16 << 20,
};

struct stack_list {
	struct stack_line *lines;
	size_t count;
	size_t room;
};

/* What the lines of all files go to. */
struct stack_reader {
	const struct stack_source *source;
	const char *service;
	enum stack_type type;
	struct stack *stack;
	struct stack_list own;
	struct stack_list other;
	unsigned int files;
};

/* One file, and the line of it that is read now. */
struct stack_text {
	const char *path;
	const char *next;
	const char *end;
	unsigned int line;  /* how many newlines are behind next */
	unsigned int first; /* where the line that was assembled begins */
	char *buffer;	    /* room for twice the file, or twice SHORT_LINE */
	size_t half;
	const char *known; /* the service; NULL: each line begins with one */
	enum stack_type requested;
	unsigned int includes;
	unsigned int level;
};

/* Only the first file that fails is reported. */
static int stack_refuse(struct stack_reader *reader, const char *file,
			unsigned int line, int error, const char *why)
{
	if (reader->stack->file)
		return error;
	reader->stack->file = file;
	reader->stack->line = line;
	reader->stack->why = why;
	return error;
}

/* ---- memory ---- */

/* Keeps memory as long as the stack; NULL is no memory. */
static int stack_keep(struct stack *stack, void *memory)
{
	void **list;

	if (!memory)
		return -ENOMEM;
	/* Grows at powers of two. */
	if ((stack->memory_count & (stack->memory_count - 1)) == 0) {
		size_t room = stack->memory_count ? 2 * stack->memory_count : 1;

		list = reallocarray(stack->memory, room, sizeof(*list));
		if (!list) {
			free(memory);
			return -ENOMEM;
		}
		stack->memory = list;
	}
	stack->memory[stack->memory_count++] = memory;
	return 0;
}

static int stack_list_add(struct stack_list *list,
			  const struct stack_line *line)
{
	if (list->count == LINES_MAX)
		return -E2BIG;
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 32;
		struct stack_line *lines =
			reallocarray(list->lines, room, sizeof(*lines));

		if (!lines)
			return -ENOMEM;
		list->lines = lines;
		list->room = room;
	}
	list->lines[list->count++] = *line;
	return 0;
}

void stack_release(struct stack *stack)
{
	for (size_t i = 0; i < stack->memory_count; i++)
		free(stack->memory[i]);
	free(stack->memory);
	free(stack->lines);
	*stack = STACK_NONE;
}

/* ---- lines ---- */

/* Copies the rest of a line, at most max bytes, and a NUL. 0: the end. */
static size_t text_take(struct stack_text *text, char *to, size_t max)
{
	size_t left = (size_t)(text->end - text->next);
	const char *newline;
	size_t length;

	if (left > max)
		left = max;
	newline = memchr(text->next, '\n', left);
	length = newline ? (size_t)(newline + 1 - text->next) : left;
	memcpy(to, text->next, length);
	to[length] = '\0';
	text->next += length;
	text->line += newline != NULL;
	return length;
}

/* The last byte from start to end that is no blank, or start. */
static char *last_word_byte(const char *start, char *end)
{
	char *last = end;

	while (last > start) {
		last--;
		if (*last != ' ' && *last != '\t' && *last != '\n')
			break;
	}
	return last;
}

/*
 * As 1.5 does: blank lines and comments do not end a line that goes on. Returns
 * 1 with the line in the buffer; 0 at the end; -EPROTO: a line that goes on
 * does not; -ELOOP: it goes on at the last byte of libpam's buffer, so that
 * libpam reads nothing, in an endless loop.
 */
static int line_assemble_short(struct stack_text *text)
{
	size_t length = 0;
	bool used = false;

	for (;;) {
		char *start = text->buffer + length;
		unsigned int line = text->line + 1;
		char *last;

		if (length + 2 > SHORT_LINE)
			return -ELOOP;
		if (text_take(text, start, SHORT_LINE - length - 1) == 0)
			return used ? -EPROTO : 0;
		start += strspn(start, BLANKS);
		if (*start == '\0' || *start == '#')
			continue;
		if (!used)
			text->first = line;
		used = true;
		last = strchr(start, '#');
		if (last) {
			*last = '\0';
			return 1;
		}
		last = last_word_byte(start, start + strlen(start));
		if (*last != '\\')
			return 1;
		*last++ = ' ';
		*last = '\0';
		length = (size_t)(last - text->buffer);
	}
}

/*
 * As 1.6 and 1.7 do: lines are as long as they are, a comment or a blank line
 * ends one that goes on. What follows a NUL is dropped, but for a backslash at
 * the very end. Returns as line_assemble_short(), but never -ELOOP.
 */
static int line_assemble_long(struct stack_text *text)
{
	char *chunk = text->buffer + text->half;
	size_t length = 0;
	bool goes_on = false;

	for (;;) {
		unsigned int line = text->line + 1;
		size_t size = text_take(text, chunk, text->half - 1);
		char *end = chunk + size;
		char *start;
		bool ends;

		if (size == 0)
			return goes_on ? -EPROTO : 0;
		start = last_word_byte(chunk, end);
		ends = *start != '\\';
		if (!ends) {
			*start++ = ' ';
			*start = '\0';
			end = start;
		}
		ends = ends || strchr(chunk, '#');
		start = chunk + strspn(chunk, " \t");
		start[strcspn(start, "#")] = '\0';
		/* An empty line, or a comment, begins nothing. */
		if (length > 0 || !ends || (*start && *start != '\n')) {
			if (length == 0)
				text->first = line;
			memcpy(text->buffer + length, start,
			       (size_t)(end - start));
			length += (size_t)(end - start);
			text->buffer[length] = '\0';
		}
		goes_on = !ends;
		if (goes_on)
			continue;
		if (length > 0 && *text->buffer)
			return 1;
		length = 0;
	}
}

/*
 * The next word, with its end made a NUL; NULL: none. "[a b]" is one, without
 * the brackets, and "\]" in it is "]".
 */
static char *stack_word_take(char **rest)
{
	char *word = *rest;
	char *end;

	if (!word)
		return NULL;
	word += strspn(word, BLANKS);
	if (*word == '[') {
		char *to = ++word;

		for (end = word; *end && *end != ']'; end++) {
			if (end[0] == '\\' && end[1] == ']')
				end++;
			*to++ = *end;
		}
		if (to != end)
			*to = '\0';
	} else if (*word) {
		end = word + strcspn(word, BLANKS);
	} else {
		*rest = NULL;
		return NULL;
	}
	if (*end)
		*end++ = '\0';
	*rest = *end ? end : NULL;
	return word;
}

/* ---- controls ---- */

static void actions_fill(int actions[STACK_CODES], int action)
{
	for (int i = 0; i < STACK_CODES; i++)
		actions[i] = action;
}

/* Without a locale, and a byte is never negative. */
static bool is_control_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *skip_space(const char *text)
{
	while (is_control_space(*text))
		text++;
	return text;
}

/* The first of names that text begins with, or count. */
static int name_find(const char *const names[], int count, const char *text)
{
	int i = 0;

	while (i < count && strncmp(names[i], text, strlen(names[i])) != 0)
		i++;
	return i;
}

/* An action, or how many lines to skip. Returns what follows, or NULL. */
static const char *action_parse(const char *text, int *ret)
{
	static const char *const names[] = { "ignore", "ok",  "done",
					     "bad",    "die", "reset" };
	const int count = COUNT(names);
	int found = name_find(names, count, text);
	int jump = 0;

	if (found < count) {
		*ret = -found;
		return text + strlen(names[found]);
	}
	for (; *text >= '0' && *text <= '9'; text++) {
		if (jump > (INT_MAX - 9) / 10)
			return NULL;
		jump = jump * 10 + (*text - '0');
	}
	*ret = jump;
	return jump > 0 ? text : NULL;
}

/* In the order of their numbers; the last one is for the rest. */
static const char *const code_names[STACK_CODES + 1] = {
	"success",
	"open_err",
	"symbol_err",
	"service_err",
	"system_err",
	"buf_err",
	"perm_denied",
	"auth_err",
	"cred_insufficient",
	"authinfo_unavail",
	"user_unknown",
	"maxtries",
	"new_authtok_reqd",
	"acct_expired",
	"session_err",
	"cred_unavail",
	"cred_expired",
	"cred_err",
	"no_module_data",
	"conv_err",
	"authtok_err",
	"authtok_recover_err",
	"authtok_lock_busy",
	"authtok_disable_aging",
	"try_again",
	"ignore",
	"abort",
	"authtok_expired",
	"module_unknown",
	"bad_item",
	"conv_again",
	"incomplete",
	"default",
};

/* "value=action ...". Returns whether it could be understood. */
static bool actions_parse(const char *text, int actions[STACK_CODES], int unset)
{
	for (text = skip_space(text); *text; text = skip_space(text)) {
		int code = name_find(code_names, STACK_CODES + 1, text);
		int action;

		if (code > STACK_CODES)
			return false;
		text = skip_space(text + strlen(code_names[code]));
		if (*text != '=')
			return false;
		text = action_parse(skip_space(text + 1), &action);
		if (!text)
			return false;
		for (int i = 0; i < STACK_CODES; i++)
			if (i == code ||
			    (code == STACK_CODES && actions[i] == unset))
				actions[i] = action;
	}
	return true;
}

/* Numbers of PAM's codes that the plain words speak of. */
enum { CODE_SUCCESS = 0, CODE_NEW_AUTHTOK_REQD = 12, CODE_IGNORE = 25 };

static void control_parse(const char *control, int actions[STACK_CODES])
{
	static const struct {
		const char *word;
		int good;
		int ignore;
		int rest;
	} words[] = {
		{ "required", STACK_OK, STACK_IGNORE, STACK_BAD },
		{ "requisite", STACK_OK, STACK_IGNORE, STACK_DIE },
		{ "optional", STACK_OK, STACK_IGNORE, STACK_IGNORE },
		{ "sufficient", STACK_DONE, STACK_IGNORE, STACK_IGNORE },
	};
	const int unset = STACK_RESET - 1;

	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcasecmp(words[i].word, control) != 0)
			continue;
		actions_fill(actions, words[i].rest);
		actions[CODE_SUCCESS] = words[i].good;
		actions[CODE_NEW_AUTHTOK_REQD] = words[i].good;
		actions[CODE_IGNORE] = words[i].ignore;
		return;
	}
	actions_fill(actions, unset);
	if (!actions_parse(control, actions, unset))
		actions_fill(actions, STACK_BAD);
	for (int i = 0; i < STACK_CODES; i++)
		if (actions[i] == unset)
			actions[i] = STACK_BAD;
}

/* ---- files ---- */

/* Files include files; INCLUDES_MAX and FILES_MAX end that. */
/* NOLINTBEGIN(misc-no-recursion) */

static int text_parse(struct stack_reader *reader, struct stack_text *text);

/* Reads a file that is open. Returns 0 or -errno. */
static int file_take(int fd, char **ret, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	/* fopen(3) opens a directory, and then there is nothing to read. */
	if (S_ISDIR(st.st_mode)) {
		*ret = strdup("");
		*ret_size = 0;
		return *ret ? 0 : -ENOMEM;
	}
	if (!S_ISREG(st.st_mode) &&
	    !(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)))
		return -ENXIO;
	return file_read(fd, FILE_SIZE_MAX, ret, ret_size);
}

/* Whether libpam goes on to the next directory. */
static bool is_not_there(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP ||
	       error == ENAMETOOLONG || error == ENXIO;
}

static int stack_file_parse(struct stack_reader *reader, const char *content,
			    size_t size, struct stack_text *text)
{
	scoped_free char *buffer = NULL;

	text->half = size + 2 < SHORT_LINE ? SHORT_LINE : size + 2;
	buffer = calloc(2, text->half);
	if (!buffer)
		return -ENOMEM;
	text->buffer = buffer;
	text->next = content;
	text->end = content + size;
	return text_parse(reader, text);
}

/*
 * Reads the file of text->path. Returns 0; -ENOENT: there is none; else as
 * stack_read().
 */
static int stack_file_read(struct stack_reader *reader, struct stack_text *text)
{
	scoped_fd int fd =
		open(text->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	scoped_free char *content = NULL;
	size_t size = 0;
	int r;

	if (fd < 0 && is_not_there(errno))
		return -ENOENT;
	if (++reader->files > FILES_MAX)
		return stack_refuse(reader, text->path, 0, -ELOOP,
				    "files include each other without end");
	r = fd < 0 ? -errno : file_take(fd, &content, &size);
	if (r < 0)
		return stack_refuse(reader, text->path, 0, r,
				    r == -ENXIO ? "it is neither a file nor a "
						  "directory"
						: NULL);
	scope_close(&fd);
	return stack_file_parse(reader, content, size, text);
}

/* Reads DIRECTORY/NAME, or NAME if directory is NULL. */
static int named_file_read(struct stack_reader *reader, const char *directory,
			   const char *name, struct stack_text *text)
{
	char *path;
	int r;

	if (asprintf(&path, "%s%s%s", directory ? directory : "",
		     directory ? "/" : "", name) < 0)
		return -ENOMEM;
	r = stack_keep(reader->stack, path);
	if (r < 0)
		return r;
	text->path = path;
	return stack_file_read(reader, text);
}

static int service_file_read(struct stack_reader *reader, const char *name,
			     struct stack_text *text)
{
	int r = named_file_read(reader, reader->source->etc, name, text);

	if (r == -ENOENT)
		r = named_file_read(reader, reader->source->lib, name, text);
	return r;
}

static bool directory_is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/*
 * The file that a line includes. Returns 0; -ENOENT, -EPROTO: the line fails;
 * else as stack_read().
 */
static int included_file_read(struct stack_reader *reader,
			      const struct stack_text *from,
			      const char *service, const char *name,
			      const struct stack_line *line)
{
	const struct stack_source *source = reader->source;
	bool substack = line->kind == STACK_SUBSTACK;
	struct stack_text text = {
		.known = service,
		.requested = line->type,
		.includes = from->includes + 1,
		.level = from->level + substack,
	};

	if (text.level >= LEVELS_MAX ||
	    text.includes >=
		    (source->include_limit ? LEVELS_MAX : INCLUDES_MAX))
		return -EPROTO;
	if (*name == '/')
		return named_file_read(reader, NULL, name, &text);
	if (!source->at_include)
		return service_file_read(reader, name, &text);
	if (!directory_is_there(source->etc))
		return -ENOENT;
	return named_file_read(reader, source->etc, name, &text);
}

/* ---- a line ---- */

static enum stack_type type_parse(const char *word)
{
	static const char *const words[] = {
		[STACK_ANY] = "",
		[STACK_AUTH] = "auth",
		[STACK_SESSION] = "session",
		[STACK_ACCOUNT] = "account",
		[STACK_PASSWORD] = "password",
	};

	for (int i = STACK_AUTH; i <= STACK_PASSWORD; i++)
		if (!strcasecmp(words[i], word))
			return (enum stack_type)i;
	return STACK_ANY;
}

/* libpam gives up where a module has no name: "/", ".so", "?". */
static bool has_module_name(const char *module)
{
	const char *slash = strrchr(module, '/');
	const char *name = slash ? slash + 1 : module;
	const char *dot = strrchr(name, '.');
	size_t length = dot ? (size_t)(dot - name) : strlen(name);

	return length > 0 && !(length == 1 && *name == '?');
}

static int argv_parse(struct stack_reader *reader, char *rest,
		      struct stack_line *line)
{
	/* A word and its blank take two bytes. */
	const char **argv = rest ? calloc(strlen(rest) / 2 + 1, sizeof(*argv))
				 : NULL;
	int r = rest ? stack_keep(reader->stack, argv) : 0;

	if (r < 0 || !argv)
		return r;
	line->argv = argv;
	for (const char *word = stack_word_take(&rest); word;
	     word = stack_word_take(&rest))
		argv[line->argc++] = word;
	return 0;
}

static void line_break(struct stack_line *line, const char *why)
{
	line->kind = STACK_BROKEN;
	line->why = why;
}

static int line_add(struct stack_reader *reader, const struct stack_text *text,
		    const char *service, const struct stack_line *line)
{
	bool other = !strcasecmp(service, OTHER);

	/* The type of an "@include" that failed: libpam knows no such one. */
	if (line->type == STACK_ANY)
		return stack_refuse(reader, text->path, line->line, -EPROTO,
				    "what it includes cannot be read");
	/* Of a file that is included it keeps the line, and may die of it. */
	if (line->module && !has_module_name(line->module))
		return stack_refuse(reader, text->path, line->line,
				    text->includes > 0 ? -EFAULT : -EPROTO,
				    "the module has no name");
	if (line->type != reader->type)
		return 0;
	return stack_list_add(other ? &reader->other : &reader->own, line);
}

static int line_include(struct stack_reader *reader,
			const struct stack_text *text, const char *service,
			const char *name, struct stack_line *line)
{
	int r = 0;

	line->module = name;
	if (line->kind == STACK_SUBSTACK)
		r = line_add(reader, text, service, line);
	if (r < 0)
		return r;
	if (!name && reader->source->at_include)
		return stack_refuse(reader, text->path, line->line, -EFAULT,
				    "it includes a file without a name, which "
				    "crashes libpam");
	r = name ? included_file_read(reader, text, service, name, line)
		 : -ENOENT;
	if (r != -ENOENT && r != -EPROTO)
		return r;
	line->module = NULL;
	line_break(line, r == -ENOENT
				 ? "the file that it includes is not there"
				 : "the file that it includes cannot be read, "
				   "or includes itself");
	actions_fill(line->actions, STACK_BAD);
	r = line_add(reader, text, service, line);
	/* The line has failed, and not the whole stack. */
	if (r == 0)
		reader->stack->file = NULL;
	return r;
}

/* What follows the type. */
static int control_and_module_parse(struct stack_reader *reader,
				    const struct stack_text *text,
				    const char *service, char *rest,
				    struct stack_line *line)
{
	const char *control = stack_word_take(&rest);
	int r;

	line->control = control ? control : "";
	actions_fill(line->actions, STACK_BAD);
	if (!control) {
		line_break(line, "it has no control");
	} else if (!strcasecmp(control, "substack") ||
		   !strcasecmp(control, "include")) {
		if (!strcasecmp(control, "substack"))
			line->kind = STACK_SUBSTACK;
		return line_include(reader, text, service,
				    stack_word_take(&rest), line);
	} else {
		control_parse(control, line->actions);
	}
	line->module = stack_word_take(&rest);
	if (!line->module && line->kind != STACK_BROKEN)
		line_break(line, "it names no module");
	r = argv_parse(reader, rest, line);
	return r < 0 ? r : line_add(reader, text, service, line);
}

static int line_read(struct stack_reader *reader, const struct stack_text *text,
		     char *rest)
{
	struct stack_line line = {
		.file = text->path,
		.line = text->first,
		.last = text->line > text->first ? text->line : text->first,
		.level = text->level,
		.control = "",
	};
	const char *service = text->known ? text->known
					  : stack_word_take(&rest);
	const char *word;

	if (!service || (strcasecmp(service, reader->service) != 0 &&
			 strcasecmp(service, OTHER) != 0))
		return 0;
	word = stack_word_take(&rest);
	if (word && *word == '-') {
		line.dash = true;
		word++;
	}
	if (word && !strcasecmp(word, "@include") &&
	    reader->source->at_include) {
		line.type = text->requested;
		return line_include(reader, text, service,
				    stack_word_take(&rest), &line);
	}
	line.type = word ? type_parse(word) : STACK_ANY;
	if (line.type == STACK_ANY) {
		line.type = text->requested != STACK_ANY ? text->requested
							 : STACK_AUTH;
		line_break(&line,
			   word ? "its type is unknown" : "it has no type");
	}
	if (text->requested != STACK_ANY && line.type != text->requested)
		return 0;
	return control_and_module_parse(reader, text, service, rest, &line);
}

static int text_parse(struct stack_reader *reader, struct stack_text *text)
{
	for (;;) {
		char *line;
		int r = reader->source->short_lines ? line_assemble_short(text)
						    : line_assemble_long(text);

		if (r == 0)
			return 0;
		reader->stack->goes_on = r == -EPROTO;
		if (r < 0)
			return stack_refuse(reader, text->path, text->first, r,
					    r == -ELOOP
						    ? "the line goes on where "
						      "libpam's buffer ends, "
						      "which then never ends"
						    : "the last line goes on, "
						      "and there is none");
		line = strdup(text->buffer);
		r = stack_keep(reader->stack, line);
		if (r == 0)
			r = line_read(reader, text, line);
		if (r < 0)
			return r;
	}
}

/* NOLINTEND(misc-no-recursion) */

/* ---- a stack ---- */

/* pam_start(3) makes small letters, and takes no path. */
static int service_name_make(struct stack *stack, const char *service,
			     char **ret)
{
	const char *slash = strrchr(service, '/');

	*ret = strdup(slash ? slash + 1 : service);
	if (!*ret)
		return -ENOMEM;
	for (char *c = *ret; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return stack_keep(stack, *ret);
}

/* The file of the service, then that of "other". */
static int stack_directories_read(struct stack_reader *reader)
{
	struct stack_text text = { .known = reader->service };
	struct stack_text rest = { .known = OTHER };
	int found = service_file_read(reader, reader->service, &text);
	int r;

	if (found < 0 && found != -ENOENT)
		return found;
	r = service_file_read(reader, OTHER, &rest);
	if (r == -ENOENT && found == 0)
		return 0;
	if (r == -ENOENT)
		return stack_refuse(reader, reader->service, 0, -EPROTO,
				    "neither this service nor 'other' has a "
				    "file");
	return r;
}

static int stack_conf_read(struct stack_reader *reader)
{
	struct stack_text text = { .known = NULL };
	int r = named_file_read(reader, NULL, reader->source->conf, &text);

	return r == -ENOENT ? stack_refuse(reader, reader->source->conf, 0,
					   -EPROTO, "there is no such file")
			    : r;
}

/* Gives what was read to the stack, or takes it back. */
static int stack_finish(struct stack_reader *reader, int r)
{
	struct stack *stack = reader->stack;
	bool other = reader->own.count == 0;
	struct stack_list *taken = other ? &reader->other : &reader->own;
	struct stack_list *left = other ? &reader->own : &reader->other;

	free(left->lines);
	stack->lines = taken->lines;
	stack->count = r < 0 ? 0 : taken->count;
	stack->other = other;
	if (r == 0 || !stack->file) {
		stack->file = "";
		stack->why = NULL;
	}
	return r;
}

int stack_read(const struct stack_source *source, const char *service,
	       enum stack_type type, struct stack *ret)
{
	struct stack_reader reader = {
		.source = source,
		.type = type,
		.stack = ret,
	};
	char *name;
	int r;

	*ret = STACK_NONE;
	r = service_name_make(ret, service, &name);
	if (r == 0) {
		reader.service = name;
		r = directory_is_there(source->etc) ||
				    directory_is_there(source->lib)
			    ? stack_directories_read(&reader)
			    : stack_conf_read(&reader);
	}
	return stack_finish(&reader, r);
}

int stack_parse(const struct stack_source *source, const char *service,
		const char *file, char *text, size_t size, enum stack_type type,
		struct stack *ret)
{
	struct stack_reader reader = {
		.source = source,
		.type = type,
		.stack = ret,
		.files = 1,
	};
	struct stack_text whole = { .path = file };
	char *name;
	int r;

	*ret = STACK_NONE;
	r = service_name_make(ret, service, &name);
	if (r == 0) {
		reader.service = name;
		whole.known = name;
		r = stack_file_parse(&reader, text, size, &whole);
	}
	return stack_finish(&reader, r);
}

struct stack_source stack_source_of(const char *library, size_t size)
{
	static const char limit[] = "maximum level of inclusions";
	static const char newer[] = "argument vector allocation failed";
	static const char at[] = "@include";
	struct stack_source source = {
		.etc = "/etc/pam.d",
		.lib = "/usr/lib/pam.d",
		.conf = "/etc/pam.conf",
		.at_include = true,
		.short_lines = true,
	};

	if (!library)
		return source;
	source.at_include = memmem(library, size, at, sizeof(at));
	source.include_limit = memmem(library, size, limit, sizeof(limit) - 1);
	source.short_lines = !memmem(library, size, newer, sizeof(newer) - 1);
	return source;
}

/* ---- running it ---- */

/* Numbers of PAM's codes, see actions_parse(). */
enum { CODE_PERM_DENIED = 6, CODE_INCOMPLETE = 31 };

/* What the lines so far have come to. */
struct stack_verdict {
	enum { VERDICT_NONE, VERDICT_GOOD, VERDICT_BAD } impression;
	int status;
};

static void verdict_good(struct stack_verdict *verdict, int code)
{
	if (verdict->impression == VERDICT_BAD ||
	    (verdict->impression == VERDICT_GOOD &&
	     verdict->status != CODE_SUCCESS))
		return;
	verdict->impression = VERDICT_GOOD;
	verdict->status = code;
}

static void verdict_bad(struct stack_verdict *verdict, int code)
{
	if (verdict->impression == VERDICT_BAD)
		return;
	verdict->impression = VERDICT_BAD;
	verdict->status = code == CODE_IGNORE ? CODE_PERM_DENIED : code;
}

/* The last line of what ends with line i: of the stack, or of its substack. */
static size_t level_end(const struct stack *stack, size_t i)
{
	unsigned int level = stack->lines[i].level;

	while (i + 1 < stack->count && stack->lines[i + 1].level >= level)
		i++;
	return i;
}

/*
 * The last of count lines that line i skips; a substack is one line. Returns
 * -ERANGE if there are not so many.
 */
static int level_jump(const struct stack *stack, size_t i, int count,
		      size_t *ret)
{
	const struct stack_line *lines = stack->lines;
	unsigned int level = lines[i].level;

	for (; count > 0 && i + 1 < stack->count && lines[i + 1].level >= level;
	     count--)
		do
			i++;
		while (i + 1 < stack->count && lines[i + 1].level > level);
	*ret = i;
	return count > 0 ? -ERANGE : 0;
}

/* What line i does with a code. Returns the line after which it goes on. */
static size_t line_apply(const struct stack *stack, size_t i, int code,
			 const struct stack_verdict *before,
			 struct stack_verdict *verdict)
{
	bool known = code >= 0 && code < STACK_CODES;
	int action = known ? stack->lines[i].actions[code] : STACK_BAD;

	if (!known)
		code = CODE_PERM_DENIED;
	switch (action) {
	case STACK_IGNORE:
		return i;
	case STACK_RESET:
		*verdict = *before;
		return i;
	case STACK_OK:
		verdict_good(verdict, code);
		return i;
	case STACK_DONE:
		verdict_good(verdict, code);
		return verdict->impression == VERDICT_GOOD ? level_end(stack, i)
							   : i;
	case STACK_BAD:
		verdict_bad(verdict, code);
		return i;
	case STACK_DIE:
		verdict_bad(verdict, code);
		return level_end(stack, i);
	default:
		break;
	}
	if (level_jump(stack, i, action, &i) < 0)
		*verdict =
			(struct stack_verdict){ VERDICT_BAD, CODE_PERM_DENIED };
	return i;
}

int stack_run(const struct stack *stack,
	      int (*call)(const struct stack_line *line, void *data),
	      void *data)
{
	const struct stack_verdict none = { VERDICT_NONE, CODE_PERM_DENIED };
	struct stack_verdict before[LEVELS_MAX] = { none };
	struct stack_verdict verdict = none;
	unsigned int level = 0;

	for (size_t i = 0; i < stack->count; i++) {
		const struct stack_line *line = &stack->lines[i];
		int code = CODE_PERM_DENIED;

		if (level < line->level)
			before[line->level] = verdict;
		level = line->level;
		if (line->kind == STACK_SUBSTACK)
			continue;
		if (line->kind == STACK_MODULE)
			code = call(line, data);
		if (code == CODE_INCOMPLETE)
			return code;
		i = line_apply(stack, i, code, &before[level], &verdict);
	}
	if (verdict.status == CODE_SUCCESS &&
	    verdict.impression != VERDICT_GOOD)
		return CODE_PERM_DENIED;
	return verdict.status;
}

/* Where line i may go on to: the lines after ret, for one action. */
static bool line_may_go_on(const struct stack *stack, size_t i, int action,
			   size_t *ret)
{
	*ret = i;
	switch (action) {
	case STACK_BAD:
	case STACK_DIE:
		return false;
	case STACK_DONE:
		*ret = level_end(stack, i);
		return true;
	default:
		return action <= 0 || level_jump(stack, i, action, ret) == 0;
	}
}

ssize_t stack_find_skip(const struct stack *stack, size_t wanted,
			bool (*may_return)(const struct stack_line *line,
					   int code))
{
	scoped_free bool *reached = calloc(wanted + 1, sizeof(*reached));

	if (!reached)
		return -1;
	reached[0] = true;
	for (size_t i = 0; i < wanted; i++) {
		const struct stack_line *line = &stack->lines[i];

		if (!reached[i])
			continue;
		if (line->kind == STACK_SUBSTACK)
			reached[i + 1] = true;
		for (int code = 0;
		     line->kind != STACK_SUBSTACK && code < STACK_CODES;
		     code++) {
			size_t last;

			if (line->kind == STACK_BROKEN
				    ? code != CODE_PERM_DENIED
				    : !may_return(line, code))
				continue;
			if (!line_may_go_on(stack, i, line->actions[code],
					    &last))
				continue;
			if (last + 1 > wanted)
				return (ssize_t)i;
			reached[last + 1] = true;
		}
	}
	return -1;
}

bool stack_file_is(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash ? slash + 1 : path;
	size_t length = strlen(name);

	return !strncmp(file, "pam_", 4) && !strncmp(file + 4, name, length) &&
	       !strcmp(file + 4 + length, ".so");
}

bool stack_line_is(const struct stack_line *line, const char *name)
{
	return line->kind == STACK_MODULE && line->module &&
	       stack_file_is(line->module, name);
}

/* ---- services ---- */

static bool has_ending(const char *name, const char *const endings[],
		       size_t count)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < count; i++) {
		size_t end = strlen(endings[i]);

		if (length > end && !strcmp(name + length - end, endings[i]))
			return true;
	}
	return false;
}

/* As logrotate(8), or who has the date in mind, calls a copy; not "a-1.2". */
static bool is_numbered(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot > name && dot[1] &&
	       (dot[-1] < '0' || dot[-1] > '9') &&
	       dot[1 + strspn(dot + 1, "0123456789-")] == '\0';
}

bool stack_is_service(const char *name)
{
	static const char *const left[] = {
		"~",	    ".bak",	".orig",   ".swp",	".rpmnew",
		".rpmsave", ".rpmorig", ".pacnew", ".pacsave",	".new",
		".save",    ".pam-new", ".old",	   ".disabled", "_bak",
		"-bak",	    "_old",	"-old",	   "-orig",	".backup",
		"#",	    "(copy)",
	};
	static const char *const included[] = { "-auth", "-auth-ac" };

	if (is_numbered(name))
		return false;
	if (*name == '.' || strstr(name, ".dpkg-") || strstr(name, ".ucf-"))
		return false;
	for (const char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			return false;
	return strncmp(name, "common-", 7) != 0 &&
	       strcmp(name, "postlogin") != 0 &&
	       !has_ending(name, left, COUNT(left)) &&
	       !has_ending(name, included, COUNT(included));
}

struct service_list {
	char **names;
	size_t count;
};

static int service_add(struct service_list *list, const char *name)
{
	char **names;

	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->names[i], name))
			return 0;
	names = reallocarray(list->names, list->count + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	list->names = names;
	names[list->count] = strdup(name);
	if (!names[list->count])
		return -ENOMEM;
	list->count++;
	return 0;
}

static int service_filter(const struct dirent *entry)
{
	return stack_is_service(entry->d_name);
}

static int services_add_directory(struct service_list *list, const char *path)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, service_filter, alphasort);
	int r = 0;

	if (count < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = service_add(list, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return r;
}

/* The first words of the lines of pam.conf(5). */
static int services_add_conf(struct service_list *list,
			     const struct stack_source *source)
{
	scoped_fd int fd = open(source->conf,
				O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	scoped_free char *content = NULL;
	scoped_free char *buffer = NULL;
	struct stack_text text = { .path = source->conf };
	size_t size = 0;
	int r = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = file_take(fd, &content, &size);
	if (r < 0 || !content)
		return r;
	text.half = size + 2 < SHORT_LINE ? SHORT_LINE : size + 2;
	buffer = calloc(2, text.half);
	if (!buffer)
		return -ENOMEM;
	text.buffer = buffer;
	text.next = content;
	text.end = content + size;
	while (r == 0 &&
	       (source->short_lines ? line_assemble_short(&text)
				    : line_assemble_long(&text)) > 0) {
		char *rest = buffer;
		char *service = stack_word_take(&rest);

		for (char *c = service; c && *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c - 'A' + 'a');
		if (service)
			r = service_add(list, service);
	}
	return r;
}

static int service_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int stack_list_services(const struct stack_source *source, char ***ret,
			size_t *ret_count)
{
	struct service_list list = { .names = NULL };
	int r;

	if (directory_is_there(source->etc) ||
	    directory_is_there(source->lib)) {
		r = services_add_directory(&list, source->etc);
		if (r == 0)
			r = services_add_directory(&list, source->lib);
	} else {
		r = services_add_conf(&list, source);
	}
	if (r < 0) {
		stack_free_services(list.names, list.count);
		return r;
	}
	if (list.count > 0)
		qsort(list.names, list.count, sizeof(*list.names),
		      service_compare);
	*ret = list.names;
	*ret_count = list.count;
	return 0;
}

void stack_free_services(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
}
