/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan_builder.h - texts of a profile made into rules for files. Only for the files of plan.
 *
 * All return 0, or -errno with b->e set: EINVAL for what cannot be meant, ENAMETOOLONG, E2BIG, ENOMEM.
 */
#ifndef SWRAP_PLAN_BUILDER_H
#define SWRAP_PLAN_BUILDER_H

#include "plan.h"

/* The texts of one plan, one behind the other. */
struct builder {
	struct plan *plan;
	size_t used;
	struct err *e;		/* never NULL */
};

int builder_init(struct builder *b);

/*
 * Adds *m at the path that text says: "-" before it makes it optional; %h, %u and %U are the home, the
 * name and the uid. Without a home, or with / as home, "%h" is passed over.
 */
int builder_add(struct builder *b, const struct plan_mount *m, const char *text);

/* "SOURCE", "SOURCE:PATH", "SOURCE:PATH:rbind|norbind"; attributes are MOUNT_ATTR_*. */
int builder_add_binds(struct builder *b, const struct text_list *list, uint64_t attributes);

/* "PATH" or "PATH:OPTION,...": ro, rw, nosuid, nodev, noexec, mode=, size=. */
int builder_add_tmpfs(struct builder *b, const struct text_list *list);

/* RootDirectory=, and what a root that begins empty gets of the host. Before all others. */
int builder_choose_root(struct builder *b, const struct profile *p);

/*
 * What was said of the whole tree, for each of the first implied rules: those builder_choose_root() made,
 * which would be part of the tree were it the host's. After all others.
 */
int builder_spread_root(struct builder *b, uint32_t implied);

#endif
