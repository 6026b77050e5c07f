/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said, to whom, and which PAM code goes with it. */
#include "log.h"
#include "file.h"
#include "name.h"
#include "process.h"
#include "scope.h"

#include <fcntl.h>
#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>

enum { LINE_SIZE = 4096, FILE_ROOM = 1 << 16 };

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
		if (is_control(*name))
			text_add(text, "\\x%02x", (unsigned char)*name);
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

const char *log_errno(int error)
{
/* Without glibc the second condition would be no expression. */
#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 32)
	const char *text = strerrordesc_np(-error);

	if (text)
		return text;
#endif
#endif
	return strerror(-error);
}

static void text_add_errno(struct text *text, int error)
{
	/* It says nothing: a program failed, and its own line says why. */
	if (error == -ECANCELED)
		return;
	text_add(text, ": %s", log_errno(error));
}

void log_explain(const struct failure *failure, char *ret, size_t size)
{
	struct text text = { .start = ret, .size = size };
	int saved = errno;

	ret[0] = '\0';
	text_add(&text, "cannot %s", failure->doing);
	if (*failure->object) {
		text_add(&text, " '");
		text_add_name(&text, failure->object);
		text_add(&text, "'");
	}
	if (failure->cause)
		text_add(&text, ": %s", failure->cause);
	if (*failure->details) {
		text_add(&text, ": ");
		text_add_name(&text, failure->details);
	}
	text_add_errno(&text, failure->error);
	if (failure->stuck) {
		text_add(&text, "; cannot go back either, the process stays "
				"where it is");
		text_add_errno(&text, failure->stuck);
	}
	/*
	 * A command is the last thing on its line, so that it can be copied.
	 * A path that was cut may be that of another file.
	 */
	if (failure->fix &&
	    strlen(failure->object) + 1 < sizeof(failure->object)) {
		text_add(&text, "; fix with: %s ", failure->fix);
		text_add_quoted(&text, failure->object);
	}
	errno = saved;
}

/* Opens the file of log=, if it is safe to write to. */
static int log_file_open(const char *path, off_t *ret_size)
{
	const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK |
			  O_NOCTTY | O_CLOEXEC;
	scoped_fd int fd = open(path, flags);
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT) {
		fd = open(path, flags | O_CREAT | O_EXCL, 0600);
		/* Whatever umask and group the application has. */
		if (fd >= 0 && (fchmod(fd, 0600) < 0 || fchown(fd, 0, 0) < 0))
			return -errno;
		/* Another login has made it meanwhile. */
		if (fd < 0 && errno == EEXIST)
			fd = open(path, flags);
	}
	if (fd < 0)
		return -errno;
	r = file_check_root_only(fd, &st);
	if (r < 0)
		return r;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return -EPERM;
	*ret_size = st.st_size;
	return take_fd(&fd);
}

static void log_file_write(const struct log *log, const char *line)
{
	off_t size = 0;
	scoped_fd int fd = log_file_open(log->file, &size);
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
	/* Others may write to it meanwhile. */
	(void)file_write(fd, size + FILE_ROOM, buffer, text.length);
}

static void log_line(const struct log *log, int priority, const char *line)
{
	int saved = errno;

	pam_syslog(log->pamh, priority, "%s", line);
	if (log->file)
		log_file_write(log, line);
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

void log_output(const struct log *log, const char *program, const char *text)
{
	char buffer[LINE_SIZE];
	struct text line = { .start = buffer, .size = sizeof(buffer) };

	*buffer = '\0';
	text_add_name(&line, program);
	text_add(&line, ": ");
	text_add_name(&line, text);
	log_line(log, LOG_INFO, buffer);
}

/* One key=value; what would end the value is escaped, no value is "-". */
static void text_add_pair(struct text *text, const char *key, const char *value)
{
	text_add(text, " %s=", key);
	if (!value || !*value)
		text_add(text, "-");
	for (; value && *value; value++) {
		char c = *value;

		if (is_control(c) || c == ' ' || c == '"' || c == '\\')
			text_add(text, "\\x%02x", (unsigned char)c);
		else
			text_add_char(text, c);
	}
}

static void text_add_item(struct text *text, const char *key,
			  const struct log *log, int item)
{
	const void *value = NULL;

	(void)pam_get_item(log->pamh, item, &value);
	text_add_pair(text, key, value);
}

struct log_session log_session_of(const char *user)
{
	scoped_fd int self = process_open(0);
	struct log_session session = {
		.user = user,
		.leader = getpid(),
		.start_time = process_start_time(self),
	};
	scoped_fd int fd = open("/proc/self/sessionid", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!read(fd, session.audit_session,
			    sizeof(session.audit_session) - 1);
	return session;
}

/* EVENT and the pairs; what is not known yet is left out. */
static void text_add_session(struct text *text, const struct log *log,
			     const char *event,
			     const struct log_session *session)
{
	int leader = (int)session->leader;

	text_add(text, "%s", event);
	text_add_pair(text, "user", session->user);
	text_add_item(text, "service", log, PAM_SERVICE);
	text_add_item(text, "rhost", log, PAM_RHOST);
	text_add_item(text, "tty", log, PAM_TTY);
	text_add(text, " leader=%d", leader);
	if (*session->audit_session)
		text_add_pair(text, "ses", session->audit_session);
	if (session->start_time)
		text_add(text, " id=%d-%llu", leader, session->start_time);
	if (!session->name)
		return;
	text_add_pair(text, "name", session->name);
	if (session->inode)
		text_add(text, " inode=%llu how=%s", session->inode,
			 session->made ? "created" : "joined");
}

void log_session(const struct log *log, const char *event,
		 const struct log_session *session)
{
	char line[LINE_SIZE];
	struct text text = { .start = line, .size = sizeof(line) };

	text_add_session(&text, log, event, session);
	log_line(log, LOG_INFO, line);
}

void log_announce(const struct log *log, const char *name)
{
	if (!log->silent)
		(void)pam_info(log->pamh, "Your network namespace: %s", name);
}

static void log_failure(const struct log *log, int priority, const char *event,
			const struct log_session *session,
			const struct failure *failure)
{
	char reason[LINE_SIZE / 2];
	char line[LINE_SIZE];
	struct text text = { .start = line, .size = sizeof(line) };

	log_explain(failure, reason, sizeof(reason));
	text_add_session(&text, log, event, session);
	text_add(&text, ": %s", reason);
	log_line(log, priority, line);
}

int log_pass(const struct log *log, const struct log_session *session,
	     const struct failure *failure)
{
	log_failure(log, LOG_WARNING, "passed", session, failure);
	return PAM_IGNORE;
}

int log_code(const struct failure *failure)
{
	if (failure->error == -ENOMEM)
		return PAM_BUF_ERR;
	switch (failure->kind) {
	case FAILURE_NO_ACCOUNT:
		return PAM_USER_UNKNOWN;
	case FAILURE_UNDECIDED:
	case FAILURE_LINE:
		return PAM_SERVICE_ERR;
	case FAILURE_UNCONFINED:
	case FAILURE_NONE:
		break;
	}
	return PAM_ABORT;
}

int log_denial(const struct log *log, const struct log_session *session,
	       const struct failure *failure)
{
	log_failure(log, LOG_ERR, "denied", session, failure);
	if (!log->silent)
		(void)pam_error(log->pamh,
				"Login refused: your network could not be set "
				"up. Please tell the administrator.");
	return log_code(failure);
}
