/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shells.h - the real files behind the user's shell, /bin/sh and /etc/shells: what gets shadowed.
 */
#ifndef SWRAP_PAM_SHELLS_H
#define SWRAP_PAM_SHELLS_H

#include "../src/err.h"

#include <sys/types.h>

enum { SHELLS_MAX = 64 };

struct shell {
	char *path;		/* resolved: no symlink in it; owned */
	dev_t dev;
	ino_t ino;
};

struct shell_list {
	unsigned int n;
	struct shell items[SHELLS_MAX];
};

/*
 * Fills an empty list, the user's shell (empty = /bin/sh) first, each file once. What does not
 * exist, is no regular file or cannot be executed by anybody is left out: nothing can be started
 * there. listing is /etc/shells; a missing one is an empty one. 0, -E2BIG past SHELLS_MAX,
 * -ENOENT when not one is left, or -errno.
 */
int shells_collect(struct shell_list *list, const char *user_shell, const char *listing,
		   struct err *e);

/* Frees the paths; the list is empty again. */
void shells_done(struct shell_list *list);

#endif
