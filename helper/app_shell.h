/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * app_shell.h - which of the application's shells a file is.
 *
 * Every shadowed shell is the same file, swrap-attach, by a mount of its own; and the kernel names a
 * file from where we stand, while an application in a chroot stands elsewhere. So neither the file
 * nor its name tells, but file and mount together.
 */
#ifndef SWRAP_APP_SHELL_H
#define SWRAP_APP_SHELL_H

#include <stdint.h>

/*
 * fd: the file, by the mount in question. root_fd: the application's root, below which the shells are
 * looked up; no symlink leads to a shell. Both borrowed, O_PATH will do. Returns one of shells, or NULL.
 */
const char *app_shell_find(int root_fd, const char *const *shells, uint32_t n, int fd);

#endif
