/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plant.h - the mounts of the shadow: the private /run/swrap, the real shells in it, and
 * swrap-attach over each shell. shadow.h has the picture.
 *
 * All but plant_run_directory() belong into the application's new mount namespace, after the mounts
 * they land on have left their peer groups: before that they would appear on the host.
 */
#ifndef SWRAP_PAM_PLANT_H
#define SWRAP_PAM_PLANT_H

#include "shells.h"

#include "../src/err.h"

#include <sys/stat.h>

/* On the host: makes /run/swrap (root, 0711), the mount point, or checks the one that is there. */
int plant_run_directory(struct err *e);

/*
 * Mounts the tmpfs, binds every real shell into it, then swrap-attach over every shell. Sets
 * swrap-attach's device and inode. Returns 0 or -errno; then whatever was mounted stays, and
 * the caller leaves the namespace.
 */
int plant_all(const struct shell_list *shells, dev_t *ret_dev, ino_t *ret_ino, struct err *e);

/*
 * Binds and listens on WIRE_ATTACH_SOCKET, open to every user: who connects is told by the
 * kernel.
 */
int plant_socket(int *ret_fd, struct err *e);

/* Makes WIRE_ROOT_MARKER: swrap-attach hands root's execs over too. In the application's namespace. */
int plant_root_marker(struct err *e);

/* stat() of the real shell at path, as bound below WIRE_REAL_DIR. 0, or -1 with errno. */
int plant_stat_real(const char *path, struct stat *ret);

#endif
