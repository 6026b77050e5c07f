/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stack of PAM: what is read can be run, and errors say why. */
#include "ctl/stack.h"
#include "fuzz.h"

#include <errno.h>
#include <string.h>

struct returned {
	const struct stack_line *last;
	unsigned int number;
};

/* Returns each code in turn, and checks that the lines run in their order. */
static int call(const struct stack_line *line, void *data)
{
	struct returned *returned = data;

	PROPERTY(line->kind == STACK_MODULE);
	PROPERTY(!returned->last || line > returned->last);
	returned->last = line;
	return (int)(returned->number++ % (STACK_CODES + 2)) - 1;
}

static bool may_return(const struct stack_line *line, int code)
{
	(void)line;
	(void)code;
	return true;
}

static void check_stack(const struct stack *stack)
{
	struct returned returned = { .last = NULL };

	for (size_t i = 0; i < stack->count; i++) {
		const struct stack_line *line = &stack->lines[i];
		ssize_t skip = stack_find_skip(stack, i, may_return);

		PROPERTY(line->type == STACK_SESSION);
		PROPERTY(line->file && line->line > 0 && line->control);
		PROPERTY(line->kind != STACK_MODULE ||
			 (line->module && *line->module));
		PROPERTY(line->kind != STACK_BROKEN || line->why);
		PROPERTY(line->argc == 0 || line->argv);
		PROPERTY(skip >= -1 && skip < (ssize_t)i);
	}
	PROPERTY(stack_run(stack, call, &returned) >= 0);
}

static void read_as(const struct stack_source *source, const uint8_t *data,
		    size_t size)
{
	char *text = malloc(size + 1);
	struct stack stack;
	int r;

	PROPERTY(text);
	memcpy(text, data, size);
	text[size] = '\0';
	r = stack_parse(source, "sshd", "file", text, size, STACK_SESSION,
			&stack);
	PROPERTY(r == 0 || (stack.count == 0 && *stack.file));
	PROPERTY(r == 0 || r == -EPROTO || r == -ELOOP || r == -EFAULT ||
		 !stack.why);
	if (r == 0)
		check_stack(&stack);
	stack_release(&stack);
	PROPERTY(!stack.lines && !stack.memory);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct stack_source debian = {
		.etc = "/none",
		.lib = "/none",
		.conf = "/none",
		.at_include = true,
		.short_lines = true,
	};
	const struct stack_source upstream = {
		.etc = "/none",
		.lib = "/none",
		.conf = "/none",
		.include_limit = true,
	};

	/* A file that is there would be another input each time. */
	if (memchr(data, '/', size) && memmem(data, size, "clude", 5))
		return 0;
	read_as(&debian, data, size);
	read_as(&upstream, data, size);
	return 0;
}
