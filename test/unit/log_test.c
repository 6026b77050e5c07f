/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said, to whom, and which PAM code goes with it. */
#include "common/log.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <security/pam_appl.h>
#include <security/pam_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* --- What was said to syslog and to the user --- */

static struct {
	int lines;
	int priority;
	char line[4096];
	int told;
	int style;
	char message[512];
} heard;

void __wrap_pam_syslog(const pam_handle_t *pamh, int priority,
		       const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void __wrap_pam_syslog(const pam_handle_t *pamh, int priority,
		       const char *format, ...)
{
	va_list args;

	(void)pamh;
	heard.lines++;
	heard.priority = priority;
	va_start(args, format);
	(void)vsnprintf(heard.line, sizeof(heard.line), format, args);
	va_end(args);
	errno = EXDEV;
}

static int converse(int count, const struct pam_message **messages,
		    struct pam_response **ret, void *data)
{
	(void)data;
	heard.told += count;
	heard.style = messages[0]->msg_style;
	(void)snprintf(heard.message, sizeof(heard.message), "%s",
		       messages[0]->msg);
	*ret = calloc((size_t)count, sizeof(**ret));
	return *ret ? PAM_SUCCESS : PAM_BUF_ERR;
}

static void forget(void)
{
	memset(&heard, 0, sizeof(heard));
}

static pam_handle_t *handle_start(void)
{
	static const struct pam_conv conv = { .conv = converse };
	static pam_handle_t *pamh;

	make_directory("/run/pam.d", 0755);
	make_file("/run/pam.d/sshd", 0644, "session required pam_permit.so\n");
	check_number(pam_start_confdir("sshd", "alice", &conv, "/run/pam.d",
				       &pamh),
		     PAM_SUCCESS);
	forget();
	return pamh;
}

static struct log log_start(void)
{
	return (struct log){ .pamh = handle_start(), .module = "pam_newnet" };
}

/* --- The reason in words --- */

static const char *explain(const struct fault *fault)
{
	static char text[2048];

	memset(text, 'x', sizeof(text));
	log_explain(fault, text, sizeof(text));
	return text;
}

static void explain_names_step_object_cause_and_errno(void **state)
{
	static const struct {
		const char *what;
		struct fault fault;
		const char *text;
	} rows[] = {
		{ "no object",
		  { .step = STEP_NEW_MOUNTS, .error = -EINVAL },
		  "cannot create a mount namespace: Invalid argument" },
		{ "an object",
		  { .step = STEP_READ_GROUP, .error = -EIO, .object = "newnet" },
		  "cannot look up the group 'newnet': Input/output error" },
		{ "a cause",
		  { .step = STEP_NEW_NET, .error = -ENOSPC },
		  "cannot create a network namespace: limit "
		  "user.max_net_namespaces reached: No space left on "
		  "device" },
		{ "no way back",
		  { .step = STEP_LOOPBACK,
		    .error = -EINVAL,
		    .stuck = -EBADF,
		    .object = "lo" },
		  "cannot bring up 'lo': Invalid argument; nor go back, the "
		  "process stays where it is: Bad file descriptor" },
		{ "no account",
		  { .step = STEP_FIND_ACCOUNT, .error = -ENOENT },
		  "cannot find the account: No such file or directory" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		row(rows[i].what);
		check_text(explain(&rows[i].fault), rows[i].text);
	}
}

static void explain_has_the_mending_command_for_what_find_refuses(void **state)
{
	static const struct {
		int error;
		const char *cause;
		const char *command;
	} rows[] = {
		{ -ELOOP, "symbolic link", "rm '/run/netns/a'" },
		{ -EISDIR, "directory", "rmdir '/run/netns/a'" },
		{ -ENXIO, "no namespace", "rm '/run/netns/a'" },
		{ -ENOTEMPTY, "content", "rm '/run/netns/a'" },
		{ -EACCES, "not root's", "rm '/run/netns/a'" },
		{ -EBUSY, "mounted", "umount '/run/netns/a'" },
		{ -EMEDIUMTYPE, "another kind", "umount '/run/netns/a'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fault fault = { .step = STEP_FIND_NAME,
					     .error = rows[i].error,
					     .object = "/run/netns/a" };
		const char *text = explain(&fault);

		row(rows[i].cause);
		check(!strncmp(text, "cannot use '/run/netns/a': ", 27));
		check_has(text, rows[i].cause);
		check_has(text, rows[i].command);
		check_has(text, strerror(-rows[i].error));
	}
}

static void explain_has_words_for_every_step(void **state)
{
	(void)state;
	for (int step = 0; step < STEP_COUNT_; step++) {
		const struct fault fault = { .step = (enum fault_step)step,
					     .error = -EXFULL,
					     .object = "it" };
		char label[16];

		(void)snprintf(label, sizeof(label), "step %d", step);
		row(label);
		check_has(explain(&fault), "cannot ");
		check_has(explain(&fault), " 'it': Exchange full");
		check_has_no(explain(&fault), "(null)");
		check_has_no(explain(&fault), "cannot  ");
	}
	row(NULL);
}

static void explain_lets_no_name_forge_a_line(void **state)
{
	const struct fault fault = { .step = STEP_FIND_NAME,
				     .error = -ELOOP,
				     .object = "a\nroot: \x1b[2Jb\x7f" };

	(void)state;
	check_has(explain(&fault), "'a\\x0aroot: \\x1b[2Jb\\x7f'");
	check_has_no(explain(&fault), "\n");
	check_has_no(explain(&fault), "\x1b");
}

static void explain_quotes_for_the_shell(void **state)
{
	const struct fault fault = { .step = STEP_FIND_NAME,
				     .error = -ELOOP,
				     .object = "/run/netns/o'b $(id)" };

	(void)state;
	check_has(explain(&fault), "rm '/run/netns/o'\\''b $(id)'");
}

static void explain_is_cut_at_the_end_of_its_room(void **state)
{
	const struct fault fault = { .step = STEP_FIND_NAME,
				     .error = -ELOOP,
				     .stuck = -EBADF,
				     .object = "a\nb" };
	char whole[512];

	(void)state;
	log_explain(&fault, whole, sizeof(whole));
	for (size_t size = 1; size < sizeof(whole); size++) {
		char *text = malloc(size);

		check(text != NULL);
		log_explain(&fault, text, size);
		check(strlen(text) < size);
		check(!strncmp(text, whole, strlen(text)));
		free(text);
	}
}

static void explain_keeps_errno(void **state)
{
	const struct fault fault = { .step = STEP_NEW_NET, .error = -EPERM };

	(void)state;
	errno = ENOTTY;
	(void)explain(&fault);
	check_number(errno, ENOTTY);
}

static void explain_tells_which_capability_is_missing(void)
{
	static const struct {
		enum fault_step step;
		cap_value_t capability;
		const char *text;
	} rows[] = {
		{ STEP_NEW_NET, CAP_SYS_ADMIN, "needs CAP_SYS_ADMIN" },
		{ STEP_LOOPBACK, CAP_NET_ADMIN, "needs CAP_NET_ADMIN" },
		{ STEP_FIND_ROOT, CAP_SYS_CHROOT, "needs CAP_SYS_CHROOT" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fault fault = { .step = rows[i].step,
					     .error = -EPERM };
		const struct fault other = { .step = rows[i].step,
					     .error = -EINVAL };

		row(rows[i].text);
		check_has(explain(&fault), "seccomp");
		check_has_no(explain(&fault), "needs CAP_");
		drop_capability(rows[i].capability);
		check_has(explain(&fault), rows[i].text);
		check_has_no(explain(&other), "needs CAP_");
	}
}

/* --- Denials --- */

static void denial_has_one_code_one_line_and_one_word(void)
{
	static const struct {
		const char *what;
		enum fault_kind kind;
		int error;
		int code;
	} rows[] = {
		{ "no account", FAULT_NO_ACCOUNT, -ENOENT, PAM_USER_UNKNOWN },
		{ "nobody can tell", FAULT_UNDECIDED, -EIO, PAM_SERVICE_ERR },
		{ "a bad line", FAULT_LINE, -EINVAL, PAM_SERVICE_ERR },
		{ "not confined", FAULT_UNCONFINED, -EPERM, PAM_ABORT },
		{ "no reason given", FAULT_NONE, -EIO, PAM_ABORT },
		{ "no memory for the account", FAULT_NO_ACCOUNT, -ENOMEM,
		  PAM_BUF_ERR },
		{ "no memory to decide", FAULT_UNDECIDED, -ENOMEM,
		  PAM_BUF_ERR },
		{ "no memory to confine", FAULT_UNCONFINED, -ENOMEM,
		  PAM_BUF_ERR },
	};
	struct log log = log_start();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fault fault = { .kind = rows[i].kind,
					     .step = STEP_FIND_NAME,
					     .error = rows[i].error,
					     .object = "/run/netns/x" };

		row(rows[i].what);
		forget();
		check_number(log_denial(&log, "al\nice", &fault), rows[i].code);
		check_number(heard.lines, 1);
		check_number(heard.priority, LOG_ERR);
		check_has(heard.line, "denied user 'al\\x0aice': cannot ");
		check_has(heard.line, "'/run/netns/x'");
		check_has(heard.line, strerror(-rows[i].error));
		check_has_no(heard.line, "pam_newnet");
		check_number(heard.told, 1);
		check_number(heard.style, PAM_ERROR_MSG);
		check_has_no(heard.message, "/run");
		check_has_no(heard.message, strerror(-rows[i].error));
	}
}

static void pass_denies_nobody_and_tells_the_log_only(void)
{
	const struct fault fault = { .kind = FAULT_UNDECIDED,
				     .step = STEP_READ_GROUP,
				     .error = -EIO,
				     .object = "newnet" };
	struct log log = log_start();

	check_number(log_pass(&log, "root", &fault), PAM_IGNORE);
	check_number(heard.lines, 1);
	check_number(heard.priority, LOG_WARNING);
	check_has(heard.line, "let pass user 'root'");
	check_number(heard.told, 0);
}

static void silent_means_not_a_word_to_the_user(void)
{
	const struct fault fault = { .kind = FAULT_UNCONFINED };
	struct log log = log_start();

	log.silent = true;
	(void)log_denial(&log, "alice", &fault);
	check_number(heard.lines, 1);
	log_announce(&log, "alice");
	check_number(heard.told, 0);
}

static void announce_names_the_namespace(void)
{
	struct log log = log_start();

	log_announce(&log, "vpn");
	check_number(heard.told, 1);
	check_number(heard.style, PAM_TEXT_INFO);
	check_has(heard.message, "vpn");
	check_number(heard.lines, 0);
}

/* --- Lines --- */

static void lines_have_their_priority(void)
{
	struct log log = log_start();

	log_debug(&log, "%d steps", 3);
	check_number(heard.lines, 0);
	log.debug = true;
	log_debug(&log, "%d steps", 3);
	check_number(heard.lines, 1);
	check_number(heard.priority, LOG_DEBUG);
	check_text(heard.line, "3 steps");
	log_warning(&log, "careful with '%s'", "%n");
	check_number(heard.priority, LOG_WARNING);
	check_text(heard.line, "careful with '%n'");
}

static void session_is_one_line_of_pairs(void)
{
	const struct log_session session = { .user = "al ice",
					     .name = "vpn",
					     .inode = 4026531840,
					     .created = true,
					     .leader = 42 };
	const struct log_session joined = { .user = "bob", .inode = 7 };
	struct log log = log_start();
	char expected[512];

	check_number(pam_set_item(log.pamh, PAM_RHOST, "a\" name=b\n\\"), 0);
	log_session(&log, "opened", &session);
	check_number(heard.lines, 1);
	check_number(heard.priority, LOG_INFO);
	(void)snprintf(expected, sizeof(expected),
		       "opened user=al\\x20ice service=sshd "
		       "rhost=a\\x22\\x20name=b\\x0a\\x5c tty=- leader=42 "
		       "name=vpn inode=4026531840 how=created");
	check_text(heard.line, expected);
	log_session(&log, "closed", &joined);
	check_has(heard.line, "closed user=bob ");
	check_has(heard.line, " name=- inode=7 how=joined");
}

static void logging_keeps_errno(void)
{
	const struct log_session session = { .user = "alice" };
	const struct fault fault = { .kind = FAULT_UNCONFINED };
	struct log log = log_start();

	log.debug = true;
	log.file = "/run/nosuch/log";
	errno = ENOTTY;
	log_debug(&log, "x");
	check_number(errno, ENOTTY);
	log_warning(&log, "x");
	check_number(errno, ENOTTY);
	log_session(&log, "opened", &session);
	check_number(errno, ENOTTY);
	(void)log_pass(&log, "alice", &fault);
	check_number(errno, ENOTTY);
}

/* --- The file of log= --- */

#define FILE_PATH "/run/log"

static mode_t mode_of(const char *path)
{
	struct stat st;

	check_number(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void file_is_made_for_root_alone_and_appended_to(void)
{
	struct log log = log_start();
	char expected[256];
	const char *text;

	log.file = FILE_PATH;
	(void)umask(0);
	log_warning(&log, "first");
	check_number(mode_of(FILE_PATH), 0600);
	log_warning(&log, "second");
	text = read_text(FILE_PATH);
	(void)snprintf(expected, sizeof(expected),
		       " pam_newnet(sshd:session)[%d]: first\n", (int)getpid());
	check_has(text, expected);
	check_has(text, ": second\n");
	check(*text == '2');
	check_number(heard.lines, 2);
}

static void make_user_file(void)
{
	make_file(FILE_PATH, 0600, "");
	check_number(chown(FILE_PATH, 1000, 0), 0);
}

static void make_second_name(void)
{
	make_file("/run/shadow", 0600, "");
	check_number(link("/run/shadow", FILE_PATH), 0);
}

static void make_group_writable(void)
{
	make_file(FILE_PATH, 0660, "");
}

static void make_world_writable(void)
{
	make_file(FILE_PATH, 0606, "");
}

static void make_symlink(void)
{
	make_file("/run/shadow", 0600, "");
	make_link(FILE_PATH, "/run/shadow");
}

static void make_dangling_symlink(void)
{
	make_link(FILE_PATH, "/run/shadow");
}

static void file_is_written_only_if_it_is_safe(void)
{
	static const struct {
		const char *what;
		void (*make)(void);
	} rows[] = {
		{ "another user's", make_user_file },
		{ "a file with a second name", make_second_name },
		{ "writable by a group", make_group_writable },
		{ "writable by all", make_world_writable },
		{ "a symbolic link", make_symlink },
		{ "a dangling symbolic link", make_dangling_symlink },
	};
	struct log log = log_start();
	int before = count_descriptors();

	log.file = FILE_PATH;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stat st;

		row(rows[i].what);
		rows[i].make();
		forget();
		log_warning(&log, "secret");
		check_number(heard.lines, 1);
		if (stat(FILE_PATH, &st) == 0)
			check_number(st.st_size, 0);
		check_number(count_descriptors(), before);
		check_number(unlink(FILE_PATH), 0);
		(void)unlink("/run/shadow");
	}
}

static void file_that_is_none_does_not_hold_up_a_login(void)
{
	struct log log = log_start();
	long long start = now_ms();

	log.file = FILE_PATH;
	row("a FIFO without a reader");
	make_fifo(FILE_PATH);
	log_warning(&log, "x");
	check_number(unlink(FILE_PATH), 0);
	row("a directory");
	make_directory(FILE_PATH, 0755);
	log_warning(&log, "x");
	row("a device");
	log.file = "/dev/full";
	log_warning(&log, "x");
	row("no such directory");
	log.file = "/run/nosuch/log";
	log_warning(&log, "x");
	check_number(heard.lines, 4);
	check(now_ms() - start < 1000);
}

static void file_gets_one_line_for_each_line(void)
{
	const struct fault fault = { .kind = FAULT_UNCONFINED,
				     .step = STEP_FIND_NAME,
				     .error = -ELOOP,
				     .object = "a\nb" };
	struct log log = log_start();
	const char *text;
	int lines = 0;

	log.file = FILE_PATH;
	log.debug = true;
	(void)log_denial(&log, "a\nb", &fault);
	log_debug(&log, "user '%s' is no member", "mallory\n2025 forged");
	log_warning(&log, "'%s' overrides nothing", "a\nb");
	for (text = read_text(FILE_PATH); *text; text++)
		lines += *text == '\n';
	check_number(lines, 3);
}

static void file_gets_a_long_line_cut_but_ended(void)
{
	struct log log = log_start();
	char name[5000];
	const char *text;

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	log.file = FILE_PATH;
	log_warning(&log, "%s", name);
	log_warning(&log, "next");
	text = read_text(FILE_PATH);
	check_has(text, "aaa\n2");
	check_has(text, ": next\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("log_explain_names_step_object_cause_and_errno",
		      explain_names_step_object_cause_and_errno),
		plain("log_explain_has_the_mending_command_for_what_find_"
		      "refuses",
		      explain_has_the_mending_command_for_what_find_refuses),
		plain("log_explain_has_words_for_every_step",
		      explain_has_words_for_every_step),
		plain("log_explain_lets_no_name_forge_a_line",
		      explain_lets_no_name_forge_a_line),
		plain("log_explain_quotes_for_the_shell",
		      explain_quotes_for_the_shell),
		plain("log_explain_is_cut_at_the_end_of_its_room",
		      explain_is_cut_at_the_end_of_its_room),
		plain("log_explain_keeps_errno", explain_keeps_errno),
		sandboxed("log_explain_tells_which_capability_is_missing",
			  explain_tells_which_capability_is_missing),
		sandboxed("log_denial_has_one_code_one_line_and_one_word "
			  "(F26)",
			  denial_has_one_code_one_line_and_one_word),
		sandboxed("log_pass_denies_nobody_and_tells_the_log_only",
			  pass_denies_nobody_and_tells_the_log_only),
		sandboxed("log_silent_means_not_a_word_to_the_user",
			  silent_means_not_a_word_to_the_user),
		sandboxed("log_announce_names_the_namespace",
			  announce_names_the_namespace),
		sandboxed("log_lines_have_their_priority",
			  lines_have_their_priority),
		sandboxed("log_session_is_one_line_of_pairs",
			  session_is_one_line_of_pairs),
		sandboxed("log_keeps_errno", logging_keeps_errno),
		sandboxed("log_file_is_made_for_root_alone_and_appended_to",
			  file_is_made_for_root_alone_and_appended_to),
		sandboxed("log_file_is_written_only_if_it_is_safe",
			  file_is_written_only_if_it_is_safe),
		sandboxed("log_file_that_is_none_does_not_hold_up_a_login",
			  file_that_is_none_does_not_hold_up_a_login),
		sandboxed("log_file_gets_one_line_for_each_line",
			  file_gets_one_line_for_each_line),
		sandboxed("log_file_gets_a_long_line_cut_but_ended",
			  file_gets_a_long_line_cut_but_ended),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
