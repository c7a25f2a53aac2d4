/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From root to the user, and no way back: groups, then gid, then uid.
 */
#include "step.h"

#include "inherit.h"

#include "../src/io.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

int step_set_groups(struct step_context *c, struct err *e)
{
	if (setgroups(c->start->ngroups, c->groups) < 0)
		return err_set(e, errno, "setgroups", "%u groups", c->start->ngroups);
	return 0;
}

static int compare_gids(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return x < y ? -1 : x > y;
}

/* The kernel sorts what setgroups got; compare as sets. */
int step_check_groups(struct step_context *c, struct err *e)
{
	size_t bytes = c->start->ngroups * sizeof(gid_t);
	_free_ gid_t *now = malloc(bytes + 1), *want = malloc(bytes + 1);
	int n = getgroups(0, NULL);

	if (!now || !want)
		return err_set(e, ENOMEM, "groups", "%s", "");
	if (n != (int)c->start->ngroups || getgroups(n, now) != n)
		return err_set(e, EPERM, "getgroups", "%d, not %u", n, c->start->ngroups);
	memcpy(want, c->groups, bytes);
	qsort(want, (size_t)n, sizeof(gid_t), compare_gids);
	qsort(now, (size_t)n, sizeof(gid_t), compare_gids);
	return memcmp(now, want, bytes) ? err_set(e, EPERM, "getgroups", "other groups") : 0;
}

int step_set_gid(struct step_context *c, struct err *e)
{
	gid_t gid = c->start->gid;

	if (setresgid(gid, gid, gid) < 0)
		return err_set(e, errno, "setresgid", "gid %u", gid);
	return 0;
}

int step_check_gid(struct step_context *c, struct err *e)
{
	gid_t r, f, s;

	if (getresgid(&r, &f, &s) < 0 || r != c->start->gid || f != r || s != r)
		return err_set(e, EPERM, "getresgid", "not gid %u", c->start->gid);
	return 0;
}

/*
 * Without no_new_privs the filter needs CAP_SYS_ADMIN, which is kept over the change of uid and gone
 * before the shell (capabilities); what the profile passes on is kept all the way.
 */
int step_set_uid(struct step_context *c, struct err *e)
{
	uid_t uid = c->plan->identity->uid;
	bool keep = c->plan->levels[STEP_NO_NEW_PRIVS] == LEVEL_OFF || c->plan->ambient;

	if (prctl(PR_SET_KEEPCAPS, keep, 0, 0, 0) < 0)
		return err_set(e, errno, "PR_SET_KEEPCAPS", "%s", "");
	if (setresuid(uid, uid, uid) < 0)
		return err_set(e, errno, "setresuid", "uid %u", uid);
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return err_set(e, errno, "PR_SET_KEEPCAPS", "%s", "");
	return 0;
}

int step_check_uid(struct step_context *c, struct err *e)
{
	uid_t want = c->plan->identity->uid, r, f, s;

	if (getresuid(&r, &f, &s) < 0 || r != want || f != want || s != want)
		return err_set(e, EPERM, "getresuid", "not uid %u", want);
	return 0;
}

/* After the change of uid, which resets it; until exec nobody of the same uid may trace us. */
int step_set_undumpable(struct step_context *c, struct err *e)
{
	(void)c;
	return inherit_undumpable(e);
}

int step_check_undumpable(struct step_context *c, struct err *e)
{
	(void)c;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(e, EPERM, "PR_GET_DUMPABLE", "dumpable");
	return 0;
}

/* What the profile passes on may be used; everything else must have gone for good. */
static bool is_passed_on(const struct step_context *c, int capability)
{
	return c->plan->ambient & (UINT64_C(1) << capability);
}

/* Root in its own session has nobody to become: what it must not get back is capabilities. */
static bool becomes_root(const struct step_context *c)
{
	if (c->plan->identity->uid == 0 || is_passed_on(c, CAP_SETUID))
		return false;
	return setresuid(0, 0, 0) == 0 || setresuid((uid_t)-1, 0, (uid_t)-1) == 0;
}

static bool takes_root_groups(const struct step_context *c)
{
	const gid_t root = 0;

	if (is_passed_on(c, CAP_SETGID))
		return false;
	return setgroups(1, &root) == 0 || (c->start->gid != 0 && setresgid(0, 0, 0) == 0);
}

/* In a build for tests: there is nothing to be had back of what was never given up. */
static bool is_left_out(const struct step_context *c, enum step step)
{
	return c->plan->ablated & STEP_BIT(step);
}

int step_try_regain(struct step_context *c, struct err *e)
{
	if (!is_left_out(c, STEP_UID) && becomes_root(c))
		return err_set(e, EPERM, "regain", "became root again");
	if (!is_left_out(c, STEP_GID) && takes_root_groups(c))
		return err_set(e, EPERM, "regain", "took root's groups again");
	if (step_takes_capabilities(c))
		return err_set(e, EPERM, "regain", "took capabilities again");
	return 0;
}

/* Nothing of what was tried has left a trace. */
int step_check_regain(struct step_context *c, struct err *e)
{
	if (!is_left_out(c, STEP_UID) && step_check_uid(c, e) < 0)
		return -EPERM;
	if (!is_left_out(c, STEP_GID) && step_check_gid(c, e) < 0)
		return -EPERM;
	if (c->plan->levels[STEP_GID] != LEVEL_OFF && step_check_groups(c, e) < 0)
		return -EPERM;
	return c->plan->levels[STEP_CAPABILITIES] != LEVEL_OFF ? step_check_capabilities(c, e) : 0;
}

/* ---- the steps, made of the parts above ---- */

int apply_gid(struct step_context *c, struct err *e)
{
	int r = step_set_groups(c, e);

	return r < 0 ? r : step_set_gid(c, e);
}

int verify_gid(struct step_context *c, struct err *e)
{
	int r = step_check_groups(c, e);

	return r < 0 ? r : step_check_gid(c, e);
}

/*
 * The change of uid leaves what loading the filter needs, and resets whether one can be traced. The
 * supervisor of an ordinary user's own run has no capability, and may read only what is dumpable.
 */
int apply_uid(struct step_context *c, struct err *e)
{
	int r = step_set_uid(c, e);

	if (r == 0)
		r = step_keep_capabilities(c, e);
	return r < 0 || !c->plan->privileged ? r : step_set_undumpable(c, e);
}

int verify_uid(struct step_context *c, struct err *e)
{
	int r = step_check_uid(c, e);

	if (r == 0)
		r = step_check_kept(c, e);
	return r < 0 || !c->plan->privileged ? r : step_check_undumpable(c, e);
}

int apply_capabilities(struct step_context *c, struct err *e)
{
	int r = step_drop_capabilities(c, e);

	return r < 0 ? r : step_try_regain(c, e);
}

int verify_capabilities(struct step_context *c, struct err *e)
{
	int r = step_check_capabilities(c, e);

	return r < 0 ? r : step_check_regain(c, e);
}
