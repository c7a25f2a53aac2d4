/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rule_path.h - opens what a rule of a profile names, in a process that already is the user.
 *
 * The rule is the admin's. A symbolic link that the user made, or could have put in another's place,
 * must not make it say something else: such a link is not followed, at any component.
 */
#ifndef SWRAP_RULE_PATH_H
#define SWRAP_RULE_PATH_H

#include "../src/err.h"

#include <sys/types.h>

/*
 * path is absolute. Returns an O_PATH descriptor, close-on-exec, never of a link itself; or -errno:
 * ENOENT, ENOTDIR, EACCES (the user cannot get there), ELOOP a link of the user's, or too many.
 */
int rule_path_open(const char *path, uid_t user, struct err *e);

#endif
