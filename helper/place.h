/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * place.h - from a path in a rule for files to the place it names.
 *
 * Who owns a directory decides what the names in it lead to. So a symlink is followed only as long as
 * nobody but root could have put it, or a directory on the way to it, there: a rule for ~/x can neither be
 * led to another place nor past one.
 */
#ifndef SWRAP_PLACE_H
#define SWRAP_PLACE_H

#include "../src/err.h"

#include <stdbool.h>

/*
 * Opens an absolute path without "..": an O_PATH descriptor, close-on-exec, owned by the caller. Or
 * -errno: ELOOP for a symlink that is not to be trusted, or leads to /. Does not ask the file system for
 * attributes where there is no symlink: root may have no right there (FUSE, NFS).
 */
int place_open(const char *path, struct err *e);

/* The same for what only root may have made, all the way: else -EPERM. */
int place_open_trusted(const char *path, struct err *e);

/* Makes the missing directories of path, and at its end an empty file or a directory. 0 or -errno. */
int place_make(const char *path, bool directory, struct err *e);

bool place_is_absent(int error);

#endif
