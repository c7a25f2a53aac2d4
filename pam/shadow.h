/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shadow.h - in a mount namespace of the application's own, swrap-attach stands in the place of
 * every shell; so "exec the shell" runs it, whatever the application.
 *
 *   /run/swrap        tmpfs, 0711, private to this namespace
 *   /run/swrap/real/  the real shells, each below its full path, for those who may pass through
 *   /run/swrap/attach the socket on which swrap-helper accepts swrap-attach
 */
#ifndef SWRAP_PAM_SHADOW_H
#define SWRAP_PAM_SHADOW_H

#include "shells.h"

#include "../src/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct shadow {
	bool entered;		/* the application is in a namespace of ours */
	bool weak;		/* slaves: an umount in the application does not reach the host */
	int saved_ns;		/* the namespace before, its root and cwd; -1 = none */
	int saved_root;
	int saved_cwd;
	int listening;		/* owned: the socket swrap-attach connects to */
	int attach;		/* owned: O_PATH of swrap-attach as mounted over the first shell */
	dev_t dev;		/* of swrap-attach */
	ino_t ino;
};

void shadow_init(struct shadow *shadow);

/*
 * Needs CAP_SYS_ADMIN and a single thread. On success the calling process is in the new namespace
 * and the kernel has confirmed every shadow. On failure it is back in the old one, confirmed, and
 * -errno is returned; when even that failed, shadow->entered stays true.
 */
int shadow_apply(struct shadow *shadow, const struct shell_list *shells, struct err *e);

/* Goes back to the saved namespace, root and working directory. Harmless when not entered. */
int shadow_undo(struct shadow *shadow, struct err *e);

/* Closes all descriptors; the namespace stays as it is. */
void shadow_done(struct shadow *shadow);

#endif
