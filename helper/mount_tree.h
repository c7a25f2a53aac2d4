/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount_tree.h - the few moves of the new mount API that the session's root is built from.
 *
 * Everything goes through descriptors: after a path has been opened, it is not looked up again.
 * Returned descriptors are owned by the caller and close-on-exec; errors are -errno with e set.
 */
#ifndef SWRAP_MOUNT_TREE_H
#define SWRAP_MOUNT_TREE_H

#include "../src/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Opens path as O_PATH; a symlink in its last component is not followed. */
int mount_target(const char *path, struct err *e);

/* A detached copy of the mount tree at the path or at the descriptor (path ""). */
int mount_clone(int dirfd, const char *path, bool recursive, struct err *e);

/* Sets MOUNT_ATTR_* on the mount (recursive: and all below) that tree is the root of. */
int mount_attributes(int tree, uint64_t set, uint64_t clear, bool recursive, struct err *e);

/* Attaches the detached tree over target (an O_PATH descriptor). */
int mount_attach(int tree, int target, struct err *e);

/* Over what path names, a symlink at its end not followed. 0 or -errno, which is left in errno too. */
int mount_attach_at(int tree, const char *path);

/* A new detached tmpfs; mode as text ("0711"). */
int mount_new_tmpfs(const char *mode, const char *size, uint64_t attributes, struct err *e);

#endif
