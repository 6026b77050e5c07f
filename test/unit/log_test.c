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
#include <sys/prctl.h>
#include <sys/resource.h>
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

/* --- Another login, which makes the file just before this one would --- */

static const char *made_by_another;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	const char *made = made_by_another;
	mode_t mode;
	va_list args;

	va_start(args, flags);
	mode = (mode_t)(flags & O_CREAT ? va_arg(args, unsigned int) : 0);
	va_end(args);
	if (made && flags & O_CREAT && !strcmp(path, made)) {
		made_by_another = NULL;
		make_file(made, 0600, "of another login\n");
	}
	return __real_open(path, flags, mode);
}

/* --- A handle, and a log with it --- */

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

/* --- The sentence of a failure --- */

static const char *explain(const struct failure *failure)
{
	static char text[2048];

	memset(text, 'x', sizeof(text));
	log_explain(failure, text, sizeof(text));
	return text;
}

static void sentence_has_its_parts_in_order(void **state)
{
	static const struct {
		const char *what;
		struct failure failure;
		const char *text;
	} rows[] = {
		{ "an errno only",
		  { .doing = "create a mount namespace", .error = -EINVAL },
		  "cannot create a mount namespace: Invalid argument" },
		{ "an object",
		  { .doing = "look up the group",
		    .error = -EIO,
		    .object = "newnet" },
		  "cannot look up the group 'newnet': Input/output error" },
		{ "a cause",
		  { .doing = "create a network namespace",
		    .error = -ENOSPC,
		    .cause = "the limit is reached" },
		  "cannot create a network namespace: the limit is reached: "
		  "No space left on device" },
		{ "an object and a cause",
		  { .doing = "use",
		    .error = -EBUSY,
		    .cause = "something is mounted there",
		    .object = "/run/netns/a" },
		  "cannot use '/run/netns/a': something is mounted there: "
		  "Device or resource busy" },
		{ "a fix",
		  { .doing = "use",
		    .error = -EISDIR,
		    .cause = "it is a directory",
		    .fix = "rmdir",
		    .object = "/run/netns/a" },
		  "cannot use '/run/netns/a': it is a directory: Is a "
		  "directory; fix with: rmdir '/run/netns/a'" },
		{ "no way back",
		  { .doing = "bring up",
		    .error = -EINVAL,
		    .stuck = -EBADF,
		    .object = "lo" },
		  "cannot bring up 'lo': Invalid argument; cannot go back "
		  "either, the process stays where it is: Bad file "
		  "descriptor" },
		{ "all of it",
		  { .doing = "use",
		    .error = -ELOOP,
		    .stuck = -EPERM,
		    .cause = "it is a link",
		    .fix = "rm",
		    .object = "/x" },
		  "cannot use '/x': it is a link: Too many levels of symbolic "
		  "links; cannot go back either, the process stays where it "
		  "is: Operation not permitted; fix with: rm '/x'" },
		{ "what a program said, which has a command",
		  { .doing = "run",
		    .error = -ECANCELED,
		    .cause = "it failed",
		    .object = "veth",
		    .details = "ip_forward is 0; fix with: sysctl" },
		  "cannot run 'veth': it failed: ip_forward is 0; fix with: "
		  "sysctl" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		check_text(explain(&rows[i].failure), rows[i].text);
	}
	row(NULL);
}

static void sentence_lets_no_name_forge_a_line(void **state)
{
	const struct failure failure = { .doing = "use",
					 .error = -ELOOP,
					 .fix = "rm",
					 .object = "a\nroot: \x1b[2Jb\x7f" };

	(void)state;
	check_has(explain(&failure), "use 'a\\x0aroot: \\x1b[2Jb\\x7f'");
	check_has(explain(&failure), "rm 'a\\x0aroot: \\x1b[2Jb\\x7f'");
	check_has_no(explain(&failure), "\n");
	check_has_no(explain(&failure), "\x1b");
	check_has_no(explain(&failure), "\x7f");
}

static void fix_quotes_the_object_for_the_shell(void **state)
{
	const struct failure failure = { .doing = "use",
					 .error = -ELOOP,
					 .fix = "rm",
					 .object = "/run/netns/o'b $(id)" };

	(void)state;
	check_has(explain(&failure), "rm '/run/netns/o'\\''b $(id)'");
}

static void sentence_is_cut_at_the_end_of_its_room(void **state)
{
	const struct failure failure = { .doing = "use",
					 .error = -ELOOP,
					 .stuck = -EBADF,
					 .cause = "it is a symbolic link",
					 .fix = "rm",
					 .object = "a\n'b" };
	char whole[512];

	(void)state;
	log_explain(&failure, whole, sizeof(whole));
	for (size_t size = 1; size < sizeof(whole); size++) {
		char *text = malloc(size);

		check(text != NULL);
		log_explain(&failure, text, size);
		check(strlen(text) < size);
		check(!strncmp(text, whole, strlen(text)));
		free(text);
	}
}

static void sentence_keeps_errno(void **state)
{
	const struct failure failure = { .doing = "use", .error = -EPERM };

	(void)state;
	errno = ENOTTY;
	(void)explain(&failure);
	check_number(errno, ENOTTY);
}

/* --- Denials --- */

static const struct log_session alice = { .user = "alice", .leader = 42 };

static void denial_has_one_code_one_line_and_one_message(void)
{
	static const struct {
		const char *what;
		enum failure_kind kind;
		int error;
		int code;
	} rows[] = {
		{ "no account", FAILURE_NO_ACCOUNT, -ENOENT, PAM_USER_UNKNOWN },
		{ "nobody can tell", FAILURE_UNDECIDED, -EIO, PAM_SERVICE_ERR },
		{ "a bad line", FAILURE_LINE, -EINVAL, PAM_SERVICE_ERR },
		{ "not confined", FAILURE_UNCONFINED, -EPERM, PAM_ABORT },
		{ "no reason given", FAILURE_NONE, -EIO, PAM_ABORT },
		{ "no memory for the account", FAILURE_NO_ACCOUNT, -ENOMEM,
		  PAM_BUF_ERR },
		{ "no memory to decide", FAILURE_UNDECIDED, -ENOMEM,
		  PAM_BUF_ERR },
		{ "no memory for the line", FAILURE_LINE, -ENOMEM,
		  PAM_BUF_ERR },
		{ "no memory to confine", FAILURE_UNCONFINED, -ENOMEM,
		  PAM_BUF_ERR },
	};
	struct log log = log_start();

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct failure failure = { .kind = rows[i].kind,
						 .doing = "use",
						 .error = rows[i].error,
						 .object = "/run/netns/x" };
		char expected[512];

		row(rows[i].what);
		forget();
		check_number(log_denial(&log, &alice, &failure), rows[i].code);
		check_number(heard.lines, 1);
		check_number(heard.priority, LOG_ERR);
		(void)snprintf(expected, sizeof(expected),
			       "denied user=alice service=sshd rhost=- tty=- "
			       "leader=42: cannot use '/run/netns/x': %s",
			       strerror(-rows[i].error));
		check_text(heard.line, expected);
		check_number(heard.told, 1);
		check_number(heard.style, PAM_ERROR_MSG);
		check_has(heard.message, "Login refused");
		check_has_no(heard.message, "/run");
		check_has_no(heard.message, strerror(-rows[i].error));
	}
}

static void denial_names_the_namespace_that_is_not_entered_yet(void)
{
	const struct log_session session = { .user = "alice",
					     .name = "team",
					     .leader = 42 };
	const struct failure failure = { .kind = FAILURE_UNCONFINED,
					 .doing = "use",
					 .error = -EPERM,
					 .object = "/run/netns/team" };
	struct log log = log_start();

	(void)log_denial(&log, &session, &failure);
	check_has(heard.line, " leader=42 name=team: cannot use ");
}

static void pass_denies_nobody_and_tells_the_log_only(void)
{
	const struct log_session root = { .user = "root", .leader = 42 };
	const struct failure failure = { .kind = FAILURE_UNDECIDED,
					 .doing = "look up the group",
					 .error = -EIO,
					 .object = "newnet" };
	struct log log = log_start();

	check_number(log_pass(&log, &root, &failure), PAM_IGNORE);
	check_number(heard.lines, 1);
	check_number(heard.priority, LOG_WARNING);
	check_text(heard.line,
		   "passed user=root service=sshd rhost=- tty=- leader=42: "
		   "cannot look up the group 'newnet': Input/output error");
	check_number(heard.told, 0);
}

static void silent_means_no_message_to_the_user(void)
{
	const struct failure failure = { .kind = FAILURE_UNCONFINED,
					 .doing = "use",
					 .error = -EIO };
	struct log log = log_start();

	log.silent = true;
	(void)log_denial(&log, &alice, &failure);
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

/* --- The beginning of a line about a login --- */

static void events_have_the_same_beginning(void)
{
	static const struct log_session session = {
		.user = "alice",
		.name = "vpn",
		.inode = 4026531840,
		.made = true,
		.leader = 42,
		.start_time = 1234567890123,
		.audit_session = "7",
	};
	static const char expected[] =
		" user=alice service=sshd rhost=10.0.0.1 tty=pts/3 leader=42 "
		"ses=7 id=42-1234567890123 name=vpn inode=4026531840 "
		"how=created";
	const struct failure failure = { .doing = "use", .error = -EIO };
	const char *reason = ": cannot use: Input/output error";
	struct log log = log_start();
	char line[512];

	check_number(pam_set_item(log.pamh, PAM_RHOST, "10.0.0.1"), 0);
	check_number(pam_set_item(log.pamh, PAM_TTY, "pts/3"), 0);
	log_session(&log, "opened", &session);
	check_number(heard.lines, 1);
	check_number(heard.priority, LOG_INFO);
	(void)snprintf(line, sizeof(line), "opened%s", expected);
	check_text(heard.line, line);
	log_session(&log, "closed", &session);
	check_number(heard.lines, 2);
	check_number(heard.priority, LOG_INFO);
	(void)snprintf(line, sizeof(line), "closed%s", expected);
	check_text(heard.line, line);
	(void)log_denial(&log, &session, &failure);
	(void)snprintf(line, sizeof(line), "denied%s%s", expected, reason);
	check_text(heard.line, line);
	(void)log_pass(&log, &session, &failure);
	(void)snprintf(line, sizeof(line), "passed%s%s", expected, reason);
	check_text(heard.line, line);
}

static void pairs_that_are_not_known_are_left_out(void)
{
#define BEGINNING "opened user=bob service=sshd rhost=- tty=- leader=42"
	static const struct {
		const char *what;
		struct log_session session;
		const char *line;
	} rows[] = {
		{ "nothing is known", { .user = "bob" }, BEGINNING },
		{ "no name, so neither inode nor how",
		  { .user = "bob", .inode = 7, .made = true },
		  BEGINNING },
		{ "joined",
		  { .user = "bob", .name = "vpn", .inode = 7 },
		  BEGINNING " name=vpn inode=7 how=joined" },
		{ "ses only",
		  { .user = "bob", .audit_session = "3" },
		  BEGINNING " ses=3" },
		{ "id only",
		  { .user = "bob", .start_time = 99 },
		  BEGINNING " id=42-99" },
		{ "a user without a name",
		  { .user = "" },
		  "opened user=- service=sshd rhost=- tty=- leader=42" },
	};
#undef BEGINNING
	struct log log = log_start();

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct log_session session = rows[i].session;

		row(rows[i].what);
		session.leader = 42;
		log_session(&log, "opened", &session);
		check_text(heard.line, rows[i].line);
	}
}

static void values_cannot_forge_a_pair_or_a_line(void)
{
	const struct log_session session = { .user = "al ice name=x\n",
					     .name = "a\tb: cannot",
					     .inode = 7,
					     .leader = 42 };
	struct log log = log_start();

	check_number(pam_set_item(log.pamh, PAM_RHOST, "a\" name=b\n\\"), 0);
	check_number(pam_set_item(log.pamh, PAM_TTY, "\x1b[2J\x7f"), 0);
	log_session(&log, "opened", &session);
	check_text(heard.line,
		   "opened user=al\\x20ice\\x20name=x\\x0a service=sshd "
		   "rhost=a\\x22\\x20name=b\\x0a\\x5c "
		   "tty=\\x1b[2J\\x7f leader=42 "
		   "name=a\\x09b:\\x20cannot inode=7 how=joined");
}

static void denial_has_its_reason_behind_long_names(void)
{
	const struct failure failure = { .kind = FAILURE_NO_ACCOUNT,
					 .doing = "find the account",
					 .error = -ENOENT };
	char typed[PAM_MAX_RESP_SIZE];
	struct log_session session = { .user = typed, .leader = 42 };
	struct log log = log_start();
	char host[256];

	memset(typed, '\n', sizeof(typed));
	typed[sizeof(typed) - 1] = '\0';
	memset(host, ' ', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	check_number(pam_set_item(log.pamh, PAM_RHOST, host), 0);
	(void)log_denial(&log, &session, &failure);
	check_has(heard.line,
		  " leader=42: cannot find the account: No such file or "
		  "directory");
}

/* Of this process, as the kernel tells it. */
static void check_session_of_this_process(void)
{
	struct log_session session = log_session_of("alice");
	const char *field = strrchr(read_text("/proc/self/stat"), ')');
	unsigned long long start = 0;

	check(field != NULL);
	check_number(sscanf(field,
			    ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
			    "%*u %*u %*d %*d %*d %*d %*d %*d %llu",
			    &start),
		     1);
	check(start > 0);
	check_number(session.start_time, start);
	check_number(session.leader, getpid());
	check_text(session.user, "alice");
	check_text(session.name, NULL);
	check_text(session.audit_session,
		   access("/proc/self/sessionid", R_OK) == 0
			   ? read_text("/proc/self/sessionid")
			   : "");
}

static void session_of_is_this_process_whatever_its_name(void)
{
	static const char *const names[] = { "plain", ") R 1 2 3 (", " ) ",
					     "a b c d e f" };

	for (size_t i = 0; i < COUNT(names); i++) {
		row(names[i]);
		check_number(prctl(PR_SET_NAME, names[i], 0, 0, 0), 0);
		check_session_of_this_process();
	}
	row("a child");
	in_process(check_session_of_this_process);
}

static void session_of_does_without_proc(void)
{
	struct log_session session;

	mount_tmpfs("/proc");
	session = log_session_of("alice");
	check_text(session.user, "alice");
	check_number(session.leader, getpid());
	check_number(session.start_time, 0);
	check_text(session.audit_session, "");
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

static void logging_keeps_errno(void)
{
	const struct failure failure = { .kind = FAILURE_UNCONFINED,
					 .doing = "use",
					 .error = -EIO };
	struct log log = log_start();

	log.debug = true;
	log.file = "/run/nosuch/log";
	errno = ENOTTY;
	log_debug(&log, "x");
	check_number(errno, ENOTTY);
	log_warning(&log, "x");
	check_number(errno, ENOTTY);
	log_session(&log, "opened", &alice);
	check_number(errno, ENOTTY);
	(void)log_pass(&log, &alice, &failure);
	check_number(errno, ENOTTY);
	check_number(heard.lines, 4);
}

/* --- The file of log= --- */

#define FILE_PATH "/run/log"

static void check_file(mode_t mode, uid_t uid, gid_t gid)
{
	struct stat st;

	check_number(lstat(FILE_PATH, &st), 0);
	check_number(st.st_mode, S_IFREG | mode);
	check_number(st.st_uid, uid);
	check_number(st.st_gid, gid);
}

static void file_gets_line_behind_line(void)
{
	struct log log = log_start();
	char expected[256];
	const char *text;

	log.file = FILE_PATH;
	log_warning(&log, "first");
	log_warning(&log, "second");
	text = read_text(FILE_PATH);
	(void)snprintf(expected, sizeof(expected),
		       " pam_newnet(sshd:session)[%d]: first\n2",
		       (int)getpid());
	check_has(text, expected);
	check_has(text, ": second\n");
	check(*text == '2');
	check_number(heard.lines, 2);
}

static void check_new_file(mode_t mask)
{
	struct log log = log_start();

	log.file = FILE_PATH;
	(void)umask(mask);
	log_warning(&log, "first");
	check_file(0600, 0, 0);
	log_warning(&log, "second");
	check_has(read_text(FILE_PATH), ": second\n");
	check_number(umask(022), mask);
	check_number(unlink(FILE_PATH), 0);
}

static void new_file_is_0600_and_of_root_and_its_group(void)
{
	row("umask 0");
	check_new_file(0);
	row("umask 0777");
	check_new_file(0777);
	row("another effective group");
	check_number(setegid(1000), 0);
	check_new_file(022);
	check_number(setegid(0), 0);
	row("a directory that gives its group");
	check_number(chown("/run", 0, 1000), 0);
	check_number(chmod("/run", 02755), 0);
	check_new_file(022);
}

static void file_that_is_there_keeps_mode_and_group(void)
{
	struct log log = log_start();

	make_file(FILE_PATH, 0640, "before\n");
	check_number(chown(FILE_PATH, 0, 4), 0);
	log.file = FILE_PATH;
	log_warning(&log, "x");
	check_file(0640, 0, 4);
	check(!strncmp(read_text(FILE_PATH), "before\n2", 8));
}

/* SIGXFSZ would end this process. */
static void file_is_left_alone_near_the_limit_of_its_size(void)
{
	enum { LIMIT = 1 << 16 };
	const struct rlimit limit = { .rlim_cur = LIMIT, .rlim_max = LIMIT };
	struct log log = log_start();
	struct stat st;

	make_file(FILE_PATH, 0600, "");
	check_number(truncate(FILE_PATH, LIMIT - 1), 0);
	check_number(setrlimit(RLIMIT_FSIZE, &limit), 0);
	log.file = FILE_PATH;
	log_warning(&log, "beyond the limit");
	check_number(stat(FILE_PATH, &st), 0);
	check_number(st.st_size, LIMIT - 1);
	check_number(heard.lines, 1);
}

static void file_gets_its_line_if_another_login_makes_it(void)
{
	struct log log = log_start();
	const char *text;

	log.file = FILE_PATH;
	made_by_another = FILE_PATH;
	log_warning(&log, "of this login");
	text = read_text(FILE_PATH);
	check_has(text, "of this login\n");
	check_file(0600, 0, 0);
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
	for (size_t i = 0; i < COUNT(rows); i++) {
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
	const struct log_session session = { .user = "a\nb", .name = "c\nd" };
	const struct failure failure = { .kind = FAILURE_UNCONFINED,
					 .doing = "use",
					 .error = -ELOOP,
					 .fix = "rm",
					 .object = "a\nb" };
	struct log log = log_start();
	const char *text;
	int lines = 0;

	log.file = FILE_PATH;
	log.debug = true;
	(void)log_denial(&log, &session, &failure);
	log_session(&log, "opened", &session);
	log_debug(&log, "user '%s' is no member", "mallory\n2025 forged");
	log_warning(&log, "'%s' overrides nothing", "a\nb");
	for (text = read_text(FILE_PATH); *text; text++)
		lines += *text == '\n';
	check_number(lines, 4);
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
		plain("a failure's sentence has its parts in order",
		      sentence_has_its_parts_in_order),
		plain("a failure's sentence lets no name forge a line",
		      sentence_lets_no_name_forge_a_line),
		plain("a failure's fix quotes the object for the shell",
		      fix_quotes_the_object_for_the_shell),
		plain("a failure's sentence is cut at the end of its room",
		      sentence_is_cut_at_the_end_of_its_room),
		plain("log_explain keeps errno", sentence_keeps_errno),
		sandboxed("a denial has one PAM code, one line, and one "
			  "message without internals",
			  denial_has_one_code_one_line_and_one_message),
		sandboxed("a denial names the namespace that is not entered yet",
			  denial_names_the_namespace_that_is_not_entered_yet),
		sandboxed("a denial has its reason behind the longest names",
			  denial_has_its_reason_behind_long_names),
		sandboxed("log_pass ignores, and tells the log only",
			  pass_denies_nobody_and_tells_the_log_only),
		sandboxed("silent means no message to the user",
			  silent_means_no_message_to_the_user),
		sandboxed("announce names the namespace",
			  announce_names_the_namespace),
		sandboxed("opened, closed, denied and passed begin alike",
			  events_have_the_same_beginning),
		sandboxed("pairs that are not known are left out",
			  pairs_that_are_not_known_are_left_out),
		sandboxed("no value can forge a pair or a line",
			  values_cannot_forge_a_pair_or_a_line),
		sandboxed("log_session_of is of this process, whatever its "
			  "name",
			  session_of_is_this_process_whatever_its_name),
		sandboxed("log_session_of does without /proc",
			  session_of_does_without_proc),
		sandboxed("debug and warning have their priority",
			  lines_have_their_priority),
		sandboxed("logging keeps errno", logging_keeps_errno),
		sandboxed("the file gets line behind line",
			  file_gets_line_behind_line),
		sandboxed("a new file is 0600 and of root and its group, "
			  "whatever umask and egid",
			  new_file_is_0600_and_of_root_and_its_group),
		sandboxed("a file that is there keeps its mode and group",
			  file_that_is_there_keeps_mode_and_group),
		sandboxed("a file near the limit of its size is left alone",
			  file_is_left_alone_near_the_limit_of_its_size),
		sandboxed("the file gets the line also if another login makes "
			  "it at that moment",
			  file_gets_its_line_if_another_login_makes_it),
		sandboxed("the file is not written if others can change it, or "
			  "if it has two names",
			  file_is_written_only_if_it_is_safe),
		sandboxed("a path that is no file does not hold up a login",
			  file_that_is_none_does_not_hold_up_a_login),
		sandboxed("the file gets one line for each line",
			  file_gets_one_line_for_each_line),
		sandboxed("the file gets a long line cut but ended",
			  file_gets_a_long_line_cut_but_ended),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
