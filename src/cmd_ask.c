/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd_ask.h"

#include "service.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

static bool is_member(const struct identity *id, const char *name)
{
	const struct group *group = name ? getgrnam(name) : NULL;

	if (!group)
		return false;
	for (uint32_t i = 0; i < id->ngroups; i++)
		if (id->groups[i] == group->gr_gid)
			return true;
	return id->gid == group->gr_gid;
}

/* The line's sets come first, so that those of the command line win. */
static int take_sets(const struct pam_line *line, struct run_wish *wish, struct err *e)
{
	for (uint32_t i = 0; i < line->n; i++) {
		if (strncmp(line->arguments[i], "set=", 4) != 0)
			continue;
		if (wish->nsets == RUN_SETS_MAX)
			return err_set(e, E2BIG, "set=", "more than %d", RUN_SETS_MAX);
		wish->sets[wish->nsets++] = line->arguments[i] + 4;
	}
	return 0;
}

static int make_wish(const struct ask_wish *ask, const struct pam_line *line, struct run_wish *ret,
		     struct err *e)
{
	const struct passwd *pw = getpwnam(ask->user);
	int r;

	if (!pw)
		return err_set(e, ENOENT, "user", "%.64s is not in the user database", ask->user);
	*ret = (struct run_wish){
		.user = ask->user,
		.uid = pw->pw_uid,
		.gid = pw->pw_gid,
		.profile = ask->profile ? ask->profile : pam_line_value(line, "profile="),
		.config = ask->config ? ask->config : pam_line_value(line, "config="),
	};
	r = take_sets(line, ret, e);
	for (uint32_t i = 0; r == 0 && i < ask->nsets; i++) {
		if (ret->nsets == RUN_SETS_MAX)
			return err_set(e, E2BIG, "--set", "more than %d", RUN_SETS_MAX);
		ret->sets[ret->nsets++] = ask->sets[i];
	}
	return r;
}

static int take_service(const struct ask_wish *ask, const struct pam_line *line, struct identity *id,
			struct err *e)
{
	const char *fail = pam_line_value(line, "fail=");

	if (identity_set(id->service, sizeof(id->service), ask->service) < 0 ||
	    identity_set(id->rhost, sizeof(id->rhost), ask->rhost) < 0)
		return err_set(e, ENAMETOOLONG, "service", "or remote host");
	id->tty[0] = 0;
	id->direct = strcmp(ask->service, ASK_OWN_SERVICE) == 0;
	id->exempt = service_is_exempt(ask->service);
	id->fail_set = fail != NULL;
	id->fail_open = fail && strcmp(fail, "open") == 0;
	id->breakglass = is_member(id, pam_line_value(line, "breakglass="));
	return 0;
}

int ask_identity(const struct ask_wish *ask, struct identity *id, struct pam_line *line, struct err *e)
{
	bool own = strcmp(ask->service, ASK_OWN_SERVICE) == 0;
	struct run_wish wish;
	int r;

	line->found = false;
	line->n = 0;
	if (!own && geteuid() != 0)
		return err_set(e, EPERM, "service", "%.64s: only root can tell", ask->service);
	r = own ? 0 : pam_line_find(ASK_PAM_DIRECTORY, ask->service, line, e);
	if (r == 0)
		r = make_wish(ask, line, &wish, e);
	if (r == 0)
		r = run_identity(&wish, id, e);
	return r < 0 ? r : take_service(ask, line, id, e);
}

int ask_plan(struct identity *id, char **ret_text, struct wire_refused *refused, struct err *e)
{
	struct run_helper helper = { .fd = -1 };
	int r = run_helper_start(&helper, SWRAP_HELPER_PATH, e);

	id->mode = IDENTITY_EXPLAIN;
	if (r == 0)
		r = run_helper_explain(&helper, id, ret_text, refused, e);
	run_helper_done(&helper, true);
	return r;
}

/* Closing the socket is a close: the helper takes down what it built and writes the end. */
int ask_rehearsal(struct identity *id, struct run_ready *ready, struct wire_refused *refused,
		  struct err *e)
{
	struct run_helper helper = { .fd = -1 };
	int r = run_helper_start(&helper, SWRAP_HELPER_PATH, e);

	id->mode = IDENTITY_CHECK;
	if (r == 0)
		r = run_helper_ask(&helper, id, ready, refused, e);
	run_helper_done(&helper, r < 0);
	return r;
}
