/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: PATTERN, newline, TEXT. glob_match() agrees with fnmatch(3), and what
 * '*' matched is a part of the text.
 */
#include "common/glob.h"
#include "fuzz.h"

#include <fnmatch.h>
#include <string.h>

/* fnmatch(3) has more than glob.h: classes and '\'. */
static bool means_the_same(const char *text)
{
	return !strpbrk(text, "\\") && !strstr(text, "[:") &&
	       !strstr(text, "[.") && !strstr(text, "[=");
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

static void check_star(const char *pattern, const char *text,
		       const struct glob_star *star)
{
	const char *first = strchr(pattern, '*');

	PROPERTY(star->start >= text);
	PROPERTY(star->start + star->length <= text + strlen(text));
	if (!first)
		PROPERTY(star->length == 0);
	/* Plain text before '*' stands before what it matched. */
	if (first && strcspn(pattern, "?[") > (size_t)(first - pattern))
		PROPERTY(star->start == text + (first - pattern));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size > 512 ? 512 : size);
	char *name = text;
	char *pattern = strsep(&name, "\n");
	struct glob_star star;
	bool matches;

	if (name && glob_is_valid(pattern)) {
		matches = glob_match(pattern, name, &star);
		PROPERTY(matches == glob_match(pattern, name, NULL));
		if (matches)
			check_star(pattern, name, &star);
		if (glob_is_plain(pattern))
			PROPERTY(matches == !strcmp(pattern, name));
		if (means_the_same(pattern) && is_ascii(pattern) &&
		    is_ascii(name))
			PROPERTY(matches ==
				 (fnmatch(pattern, name, FNM_NOESCAPE) == 0));
	}
	free(text);
	return 0;
}
