/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts for messages and commands: made, escaped, quoted and searched. */
#include "text.h"
#include "common/log.h"
#include "common/scope.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

char *text_of(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	return length < 0 ? strdup("") : text;
}

char *text_failure(const struct failure *failure)
{
	struct failure plain = *failure;
	char text[2048];

	plain.fix = NULL;
	log_explain(&plain, text, sizeof(text));
	return text_of("%s", text);
}

char *text_small(const char *text)
{
	char *small = strdup(text);

	for (char *c = small; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return small;
}

/* Those that change the order of what is read, or are not seen at all. */
static bool is_invisible(unsigned int code)
{
	return code == 0x061c || (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

/*
 * How many bytes the character of UTF-8 at text has; 0: it is none, or one that
 * is escaped.
 */
static size_t utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char mask;
		unsigned char bits;
	} kinds[] = {
		{ 0x80, 0 }, { 0xe0, 0xc0 }, { 0xf0, 0xe0 }, { 0xf8, 0xf0 }
	};
	unsigned int code;

	for (size_t length = 1; length <= 4; length++) {
		if ((text[0] & kinds[length - 1].mask) !=
		    kinds[length - 1].bits)
			continue;
		code = text[0] & (unsigned char)~kinds[length - 1].mask;
		for (size_t i = 1; i < length; i++) {
			if ((text[i] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (text[i] & 0x3f);
		}
		/* Control characters too, some have two bytes. */
		if (code < 0x20 || (code >= 0x7f && code < 0xa0) ||
		    (code >= 0xd800 && code < 0xe000) || code > 0x10ffff ||
		    is_invisible(code) || (length == 3 && code < 0x800) ||
		    (length == 4 && code < 0x10000))
			return 0;
		return length;
	}
	return 0;
}

/* utf8: characters of more than one byte stay as they are. */
static char *escape(const char *text, bool utf8)
{
	char *escaped = malloc(4 * strlen(text) + 1);
	char *to = escaped;

	if (!escaped)
		return NULL;
	while (*text) {
		size_t length = utf8_length((const unsigned char *)text);

		if (length == 0 || (length > 1 && !utf8)) {
			to += sprintf(to, "\\x%02x", (unsigned char)*text++);
			continue;
		}
		memcpy(to, text, length);
		to += length;
		text += length;
	}
	*to = '\0';
	return escaped;
}

char *text_escape_utf8(const char *text)
{
	return escape(text, true);
}

/* In other codesets the bytes of UTF-8 are other characters, or none. */
char *text_escape(const char *text)
{
	return escape(text, !strcmp(nl_langinfo(CODESET), "UTF-8"));
}

/*
 * What is printed escaped, a shell reads back: $'\xNN', as bash and others
 * have it.
 */
static char *quote_escaped(const char *text)
{
	char *quoted = malloc(4 * strlen(text) + 4);
	char *to = quoted;

	if (!quoted)
		return NULL;
	to = stpcpy(to, "$'");
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte < ' ' || byte >= 0x7f)
			to += sprintf(to, "\\x%02x", byte);
		else if (byte == '\'' || byte == '\\')
			to += sprintf(to, "\\%c", byte);
		else
			*to++ = *text;
	}
	(void)stpcpy(to, "'");
	return quoted;
}

char *text_quote(const char *text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "_-+./:@%,=";
	scoped_free char *escaped = text_escape(text);
	char *quoted;
	char *to;

	if (*text && strspn(text, safe) == strlen(text))
		return strdup(text);
	if (!escaped || strcmp(escaped, text) != 0)
		return escaped ? quote_escaped(text) : NULL;
	quoted = malloc(4 * strlen(text) + 3);
	if (!quoted)
		return NULL;
	to = quoted;
	*to++ = '\'';
	for (; *text; text++) {
		if (*text == '\'')
			to = stpcpy(to, "'\\'");
		*to++ = *text;
	}
	*to++ = '\'';
	*to = '\0';
	return quoted;
}

char *text_operand(const char *name)
{
	scoped_free char *quoted = text_quote(name);

	return quoted ? text_of("%s%s", *name == '-' ? "-- " : "", quoted)
		      : NULL;
}

char *text_edit(const char *file, unsigned int line)
{
	scoped_free char *path = text_quote(file);

	if (!path)
		return NULL;
	return line > 0 ? text_of("editor +%u %s", line, path)
			: text_of("editor %s", path);
}

char *text_sed_path(const char *file)
{
	scoped_free char *path = text_quote(file);
	struct stat st;

	return path ? text_of("%s%s",
			      lstat(file, &st) == 0 && S_ISLNK(st.st_mode)
				      ? "--follow-symlinks "
				      : "",
			      path)
		    : NULL;
}

char *text_comment(const char *file, unsigned int first, unsigned int last)
{
	scoped_free char *path = text_sed_path(file);

	return path ? text_of("sed -i '%u,%us/^/#/' %s", first, last, path)
		    : NULL;
}

char *text_restrict(const char *directory)
{
	scoped_free char *path = text_quote(directory);

	return path ? text_of("chown root:root %s && chmod go-w %s", path, path)
		    : NULL;
}

char *text_adopt(const char *file, unsigned int mode)
{
	scoped_free char *copy = text_of("%s.new", file);
	scoped_free char *to = text_quote(file);
	scoped_free char *from = copy ? text_quote(copy) : NULL;

	if (!to || !from)
		return NULL;
	return text_of("install -m %03o %s %s && editor %s && mv %s %s",
		       mode & 0755, to, from, from, from, to);
}

char *text_edit_at(const char *where)
{
	const char *colon = strrchr(where, ':');
	scoped_free char *file = colon ? strndup(where, (size_t)(colon - where))
				       : strdup(where);

	return file ? text_edit(file, colon ? (unsigned int)strtoul(colon + 1,
								    NULL, 10)
					    : 0)
		    : NULL;
}

/* What a regular expression, or a replacement, would take as something else. */
static char *sed_escape(const char *text)
{
	char *escaped = malloc(2 * strlen(text) + 1);
	char *to = escaped;

	if (!escaped)
		return NULL;
	for (; *text; text++) {
		if (strchr("\\.*[]^$/&", *text))
			*to++ = '\\';
		*to++ = *text;
	}
	*to = '\0';
	return escaped;
}

char *text_sed(const char *file, unsigned int first, unsigned int last,
	       const char *from, const char *to)
{
	scoped_free char *pattern = sed_escape(from);
	scoped_free char *with = sed_escape(to);
	scoped_free char *path = text_sed_path(file);
	scoped_free char *script = NULL;
	scoped_free char *word = NULL;
	char lines[32];

	if (!pattern || !with || !path)
		return NULL;
	if (last > first)
		(void)snprintf(lines, sizeof(lines), "%u,%u", first, last);
	else
		(void)snprintf(lines, sizeof(lines), "%u", first);
	script = *to ? text_of("%ss/%s/%s/", lines, pattern, with)
		     : text_of("%ss/[[:blank:]]%s\\([[:blank:]]\\|$\\)/\\1/",
			       lines, pattern);
	word = script ? text_quote(script) : NULL;
	return word ? text_of("sed -i %s %s", word, path) : NULL;
}

char *text_sed_append(const char *file, unsigned int line, bool rule,
		      const char *word)
{
	scoped_free char *with = sed_escape(word);
	scoped_free char *path = text_sed_path(file);
	scoped_free char *fields =
		rule ? text_of("%us/^[[:blank:]]*([^[:blank:]#]+)[[:blank:]]+"
			       "([^[:blank:]#]+)[[:blank:]]*(#.*)?$/\\1 * \\2 "
			       "\\3/;",
			       line)
		     : strdup("");
	scoped_free char *script = NULL;
	scoped_free char *quoted = NULL;

	if (!with || !path || !fields)
		return NULL;
	script = text_of("%s%us/[[:blank:]]*(#.*)?$/ %s \\1/", fields, line,
			 with);
	quoted = script ? text_quote(script) : NULL;
	return quoted ? text_of("sed -Ei %s %s", quoted, path) : NULL;
}

char *text_sed_line(const char *line)
{
	scoped_free char *script = malloc(2 * strlen(line) + sizeof("$a "));
	char *to;

	if (!script)
		return NULL;
	/* sed ends a last line that has no end. */
	to = stpcpy(script, "$a ");
	for (; *line; line++) {
		if (*line == '\\')
			*to++ = '\\';
		*to++ = *line;
	}
	*to = '\0';
	return text_quote(script);
}

bool text_find(const char *text, const char *pattern, size_t count,
	       regmatch_t ret[])
{
	regex_t regex;
	bool found;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_ICASE) != 0)
		return false;
	found = regexec(&regex, text, count, ret, 0) == 0;
	regfree(&regex);
	return found;
}

char *text_part(const char *text, const regmatch_t *part)
{
	return strndup(text + part->rm_so, (size_t)(part->rm_eo - part->rm_so));
}
