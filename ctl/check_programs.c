/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: programs that open no session, or answer from outside. */
#include "check.h"
#include "common/count.h"
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
	int depth;   /* of includes */
	void *state; /* of what is read, or NULL */
};

/* ---- sshd ---- */

/* Of each setting, the first counts. */
struct sshd_state {
	bool has_use_pam;
	bool has_service;
	bool in_match; /* what follows does not count for all connections */
};

static int sshd_file(struct report *report, const char *path, int depth,
		     struct sshd_state *state);

/* The next word, which may be in quotes, or NULL. Changes the text. */
static const char *sshd_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t=");
	bool quoted = *word == '"';
	char *end;

	word += quoted;
	end = word + strcspn(word, quoted ? "\"" : " \t=");
	if (!quoted && (*word == '\0' || *word == '#'))
		return NULL;
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* Of some patterns. */
static int sshd_include(const struct file_place *place, char *values)
{
	struct sshd_state *state = place->state;
	const char *value;
	int r = 0;

	while (r == 0 && (value = sshd_word(&values)) != NULL) {
		scoped_free char *pattern = text_of(
			"%s%s", *value == '/' ? "" : "/etc/ssh/", value);
		glob_t found;

		if (!pattern || place->depth >= INCLUDES_DEEP ||
		    glob(pattern, 0, NULL, &found) != 0)
			continue;
		for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
			r = sshd_file(place->report, found.gl_pathv[i],
				      place->depth + 1, state);
			/* Its Match ends with the file. */
			state->in_match = false;
		}
		globfree(&found);
	}
	return r;
}

/* Such as Debian's and Fedora's; NULL: none. */
static const char *sshd_unit(void)
{
	static const char *const units[] = { "ssh.service", "sshd.service" };

	for (size_t i = 0; i < COUNT(units); i++) {
		scoped_free char *path =
			text_of("/lib/systemd/system/%s", units[i]);

		if (access(path, F_OK) == 0)
			return units[i];
	}
	return NULL;
}

/* What goes behind a command that changes its file. To be freed. */
static char *sshd_reload(void)
{
	const char *unit = sshd_unit();

	return unit ? text_of(" && systemctl reload %s", unit)
		    : text_of("%s", "");
}

/* The same for its options. Sessions that are open stay. To be freed. */
static char *sshd_restart(void)
{
	const char *unit = sshd_unit();

	return unit ? text_of(" && systemctl daemon-reload && "
			      "systemctl restart %s",
			      unit)
		    : text_of("%s", "");
}

/* For what is running, too. To be freed. */
static char *sshd_fix(const struct file_place *place, unsigned int number,
		      const char *setting)
{
	scoped_free char *path = text_sed_path(place->file);
	scoped_free char *reload = sshd_reload();

	return text_of("sed -i '%us/.*/%s/' %s%s", number, setting,
		       path ? path : "", reload);
}

static void sshd_use_pam(const struct file_place *place, unsigned int number,
			 const char *value)
{
	struct sshd_state *state = place->state;
	scoped_free char *where = text_of("%s:%u", place->file, number);
	scoped_free char *fix = sshd_fix(place, number, "UsePAM yes");

	if (!state->has_use_pam && strcasecmp(value, "yes") != 0)
		report_add(place->report, SEVERITY_OUTSIDE, where,
			   "sshd does not use PAM: logins by ssh are not "
			   "confined",
			   fix);
	state->has_use_pam = true;
}

/* By PAMServiceName, which OpenSSH 9.8 has. */
static void sshd_service(const struct file_place *place, unsigned int number,
			 const char *value)
{
	struct sshd_state *state = place->state;
	scoped_free char *where = text_of("%s:%u", place->file, number);
	scoped_free char *what = NULL;
	scoped_free char *fix = sshd_fix(place, number, "PAMServiceName sshd");

	/* Whether that of "sshd" has a line is told where its file is. */
	if (!state->has_service && strcmp(value, "sshd") != 0 &&
	    !check_service_has_line(value, false)) {
		what = text_of("sshd opens its sessions as '%s', which has no "
			       "line of these modules: logins by ssh are not "
			       "confined",
			       value);
		report_add(place->report, SEVERITY_OUTSIDE, where, what, fix);
	}
	state->has_service = true;
}

static int sshd_line(char *line, unsigned int number, void *data)
{
	const struct file_place *place = data;
	struct sshd_state *state = place->state;
	char *rest = line;
	const char *word = sshd_word(&rest);
	const char *value;

	if (!word)
		return 0;
	if (!strcasecmp(word, "Include"))
		return state->in_match ? 0 : sshd_include(place, rest);
	value = sshd_word(&rest);
	if (!value)
		return 0;
	if (!strcasecmp(word, "Match"))
		state->in_match = strcasecmp(value, "all") != 0;
	else if (!strcasecmp(word, "UsePAM") && !state->in_match)
		sshd_use_pam(place, number, value);
	else if (!strcasecmp(word, "PAMServiceName") && !state->in_match)
		sshd_service(place, number, value);
	return 0;
}

static int sshd_file(struct report *report, const char *path, int depth,
		     struct sshd_state *state)
{
	struct file_place place = { report, path, depth, state };

	return text_file_each(path, sshd_line, &place);
}

/* What sshd reads. */
static void check_sshd_config(struct report *report, const char *path)
{
	struct sshd_state state = { .has_use_pam = false };
	int r = sshd_file(report, path, 0, &state);
	scoped_free char *word = text_sed_path(path);
	scoped_free char *fix = NULL;

	if (r < 0) {
		report_unseen(report, path, r);
	} else if (!state.has_use_pam && access(path, F_OK) == 0) {
		scoped_free char *reload = sshd_reload();

		fix = text_of("sed -i '1i UsePAM yes' %s%s", word ? word : "",
			      reload);
		report_add(report, SEVERITY_OUTSIDE, path,
			   "UsePAM is not set, and off by default: logins by "
			   "ssh are not confined",
			   fix);
	}
}

/* -o UsePAM=, of which parts are all up to the value, and the value. */
static void check_sshd_option(struct report *report,
			      const struct check_setting *options,
			      const regmatch_t parts[3])
{
	scoped_free char *where =
		text_of("%s:%u", options->file, options->first);
	scoped_free char *is = text_part(options->text, &parts[0]);
	scoped_free char *right = text_part(options->text, &parts[1]);
	scoped_free char *fix = NULL;

	if (tolower((unsigned char)options->text[parts[2].rm_so]) == 'y')
		return;
	if (is && right) {
		scoped_free char *with = text_of("%syes", right);

		scoped_free char *edit = text_sed(options->file, options->first,
						  options->last, is, with);
		scoped_free char *restart = sshd_restart();

		fix = text_of("%s%s", edit ? edit : "", restart);
	}
	report_add(report, SEVERITY_OUTSIDE, where,
		   "by this option sshd does not use PAM: logins by ssh are "
		   "not confined",
		   fix);
}

bool check_sshd_options(struct report *report,
			const struct check_setting *options)
{
	scoped_free char *path = NULL;
	regmatch_t parts[3];

	if (text_find(options->text,
		      "(-o[[:blank:]\"']*UsePAM[[:blank:]\"'=\\]+)(yes|no)\\>",
		      3, parts)) {
		check_sshd_option(report, options, parts);
		return true;
	}
	/* Such as that of a second one, on another port. */
	if (!text_find(options->text,
		       "(^|[[:blank:]\"'=])-[46DdeGiqTt]*f[[:blank:]\"']*"
		       "(/[^[:blank:]\"']+)",
		       3, parts))
		return false;
	path = text_part(options->text, &parts[2]);
	if (path)
		check_sshd_config(report, path);
	return true;
}

/* Of each variable, the last counts. */
static int sshd_options_line(char *line, unsigned int number, void *data)
{
	struct check_setting *options = data;
	regmatch_t parts[1];

	if (text_find(line, "^[[:blank:]]*(SSHD_OPTS|OPTIONS)=", 1, parts)) {
		options->first = options->last = number;
		(void)snprintf(options->text, sizeof(options->text), "%s",
			       line);
	}
	return 0;
}

static void check_sshd(struct report *report)
{
	/* Of these, units take options: Debian's, Fedora's. */
	static const char *const files[] = { "/etc/default/ssh",
					     "/etc/sysconfig/sshd" };
	static const char path[] = "/etc/ssh/sshd_config";

	if (access(path, F_OK) < 0)
		return;
	for (size_t i = 0; i < COUNT(files); i++) {
		struct check_setting options = { .first = 0 };
		int r = text_file_each(files[i], sshd_options_line, &options);

		(void)snprintf(options.file, sizeof(options.file), "%s",
			       files[i]);
		if (r < 0)
			report_unseen(report, files[i], r);
		/* The file does not count then. */
		if (check_sshd_options(report, &options))
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

struct sudoers_state {
	struct sudoers_setting everybody;
	/* Of the line, which may go over some lines of the file. */
	bool goes_on;
	bool has_defaults;
	bool for_everybody;
};

static void sudoers_setting_release(struct sudoers_setting *setting)
{
	free(setting->where);
	free(setting->fix);
	*setting = (struct sudoers_setting){ .where = NULL };
}

/* The name of this host, as %h stands for it. */
static void copy_host(char ret[HOST_NAME_MAX + 1])
{
	*ret = '\0';
	(void)gethostname(ret, HOST_NAME_MAX);
	ret[HOST_NAME_MAX] = '\0';
	ret[strcspn(ret, ".")] = '\0';
}

/* The path of an include. To be freed. */
static char *sudoers_path(const char *file, char *word)
{
	const char *slash = strrchr(file, '/');
	char host[HOST_NAME_MAX + 1];
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
	copy_host(host);
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

/*
 * Returns what is behind the first of these settings, or NULL: none. written:
 * the line of the file, of which this is what is left from a place on.
 */
static const char *sudoers_session(const struct file_place *place,
				   const char *left, const char *written,
				   size_t from, unsigned int number)
{
	struct sudoers_state *state = place->state;
	struct sudoers_setting setting = { .where = NULL };
	regmatch_t parts[4];
	scoped_free char *is = NULL;

	if (!text_find(left,
		       "(^|[^![:alnum:]_])((!*)[[:blank:]]*pam_session\\>)", 4,
		       parts))
		return NULL;
	/* Two of them are none. */
	if ((parts[3].rm_eo - parts[3].rm_so) % 2 == 1) {
		is = text_part(left, &parts[2]);
		setting.where = text_of("%s:%u", place->file, number);
		/* The same may stand in a text before it. */
		if (is && strstr(written, is) ==
				  written + from + (size_t)parts[2].rm_so)
			setting.fix = text_sed(place->file, number, number, is,
					       "pam_session");
		else
			setting.fix = text_edit(place->file, number);
	}
	if (state->for_everybody) {
		sudoers_setting_release(&state->everybody);
		state->everybody = setting;
	} else {
		if (setting.where)
			tell_sudo_without(place->report, setting.where,
					  setting.fix);
		sudoers_setting_release(&setting);
	}
	return left + parts[0].rm_eo;
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

/*
 * Whether it is for one other host, or for what is started as root. Lists,
 * addresses and aliases are not read.
 */
static bool sudoers_is_elsewhere(const char *line)
{
	regmatch_t parts[2];
	scoped_free char *host = NULL;
	char own[HOST_NAME_MAX + 1];

	if (text_find(line, "^[[:blank:]]*Defaults>(root|#0)[[:blank:]]", 1,
		      parts))
		return true;
	if (!text_find(
		    line,
		    "^[[:blank:]]*Defaults@([[:alnum:]-]+)([.][[:alnum:].-]+)?"
		    "[[:blank:]]",
		    2, parts))
		return false;
	host = text_part(line, &parts[1]);
	copy_host(own);
	return host && strcasecmp(host, own) != 0 &&
	       host[strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")];
}

/* What a line of the file begins, or goes on with. */
static void sudoers_begin(struct sudoers_state *state, const char *line)
{
	size_t length = strlen(line);
	regmatch_t parts[1];

	if (!state->goes_on) {
		state->has_defaults =
			text_find(line, "^[[:blank:]]*Defaults", 1, parts) &&
			!sudoers_is_elsewhere(line);
		state->for_everybody = text_find(
			line, "^[[:blank:]]*Defaults[[:blank:]]", 1, parts);
	}
	state->goes_on = length > 0 && line[length - 1] == '\\';
}

static int sudoers_line(char *line, unsigned int number, void *data)
{
	const struct file_place *place = data;
	struct sudoers_state *state = place->state;
	scoped_free char *where = NULL;
	scoped_free char *unquoted = NULL;
	char *comment;
	const char *rest;

	if (!state->goes_on && sudoers_include(place, line))
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
	sudoers_begin(state, unquoted);
	if (!state->has_defaults)
		return 0;
	rest = unquoted;
	while (rest)
		rest = sudoers_session(place, rest, line,
				       (size_t)(rest - unquoted), number);
	where = text_of("%s:%u", place->file, number);
	rest = line;
	while (rest)
		rest = sudoers_service(place, rest, where, number);
	return 0;
}

static void check_sudoers_file(const struct file_place *place, const char *path)
{
	struct file_place below = { place->report, path, place->depth + 1,
				    place->state };
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
	struct sudoers_state state = { .goes_on = false };
	const struct file_place place = { report, NULL, 0, &state };
	scoped_free char *path = NULL;

	(void)text_file_each("/etc/sudo.conf", sudo_conf_line, &path);
	check_sudoers_file(&place, path ? path : "/etc/sudoers");
	if (state.everybody.where)
		tell_sudo_without(report, state.everybody.where,
				  state.everybody.fix);
	sudoers_setting_release(&state.everybody);
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
	scoped_free char *path = text_sed_path(place->file);
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
		   report_apt(fix));
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

	for (size_t i = 0; i < COUNT(generators); i++) {
		if (is_masked || access(generators[i], F_OK) < 0)
			continue;
		report_add(report, SEVERITY_OUTSIDE, generators[i],
			   "systemd-cron runs crontabs without PAM: they are "
			   "not confined",
			   report_apt("apt-get install cron"));
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
	fix = text_of("sed -i '%us/yes/no/' %s && systemctl restart nscd",
		      number, place->file);
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
	    !check_settings_hide(report, lines, "/run/nscd/socket"))
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
