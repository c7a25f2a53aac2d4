/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reshadow.h - shadows a shell anew, whose file was replaced under a live application.
 *
 * A package upgrade renames the new file over the old one, and the mount that lay on the old one
 * is gone, in every namespace. A child of the calling thread enters the application's mount
 * namespace, binds the new file below WIRE_REAL_DIR and swrap-attach over its path, and takes care of
 * the peer groups as pam/mounts.h says.
 */
#ifndef SWRAP_RESHADOW_H
#define SWRAP_RESHADOW_H

#include "gate.h"

#include "../src/err.h"

#include <stdbool.h>

/*
 * path: one of gate->shells. Returns 0 when the kernel shows swrap-attach there, or -errno: nothing is
 * sure, so nothing may be let through. *ret_weak: it is, but the mount could not rejoin its peers: an
 * umount in the application does not reach the host any more. Takes 5 s at most; only fork, no exec:
 * may be called by a thread.
 */
int reshadow(const struct gate_config *gate, const char *path, bool *ret_weak, struct err *e);

#endif
