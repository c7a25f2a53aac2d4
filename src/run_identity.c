/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run_identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

/* Root may run as anyone; everyone else only as itself, under its own name. */
static int check_caller(const struct run_wish *wish, struct err *e)
{
	const struct passwd *pw;

	if (getuid() != geteuid() || getgid() != getegid())
		return err_set(e, EPERM, "swrap run", "real and effective ids differ");
	if (geteuid() == 0)
		return 0;
	if (wish->uid != getuid())
		return err_set(e, EPERM, "--user-uid", "%u: yours is %u", wish->uid, getuid());
	if (wish->gid != getgid())
		return err_set(e, EPERM, "--user-gid", "%u: yours is %u", wish->gid, getgid());
	pw = getpwnam(wish->user);
	if (pw ? pw->pw_uid != getuid() : getpwuid(getuid()) != NULL)
		return err_set(e, EPERM, "--user", "%s is not you", wish->user);
	return 0;
}

static bool is_account_of(const struct passwd *pw, uid_t uid)
{
	return pw && pw->pw_uid == uid;
}

static int own_groups(struct identity *id, struct err *e)
{
	int n = getgroups(IDENTITY_GROUPS, id->groups);

	if (n < 0)
		return err_set(e, errno == EINVAL ? E2BIG : errno, "getgroups", "%s", "");
	id->ngroups = (uint32_t)n;
	return 0;
}

static int database_groups(struct identity *id, struct err *e)
{
	int n = IDENTITY_GROUPS;

	if (!is_account_of(getpwnam(id->user), id->uid)) {
		id->groups[0] = id->gid;
		id->ngroups = 1;
		return 0;
	}
	if (getgrouplist(id->user, id->gid, id->groups, &n) < 0)
		return err_set(e, E2BIG, "getgrouplist", "more than %d groups", IDENTITY_GROUPS);
	id->ngroups = (uint32_t)n;
	return 0;
}

static int take_account(const struct run_wish *wish, struct identity *id)
{
	const struct passwd *pw = getpwnam(wish->user);
	int r;

	if (!is_account_of(pw, wish->uid))
		return 0;
	r = identity_set(id->home, sizeof(id->home), pw->pw_dir);
	return r < 0 ? r : identity_set(id->shell, sizeof(id->shell), pw->pw_shell);
}

/* An ordinary user has no _swrap to give its supervisor: it supervises itself. */
static int take_supervisor(struct identity *id, struct err *e)
{
	const struct passwd *pw;

	id->supervisor_uid = getuid();
	id->supervisor_gid = getgid();
	if (geteuid() != 0)
		return 0;
	pw = getpwnam("_swrap");
	if (!pw)
		return err_set(e, ENOENT, "the system user", "_swrap (see sysusers.d)");
	id->supervisor_uid = pw->pw_uid;
	id->supervisor_gid = pw->pw_gid;
	return 0;
}

static int take_words(const struct run_wish *wish, struct identity *id, struct err *e)
{
	if (identity_set(id->user, sizeof(id->user), wish->user) < 0)
		return err_set(e, ENAMETOOLONG, "--user", "%s", "");
	if (identity_set(id->profile, sizeof(id->profile), wish->profile) < 0)
		return err_set(e, ENAMETOOLONG, "--profile", "%s", "");
	if (identity_set(id->config, sizeof(id->config), wish->config) < 0)
		return err_set(e, ENAMETOOLONG, "--config", "%s", "");
	for (uint32_t i = 0; i < wish->nsets; i++)
		if (identity_add_set(id, wish->sets[i]) < 0)
			return err_set(e, E2BIG, "--set", "more than %d bytes", IDENTITY_SETS_BYTES);
	if (wish->shell && identity_set(id->shell, sizeof(id->shell), wish->shell) < 0)
		return err_set(e, ENAMETOOLONG, "--shell", "%s", "");
	return 0;
}

static void take_tty(struct identity *id)
{
	for (int fd = 0; fd < 3; fd++)
		if (ttyname_r(fd, id->tty, sizeof(id->tty)) == 0)
			return;
	id->tty[0] = 0;
}

int run_identity(const struct run_wish *wish, struct identity *id, struct err *e)
{
	int r = check_caller(wish, e);

	memset(id, 0, sizeof(*id));
	if (r == 0)
		r = identity_new_session(id->session);
	if (r == 0)
		r = identity_set(id->service, sizeof(id->service), "swrap-run");
	id->uid = wish->uid;
	id->gid = wish->gid;
	id->requester = getuid();
	id->direct = true;
	take_tty(id);
	if (r == 0)
		r = take_account(wish, id);
	if (r == 0)
		r = take_words(wish, id, e); /* after the account: --shell wins over the database's */
	if (r == 0)
		r = geteuid() == 0 ? database_groups(id, e) : own_groups(id, e);
	if (r == 0)
		r = take_supervisor(id, e);
	return r < 0 ? err_set(e, -r, "swrap run", "%s", "") : 0;
}
