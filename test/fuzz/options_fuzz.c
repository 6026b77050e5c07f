/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module arguments: a word that is not understood denies members. */
#include "common/name.h"
#include "common/options.h"
#include "fuzz.h"

#include <string.h>

enum { WORDS = 64 };

static bool is_known(unsigned int sets, const char *word)
{
	size_t count;
	const struct option *table = options_table(&count);
	size_t length = strcspn(word, "=");

	for (size_t i = 0; i < count; i++)
		if (table[i].sets & sets && strlen(table[i].name) == length &&
		    !memcmp(table[i].name, word, length))
			return true;
	return false;
}

static void check_words(unsigned int sets, int argc, const char *const *argv)
{
	struct options all;
	struct options one;

	options_parse(sets, argc, argv, &all);
	PROPERTY((all.verdict == OPTIONS_CLEAR) == !all.word);
	PROPERTY(!all.group || *all.group);
	PROPERTY(!all.log || *all.log == '/');
	PROPERTY(!all.config || *all.config == '/');
	PROPERTY(!all.etc || name_is_component(all.etc));
	for (int i = 0; i < argc; i++) {
		options_parse(sets, 1, &argv[i], &one);
		/* A later word never makes the verdict milder. */
		PROPERTY(all.verdict >= one.verdict);
		PROPERTY((all.flags & one.flags) == one.flags);
		if (!is_known(sets, argv[i]))
			PROPERTY(one.verdict ==
				 (strchr(argv[i], '=') ? OPTIONS_DENY_ALL
						       : OPTIONS_DENY_MEMBERS));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	const char *argv[WORDS];
	char *rest = text;
	int argc = 0;

	if (size == 0) {
		free(text);
		return 0;
	}
	rest++;
	while (argc < WORDS && rest)
		argv[argc++] = strsep(&rest, " \n");
	check_words(1U << (data[0] % 6), argc, argv);
	free(text);
	return 0;
}
