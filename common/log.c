/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said, to whom, and which PAM code goes with it. */
#include "log.h"
#include "scope.h"
#include "trust.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <time.h>

enum { NO_CAPABILITY = -1, LINE_SIZE = 2048, FILE_ROOM = 1 << 16 };

/* Each step, as it goes on after "cannot", and what it needs to be root's. */
static const struct {
	const char *text;
	int capability;
} steps[STEP_COUNT_] = {
	[STEP_FIND_ACCOUNT] = { "find the account", NO_CAPABILITY },
	[STEP_READ_LINE] = { "understand the argument", NO_CAPABILITY },
	[STEP_READ_GROUP] = { "look up the group", NO_CAPABILITY },
	[STEP_EXPLICIT_GROUP] = { "use the group", NO_CAPABILITY },
	[STEP_READ_RULES] = { "understand", NO_CAPABILITY },
	[STEP_EXPAND_NAME] = { "expand", NO_CAPABILITY },
	[STEP_CHECK_NAME] = { "call a namespace", NO_CAPABILITY },
	[STEP_CHECK_THREAD] = { "move the whole process", NO_CAPABILITY },
	[STEP_CHECK_PROC] = { "use", NO_CAPABILITY },
	[STEP_CHECK_ROOT] = { "give the session mounts of its own",
			      NO_CAPABILITY },
	[STEP_KEEP_RECORD] = { "remember the session", NO_CAPABILITY },
	[STEP_READ_PLACE] = { "remember where the caller stands",
			      NO_CAPABILITY },
	[STEP_ASK_HOST] = { "ask in the host's mount namespace",
			    NO_CAPABILITY },
	[STEP_ENTER_HOST] = { "enter the host's mount namespace",
			      CAP_SYS_ADMIN },
	[STEP_JOIN_HOST] = { "enter the host's", CAP_SYS_ADMIN },
	[STEP_LOCK_NAME] = { "lock", NO_CAPABILITY },
	[STEP_FIND_NAME] = { "use", NO_CAPABILITY },
	[STEP_REFUSE_HOST] = { "confine to", NO_CAPABILITY },
	[STEP_ALLOW_CREATION] = { "create", NO_CAPABILITY },
	[STEP_NEW_NET] = { "create a network namespace", CAP_SYS_ADMIN },
	[STEP_LOOPBACK] = { "bring up", CAP_NET_ADMIN },
	[STEP_PREPARE_NAMES] = { "prepare", CAP_SYS_ADMIN },
	[STEP_ADD_NAME] = { "make", NO_CAPABILITY },
	[STEP_BIND_NAME] = { "bind the new network namespace to",
			     CAP_SYS_ADMIN },
	[STEP_JOIN_NET] = { "enter the network namespace", CAP_SYS_ADMIN },
	[STEP_NEW_MOUNTS] = { "create a mount namespace", CAP_SYS_ADMIN },
	[STEP_FIND_ROOT] = { "find the top of the mount namespace",
			     CAP_SYS_CHROOT },
	[STEP_MAKE_SLAVE] = { "keep the session's mounts to itself",
			      CAP_SYS_ADMIN },
	[STEP_COVER_NAMES] = { "cover", CAP_SYS_ADMIN },
	[STEP_READ_MOUNTS] = { "read", NO_CAPABILITY },
	[STEP_CARRY_SYS] = { "carry over", CAP_SYS_ADMIN },
	[STEP_COVER_SYS] = { "mount the session's own", CAP_SYS_ADMIN },
	[STEP_READ_OVERRIDES] = { "use", NO_CAPABILITY },
	[STEP_DETACH_ETC] = { "give the session its own", CAP_SYS_ADMIN },
	[STEP_OVERRIDE] = { "mount over", CAP_SYS_ADMIN },
	[STEP_LEAVE_SYS] = { "leave", NO_CAPABILITY },
	[STEP_VERIFY] = { "verify that the process is in", NO_CAPABILITY },
	[STEP_SET_ENVIRONMENT] = { "set", NO_CAPABILITY },
};

/*
 * What an error means at a step, and the command that mends it, which takes
 * the object.
 */
static const struct {
	enum fault_step step;
	int error;
	const char *cause;
	const char *mend; /* or NULL */
} causes[] = {
	{ STEP_EXPLICIT_GROUP, -ENOENT,
	  "the line names it, but it does not exist", "groupadd" },
	{ STEP_READ_GROUP, -ENODATA,
	  "the name service does not know gid 0 either", NULL },
	{ STEP_READ_RULES, -EPERM,
	  "it must be root's, and nobody else may write it", NULL },
	{ STEP_READ_RULES, -ELOOP, "it is a symbolic link", NULL },
	{ STEP_READ_RULES, -EISDIR, "it is a directory", NULL },
	{ STEP_READ_RULES, -ENXIO, "it is no file", NULL },
	{ STEP_READ_RULES, -EFBIG, "it is larger than 1 MiB", NULL },
	{ STEP_JOIN_HOST, -ENXIO, "where PID 1 stands cannot be read", NULL },
	{ STEP_READ_LINE, -EINVAL, "it is unknown or its value is bad", NULL },
	{ STEP_CHECK_NAME, -EINVAL, "the name cannot be a file name", NULL },
	{ STEP_CHECK_THREAD, -EDEADLK,
	  "called from a thread that is not the leader", NULL },
	{ STEP_CHECK_PROC, -ENODEV, "it is not mounted", NULL },
	{ STEP_CHECK_ROOT, -EINVAL,
	  "the caller is chrooted to a directory that is no mount point",
	  NULL },
	{ STEP_LOCK_NAME, -ETIMEDOUT, "another login keeps it", NULL },
	{ STEP_LOCK_NAME, -EPERM, "/run/pam_net must be root's alone", NULL },
	{ STEP_LOCK_NAME, -EROFS, "/run is read-only", NULL },
	{ STEP_PREPARE_NAMES, -EROFS, "/run is read-only", NULL },
	{ STEP_ADD_NAME, -EROFS, "/run is read-only", NULL },
	{ STEP_FIND_NAME, -ELOOP, "it is a symbolic link", "rm" },
	{ STEP_FIND_NAME, -EISDIR, "it is a directory", "rmdir" },
	{ STEP_FIND_NAME, -ENXIO, "it is no namespace", "rm" },
	{ STEP_FIND_NAME, -ENOTEMPTY, "it is a file with content", "rm" },
	{ STEP_FIND_NAME, -EACCES, "it is not root's file", "rm" },
	{ STEP_FIND_NAME, -EBUSY, "something else is mounted there", "umount" },
	{ STEP_FIND_NAME, -EMEDIUMTYPE,
	  "it is not a network namespace but one of another kind", "umount" },
	{ STEP_REFUSE_HOST, -EXDEV,
	  "it is the network outside, not a namespace of its own", "umount" },
	{ STEP_ALLOW_CREATION, -EXDEV,
	  "the caller's mounts are not the host's, which are out of reach",
	  NULL },
	{ STEP_NEW_NET, -ENOSPC, "limit user.max_net_namespaces reached",
	  NULL },
	{ STEP_NEW_MOUNTS, -EXDEV, "a filter only pretends to do it", NULL },
	{ STEP_ASK_HOST, -EXDEV,
	  "the caller's children begin in another PID namespace", NULL },
	{ STEP_ENTER_HOST, -EXDEV, "a filter only pretends to do it", NULL },
	{ STEP_NEW_MOUNTS, -ENOSPC, "limit user.max_mnt_namespaces reached",
	  NULL },
	{ STEP_LOCK_NAME, -ENOSPC, "/run is full", NULL },
	{ STEP_ADD_NAME, -ENOSPC, "/run is full", NULL },
	{ STEP_PREPARE_NAMES, -ENOSPC,
	  "limit fs.mount-max reached, or /run is full", NULL },
	{ STEP_BIND_NAME, -ENOSPC, "limit fs.mount-max reached", NULL },
	{ STEP_COVER_NAMES, -ENOSPC, "limit fs.mount-max reached", NULL },
	{ STEP_COVER_SYS, -ENOSPC, "limit fs.mount-max reached", NULL },
	{ STEP_CARRY_SYS, -ENOSPC, "limit fs.mount-max reached", NULL },
	{ STEP_DETACH_ETC, -ENOSPC, "limit fs.mount-max reached", NULL },
	{ STEP_READ_OVERRIDES, -ENOSPC, "limit fs.mount-max reached", NULL },
	{ STEP_OVERRIDE, -ENOSPC, "limit fs.mount-max reached", NULL },
	{ STEP_READ_OVERRIDES, -EPERM,
	  "it must be root's, and nobody else may write it", NULL },
	{ STEP_READ_OVERRIDES, -ELOOP, "it is a symbolic link", "rm" },
	{ STEP_READ_OVERRIDES, -ENXIO, "it is neither file nor directory",
	  "rm" },
	{ STEP_READ_OVERRIDES, -E2BIG, "it has more than 1024 entries", NULL },
	{ STEP_OVERRIDE, -EISDIR,
	  "it is a directory, and the override is a file", NULL },
	{ STEP_OVERRIDE, -ENOTDIR,
	  "it is a file, and the override is a directory", NULL },
	{ STEP_DETACH_ETC, -EOPNOTSUPP,
	  "rootshared with overrides needs Linux 5.15", NULL },
	{ STEP_VERIFY, -EXDEV, "it is somewhere else", NULL },
};

static const struct {
	int capability;
	const char *text;
} capabilities[] = {
	{ CAP_SYS_ADMIN, "needs CAP_SYS_ADMIN" },
	{ CAP_NET_ADMIN, "needs CAP_NET_ADMIN" },
	{ CAP_SYS_CHROOT, "needs CAP_SYS_CHROOT" },
};

/*
 * capget(2) itself: libcap would be one library more for every login of
 * everybody, for a question that is asked when one fails.
 */
static bool has_capability(int capability)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct mine[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, mine) < 0)
		return true;
	return mine[CAP_TO_INDEX(capability)].effective &
	       CAP_TO_MASK(capability);
}

static const char *explain_eperm(enum fault_step step)
{
	int needed = steps[step].capability;

	if (needed == NO_CAPABILITY)
		return NULL;
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]);
	     i++)
		if (capabilities[i].capability == needed &&
		    !has_capability(needed))
			return capabilities[i].text;
	return "a seccomp filter or a security module refuses it";
}

/* A text that grows in a buffer and is cut at its end. */
struct text {
	char *start;
	size_t size;
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void
text_add(struct text *text, const char *format, ...)
{
	va_list args;
	int added;

	if (text->length + 1 >= text->size)
		return;
	va_start(args, format);
	added = vsnprintf(text->start + text->length, text->size - text->length,
			  format, args);
	va_end(args);
	if (added > 0)
		text->length += (size_t)added;
	if (text->length >= text->size)
		text->length = text->size - 1;
}

static void text_add_char(struct text *text, char c)
{
	if (text->length + 1 >= text->size)
		return;
	text->start[text->length++] = c;
	text->start[text->length] = '\0';
}

/* Names come from elsewhere: none may forge a line of the log. */
static void text_add_name(struct text *text, const char *name)
{
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c < 0x20 || c == 0x7f)
			text_add(text, "\\x%02x", c);
		else
			text_add_char(text, *name);
	}
}

/* As a word for a shell, which an admin may paste. */
static void text_add_quoted(struct text *text, const char *name)
{
	text_add(text, "'");
	for (; *name; name++) {
		if (*name == '\'')
			text_add(text, "'\\''");
		else
			text_add_name(text, (char[]){ *name, '\0' });
	}
	text_add(text, "'");
}

static void text_add_errno(struct text *text, int error)
{
	/* For an errno that exists this writes to no static buffer. */
	text_add(text, ": %s", strerror(-error));
}

static void text_add_cause(struct text *text, const struct fault *fault)
{
	if (fault->cause) {
		text_add(text, ": %s", fault->cause);
		return;
	}
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (causes[i].step != fault->step ||
		    causes[i].error != fault->error)
			continue;
		text_add(text, ": %s", causes[i].cause);
		if (causes[i].mend) {
			text_add(text, ", mend it with \"%s ", causes[i].mend);
			text_add_quoted(text, fault->object);
			text_add(text, "\"");
		}
		return;
	}
	if (fault->error == -EPERM || fault->error == -EACCES) {
		const char *cause = explain_eperm(fault->step);

		if (cause)
			text_add(text, ": %s", cause);
	}
}

void log_explain(const struct fault *fault, char *ret, size_t size)
{
	struct text text = { .start = ret, .size = size };
	int saved = errno;

	ret[0] = '\0';
	text_add(&text, "cannot %s", steps[fault->step].text);
	if (*fault->object) {
		text_add(&text, " '");
		text_add_name(&text, fault->object);
		text_add(&text, "'");
	}
	text_add_cause(&text, fault);
	text_add_errno(&text, fault->error);
	if (fault->stuck) {
		text_add(&text, "; nor go back, the process stays where it is");
		text_add_errno(&text, fault->stuck);
	}
	errno = saved;
}

/* Beyond the limit a write(2) is a SIGXFSZ, which ends the application. */
static bool file_may_grow(off_t size)
{
	struct rlimit limit;
	rlim_t room = (rlim_t)size + FILE_ROOM;

	return getrlimit(RLIMIT_FSIZE, &limit) == 0 && room <= limit.rlim_cur;
}

/* Opens the file of log=, if it is safe to write to. */
static int file_open(const char *path)
{
	scoped_fd int fd = open(path,
				O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW |
					O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
				0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || !is_roots_alone(&st))
		return -EPERM;
	if (!file_may_grow(st.st_size))
		return -EFBIG;
	return take_fd(&fd);
}

static void file_write(const struct log *log, const char *line)
{
	scoped_fd int fd = file_open(log->file);
	char buffer[LINE_SIZE + 256];
	struct text text = { .start = buffer, .size = sizeof(buffer) - 1 };
	const void *service = NULL;
	time_t now = time(NULL);
	char stamp[32] = "";
	struct tm tm;

	if (fd < 0)
		return;
	if (localtime_r(&now, &tm))
		(void)strftime(stamp, sizeof(stamp), "%FT%T%z", &tm);
	(void)pam_get_item(log->pamh, PAM_SERVICE, &service);
	text_add(&text, "%s %s(", stamp, log->module);
	text_add_name(&text, service ? service : "unknown");
	text_add(&text, ":session)[%d]: %s", (int)getpid(), line);
	buffer[text.length++] = '\n';
	(void)!write(fd, buffer, text.length);
}

static void log_line(const struct log *log, int priority, const char *line)
{
	int saved = errno;

	pam_syslog(log->pamh, priority, "%s", line);
	if (log->file)
		file_write(log, line);
	errno = saved;
}

__attribute__((format(printf, 3, 0))) static void
log_format(const struct log *log, int priority, const char *format,
	   va_list args)
{
	char plain[LINE_SIZE / 2];
	char line[LINE_SIZE];
	struct text text = { .start = line, .size = sizeof(line) };

	(void)vsnprintf(plain, sizeof(plain), format, args);
	*line = '\0';
	text_add_name(&text, plain);
	log_line(log, priority, line);
}

void log_debug(const struct log *log, const char *format, ...)
{
	va_list args;

	if (!log->debug)
		return;
	va_start(args, format);
	log_format(log, LOG_DEBUG, format, args);
	va_end(args);
}

void log_warning(const struct log *log, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_format(log, LOG_WARNING, format, args);
	va_end(args);
}

/* One key=value; what would end the value is escaped, no value is "-". */
static void text_add_pair(struct text *text, const char *key, const char *value)
{
	text_add(text, " %s=", key);
	if (!value || !*value)
		text_add(text, "-");
	for (; value && *value; value++) {
		unsigned char c = (unsigned char)*value;

		if (c <= 0x20 || c == 0x7f || c == '"' || c == '\\')
			text_add(text, "\\x%02x", c);
		else
			text_add_char(text, *value);
	}
}

static void text_add_item(struct text *text, const char *key,
			  const struct log *log, int item)
{
	const void *value = NULL;

	(void)pam_get_item(log->pamh, item, &value);
	text_add_pair(text, key, value);
}

void log_session(const struct log *log, const char *event,
		 const struct log_session *session)
{
	char line[LINE_SIZE];
	struct text text = { .start = line, .size = sizeof(line) };

	text_add(&text, "%s", event);
	text_add_pair(&text, "user", session->user);
	text_add_item(&text, "service", log, PAM_SERVICE);
	text_add_item(&text, "rhost", log, PAM_RHOST);
	text_add_item(&text, "tty", log, PAM_TTY);
	text_add(&text, " leader=%d", (int)session->leader);
	text_add_pair(&text, "name", session->name);
	text_add(&text, " inode=%llu how=%s", session->inode,
		 session->created ? "created" : "joined");
	log_line(log, LOG_INFO, line);
}

void log_announce(const struct log *log, const char *name)
{
	if (!log->silent)
		(void)pam_info(log->pamh, "Your network namespace: %s", name);
}

static void log_fault(const struct log *log, int priority, const char *verb,
		      const char *user, const struct fault *fault)
{
	char reason[LINE_SIZE / 2];
	char line[LINE_SIZE];
	struct text text = { .start = line, .size = sizeof(line) };

	log_explain(fault, reason, sizeof(reason));
	text_add(&text, "%s user '", verb);
	text_add_name(&text, user);
	text_add(&text, "': %s", reason);
	log_line(log, priority, line);
}

int log_pass(const struct log *log, const char *user, const struct fault *fault)
{
	log_fault(log, LOG_WARNING, "let pass", user, fault);
	return PAM_IGNORE;
}

static int fault_code(const struct fault *fault)
{
	if (fault->error == -ENOMEM)
		return PAM_BUF_ERR;
	switch (fault->kind) {
	case FAULT_NO_ACCOUNT:
		return PAM_USER_UNKNOWN;
	case FAULT_UNDECIDED:
	case FAULT_LINE:
		return PAM_SERVICE_ERR;
	case FAULT_UNCONFINED:
	case FAULT_NONE:
		break;
	}
	return PAM_ABORT;
}

int log_denial(const struct log *log, const char *user,
	       const struct fault *fault)
{
	log_fault(log, LOG_ERR, "denied", user, fault);
	if (!log->silent)
		(void)pam_error(log->pamh,
				"Login refused: your network could not be set "
				"up. Please tell the administrator.");
	return fault_code(fault);
}
