/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From root to the user, and no way back: groups, then gid, then uid; what is read of the user's own
 * is read only after that.
 */
#include "step.h"

#include "inherit.h"

#include "../src/io.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>


int apply_groups(struct step_context *c, struct err *e)
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
int verify_groups(struct step_context *c, struct err *e)
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

int apply_gid(struct step_context *c, struct err *e)
{
	gid_t gid = c->start->gid;

	if (setresgid(gid, gid, gid) < 0)
		return err_set(e, errno, "setresgid", "gid %u", gid);
	return 0;
}

int verify_gid(struct step_context *c, struct err *e)
{
	gid_t r, f, s;

	if (getresgid(&r, &f, &s) < 0 || r != c->start->gid || f != r || s != r)
		return err_set(e, EPERM, "getresgid", "not gid %u", c->start->gid);
	return 0;
}

/*
 * Without no_new_privs the filter needs CAP_SYS_ADMIN, which is kept over the change of uid and gone
 * before the shell (capabilities).
 */
int apply_uid(struct step_context *c, struct err *e)
{
	uid_t uid = c->plan->identity->uid;
	bool keep = c->plan->levels[STEP_NO_NEW_PRIVS] == LEVEL_OFF;

	if (prctl(PR_SET_KEEPCAPS, keep, 0, 0, 0) < 0)
		return err_set(e, errno, "PR_SET_KEEPCAPS", "%s", "");
	if (setresuid(uid, uid, uid) < 0)
		return err_set(e, errno, "setresuid", "uid %u", uid);
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return err_set(e, errno, "PR_SET_KEEPCAPS", "%s", "");
	return 0;
}

int verify_uid(struct step_context *c, struct err *e)
{
	uid_t want = c->plan->identity->uid, r, f, s;

	if (getresuid(&r, &f, &s) < 0 || r != want || f != want || s != want)
		return err_set(e, EPERM, "getresuid", "not uid %u", want);
	return 0;
}

/* After the change of uid, which resets it; until exec nobody of the same uid may trace us. */
int apply_dumpable(struct step_context *c, struct err *e)
{
	(void)c;
	return inherit_undumpable(e);
}

int verify_dumpable(struct step_context *c, struct err *e)
{
	(void)c;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(e, EPERM, "PR_GET_DUMPABLE", "dumpable");
	return 0;
}

/* Variables that make the loader run or show code of the caller's choice. */
static const char *const loader_variables[] = {
	"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT",	    "LD_DEBUG",	     "LD_DEBUG_OUTPUT",
	"LD_PROFILE", "LD_PROFILE_OUTPUT", "LD_DYNAMIC_WEAK", "LD_SHOW_AUXV", "LD_ORIGIN_PATH",
	"LD_HWCAP_MASK", "LD_USE_LOAD_BIAS", "GLIBC_TUNABLES",
};

static bool is_loader_variable(const char *entry)
{
	size_t name = strcspn(entry, "=");

	for (size_t i = 0; i < ARRAY_SIZE(loader_variables); i++)
		if (strlen(loader_variables[i]) == name &&
		    strncmp(entry, loader_variables[i], name) == 0)
			return true;
	return false;
}

static char **split(char **at, char *end, uint32_t n, bool scrub)
{
	char **list = calloc((size_t)n + 1, sizeof(*list));
	size_t kept = 0;

	for (uint32_t i = 0; list && i < n; i++) {
		char *nul = memchr(*at, 0, (size_t)(end - *at));

		if (!nul) {
			free(list);
			return NULL;
		}
		if (!scrub || !is_loader_variable(*at))
			list[kept++] = *at;
		*at = nul + 1;
	}
	return list;
}

static int read_strings(struct step_context *c, struct err *e)
{
	size_t size = c->start->bytes, n = 0;

	c->strings = malloc(size + 1);
	if (!c->strings)
		return err_set(e, ENOMEM, "memfd", "%zu bytes", size);
	while (n < size) {
		ssize_t r = pread(c->memfd, c->strings + n, size - n, (off_t)n);

		if (r <= 0)
			return err_set(e, r < 0 ? errno : EBADMSG, "memfd", "at %zu of %zu", n, size);
		n += (size_t)r;
	}
	c->strings[size] = 0;
	return 0;
}

static int parse_strings(struct step_context *c, struct err *e)
{
	char *at = c->strings, *end = c->strings + c->start->bytes;
	char **cwd;

	/* Each string has at least its NUL: more than bytes of them cannot be. */
	if (c->start->argc > c->start->bytes || c->start->envc > c->start->bytes)
		return err_set(e, EBADMSG, "memfd", "counts");
	c->argv = split(&at, end, c->start->argc, false);
	c->envp = c->argv ? split(&at, end, c->start->envc, true) : NULL;
	cwd = c->envp ? split(&at, end, 1, false) : NULL;
	if (!cwd)
		return err_set(e, EBADMSG, "memfd", "strings");
	c->cwd = cwd[0];
	free(cwd);
	return 0;
}

static int empty_strings(struct step_context *c, struct err *e)
{
	static char name[] = "swrap-rehearsal";

	c->argv = calloc(2, sizeof(*c->argv));
	c->envp = calloc(1, sizeof(*c->envp));
	c->cwd = "/";
	if (!c->argv || !c->envp)
		return err_set(e, ENOMEM, "strings", "%s", "");
	c->argv[0] = name;
	return 0;
}

/* As the user, in the session's tree: the host's cwd may not exist there. */
static int enter_cwd(const struct step_context *c, struct err *e)
{
	if (chdir(c->cwd) == 0 || chdir(c->plan->identity->home) == 0 || chdir("/") == 0)
		return 0;
	return err_set(e, errno, "chdir", "/");
}

int apply_environment(struct step_context *c, struct err *e)
{
	int r;

	if (c->memfd < 0)
		r = empty_strings(c, e);
	else
		r = read_strings(c, e) < 0 ? -1 : parse_strings(c, e);
	return r < 0 ? r : enter_cwd(c, e);
}

int verify_environment(struct step_context *c, struct err *e)
{
	char cwd[PATH_MAX];

	for (char **entry = c->envp; *entry; entry++)
		if (is_loader_variable(*entry))
			return err_set(e, EPERM, "environment", "%.40s", *entry);
	/* "(unreachable)" would mean that the directory is outside the root. */
	if (!getcwd(cwd, sizeof(cwd)) && errno != EACCES && errno != ENAMETOOLONG)
		return err_set(e, errno, "getcwd", "%s", "");
	return 0;
}

int apply_regain(struct step_context *c, struct err *e)
{
	if (setresuid(0, 0, 0) == 0 || (c->start->gid != 0 && setresgid(0, 0, 0) == 0))
		return err_set(e, EPERM, "regain", "became root again");
	return 0;
}

int verify_regain(struct step_context *c, struct err *e)
{
	return verify_uid(c, e) < 0 ? -EPERM : verify_gid(c, e);
}
