/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks of PAM: what the reader finds in texts, and that what it says is
 * called is what libpam calls.
 */
#include "common/file.h"
#include "common/scope.h"
#include "ctl/stack.h"
#include "sandbox.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLED_SIZE = 1 << 16, TEXT_SIZE = 1 << 14 };

static const struct stack_source debian_1_5 = {
	.etc = "/etc/pam.d",
	.lib = "/run/pam.d",
	.conf = "/etc/pam.conf",
	.at_include = true,
	.short_lines = true,
};

static const struct stack_source upstream_1_7 = {
	.etc = "/etc/pam.d",
	.lib = "/run/pam.d",
	.conf = "/etc/pam.conf",
	.include_limit = true,
};

/* ---- what is called ---- */

struct called {
	char text[CALLED_SIZE];
	size_t length;
};

static void called_add(struct called *called, const char *text)
{
	size_t length = strlen(text);

	check(called->length + length < sizeof(called->text));
	memcpy(called->text + called->length, text, length + 1);
	called->length += length;
}

/* Stands for stack_module.c; any other module is not there. */
static int call_module(const struct stack_line *line, void *data)
{
	struct called *called = data;

	if (strcmp(line->module, STACK_MODULE_PATH) != 0)
		return PAM_MODULE_UNKNOWN;
	for (int i = 0; i < line->argc; i++) {
		called_add(called, i == 0 ? " <" : "<");
		called_add(called, line->argv[i]);
		called_add(called, ">");
	}
	return line->argc > 1 ? atoi(line->argv[1]) : PAM_SUCCESS;
}

static int parse(const struct stack_source *source, const char *bytes,
		 size_t size, struct stack *stack)
{
	scoped_free char *text = malloc(size + 1);

	check(text != NULL);
	memcpy(text, bytes, size);
	text[size] = '\0';
	return stack_parse(source, "sshd", "FILE", text, size, STACK_SESSION,
			   stack);
}

static void check_lines(const struct stack_source *source, const char *text,
			size_t size, const char *expected)
{
	struct stack stack;
	char lines[TEXT_SIZE] = "";
	size_t length = 0;

	check_result(parse(source, text, size, &stack), 0);
	for (size_t i = 0; i < stack.count; i++) {
		const struct stack_line *line = &stack.lines[i];

		length += (size_t)snprintf(
			lines + length, sizeof(lines) - length, "%u:%s:%s%s",
			line->line, line->control,
			line->module ? line->module : "-",
			line->kind == STACK_BROKEN ? "!" : "");
		for (int j = 0; j < line->argc; j++)
			length += (size_t)snprintf(lines + length,
						   sizeof(lines) - length,
						   "(%s)", line->argv[j]);
		length += (size_t)snprintf(lines + length,
					   sizeof(lines) - length, ";");
	}
	check_text(lines, expected);
	stack_release(&stack);
}

#define TEXT(literal) (literal), sizeof(literal) - 1

static void lines_are_read_as_libpam_reads_them(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *expected;
		const char *newer; /* NULL: the same */
	} rows[] = {
		{ TEXT("session required pam_a.so x y\n"),
		  "1:required:pam_a.so(x)(y);", NULL },
		{ TEXT("session required pam_a.so"), "1:required:pam_a.so;",
		  NULL },
		{ TEXT("\n# c\n SESSION\tRequired \t a.so # x\n"),
		  "3:Required:a.so;", NULL },
		{ TEXT("-session optional a.so\n"), "1:optional:a.so;", NULL },
		{ TEXT("auth required a.so\naccount required a.so\n"), "",
		  NULL },
		{ TEXT("session [success=1 default=die] a.so [b c] [d\\]e]\n"),
		  "1:success=1 default=die:a.so(b c)(d]e);", NULL },
		{ TEXT("session required a.so group=\"a b\"\n"),
		  "1:required:a.so(group=\"a)(b\");", NULL },
		{ TEXT("session required \\\n  a.so \\\n x\n"),
		  "1:required:a.so(x);", NULL },
		/* A comment in a line that goes on: skipped, or its end. */
		{ TEXT("session required \\\n# c\n a.so\n"), "1:required:a.so;",
		  "1:required:-!;" },
		{ TEXT("session required \\\n\na.so x\n"),
		  "1:required:a.so(x);", "1:required:-!;" },
		{ TEXT("session required a.so # x \\\ny\n"), "1:required:a.so;",
		  NULL },
		{ TEXT("session\n"), "1::-!;", NULL },
		{ TEXT("session required\n"), "1:required:-!;", NULL },
		{ TEXT("sessions required a.so\n"), "", NULL },
		{ TEXT("session required a\0.so x\nsession required b.so\n"),
		  "1:required:a;2:required:b.so;", NULL },
		{ TEXT("session required a.so\r\n"), "1:required:a.so\r;",
		  NULL },
		{ TEXT("session include missing\n"), "1:include:-!;", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].text);
		check_lines(&debian_1_5, rows[i].text, rows[i].size,
			    rows[i].expected);
		check_lines(&upstream_1_7, rows[i].text, rows[i].size,
			    rows[i].newer ? rows[i].newer : rows[i].expected);
	}
}

static void line_knows_its_first_and_last_line(void **state)
{
	static const char text[] = "# c\nsession required a.so\n\nsession \\\n"
				   "required \\\nb.so\nsession required c.so";
	static const unsigned int expected[][2] = { { 2, 2 },
						    { 4, 6 },
						    { 7, 7 } };
	struct stack stack;

	(void)state;
	check_result(parse(&debian_1_5, text, strlen(text), &stack), 0);
	check_number(stack.count, 3);
	for (size_t i = 0; i < stack.count; i++) {
		check_number(stack.lines[i].line, expected[i][0]);
		check_number(stack.lines[i].last, expected[i][1]);
	}
	stack_release(&stack);
}

static void what_libpam_cannot_read_is_an_error(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		int result;
		int newer;
	} rows[] = {
		{ TEXT("session required a.so \\"), -EPROTO, -EPROTO },
		{ TEXT("session required a.so \\\n"), -EPROTO, -EPROTO },
		{ TEXT("auth required /\n"), -EPROTO, -EPROTO },
		{ TEXT("session required .so\n"), -EPROTO, -EPROTO },
		{ TEXT("@include missing\n"), -EPROTO, 0 },
		{ TEXT("@include\n"), -EFAULT, 0 },
		{ TEXT("session include\n"), -EFAULT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct stack stack;

		row(rows[i].text);
		check_result(parse(&debian_1_5, rows[i].text, rows[i].size,
				   &stack),
			     rows[i].result);
		check_text(stack.file, "FILE");
		check(stack.why != NULL);
		check_number(stack.count, 0);
		stack_release(&stack);
		check_result(parse(&upstream_1_7, rows[i].text, rows[i].size,
				   &stack),
			     rows[i].newer);
		stack_release(&stack);
	}
}

static void line_of_1023_bytes_is_cut_by_1_5_only(void **state)
{
	char text[2048] = "session required a.so ";
	struct stack stack;

	(void)state;
	memset(text + 22, 'x', 1500);
	check_result(parse(&debian_1_5, text, 1522, &stack), 0);
	check_number(stack.count, 1);
	check_number(strlen(stack.lines[0].argv[0]), 1023 - 22);
	stack_release(&stack);
	check_result(parse(&upstream_1_7, text, 1522, &stack), 0);
	check_number(strlen(stack.lines[0].argv[0]), 1500);
	stack_release(&stack);
	/* A backslash at the last byte: libpam 1.5 reads nothing, for ever. */
	text[1022] = '\\';
	check_result(parse(&debian_1_5, text, 1522, &stack), -ELOOP);
	stack_release(&stack);
}

/* ---- files ---- */

static int read_session(const struct stack_source *source, const char *service,
			struct stack *stack)
{
	int before = count_descriptors();
	int r = stack_read(source, service, STACK_SESSION, stack);

	check_number(count_descriptors(), before);
	return r;
}

static void check_first_module(const struct stack_source *source,
			       const char *service, const char *module)
{
	struct stack stack;

	row(service);
	check_result(read_session(source, service, &stack), 0);
	check(stack.count > 0);
	check_text(stack.lines[0].module, module);
	stack_release(&stack);
}

static void service_is_looked_for_in_order(void)
{
	struct stack stack;

	make_directory("/etc/pam.d", 0755);
	make_directory("/run/pam.d", 0755);
	check_result(read_session(&debian_1_5, "sshd", &stack), -EPROTO);
	check_has(stack.why, "has a file");
	stack_release(&stack);
	make_file("/run/pam.d/sshd", 0644, "session required lib.so\n");
	check_first_module(&debian_1_5, "sshd", "lib.so");
	check_first_module(&debian_1_5, "/usr/sbin/SSHD", "lib.so");
	make_file("/etc/pam.d/other", 0644, "session required other.so\n");
	check_first_module(&debian_1_5, "none", "other.so");
	/* No line of that type: those of "other", but no others. */
	make_file("/etc/pam.d/sshd", 0644, "auth required etc.so\n");
	check_first_module(&debian_1_5, "sshd", "other.so");
	write_file("/etc/pam.d/sshd", "session required etc.so\n");
	check_first_module(&debian_1_5, "sshd", "etc.so");
	/* What only Debian's looks for in /etc alone. */
	make_file("/run/pam.d/part", 0644, "session required part.so\n");
	make_file("/etc/pam.d/a", 0644, "session include part\n");
	check_result(read_session(&debian_1_5, "a", &stack), 0);
	check_number(stack.lines[0].kind, STACK_BROKEN);
	stack_release(&stack);
	check_first_module(&upstream_1_7, "a", "part.so");
	/* A link that leads nowhere is none; a directory is an empty file. */
	check(unlink("/etc/pam.d/sshd") == 0);
	make_link("/etc/pam.d/sshd", "/nowhere");
	check_first_module(&debian_1_5, "sshd", "lib.so");
	check(unlink("/etc/pam.d/sshd") == 0);
	make_directory("/etc/pam.d/sshd", 0755);
	check_first_module(&debian_1_5, "sshd", "other.so");
}

static void pam_conf_counts_only_without_directories(void)
{
	struct stack stack;

	make_file("/etc/pam.conf", 0644,
		  "sshd session required a.so\n"
		  "su session required b.so\n"
		  "OTHER session required c.so\n");
	check_first_module(&debian_1_5, "sshd", "a.so");
	check_first_module(&debian_1_5, "su", "b.so");
	check_first_module(&debian_1_5, "login", "c.so");
	make_directory("/run/pam.d", 0755);
	check_result(read_session(&debian_1_5, "sshd", &stack), -EPROTO);
	stack_release(&stack);
}

static void what_is_no_file_is_refused_without_waiting(void)
{
	struct stack stack;

	make_directory("/etc/pam.d", 0755);
	make_fifo("/etc/pam.d/sshd");
	check_result(read_session(&debian_1_5, "sshd", &stack), -ENXIO);
	check_text(stack.file, "/etc/pam.d/sshd");
	stack_release(&stack);
	check(unlink("/etc/pam.d/sshd") == 0);
	make_file("/etc/pam.d/sshd", 0644, "");
	check(truncate("/etc/pam.d/sshd", (16 << 20) + 1) == 0);
	check_result(read_session(&debian_1_5, "sshd", &stack), -EFBIG);
	stack_release(&stack);
}

static void file_that_cannot_be_read_is_an_error(void)
{
	struct stack stack;

	make_directory("/etc/pam.d", 0755);
	make_file("/etc/pam.d/sshd", 0600, "session required a.so\n");
	check(chown("/etc/pam.d/sshd", 1, 1) == 0);
	drop_capability(CAP_DAC_OVERRIDE);
	drop_capability(CAP_DAC_READ_SEARCH);
	check_result(read_session(&debian_1_5, "sshd", &stack), -EACCES);
	check_text(stack.file, "/etc/pam.d/sshd");
	check(stack.why == NULL);
	stack_release(&stack);
}

static void files_that_include_each_other_end(void)
{
	struct stack stack;
	const struct stack_source *sources[] = { &debian_1_5, &upstream_1_7 };

	make_directory("/etc/pam.d", 0755);
	make_file("/etc/pam.d/a", 0644,
		  "session required m.so\nsession include b\n");
	make_file("/etc/pam.d/b", 0644, "session include a\n");
	make_file("/etc/pam.d/twice", 0644,
		  "session include twice\nsession include twice\n");
	for (size_t i = 0; i < 2; i++) {
		struct called called = { .length = 0 };

		check_result(read_session(sources[i], "a", &stack), 0);
		check_number(stack.lines[stack.count - 1].kind, STACK_BROKEN);
		check(stack_run(&stack, call_module, &called) != PAM_SUCCESS);
		stack_release(&stack);
	}
	check_result(read_session(&debian_1_5, "twice", &stack), -ELOOP);
	stack_release(&stack);
	check_result(read_session(&upstream_1_7, "twice", &stack), 0);
	check_number(stack.count, 1 << 16);
	stack_release(&stack);
}

static void thousands_of_lines_are_read(void)
{
	struct stack stack;
	FILE *file;

	make_directory("/etc/pam.d", 0755);
	file = fopen("/etc/pam.d/sshd", "we");
	check(file != NULL);
	for (int i = 0; i < 10000; i++)
		(void)fprintf(file, "session required a.so %d\n", i);
	check(fclose(file) == 0);
	check_result(read_session(&debian_1_5, "sshd", &stack), 0);
	check_number(stack.count, 10000);
	check_text(stack.lines[9999].argv[0], "9999");
	stack_release(&stack);
}

static void services_are_listed_without_what_is_only_included(void)
{
	static const char *const files[] = {
		"/etc/pam.d/sshd",
		"/etc/pam.d/su",
		"/etc/pam.d/common-session",
		"/etc/pam.d/sshd.dpkg-old",
		"/etc/pam.d/su~",
		"/etc/pam.d/.hidden",
		"/etc/pam.d/Capital",
		"/etc/pam.d/system-auth",
		"/etc/pam.d/sshd.1",
		"/etc/pam.d/sshd.2026-11-30",
		"/etc/pam.d/sshd (copy)",
		"/etc/pam.d/#sshd#",
		"/etc/pam.d/samba-4.1",
		"/run/pam.d/login",
		"/run/pam.d/su",
	};
	static const char *const expected[] = { "login", "samba-4.1", "sshd",
						"su" };
	char **list;
	size_t count;

	make_directory("/etc/pam.d", 0755);
	make_directory("/run/pam.d", 0755);
	for (size_t i = 0; i < COUNT(files); i++)
		make_file(files[i], 0644, "");
	check_result(stack_list_services(&debian_1_5, &list, &count), 0);
	check_number(count, 4);
	for (size_t i = 0; i < count; i++)
		check_text(list[i], expected[i]);
	stack_free_services(list, count);
}

static void services_of_pam_conf_are_listed(void)
{
	char **list;
	size_t count;

	make_file("/etc/pam.conf", 0644,
		  "SSHD auth required a.so\nsu session required b.so\n"
		  "sshd session required c.so # x\n");
	check_result(stack_list_services(&debian_1_5, &list, &count), 0);
	check_number(count, 2);
	check_text(list[0], "sshd");
	check_text(list[1], "su");
	stack_free_services(list, count);
}

/* ---- what a line above may skip ---- */

/* pam_permit and pam_deny always say the same; any other says anything. */
static bool may_return(const struct stack_line *line, int code)
{
	if (stack_line_is(line, "permit"))
		return code == PAM_SUCCESS;
	if (stack_line_is(line, "deny"))
		return code == PAM_SESSION_ERR;
	return true;
}

static void skip_is_found_where_the_login_would_not_fail(void **state)
{
	static const struct {
		const char *above;
		int skip;
	} rows[] = {
		{ "", -1 },
		{ "session required pam_a.so\n", -1 },
		{ "session requisite pam_a.so\n", -1 },
		{ "session optional pam_a.so\n", -1 },
		{ "session sufficient pam_a.so\n", 0 },
		{ "session sufficient pam_deny.so\n", -1 },
		{ "session [success=1 default=ignore] pam_a.so\n", 0 },
		{ "session [success=2 default=ignore] pam_a.so\n", 0 },
		/* More lines than there are: it fails. */
		{ "session [success=3 default=ignore] pam_a.so\n", -1 },
		{ "session [default=1] pam_permit.so\n"
		  "session requisite pam_deny.so\n",
		  -1 },
		{ "session [default=2] pam_permit.so\n"
		  "session requisite pam_deny.so\n",
		  0 },
		{ "session [success=ok default=done] pam_permit.so\n", -1 },
		{ "session required pam_a.so\n"
		  "session [success=done default=bad] pam_b.so\n",
		  1 },
		{ "sesion sufficient pam_a.so\n", -1 },
		{ "session\n", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[512];
		struct stack stack;
		int length = snprintf(text, sizeof(text),
				      "%ssession required pam_usernet.so\n"
				      "session optional pam_c.so\n",
				      rows[i].above);

		row(rows[i].above);
		check_result(parse(&debian_1_5, text, (size_t)length, &stack),
			     0);
		check_number(stack_find_skip(&stack, stack.count - 2,
					     may_return),
			     rows[i].skip);
		stack_release(&stack);
	}
}

static void module_is_known_by_its_file_name(void **state)
{
	static const struct {
		const char *module;
		bool is;
	} rows[] = {
		{ "pam_usernet.so", true },
		{ "/lib/security/pam_usernet.so", true },
		{ "pam_usernet", false },
		{ "pam_usernet.so.1", false },
		{ "PAM_USERNET.so", false },
		{ "xpam_usernet.so", false },
		{ "pam_", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct stack_line line = { .module = rows[i].module };

		row(rows[i].module);
		check(stack_line_is(&line, "usernet") == rows[i].is);
	}
}

/* ---- the texts of libpam ---- */

static void dialect_is_told_by_the_texts_of_the_library(void **state)
{
	static const char debian[] = "x\0@include\0maximum level of substacks";
	static const char fedora[] = "(%s) argument vector allocation failed\0"
				     "maximum level of inclusions reached";
	struct stack_source source;

	(void)state;
	source = stack_source_of(NULL, 0);
	check(source.at_include && source.short_lines);
	check(!source.include_limit);
	source = stack_source_of(debian, sizeof(debian));
	check(source.at_include && source.short_lines);
	check(!source.include_limit);
	source = stack_source_of(fedora, sizeof(fedora));
	check(!source.at_include && !source.short_lines);
	check(source.include_limit);
}

/* ---- against libpam ---- */

/* As the libpam that this program has loaded reads. */
static struct stack_source installed_source(void)
{
	Dl_info info;
	struct stack_source source;
	scoped_fd int fd = -EBADF;
	scoped_free char *library = NULL;
	size_t size;

	check(dladdr(dlsym(RTLD_DEFAULT, "pam_start"), &info) != 0);
	fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	check_result(file_read(fd, 16 << 20, &library, &size), 0);
	source = stack_source_of(library, size);
	return source;
}

static int no_conversation(int count, const struct pam_message **messages,
			   struct pam_response **responses, void *data)
{
	(void)count;
	(void)messages;
	(void)responses;
	(void)data;
	return PAM_CONV_ERR;
}

/* What libpam calls for a session, and what it says. */
static int libpam_run(const char *service, struct called *called)
{
	const struct pam_conv conversation = { .conv = no_conversation };
	pam_handle_t *pamh = NULL;
	const char *text;
	int r;

	r = pam_start(service, "user", &conversation, &pamh);
	if (r != PAM_SUCCESS)
		return r;
	r = pam_open_session(pamh, 0);
	text = pam_getenv(pamh, "CALLED");
	called_add(called, text ? text : "");
	(void)pam_end(pamh, r);
	return r;
}

static int reader_run(const struct stack_source *source, const char *service,
		      struct called *called)
{
	struct stack stack;
	int r = read_session(source, service, &stack);

	if (r == -EPROTO)
		r = PAM_ABORT;
	else if (r == 0)
		r = stack_run(&stack, call_module, called);
	stack_release(&stack);
	return r;
}

/* libpam may die of it, or read for ever. */
static void check_libpam_fails(const char *service)
{
	static struct called ignored;
	int status;
	pid_t pid = fork();

	check(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		(void)alarm(2);
		ignored.length = 0;
		_exit(libpam_run(service, &ignored) == PAM_SUCCESS ? 0 : 1);
	}
	check(waitpid(pid, &status, 0) == pid);
	check(status != 0);
}

static void check_as_libpam(const struct stack_source *source,
			    const char *service)
{
	static struct called libpam;
	static struct called reader;
	int r;

	libpam.length = reader.length = 0;
	libpam.text[0] = reader.text[0] = '\0';
	r = reader_run(source, service, &reader);
	if (r == -EFAULT) {
		check_libpam_fails(service);
		return;
	}
	check_number(r, libpam_run(service, &libpam));
	check_text(reader.text, libpam.text);
}

/* A generator of numbers that gives the same ones each time. */
static unsigned int random_state;

static unsigned int pick(unsigned int count)
{
	random_state = random_state * 1103515245 + 12345;
	return (random_state >> 16) % count;
}

static const char *pick_text(const char *const texts[], unsigned int count)
{
	return texts[pick(count)];
}

#define PICK(...)                                                              \
	pick_text((const char *const[]){ __VA_ARGS__ },                        \
		  sizeof((const char *const[]){ __VA_ARGS__ }) /               \
			  sizeof(const char *))

/* What is written to one file. */
struct draft {
	char text[TEXT_SIZE];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void
draft_add(struct draft *draft, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	draft->length += (size_t)vsnprintf(draft->text + draft->length,
					   sizeof(draft->text) - draft->length,
					   format, args);
	va_end(args);
	check(draft->length < sizeof(draft->text));
}

static void draft_blank(struct draft *draft)
{
	draft_add(draft, "%s",
		  PICK(" ", " ", " ", " ", "\t", "  \t", " \\\n", "\t\\ \n ",
		       " \\\n\n", " \\\n# c\n"));
}

static void draft_control(struct draft *draft)
{
	if (pick(3) > 0) {
		draft_add(draft, "%s",
			  PICK("required", "requisite", "sufficient",
			       "optional", "Required", "SUFFICIENT", "unknown",
			       "required", "optional"));
		return;
	}
	draft_add(draft, "[");
	for (unsigned int i = pick(4); i > 0; i--) {
		draft_add(draft, "%s%s",
			  PICK("success", "ignore", "default", "perm_denied",
			       "session_err", "module_unknown", "success ",
			       "abort", "nonsense", "authtok_err"),
			  PICK("=", "=", "=", "= ", " = ", " "));
		draft_add(draft, "%s%s",
			  PICK("ok", "ignore", "done", "bad", "die", "reset",
			       "1", "2", "3", "0", "12", "1x", "9999"),
			  PICK(" ", "  ", "", "\t"));
	}
	draft_add(draft, "]");
}

static void draft_arguments(struct draft *draft)
{
	static unsigned int number;

	draft_add(draft, " %u %s", number++,
		  PICK("0", "0", "0", "0", "25", "6", "14", "26", "3", "99",
		       "-1", "28"));
	for (unsigned int i = pick(3); i > 0; i--) {
		draft_blank(draft);
		draft_add(draft, "%s",
			  PICK("x", "[a b]", "[a\\]b", "[a\\] c]d", "]", "[",
			       "a=[b c]", "\\", "\"a b\"", "[]"));
	}
}

/* files: which of the files 1 to 4 a line may include, so that none is a loop
 */
static void draft_include(struct draft *draft, unsigned int from)
{
	bool missing = pick(8) == 0;

	if (from == 0 && pick(3) == 0)
		draft_add(draft, "@%s", PICK("include", "INCLUDE"));
	else
		draft_add(draft, "%ssession %s", PICK("", "-"),
			  PICK("include", "substack", "Include", "SUBSTACK"));
	draft_blank(draft);
	if (missing && from > 0)
		draft_add(draft, "missing");
	else if (missing)
		draft_add(draft, "/etc/pam.d/missing");
	else
		draft_add(draft, "%sfile%u", PICK("", "", "/etc/pam.d/"),
			  from + 1 + pick(4 - from));
}

static void draft_line(struct draft *draft, unsigned int from)
{
	draft_add(draft, "%s", PICK("", "", "", " ", "\t"));
	if (from < 4 && pick(5) == 0) {
		draft_include(draft, from);
	} else {
		draft_add(draft, "%s",
			  PICK("session", "session", "session", "session",
			       "session", "-session", "SESSION", "auth",
			       "account", "passwort", "session"));
		if (pick(40) == 0)
			return;
		draft_blank(draft);
		draft_control(draft);
		if (pick(30) == 0)
			return;
		draft_blank(draft);
		draft_add(draft, "%s",
			  pick(20) == 0 ? "/missing/pam_x.so"
					: STACK_MODULE_PATH);
		draft_arguments(draft);
	}
	if (pick(10) == 0)
		draft_add(draft, " # %s", PICK("c", "c \\", ""));
	if (pick(60) == 0)
		draft->text[pick((unsigned int)draft->length)] = '\0';
}

static void draft_file(const char *path, unsigned int from)
{
	struct draft draft = { .length = 0 };
	unsigned int lines = pick(from == 0 ? 9 : 5);
	FILE *file;

	for (unsigned int i = 0; i < lines; i++) {
		draft_line(&draft, from);
		if (i + 1 < lines || pick(6) > 0)
			draft_add(&draft, "%s", PICK("\n", "\n\n", "\n#c\n"));
	}
	file = fopen(path, "we");
	check(file != NULL);
	check(fwrite(draft.text, 1, draft.length, file) == draft.length);
	check(fclose(file) == 0);
}

static void reader_calls_what_libpam_calls(void)
{
	const struct stack_source source = installed_source();
	unsigned int count = getenv("TEST_ALL") ? 10000 : 1000;

	/* Each of them is a process that loads libpam. */
	(void)alarm(count / 10);
	make_directory("/etc/pam.d", 0755);
	for (unsigned int i = 0; i < count; i++) {
		char label[32];

		(void)snprintf(label, sizeof(label), "stack %u", i);
		row(label);
		random_state = i;
		draft_file("/etc/pam.d/file1", 1);
		draft_file("/etc/pam.d/file2", 2);
		draft_file("/etc/pam.d/file3", 3);
		draft_file("/etc/pam.d/file4", 4);
		draft_file("/etc/pam.d/file0", 0);
		draft_file("/etc/pam.d/other", 3);
		check_as_libpam(&source,
				PICK("file0", "file0", "file0", "FILE0",
				     "x/file0", "none", "other"));
	}
}

static void reader_agrees_on_depth_and_length(void)
{
	const struct stack_source source = installed_source();

	make_directory("/etc/pam.d", 0755);
	for (int i = 0; i < 20; i++) {
		char path[32];
		char text[512];

		(void)snprintf(path, sizeof(path), "/etc/pam.d/level%d", i);
		(void)snprintf(text, sizeof(text),
			       "session optional %s %d 0\n"
			       "session substack level%d\n"
			       "session optional %s %d 0\n",
			       STACK_MODULE_PATH, i, i + 1, STACK_MODULE_PATH,
			       100 + i);
		make_file(path, 0644, text);
	}
	for (int i = 0; i < 20; i++) {
		char service[16];

		(void)snprintf(service, sizeof(service), "level%d", i);
		row(service);
		check_as_libpam(&source, service);
	}
	/* Lines around the size of libpam's buffer. */
	for (size_t length = 1000; length < 1060; length++) {
		char text[3000];
		size_t start = (size_t)snprintf(text, sizeof(text),
						"session optional %s 1 0 ",
						STACK_MODULE_PATH);

		memset(text + start, 'x', length - start);
		(void)snprintf(text + length, sizeof(text) - length,
			       "\nsession optional %s 2 0\n",
			       STACK_MODULE_PATH);
		unlink("/etc/pam.d/long");
		make_file("/etc/pam.d/long", 0644, text);
		check_as_libpam(&source, "long");
	}
}

static void remove_directory(const char *path)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, NULL, NULL);

	for (int i = 0; i < count; i++) {
		char file[PATH_MAX];

		(void)snprintf(file, sizeof(file), "%s/%s", path,
			       entries[i]->d_name);
		(void)unlink(file);
		free(entries[i]);
	}
	free(entries);
	(void)rmdir(path);
	check(access(path, F_OK) < 0);
}

static void reader_agrees_on_pam_conf(void)
{
	static const char text[] =
		"sshd session required " STACK_MODULE_PATH " 1 0\n"
		"SU session required " STACK_MODULE_PATH " 2 0\n"
		"sshd session [success=1] " STACK_MODULE_PATH " 3 0 # x\n"
		"sshd session required " STACK_MODULE_PATH " 4 6\n"
		"Other session required " STACK_MODULE_PATH " 5 25\n"
		"other session optional \\\n " STACK_MODULE_PATH " 6 0\n"
		"x session include sshd\n"
		"y\n";
	const struct stack_source source = installed_source();

	/* A system that has /usr/lib/pam.d would not read the file. */
	make_directory("/run/upper", 0755);
	make_directory("/run/work", 0755);
	if (mount("overlay", "/usr/lib", "overlay", 0,
		  "lowerdir=/usr/lib,upperdir=/run/upper,workdir=/run/work") <
	    0)
		sandbox_skip("no overlay can be mounted");
	remove_directory(source.lib);
	make_file("/etc/pam.conf", 0644, text);
	check_as_libpam(&source, "sshd");
	check_as_libpam(&source, "su");
	check_as_libpam(&source, "none");
	check_as_libpam(&source, "other");
	check_as_libpam(&source, "x");
	check_as_libpam(&source, "y");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("lines_are_read_as_libpam_reads_them",
		      lines_are_read_as_libpam_reads_them),
		plain("line_knows_its_first_and_last_line",
		      line_knows_its_first_and_last_line),
		plain("what_libpam_cannot_read_is_an_error",
		      what_libpam_cannot_read_is_an_error),
		plain("line_of_1023_bytes_is_cut_by_1_5_only",
		      line_of_1023_bytes_is_cut_by_1_5_only),
		sandboxed("service_is_looked_for_in_order",
			  service_is_looked_for_in_order),
		sandboxed("pam_conf_counts_only_without_directories",
			  pam_conf_counts_only_without_directories),
		sandboxed("what_is_no_file_is_refused_without_waiting",
			  what_is_no_file_is_refused_without_waiting),
		sandboxed("file_that_cannot_be_read_is_an_error",
			  file_that_cannot_be_read_is_an_error),
		sandboxed("files_that_include_each_other_end",
			  files_that_include_each_other_end),
		sandboxed("thousands_of_lines_are_read",
			  thousands_of_lines_are_read),
		sandboxed("services_are_listed_without_what_is_only_included",
			  services_are_listed_without_what_is_only_included),
		sandboxed("services_of_pam_conf_are_listed",
			  services_of_pam_conf_are_listed),
		plain("skip_is_found_where_the_login_would_not_fail",
		      skip_is_found_where_the_login_would_not_fail),
		plain("module_is_known_by_its_file_name",
		      module_is_known_by_its_file_name),
		plain("dialect_is_told_by_the_texts_of_the_library",
		      dialect_is_told_by_the_texts_of_the_library),
		sandboxed("reader_calls_what_libpam_calls",
			  reader_calls_what_libpam_calls),
		sandboxed("reader_agrees_on_depth_and_length",
			  reader_agrees_on_depth_and_length),
		sandboxed("reader_agrees_on_pam_conf",
			  reader_agrees_on_pam_conf),
	};

	/* libpam has faults of its own, and may die of them. */
	sandbox_not_with_valgrind("reader_*");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
