/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The leaf is made by the helper, which reads its limits back, and session init is born in it: apply only
 * says what became of that. Init keeps no descriptor of it.
 */
#include "step.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int apply_cgroup(struct step_context *c, struct err *e)
{
	const struct err *failure = &c->cgroup->failure;

	if (c->cgroup->leaf_fd >= 0)
		return 0;
	return err_set(e, failure->num ? failure->num : ENOTSUP, "cgroup", "%s: %s", failure->what,
		       failure->about);
}

/* The namespace in which the leaf looks like the root comes later. */
int verify_cgroup(struct step_context *c, struct err *e)
{
	const char *want = c->cgroup->path;
	char text[PATH_MAX + 1024], *line;
	ssize_t n = io_read_file(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));

	if (n < 0)
		return err_set(e, (int)-n, "open", "/proc/self/cgroup");
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!line)
		return err_set(e, EPERM, "cgroup", "init is in none");
	line = strstr(line, "0::") + 3;
	line[strcspn(line, "\n")] = 0;
	if (strcmp(line, want) != 0)
		return err_set(e, EPERM, "cgroup", "init is in %.80s, not in %.60s", line, want);
	return 0;
}
