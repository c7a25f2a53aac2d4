/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Argument, environment and directory of what is run: the user's own, read only when nothing is left of
 * root.
 */
#include "step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
