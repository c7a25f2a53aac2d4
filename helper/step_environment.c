/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Argument, environment and directory of what is run: the user's own, read only when nothing is left of
 * root.
 */
#include "step.h"

#include "environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char **split(char **at, char *end, uint32_t n)
{
	char **list = calloc((size_t)n + 1, sizeof(*list));

	for (uint32_t i = 0; list && i < n; i++) {
		char *nul = memchr(*at, 0, (size_t)(end - *at));

		if (!nul) {
			free(list);
			return NULL;
		}
		list[i] = *at;
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
	_free_ char **login = NULL, **cwd = NULL;

	/* Each string has at least its NUL: more than bytes of them cannot be. */
	if (c->start->argc > c->start->bytes || c->start->envc > c->start->bytes)
		return err_set(e, EBADMSG, "memfd", "counts");
	c->argv = split(&at, end, c->start->argc);
	login = c->argv ? split(&at, end, c->start->envc) : NULL;
	cwd = login ? split(&at, end, 1) : NULL;
	if (!cwd)
		return err_set(e, EBADMSG, "memfd", "strings");
	c->cwd = cwd[0];
	return environment_build(&c->plan->environment, login, c->start->envc, &c->envp, e);
}

static int empty_strings(struct step_context *c, struct err *e)
{
	static char name[] = "swrap-rehearsal";

	c->argv = calloc(2, sizeof(*c->argv));
	c->cwd = "/";
	if (!c->argv)
		return err_set(e, ENOMEM, "strings", "%s", "");
	c->argv[0] = name;
	return environment_build(&c->plan->environment, NULL, 0, &c->envp, e);
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

	if (environment_check(&c->plan->environment, c->envp, e) < 0)
		return -EPERM;
	/* "(unreachable)" would mean that the directory is outside the root. */
	if (!getcwd(cwd, sizeof(cwd)) && errno != EACCES && errno != ENAMETOOLONG)
		return err_set(e, errno, "getcwd", "%s", "");
	return 0;
}
