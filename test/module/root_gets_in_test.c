/* SPDX-License-Identifier: GPL-2.0-or-later */
/* root-gets-in: what is wrong with a line does not lock out uid 0. */
#include "rig.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static void nothing(void)
{
}

static void group_is_a_directory(void)
{
	must(unlink("/etc/group"));
	rig_mkdir("/etc/group");
}

static void group_is_missing(void)
{
	must(unlink("/etc/group"));
}

static void group_has_no_source(void)
{
	rig_write("/etc/nsswitch.conf", "passwd: files\ngroup: nosuchsource\n");
}

static void no_confining(void)
{
	rig_mkdir("/run/netns/root");
	must(mount("none", "/proc", "tmpfs", 0, NULL));
}

/* Whom a line denies, and what it says: uid 0 is never among them. */
enum denied { DENIES_MEMBERS, DENIES_ALL };

struct line {
	const char *line;
	void (*break_it)(void);
	enum denied denied;
	const char *message;
};

static void check_root(const struct line *line, const char *root)
{
	struct login login;

	login_as(&login, "stack", root, ALL_IGNORED);
	check_in(HOST);
	check_text(login.said, "");
	check_log_count(LOG_ERR, 0);
	check_logged(LOG_WARNING, line->message);
	rig_log_forget();
}

static void check_line(const struct line *line, const char *root,
		       const char *member)
{
	bool all = line->denied == DENIES_ALL;
	struct login login;

	rig_service("stack", line->line);
	line->break_it();
	check_root(line, root);
	login_as(&login, "stack", member, PAM_SERVICE_ERR);
	check_in(HOST);
	check_logged(LOG_ERR, line->message);
	check_log_count(LOG_ERR, 1);
	rig_log_forget();
	login_as(&login, "stack", "bob", all ? PAM_SERVICE_ERR : ALL_IGNORED);
	check_in(HOST);
	check_log_count(LOG_ERR, all);
}

static void for_alice(const void *data)
{
	check_line(data, "root", "alice");
}

static void for_nina(const void *data)
{
	check_line(data, "root", "nina");
}

static void for_lara(const void *data)
{
	check_line(data, "root", "lara");
}

static void for_alice_and_toor(const void *data)
{
	rig_append("/etc/passwd", "toor:x:0:0::/root:/bin/sh\n");
	check_line(data, "toor", "alice");
}

/* Only if root is a member is root confined, and then it counts for root. */
static void root_is_a_member(const void *data)
{
	struct login login;

	(void)data;
	rig_service("stack", "usernet group=root");
	login_as(&login, "stack", "root", PAM_SUCCESS);
	check_in("root");
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	rig_service("stack", "usernet group=root nosuchword");
	login_as(&login, "stack", "root", PAM_SERVICE_ERR);
	check_in(HOST);
}

static void no_member_no_problem(const void *data)
{
	struct login login;

	rig_service("stack", data);
	no_confining();
	login_as(&login, "stack", "root", ALL_IGNORED);
}

#define LINE(LABEL, WHO, ...)                                                  \
	{                                                                      \
		"root-gets-in: " LABEL, WHO,                                   \
			&(const struct line){ __VA_ARGS__ }, 0                 \
	}

static const struct rig_case cases[] = {
	LINE("the group cannot be read, usernet", for_alice, "usernet",
	     group_is_a_directory, DENIES_ALL, "'usernet'"),
	LINE("the group cannot be read, newnet", for_nina, "newnet",
	     group_is_a_directory, DENIES_ALL, "'newnet'"),
	LINE("the groups cannot be read, groupnet", for_lara, "groupnet",
	     group_is_a_directory, DENIES_ALL, "'groupnet'"),
	LINE("there is no /etc/group, usernet", for_alice, "usernet",
	     group_is_missing, DENIES_ALL, "'usernet'"),
	LINE("there is no source of groups, usernet", for_alice, "usernet",
	     group_has_no_source, DENIES_ALL, "'usernet'"),
	LINE("there is no source of groups, newnet", for_nina, "newnet",
	     group_has_no_source, DENIES_ALL, "'newnet'"),
	LINE("an explicit group that is missing, usernet", for_alice,
	     "usernet group=usernte", nothing, DENIES_ALL, "'usernte'"),
	LINE("an explicit group that is missing, newnet", for_nina,
	     "newnet group=newnte", nothing, DENIES_ALL, "'newnte'"),
	LINE("the default group by name, but missing", for_alice,
	     "usernet group=nosuch group=alsonot", nothing, DENIES_ALL,
	     "'alsonot'"),
	LINE("group= without a name", for_alice, "usernet group=", nothing,
	     DENIES_ALL, "'group='"),
	LINE("group without a value", for_alice, "usernet group", nothing,
	     DENIES_ALL, "'group'"),
	LINE("an unknown word=value, usernet", for_alice,
	     "usernet gruop=usernet", nothing, DENIES_ALL, "'gruop=usernet'"),
	LINE("an unknown word=value, newnet", for_nina, "newnet gruop=newnet",
	     nothing, DENIES_ALL, "'gruop=newnet'"),
	LINE("an unknown word=value, groupnet", for_lara,
	     "groupnet prefix=groupnet", nothing, DENIES_ALL,
	     "'prefix=groupnet'"),
	LINE("an unknown bare word, usernet", for_alice, "usernet rootshraed",
	     nothing, DENIES_MEMBERS, "'rootshraed'"),
	LINE("an unknown bare word, newnet", for_nina, "newnet nomuont",
	     nothing, DENIES_MEMBERS, "'nomuont'"),
	LINE("an unknown bare word, groupnet", for_lara, "groupnet lodwon",
	     nothing, DENIES_MEMBERS, "'lodwon'"),
	LINE("a word of another module, usernet", for_alice, "usernet nomount",
	     nothing, DENIES_MEMBERS, "'nomount'"),
	LINE("a word of another module, newnet", for_nina, "newnet rootshared",
	     nothing, DENIES_MEMBERS, "'rootshared'"),
	LINE("a value of another module", for_alice, "usernet etc=lab", nothing,
	     DENIES_ALL, "'etc=lab'"),
	LINE("a flag with a value", for_alice, "usernet lodown=yes", nothing,
	     DENIES_MEMBERS, "'lodown=yes'"),
	LINE("a bad value of etc=", for_nina, "newnet etc=../shadow", nothing,
	     DENIES_MEMBERS, "'etc=../shadow'"),
	LINE("a relative log=", for_nina, "newnet log=net.log", nothing,
	     DENIES_MEMBERS, "'log=net.log'"),
	LINE("the worst word counts", for_alice,
	     "usernet nosuchword group=usernet no=such", nothing, DENIES_ALL,
	     "'no=such'"),
	LINE("by another name of uid 0", for_alice_and_toor, "usernet",
	     group_is_a_directory, DENIES_ALL, "'usernet'"),
	{ "root-gets-in: a member is confined, and denied, like any",
	  root_is_a_member, NULL, 0 },
	{ "root-gets-in: nobody can be confined, newnet", no_member_no_problem,
	  "newnet", 0 },
	{ "root-gets-in: nobody can be confined, usernet", no_member_no_problem,
	  "usernet", 0 },
};

RIG_MAIN("root-gets-in", cases)
