/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trusted.h - opens what only root can have put there.
 */
#ifndef SWRAP_PAM_TRUSTED_H
#define SWRAP_PAM_TRUSTED_H

#include "../src/err.h"

#include <sys/stat.h>

/*
 * Opens an absolute path with O_PATH, close-on-exec, following no symlink, when every directory on
 * the way is root's and writable by nobody else (a sticky bit is no excuse). The caller owns the
 * descriptor. -EPERM: a directory is not trustworthy; else -errno of openat. The last component
 * itself is not judged.
 */
int trusted_open(const char *path, struct err *e);

/* The same for a regular file that is root's and writable by nobody else; *ret_st is filled. */
int trusted_open_file(const char *path, struct stat *ret_st, struct err *e);

#endif
