/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture.h"

#include "../src/service.h"

#include <errno.h>
#include <grp.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <unistd.h>

#define SUPERVISOR_USER "_swrap"

const char *capture_item(pam_handle_t *pamh, int item)
{
	const void *value = NULL;

	return pam_get_item(pamh, item, &value) == PAM_SUCCESS ? value : NULL;
}

int capture_user(pam_handle_t *pamh, const struct passwd **ret, struct err *e)
{
	const char *name = NULL;
	const struct passwd *pw;

	if (pam_get_user(pamh, &name, NULL) != PAM_SUCCESS || !name || !name[0])
		return err_set(e, EINVAL, "user", "the application names none");
	pw = pam_modutil_getpwnam(pamh, name);
	if (!pw)
		return err_set(e, ENOENT, "user", "not in the user database");
	*ret = pw;
	return 0;
}

bool capture_is_member(pam_handle_t *pamh, const char *user, const char *group)
{
	return group && pam_modutil_user_in_group_nam_nam(pamh, user, group);
}

static int set_text(char *field, size_t size, const char *text, const char *name, struct err *e)
{
	int r = identity_set(field, size, text);

	return r < 0 ? err_set(e, -r, "identity", "%s", name) : 0;
}

#define SET(field, text) set_text(id->field, sizeof(id->field), text, #field, e)

static int capture_texts(pam_handle_t *pamh, const struct passwd *pw, const struct arguments *args,
			 struct identity *id, struct err *e)
{
	if (SET(user, pw->pw_name) < 0 || SET(home, pw->pw_dir) < 0 ||
	    SET(shell, pw->pw_shell) < 0 || SET(profile, args->profile) < 0 ||
	    SET(config, args->config) < 0 ||
	    SET(service, capture_item(pamh, PAM_SERVICE)) < 0 ||
	    SET(tty, capture_item(pamh, PAM_TTY)) < 0 ||
	    SET(rhost, capture_item(pamh, PAM_RHOST)) < 0 ||
	    SET(ruser, capture_item(pamh, PAM_RUSER)) < 0)
		return -ENAMETOOLONG;
	return 0;
}

int capture_groups(const struct passwd *pw, struct identity *id, struct err *e)
{
	int n = IDENTITY_GROUPS;

	if (getgrouplist(pw->pw_name, pw->pw_gid, id->groups, &n) < 0)
		return err_set(e, E2BIG, "identity", "more than %d groups", IDENTITY_GROUPS);
	id->ngroups = (uint32_t)n;
	return 0;
}

static int capture_sets(const struct arguments *args, struct identity *id, struct err *e)
{
	for (uint32_t i = 0; i < args->nsets; i++)
		if (identity_add_set(id, args->sets[i]) < 0)
			return err_set(e, E2BIG, "identity", "set=: more than %d bytes of them",
				       IDENTITY_SETS_BYTES);
	return 0;
}

int capture_group(pam_handle_t *pamh, const char *name, gid_t *ret)
{
	const struct group *group = pam_modutil_getgrnam(pamh, name);

	if (!group)
		return 0;
	*ret = group->gr_gid;
	return 1;
}

/* The helper is static and has no user database. -1 makes it refuse, by the name of the user. */
static void capture_supervisor(pam_handle_t *pamh, struct identity *id)
{
	const struct passwd *pw = pam_modutil_getpwnam(pamh, SUPERVISOR_USER);

	id->supervisor_uid = pw ? pw->pw_uid : (uid_t)-1;
	id->supervisor_gid = pw ? pw->pw_gid : (gid_t)-1;
}

int capture_identity(pam_handle_t *pamh, const struct passwd *pw, const struct arguments *args,
		     struct identity *id, struct err *e)
{
	id->uid = pw->pw_uid;
	id->gid = pw->pw_gid;
	id->requester = getuid();
	id->fail_set = args->fail_set;
	id->fail_open = args->fail_open;
	id->breakglass = capture_is_member(pamh, pw->pw_name, args->breakglass);
	id->exempt = service_is_exempt(capture_item(pamh, PAM_SERVICE));
	if (capture_texts(pamh, pw, args, id, e) < 0)
		return -ENAMETOOLONG;
	if (capture_sets(args, id, e) < 0)
		return -E2BIG;
	capture_supervisor(pamh, id);
	return 0;
}
