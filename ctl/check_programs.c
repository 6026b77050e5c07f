/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: programs that open no session, or answer from outside. */
#include "check.h"
#include "common/scope.h"
#include "text_file.h"

#include <ctype.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Files include others, which may include them again. */
enum { INCLUDES_DEEP = 8 };

struct file_place {
	struct report *report;
	const char *file;
	int depth; /* of includes */
	struct sudoers_setting *everybody;
};

/* ---- sshd ---- */

static int sshd_file(struct report *report, const char *path, int depth);

/* Of some patterns. */
static int sshd_include(const struct file_place *place, char *values)
{
	const char *value;
	int r = 0;

	while (r == 0 && (value = strsep(&values, " \t\"")) != NULL) {
		scoped_free char *pattern = text_of(
			"%s%s", *value == '/' ? "" : "/etc/ssh/", value);
		glob_t found;

		if (!*value || !pattern || place->depth >= INCLUDES_DEEP ||
		    glob(pattern, 0, NULL, &found) != 0)
			continue;
		for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
			r = sshd_file(place->report, found.gl_pathv[i],
				      place->depth + 1);
			/* Its Match ends with the file. */
			if (r == 2)
				r = 0;
		}
		globfree(&found);
	}
	return r;
}

/* The first UsePAM that sshd meets with counts. */
static int sshd_line(char *line, unsigned int number, void *data)
{
	const struct file_place *place = data;
	char *rest = line + strspn(line, " \t");
	const char *word = strsep(&rest, " \t=");
	scoped_free char *where = NULL;
	scoped_free char *fix = NULL;
	scoped_free char *path = text_quote(place->file);
	const char *value;

	if (!rest || *word == '#')
		return 0;
	rest += strspn(rest, " \t=\"");
	if (!strcasecmp(word, "Include"))
		return sshd_include(place, rest);
	value = strsep(&rest, " \t\"");
	/* What follows does not count for all connections. */
	if (!strcasecmp(word, "Match"))
		return 2;
	if (strcasecmp(word, "UsePAM") != 0)
		return 0;
	if (!strcasecmp(value, "yes"))
		return 1;
	where = text_of("%s:%u", place->file, number);
	fix = text_of("sed -i '%us/.*/UsePAM yes/' %s", number,
		      path ? path : "");
	report_add(place->report, SEVERITY_OUTSIDE, where ? where : "",
		   "sshd does not use PAM: logins by ssh are not confined",
		   fix);
	return 1;
}

/* 1: it has said it; 2: nothing that follows counts; 0; or -errno. */
static int sshd_file(struct report *report, const char *path, int depth)
{
	struct file_place place = { report, path, depth, NULL };

	return text_file_each(path, sshd_line, &place);
}

/* What sshd reads. */
static void check_sshd_config(struct report *report, const char *path)
{
	int r = sshd_file(report, path, 0);
	scoped_free char *word = text_quote(path);
	scoped_free char *fix = NULL;

	if (r < 0) {
		report_unseen(report, path, r);
	} else if (r != 1 && access(path, F_OK) == 0) {
		fix = text_of("sed -i '1i UsePAM yes' %s", word ? word : "");
		report_add(report, SEVERITY_OUTSIDE, path,
			   "UsePAM is not set, and off by default: logins by "
			   "ssh are not confined",
			   fix);
	}
}

/* -o UsePAM=, of which parts are all up to the value, and the value. */
static void check_sshd_option(struct report *report, const char *file,
			      unsigned int number, const char *options,
			      const regmatch_t parts[3])
{
	scoped_free char *where = text_of("%s:%u", file, number);
	scoped_free char *is = text_part(options, &parts[0]);
	scoped_free char *right = text_part(options, &parts[1]);
	scoped_free char *fix = NULL;

	if (tolower((unsigned char)options[parts[2].rm_so]) == 'y')
		return;
	if (is && right) {
		scoped_free char *with = text_of("%syes", right);

		fix = text_sed(file, number, number, is, with);
	}
	report_add(report, SEVERITY_OUTSIDE, where,
		   "by this option sshd does not use PAM: logins by ssh are "
		   "not confined",
		   fix);
}

bool check_sshd_options(struct report *report, const char *file,
			unsigned int number, const char *options)
{
	scoped_free char *path = NULL;
	regmatch_t parts[3];

	if (text_find(options,
		      "(-o[[:blank:]\"']*UsePAM[[:blank:]\"'=\\]+)(yes|no)\\>",
		      3, parts)) {
		check_sshd_option(report, file, number, options, parts);
		return true;
	}
	/* Such as that of a second one, on another port. */
	if (!text_find(options,
		       "(sshd|OPTIONS).*[[:blank:]\"'=]-f[[:blank:]\"']*"
		       "(/[^[:blank:]\"']+)",
		       3, parts))
		return false;
	path = text_part(options, &parts[2]);
	if (path)
		check_sshd_config(report, path);
	return true;
}

static int sshd_options_line(char *line, unsigned int number, void *data)
{
	const struct file_place *place = data;

	return line[strspn(line, " \t")] != '#' &&
	       check_sshd_options(place->report, place->file, number, line);
}

static void check_sshd(struct report *report)
{
	/* Of these, units take options: Debian's, Fedora's. */
	static const char *const options[] = { "/etc/default/ssh",
					       "/etc/sysconfig/sshd" };
	static const char path[] = "/etc/ssh/sshd_config";

	if (access(path, F_OK) < 0)
		return;
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct file_place place = { report, options[i], 0, NULL };
		int r = text_file_each(options[i], sshd_options_line, &place);

		if (r < 0)
			report_unseen(report, options[i], r);
		/* The file does not count then. */
		if (r > 0)
			return;
	}
	check_sshd_config(report, path);
}

/* ---- sudo ---- */

static void check_sudoers_file(const struct file_place *place,
			       const char *path);

/* Of those for everybody, the last counts. */
struct sudoers_setting {
	char *where; /* NULL: sessions are opened */
	char *fix;
};

static void sudoers_setting_release(struct sudoers_setting *setting)
{
	free(setting->where);
	free(setting->fix);
	*setting = (struct sudoers_setting){ .where = NULL };
}

/* The path of an include. To be freed. */
static char *sudoers_path(const char *file, char *word)
{
	const char *slash = strrchr(file, '/');
	char host[HOST_NAME_MAX + 1] = "";
	char *to = word;
	const char *percent;

	for (const char *from = word; *from; from++) {
		if (*from == '"')
			continue;
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*to = '\0';
	(void)gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	percent = strstr(word, "%h");
	return text_of("%.*s%.*s%s%s",
		       *word == '/' ? 0 : (int)(slash + 1 - file), file,
		       percent ? (int)(percent - word) : (int)strlen(word),
		       word, percent ? host : "", percent ? percent + 2 : "");
}

static void check_sudoers_directory(const struct file_place *place,
				    const char *path)
{
	scoped_free char *pattern = text_of("%s/*", path);
	glob_t found;

	if (!pattern || glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;

		/* sudo reads no others. */
		if (!strchr(name, '.') && name[strlen(name) - 1] != '~')
			check_sudoers_file(place, found.gl_pathv[i]);
	}
	globfree(&found);
}

/* Returns whether the line is one that includes. */
static bool sudoers_include(const struct file_place *place, const char *line)
{
	static const char pattern[] =
		"^([[:blank:]]*@|#)include(dir)?[[:blank:]]+"
		"(\"[^\"]*\"|([^\\[:blank:]]|\\\\.)+)";
	regmatch_t parts[4];
	scoped_free char *word = NULL;
	scoped_free char *path = NULL;

	if (!text_find(line, pattern, 4, parts))
		return false;
	word = text_part(line, &parts[3]);
	path = word ? sudoers_path(place->file, word) : NULL;
	if (!path || place->depth >= INCLUDES_DEEP)
		return true;
	if (parts[2].rm_so >= 0)
		check_sudoers_directory(place, path);
	else
		check_sudoers_file(place, path);
	return true;
}

static void tell_sudo_without(struct report *report, const char *where,
			      const char *fix)
{
	report_add(report, SEVERITY_OUTSIDE, where,
		   "sudo opens no PAM session: what it starts stays where "
		   "its caller is",
		   fix);
}

/* Returns what is behind the first of these settings, or NULL: none. */
static const char *sudoers_session(const struct file_place *place,
				   const char *line, bool for_everybody,
				   unsigned int number)
{
	struct sudoers_setting setting = { .where = NULL };
	regmatch_t parts[4];
	scoped_free char *is = NULL;

	if (!text_find(line,
		       "(^|[^![:alnum:]_])((!*)[[:blank:]]*pam_session\\>)", 4,
		       parts))
		return NULL;
	/* Two of them are none. */
	if ((parts[3].rm_eo - parts[3].rm_so) % 2 == 1) {
		is = text_part(line, &parts[2]);
		setting.where = text_of("%s:%u", place->file, number);
		setting.fix = is ? text_sed(place->file, number, number, is,
					    "pam_session")
				 : NULL;
	}
	if (for_everybody) {
		sudoers_setting_release(place->everybody);
		*place->everybody = setting;
	} else {
		if (setting.where)
			tell_sudo_without(place->report, setting.where,
					  setting.fix);
		sudoers_setting_release(&setting);
	}
	return line + parts[0].rm_eo;
}

/* Returns what is behind the first setting of a service, or NULL: none. */
static const char *sudoers_service(const struct file_place *place,
				   const char *line, const char *where,
				   unsigned int number)
{
	static const char pattern[] =
		"\\<(pam_(login_|askpass_)?service[[:blank:]]*=[[:blank:]]*\"?)"
		"([^\",[:blank:]]+)";
	regmatch_t parts[4];
	scoped_free char *is = NULL;
	scoped_free char *service = NULL;
	scoped_free char *right = NULL;
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	const char *own;

	if (!text_find(line, pattern, 4, parts))
		return NULL;
	is = text_part(line, &parts[0]);
	service = text_part(line, &parts[3]);
	own = parts[2].rm_so >= 0 && line[parts[2].rm_so] == 'l' ? "sudo-i"
								 : "sudo";
	/* Whether that has a line is told where its file is. */
	if (is && service && strcmp(service, own) != 0 &&
	    !check_service_has_line(service, false)) {
		right = text_of("%.*s%s",
				(int)(parts[1].rm_eo - parts[1].rm_so), is,
				own);
		what = text_of("sudo opens its sessions as '%s', which has no "
			       "line of these modules: what it starts stays "
			       "where its caller is",
			       service);
		fix = right ? text_sed(place->file, number, number, is, right)
			    : NULL;
		report_add(place->report, SEVERITY_OUTSIDE, where, what, fix);
	}
	return line + parts[0].rm_eo;
}

/* The same text with blanks in place of what is quoted. To be freed. */
static char *sudoers_unquoted(const char *line)
{
	char *copy = strdup(line);
	bool quoted = false;

	for (char *c = copy; c && *c; c++) {
		if (*c == '"')
			quoted = !quoted;
		else if (quoted)
			*c = ' ';
	}
	return copy;
}

/* Whether it is for one other host. Lists, addresses and aliases are not read.
 */
static bool sudoers_is_elsewhere(const char *line)
{
	regmatch_t parts[2];
	scoped_free char *host = NULL;
	char own[HOST_NAME_MAX + 1] = "";

	if (!text_find(
		    line,
		    "^[[:blank:]]*Defaults@([[:alnum:]-]+)([.][[:alnum:].-]+)?"
		    "[[:blank:]]",
		    2, parts))
		return false;
	host = text_part(line, &parts[1]);
	(void)gethostname(own, sizeof(own) - 1);
	own[strcspn(own, ".")] = '\0';
	return host && strcasecmp(host, own) != 0 &&
	       host[strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")];
}

static int sudoers_line(char *line, unsigned int number, void *data)
{
	const struct file_place *place = data;
	scoped_free char *where = NULL;
	scoped_free char *unquoted = NULL;
	bool for_everybody;
	regmatch_t parts[1];
	char *comment;
	const char *rest;

	if (sudoers_include(place, line))
		return 0;
	unquoted = sudoers_unquoted(line);
	if (!unquoted)
		return -ENOMEM;
	/* The number of a user is none. */
	comment = strchr(unquoted, '#');
	while (comment && isdigit((unsigned char)comment[1]))
		comment = strchr(comment + 1, '#');
	if (comment) {
		line[comment - unquoted] = '\0';
		*comment = '\0';
	}
	if (sudoers_is_elsewhere(unquoted))
		return 0;
	for_everybody = text_find(unquoted, "^[[:blank:]]*Defaults[[:blank:]]",
				  1, parts);
	rest = unquoted;
	while (rest)
		rest = sudoers_session(place, rest, for_everybody, number);
	where = text_of("%s:%u", place->file, number);
	rest = line;
	while (rest)
		rest = sudoers_service(place, rest, where, number);
	return 0;
}

static void check_sudoers_file(const struct file_place *place, const char *path)
{
	struct file_place below = { place->report, path, place->depth + 1,
				    place->everybody };
	int r = text_file_each(path, sudoers_line, &below);

	if (r < 0)
		report_unseen(place->report, path, r);
}

static int sudo_conf_line(char *line, unsigned int number, void *data)
{
	char **path = data;
	regmatch_t parts[2];

	(void)number;
	if (!text_find(line,
		       "^[[:blank:]]*Plugin[[:blank:]]+sudoers_policy[[:blank:]]"
		       ".*[[:blank:]]sudoers_file=([^[:blank:]]+)",
		       2, parts))
		return 0;
	*path = text_part(line, &parts[1]);
	return 1;
}

static void check_sudo(struct report *report)
{
	struct sudoers_setting everybody = { .where = NULL };
	const struct file_place place = { report, NULL, 0, &everybody };
	scoped_free char *path = NULL;

	(void)text_file_each("/etc/sudo.conf", sudo_conf_line, &path);
	check_sudoers_file(&place, path ? path : "/etc/sudoers");
	if (everybody.where)
		tell_sudo_without(report, everybody.where, everybody.fix);
	sudoers_setting_release(&everybody);
}

/* ---- mail and cron ---- */

/* Programs that run commands from files of the user: ~/.procmailrc and such. */
#define FILTERS "procmail|maildrop"

/* Settings of postfix, of which each may go over some lines. */
struct postfix {
	enum { POSTFIX_OTHER, POSTFIX_COMMANDS, POSTFIX_MAILBOX } setting;
	bool forward; /* commands in ~/.forward are run, as by default */
	bool filter;
};

static int postfix_line(char *line, unsigned int number, void *data)
{
	struct postfix *postfix = data;
	regmatch_t parts[1];

	(void)number;
	if (*line == '#' || line[strspn(line, " \t")] == '\0')
		return 0;
	if (text_find(line, "^allow_mail_to_commands[[:blank:]]*=", 1, parts)) {
		postfix->setting = POSTFIX_COMMANDS;
		postfix->forward = false;
	} else if (text_find(line, "^mailbox_command[[:blank:]]*=", 1, parts)) {
		postfix->setting = POSTFIX_MAILBOX;
		postfix->filter = false;
	} else if (!isblank((unsigned char)*line)) {
		postfix->setting = POSTFIX_OTHER;
	}
	if (postfix->setting == POSTFIX_COMMANDS && strstr(line, "forward"))
		postfix->forward = true;
	if (postfix->setting == POSTFIX_MAILBOX &&
	    text_find(line, FILTERS, 1, parts))
		postfix->filter = true;
	return 0;
}

static void check_postfix(struct report *report)
{
	static const char path[] = "/etc/postfix/main.cf";
	struct postfix postfix = { .forward = true };
	int r;

	/* Its settings stay when it is removed. */
	if (access(path, F_OK) < 0 || access("/usr/sbin/postfix", F_OK) < 0)
		return;
	r = text_file_each(path, postfix_line, &postfix);
	if (r < 0) {
		report_unseen(report, path, r);
		return;
	}
	if (postfix.forward)
		report_add(report, SEVERITY_OUTSIDE, path,
			   "postfix runs commands of ~/.forward without PAM: "
			   "they are not confined",
			   "echo 'allow_mail_to_commands = alias' >>"
			   "/etc/postfix/main.cf");
	if (postfix.filter)
		report_add(report, SEVERITY_OUTSIDE, path,
			   "postfix runs a mailbox_command without PAM that "
			   "runs commands of the user: they are not confined",
			   "echo 'mailbox_command =' >>/etc/postfix/main.cf");
}

/* In routers, as Debian has them. */
static int exim_line(char *line, unsigned int number, void *data)
{
	const struct file_place *place = data;
	regmatch_t parts[2];
	scoped_free char *where = text_of("%s:%u", place->file, number);
	scoped_free char *path = text_quote(place->file);
	scoped_free char *filter = NULL;
	scoped_free char *program = NULL;
	scoped_free char *fix = NULL;

	if (text_find(line,
		      "^[[:blank:]]*pipe_transport[[:blank:]]*=[[:blank:]]*"
		      "address_pipe",
		      1, parts)) {
		/* A filter of exim runs commands by ${run}, too. */
		fix = text_of("sed -i '%us/.*/  forbid_pipe\\n  "
			      "forbid_exim_filter/' %s && update-exim4.conf",
			      number, path);
		report_add(place->report, SEVERITY_OUTSIDE, where,
			   "exim runs commands of ~/.forward without PAM: they "
			   "are not confined",
			   fix);
	}
	if (!text_find(line,
		       "^[[:blank:]]*transport[[:blank:]]*=[[:blank:]]*"
		       "(" FILTERS ")_pipe",
		       2, parts))
		return 0;
	filter = text_part(line, &parts[1]);
	program = text_of("/usr/bin/%s", filter ? filter : "");
	if (!filter || access(program, F_OK) < 0)
		return 0;
	fix = text_of("apt-get remove %s", filter);
	report_add(place->report, SEVERITY_OUTSIDE, where,
		   "exim runs a program without PAM that runs commands of the "
		   "user: they are not confined",
		   fix);
	return 0;
}

static int exim_split_line(char *line, unsigned int number, void *data)
{
	regmatch_t parts[1];

	(void)number;
	(void)data;
	return text_find(line, "^[[:blank:]]*dc_use_split_config=['\"]?true", 1,
			 parts);
}

/* Of the files that Debian makes the configuration from, those that count. */
static const char *exim_files(void)
{
	static const char whole[] = "/etc/exim4/exim4.conf";

	if (access(whole, F_OK) == 0)
		return whole;
	return text_file_each("/etc/exim4/update-exim4.conf.conf",
			      exim_split_line, NULL) > 0
		       ? "/etc/exim4/conf.d/router/*"
		       : "/etc/exim4/exim4.conf.template";
}

static void check_exim(struct report *report)
{
	glob_t found;

	if (access("/usr/sbin/exim4", F_OK) < 0 ||
	    glob(exim_files(), 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct file_place place = { report, found.gl_pathv[i], 0,
					    NULL };
		int r = text_file_each(place.file, exim_line, &place);

		if (r < 0)
			report_unseen(report, place.file, r);
	}
	globfree(&found);
}

static void check_cron(struct report *report)
{
	static const char *const generators[] = {
		"/usr/lib/systemd/system-generators/systemd-crontab-generator",
		"/lib/systemd/system-generators/systemd-crontab-generator",
	};

	static const char mask[] =
		"/etc/systemd/system-generators/systemd-crontab-generator";
	bool is_masked = access(mask, F_OK) == 0 && access(mask, X_OK) < 0;

	for (size_t i = 0; i < sizeof(generators) / sizeof(*generators); i++) {
		if (is_masked || access(generators[i], F_OK) < 0)
			continue;
		report_add(report, SEVERITY_OUTSIDE, generators[i],
			   "systemd-cron runs crontabs without PAM: they are "
			   "not confined",
			   "apt-get install cron");
		break;
	}
}

/* ---- nscd ---- */

static int nscd_line(char *line, unsigned int number, void *data)
{
	const struct file_place *place = data;
	char option[32];
	char table[32];
	char value[32];
	scoped_free char *where = NULL;
	scoped_free char *fix = NULL;

	if (sscanf(line, " %31s %31s %31s", option, table, value) != 3 ||
	    strcmp(option, "enable-cache") != 0 ||
	    strcmp(table, "hosts") != 0 || strcmp(value, "yes") != 0)
		return 0;
	where = text_of("%s:%u", place->file, number);
	fix = text_of("sed -i '%us/yes/no/' %s", number, place->file);
	report_add(place->report, SEVERITY_ADVICE, where ? where : "",
		   "nscd looks up host names on the host, also for confined "
		   "users",
		   fix);
	return 0;
}

/* A line may hide what it answers by. */
static void check_nscd(struct report *report, const struct check_lines *lines)
{
	struct file_place place = { report, "/etc/nscd.conf", 0, NULL };
	int r = 0;

	if (access("/usr/sbin/nscd", F_OK) == 0 &&
	    !check_lines_hide(report, lines, "/run/nscd/socket"))
		r = text_file_each(place.file, nscd_line, &place);
	if (r < 0)
		report_unseen(report, place.file, r);
}

void check_programs(struct report *report, const struct check_lines *lines)
{
	check_sshd(report);
	check_sudo(report);
	check_nscd(report, lines);
	check_postfix(report);
	check_exim(report);
	check_cron(report);
}
