/* SPDX-License-Identifier: GPL-2.0-or-later */
/* messages: what is answered, logged, and said to the user. */
#include "rig.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define REFUSED "error: Login refused"

/* --- Denials: an answer, one line in the log, one line for the user --- */

static void nothing(void)
{
}

static void no_group(void)
{
	must(unlink("/etc/group"));
}

static void host_name(void)
{
	rig_mkdir("/run/netns");
	rig_write("/run/netns/alice", "");
	must(mount("/proc/self/ns/net", "/run/netns/alice", NULL, MS_BIND,
		   NULL));
}

static void no_proc(void)
{
	must(mount("none", "/proc", "tmpfs", 0, NULL));
}

static void chrooted(void)
{
	rig_mkdir(SCRATCH "/plain/proc");
	rig_mkdir(SCRATCH "/plain/etc");
	must(mount("proc", SCRATCH "/plain/proc", "proc", 0, NULL));
	rig_write(SCRATCH "/plain/etc/passwd", "nina:x:3002:3002::/:/bin/sh\n");
	rig_write(SCRATCH "/plain/etc/group", "newnet:x:3101:nina\n");
	must(chroot(SCRATCH "/plain"));
	must(chdir("/"));
}

static void override_not_roots(void)
{
	rig_override("alice", "hosts", "");
	must(chown("/etc/netns/alice/hosts", 3001, 3001));
}

struct denial {
	const char *line;
	const char *user;
	void (*cause)(void);
	int answer;
	const char *parts[3]; /* step, object, cause */
};

static void denied(const void *data)
{
	const struct denial *denial = data;
	struct login login;

	rig_service("stack", denial->line);
	/* The module is there before its caller stands elsewhere. */
	login_start(&login, "stack", denial->user);
	denial->cause();
	check_answer(login_open(&login), denial->answer);
	check_log_count(LOG_ERR, 1);
	check_log_count(LOG_INFO, 1);
	for (size_t i = 0; i < COUNT(denial->parts); i++)
		if (denial->parts[i])
			check_logged(LOG_ERR, denial->parts[i]);
	check_part(login.said, REFUSED);
	check(strchr(login.said, '\n')[1] == '\0');
	/* Nothing of the inside is for the user. */
	check_no_part(login.said, "netns");
	check_no_part(login.said, "/");
	check(pam_getenv(login.pamh, "NETNS") == NULL);
}

static void denied_silently(const void *data)
{
	const struct denial *denial = data;
	struct login login;

	rig_service("stack", denial->line);
	denial->cause();
	login_start(&login, "stack", denial->user);
	check_answer(login_open_silently(&login), denial->answer);
	check_text(login.said, "");
	check_log_count(LOG_ERR, 1);
}

/* --- What all lines begin with --- */

static unsigned long long start_time(void)
{
	const char *stat = strrchr(rig_read("/proc/self/stat"), ')') + 2;
	unsigned long long value = 0;

	/* Behind the name, which is the second, stands the third. */
	for (int field = 3; field < 22; field++)
		stat = strchr(stat, ' ') + 1;
	check_int(sscanf(stat, "%llu", &value), 1);
	return value;
}

struct who {
	const char *user;
	const char *service;
	const char *rhost;
	const char *tty;
};

/* "WORD user=…", up to the id. */
static char *prefix(const char *word, const struct who *who)
{
	static char text[512];
	char *session = rig_read("/proc/self/sessionid");
	int length;

	session[strcspn(session, "\n")] = '\0';
	length = snprintf(text, sizeof(text),
			  "%s user=%s service=%s rhost=%s tty=%s leader=%d "
			  "ses=%s id=%d-%llu",
			  word, who->user, who->service, who->rhost, who->tty,
			  (int)getpid(), session, (int)getpid(), start_time());
	check(length > 0 && (size_t)length < sizeof(text));
	free(session);
	return text;
}

static void name_is_a_directory(void)
{
	rig_mkdir("/run/netns/alice");
}

static void denied_line(const void *data)
{
	const struct who who = { "alice", "usernet", "192.0.2.7", "pts/3" };
	struct login login;
	char line[1024];

	(void)data;
	name_is_a_directory();
	login_start(&login, "usernet", "alice");
	check_int(pam_set_item(login.pamh, PAM_RHOST, "192.0.2.7"), 0);
	check_int(pam_set_item(login.pamh, PAM_TTY, "pts/3"), 0);
	check_answer(login_open(&login), PAM_ABORT);
	(void)snprintf(line, sizeof(line),
		       "pam_usernet(usernet:session): %s name=alice: cannot ",
		       prefix("denied", &who));
	check_logged(LOG_ERR, line);
	check_logged(LOG_ERR, " '/run/netns/alice': it is a directory: Is a "
			      "directory; fix with: rmdir '/run/netns/alice'");
	check_not_logged(LOG_ERR, " inode=");
	check_not_logged(LOG_ERR, " how=");
	check_log_count(LOG_DEBUG, 1);
}

static void passed_line(const void *data)
{
	const struct who who = { "root", "stack", "-", "-" };
	struct login login;
	char line[1024];

	(void)data;
	rig_service("stack", "usernet no=such;permit");
	login_as(&login, "stack", "root", PAM_SUCCESS);
	(void)snprintf(line, sizeof(line),
		       "pam_usernet(stack:session): %s: cannot understand the "
		       "argument 'no=such': ",
		       prefix("passed", &who));
	check_logged(LOG_WARNING, line);
	check_log_count(LOG_ERR, 0);
	check_log_count(LOG_DEBUG, 1);
	check_text(login.said, "");
}

/* Whoever moves is another process than whoever has opened; the pairs stay. */
static int close_as_a_child(const void *data)
{
	return login_close((struct login *)(uintptr_t)data);
}

static void closed_by_another_process(const void *data)
{
	const struct who who = { "alice", "usernet", "-", "-" };
	struct login login;

	(void)data;
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	rig_log_forget();
	check_int(rig_wait(rig_fork(close_as_a_child, &login)), PAM_SUCCESS);
	check_logged(LOG_INFO, prefix("closed", &who));
}

static void object_first(const void *data)
{
	const struct who who = { "alice", "stack", "-", "-" };

	denied(data);
	check_logged(LOG_ERR, prefix("denied", &who));
	check_logged(LOG_ERR, ": cannot ");
}

/* --- Memory --- */

/* The file is too large for what malloc(3) has already. */
static void out_of_memory(const void *data)
{
	struct rlimit nothing_more = { .rlim_cur = 0 };
	struct rlimit before;
	struct login login;
	int r;

	(void)data;
	must(getrlimit(RLIMIT_AS, &before));
	rig_write("/etc/policy", "");
	must(truncate("/etc/policy", 1 << 20));
	rig_service("stack", "usernet config=/etc/policy");
	login_start(&login, "stack", "bob");
	nothing_more.rlim_max = before.rlim_max;
	must(setrlimit(RLIMIT_AS, &nothing_more));
	r = login_open(&login);
	must(setrlimit(RLIMIT_AS, &before));
	check_answer(r, PAM_BUF_ERR);
	check_logged(LOG_ERR, "understand '/etc/policy'");
	check_logged(LOG_ERR, "Cannot allocate memory");
}

/* --- Success --- */

static void opened_and_closed(const void *data)
{
	const struct who who = { "both", data, "192.0.2.7", "pts/3" };
	struct login login;
	char part[1024];
	char name[64];

	login_start(&login, data, "both");
	check_int(pam_set_item(login.pamh, PAM_RHOST, "192.0.2.7"), 0);
	check_int(pam_set_item(login.pamh, PAM_TTY, "pts/3"), 0);
	check_answer(login_open(&login), PAM_SUCCESS);
	(void)snprintf(name, sizeof(name), "net:[%llu]",
		       (unsigned long long)rig_net());
	(void)snprintf(part, sizeof(part),
		       "): %s name=%s inode=%llu how=created\n",
		       prefix("opened", &who),
		       !strcmp(data, "usernet") ? "both" : name,
		       (unsigned long long)rig_net());
	check_logged(LOG_INFO, part);
	check_log_count(LOG_DEBUG, 1);
	check_text(pam_getenv(login.pamh, "NETNS"),
		   !strcmp(data, "usernet") ? "both" : name);
	rig_log_forget();
	memcpy(strstr(part, "opened"), "closed", 6);
	check_answer(login_close(&login), PAM_SUCCESS);
	check_logged(LOG_INFO, part);
	check_log_count(LOG_DEBUG, 1);
	check_text(login.said, "");
}

static void joined(const void *data)
{
	struct login login;

	(void)data;
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	rig_log_forget();
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_logged(LOG_INFO, "how=joined");
}

static void nothing_known(const void *data)
{
	struct login login;

	(void)data;
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_logged(LOG_INFO, " rhost=- tty=- ");
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	rig_log_forget();
	login_start(&login, "usernet", "alice");
	check_int(pam_set_item(login.pamh, PAM_RHOST, ""), 0);
	check_int(pam_set_item(login.pamh, PAM_TTY, ""), 0);
	check_answer(login_open(&login), PAM_SUCCESS);
	check_logged(LOG_INFO, " rhost=- tty=- ");
}

static void nobody_forges_a_line(const void *data)
{
	struct login login;

	(void)data;
	login_start(&login, "usernet", "alice");
	check_int(pam_set_item(login.pamh, PAM_RHOST,
			       "a name=root\nopened user=root \"x\\"),
		  0);
	check_answer(login_open(&login), PAM_SUCCESS);
	check_logged(LOG_INFO, "rhost=a\\x20name=root\\x0aopened\\x20user=root"
			       "\\x20\\x22x\\x5c tty=-");
	check_log_count(LOG_DEBUG, 1);
}

static void nobody_forges_a_denial(const void *data)
{
	struct login login;

	(void)data;
	login_as(&login, "usernet", "x\nopened user=x", PAM_USER_UNKNOWN);
	check_logged(LOG_ERR, "denied user=x\\x0aopened\\x20user=x service=");
	check_log_count(LOG_DEBUG, 1);
}

static void debug_lines(const void *data)
{
	struct login login;

	(void)data;
	rig_service("stack", "usernet debug");
	login_as(&login, "stack", "alice", PAM_SUCCESS);
	check(rig_log_count(LOG_DEBUG) > rig_log_count(LOG_INFO) + 1);
	check_log_count(LOG_INFO, 1);
}

/* Returns whether there was one to drop. */
static bool drop_capability(cap_value_t capability)
{
	cap_flag_value_t had = CAP_CLEAR;
	cap_t mine = cap_get_proc();

	check(mine != NULL);
	must(cap_get_flag(mine, capability, CAP_EFFECTIVE, &had));
	must(cap_set_flag(mine, CAP_EFFECTIVE, 1, &capability, CAP_CLEAR));
	must(cap_set_flag(mine, CAP_PERMITTED, 1, &capability, CAP_CLEAR));
	must(cap_set_proc(mine));
	(void)cap_free(mine);
	return had == CAP_SET;
}

static int lines_with(const char *part)
{
	int count = 0;

	for (const char *at = rig_log(); (at = strstr(at, part)); at++)
		count++;
	return count;
}

/* As in a container whose root may not change them: no reason to deny. */
static void kept_settings(const void *data)
{
	const struct rlimit files = { 200, 200 };
	const struct rlimit none = { 0, 0 };
	struct login login;
	bool score;

	rig_service("stack", data);
	must(setrlimit(RLIMIT_NOFILE, &files));
	/* Who has the capability sets how low it can get without it. */
	rig_write("/proc/self/oom_score_adj", "700");
	score = drop_capability(CAP_SYS_RESOURCE);
	must(setpriority(PRIO_PROCESS, 0, 10));
	must(setrlimit(RLIMIT_NICE, &none));
	(void)drop_capability(CAP_SYS_NICE);
	login_as(&login, "stack", "alice", PAM_SUCCESS);
	check_in("alice");
	if (strstr(data, "debug")) {
		check_logged(LOG_DEBUG, "the helper keeps the caller's "
					"resource limits: Operation not "
					"permitted");
		check_int(lines_with("keeps the caller's resource limits"), 1);
		check_int(lines_with("keeps the caller's scheduling: "
				     "Permission denied"),
			  1);
		check_int(lines_with("keeps the caller's out-of-memory score: "
				     "Permission denied"),
			  score);
	} else {
		check_int(lines_with("keeps the caller's"), 0);
	}
	check_log_count(LOG_WARNING, 0);
}

static void announced(const void *data)
{
	struct login login;
	char want[64];

	rig_service("stack", data);
	login_as(&login, "stack", "both", PAM_SUCCESS);
	(void)snprintf(want, sizeof(want), "net:[%llu]\n",
		       (unsigned long long)rig_net());
	check_part(login.said, "info: ");
	check_part(login.said, !strncmp(data, "usernet", 7) ? "both\n" : want);
	check(strchr(login.said, '\n')[1] == '\0');
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	login_start(&login, "stack", "both");
	check_answer(login_open_silently(&login), PAM_SUCCESS);
	check_text(login.said, "");
}

/* --- log= --- */

#define LOG_FILE "/run/net.log"

static int count_lines(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

/* A session of alice, from begin to end. */
static void have_a_session(const char *lines)
{
	struct login login;

	rig_service("stack", lines);
	login_as(&login, "stack", "alice", PAM_SUCCESS);
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
}

static void log_file(const void *data)
{
	struct login login;
	struct stat st;
	char *text;

	(void)data;
	have_a_session("usernet log=" LOG_FILE);
	login_as(&login, "stack", "nosuchuser", PAM_USER_UNKNOWN);
	text = rig_read(LOG_FILE);
	check_part(text, "pam_usernet(stack:session)");
	check_part(text, "opened user=alice");
	check_part(text, "closed user=alice");
	check_part(text, "denied user=nosuchuser service=stack");
	check_int(count_lines(text), 3);
	must(stat(LOG_FILE, &st));
	check_int(st.st_mode & 07777, 0600);
	check_int(st.st_uid, 0);
	check_logged(LOG_INFO, "opened user=alice");
}

/* It is that of the line which was opened, not of the one that closes. */
static void log_file_of_open(const void *data)
{
	char *text;

	(void)data;
	have_a_session("usernet close;usernet open log=" LOG_FILE);
	text = rig_read(LOG_FILE);
	check_part(text, "opened user=alice");
	check_part(text, "closed user=alice");
	check_int(count_lines(text), 2);
}

static void log_file_unsafe(const void *data)
{
	struct login login;
	const char *kind = data;

	rig_write("/run/target", "");
	if (!strcmp(kind, "link"))
		must(symlink("/run/target", LOG_FILE));
	if (!strcmp(kind, "hard link"))
		must(link("/run/target", LOG_FILE));
	if (!strcmp(kind, "fifo"))
		must(mkfifo(LOG_FILE, 0600));
	if (!strcmp(kind, "directory"))
		rig_mkdir(LOG_FILE);
	if (!strcmp(kind, "user's")) {
		must(link("/run/target", LOG_FILE));
		must(unlink("/run/target"));
		must(chown(LOG_FILE, 3001, 3001));
	}
	rig_service("stack", "usernet log=" LOG_FILE);
	login_as(&login, "stack", "alice", PAM_SUCCESS);
	check_in("alice");
	if (strcmp(kind, "fifo") != 0 && strcmp(kind, "directory") != 0)
		check_text(rig_read(LOG_FILE), "");
	check_logged(LOG_INFO, "opened user=alice");
}

static void log_file_cannot_be_made(const void *data)
{
	struct login login;

	rig_service("stack", data);
	login_as(&login, "stack", "alice", PAM_SUCCESS);
	check_in("alice");
}

/* --- Never what sudo takes for a reason to go on --- */

static void never_session_err(const void *data)
{
	static const struct {
		const char *line;
		const char *user;
		void (*cause)(void);
	} causes[] = {
		{ "usernet", "nosuchuser", nothing },
		{ "usernet no=such", "alice", nothing },
		{ "usernet nosuch", "alice", nothing },
		{ "newnet etc=/", "nina", nothing },
		{ "usernet", "alice", override_not_roots },
		{ "usernet", "alice", host_name },
		{ "usernet", "alice", no_group },
		{ "usernet", "alice", no_proc },
	};

	(void)data;
	for (size_t i = 0; i < COUNT(causes); i++) {
		struct login login;
		int r;

		rig_context("%zu: ", i);
		rig_service("stack", causes[i].line);
		rig_forget_names();
		causes[i].cause();
		login_start(&login, "stack", causes[i].user);
		r = login_open(&login);
		check(r != PAM_SUCCESS && r != PAM_SESSION_ERR &&
		      r != ALL_IGNORED);
		login_end(&login);
	}
}

/* --- The table --- */

#define DENIED(LABEL, ...)                                                     \
	{                                                                      \
		"messages: " LABEL, denied,                                    \
			&(const struct denial){ __VA_ARGS__ }, 0               \
	}
#define SILENT(LABEL, ...)                                                     \
	{                                                                      \
		"messages: " LABEL, denied_silently,                           \
			&(const struct denial){ __VA_ARGS__ }, 0               \
	}
#define CASE(LABEL, FUNCTION, DATA)                                            \
	{                                                                      \
		"messages: " LABEL, FUNCTION, DATA, 0                          \
	}

static const struct denial unsafe_override = {
	"usernet",
	"alice",
	override_not_roots,
	PAM_ABORT,
	{ "cannot use", "'/etc/netns/alice/hosts'", "root's" }
};

static const struct rig_case cases[] = {
	DENIED("no such account", "usernet", "stranger", nothing,
	       PAM_USER_UNKNOWN,
	       { "find the account", "user=stranger ", NULL }),
	DENIED("an unknown argument", "usernet no=such", "alice", nothing,
	       PAM_SERVICE_ERR,
	       { "understand the argument", "'no=such'", "unknown" }),
	DENIED("an unknown argument keeps others out, too", "usernet no=such",
	       "bob", nothing, PAM_SERVICE_ERR, { "'no=such'", NULL, NULL }),
	DENIED("a bad value", "newnet etc=a/b", "nina", nothing,
	       PAM_SERVICE_ERR, { "'etc=a/b'", "bad", NULL }),
	DENIED("an explicit group that is missing", "usernet group=nosuch",
	       "bob", nothing, PAM_SERVICE_ERR,
	       { "look up the group", "'nosuch'", "there is no such group" }),
	DENIED("a group that cannot be read", "usernet", "bob", no_group,
	       PAM_SERVICE_ERR,
	       { "look up the group", "'usernet'", "No such file" }),
	DENIED("the host's namespace", "usernet", "alice", host_name, PAM_ABORT,
	       { "confine to", "'/run/netns/alice'", "umount" }),
	DENIED("no /proc", "newnet", "nina", no_proc, PAM_ABORT,
	       { "'/proc'", "not mounted", NULL }),
	DENIED("a chroot to a plain directory", "newnet", "nina", chrooted,
	       PAM_ABORT, { "chrooted", "mount point", NULL }),
	DENIED("an unsafe override", "usernet", "alice", override_not_roots,
	       PAM_ABORT,
	       { "cannot use", "'/etc/netns/alice/hosts'",
		 "Operation not permitted" }),
	CASE("user, step and object of a denial", object_first,
	     &unsafe_override),
	CASE("a denial begins as the other lines do", denied_line, NULL),
	CASE("the same where root is let pass", passed_line, NULL),
	CASE("a child that closes logs the leader's pairs",
	     closed_by_another_process, NULL),
	SILENT("PAM_SILENT, no such account", "usernet", "stranger", nothing,
	       PAM_USER_UNKNOWN, { NULL }),
	SILENT("PAM_SILENT, an unknown argument", "usernet no=such", "alice",
	       nothing, PAM_SERVICE_ERR, { NULL }),
	SILENT("PAM_SILENT, the host's namespace", "usernet", "alice",
	       host_name, PAM_ABORT, { NULL }),
	{ "messages: out of memory", out_of_memory, NULL, RIG_PLAIN },
	CASE("never PAM_SESSION_ERR", never_session_err, NULL),

	CASE("one line at open and one at close, newnet", opened_and_closed,
	     "newnet"),
	CASE("one line at open and one at close, usernet", opened_and_closed,
	     "usernet"),
	CASE("joined is not created", joined, NULL),
	CASE("what is not known is a dash", nothing_known, NULL),
	CASE("a remote host forges no line", nobody_forges_a_line, NULL),
	CASE("a user name forges no line", nobody_forges_a_denial, NULL),
	CASE("debug tells more, at its own priority", debug_lines, NULL),
	CASE("debug tells which settings a helper may not change",
	     kept_settings, "usernet debug"),
	CASE("without debug it is not told", kept_settings, "usernet"),
	CASE("announce, newnet", announced, "newnet announce"),
	CASE("announce, usernet", announced, "usernet announce"),
	CASE("log=PATH has the same lines", log_file, NULL),
	CASE("log=PATH of open has the line of close", log_file_of_open, NULL),
	CASE("log= follows no symlink", log_file_unsafe, "link"),
	CASE("log= writes to no hard link", log_file_unsafe, "hard link"),
	CASE("log= does not wait for a fifo", log_file_unsafe, "fifo"),
	CASE("log= is a directory", log_file_unsafe, "directory"),
	CASE("log= is a user's file", log_file_unsafe, "user's"),
	CASE("log= below a directory that is missing", log_file_cannot_be_made,
	     "usernet log=/run/nowhere/net.log"),
	CASE("log= below /proc", log_file_cannot_be_made,
	     "usernet log=/proc/net.log"),
};

RIG_MAIN("messages", cases)
