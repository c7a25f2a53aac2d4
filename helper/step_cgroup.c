/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The leaf is made by the helper, which reads its limits back, and session init is born in it: apply only
 * says what became of that. Init keeps no descriptor of it.
 */
#include "step.h"

#include "../src/cgroup_tree.h"

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
	char path[PATH_MAX];
	int r = cgroup_tree_path(0, path, sizeof(path));

	if (r == -ENOTSUP)
		return err_set(e, EPERM, "cgroup", "init is in none");
	if (r < 0)
		return err_set(e, -r, "open", "/proc/self/cgroup");
	if (strcmp(path, want) != 0)
		return err_set(e, EPERM, "cgroup", "init is in %.80s, not in %.60s", path, want);
	return 0;
}
