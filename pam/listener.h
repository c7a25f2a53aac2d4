/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listener.h - the gate: a filter on the application that notifies execve and execveat.
 */
#ifndef SWRAP_PAM_LISTENER_H
#define SWRAP_PAM_LISTENER_H

#include "../src/err.h"

/*
 * Puts the gate on the calling process and all its future children; it cannot be taken off. Needs
 * CAP_SYS_ADMIN, so that no_new_privs stays unset and su still works. Returns the listener
 * (close-on-exec, owned) or -errno; -EBUSY: there is a listener already. From here on every exec
 * of this process waits until somebody answers, and fails with ENOSYS when nobody holds the
 * listener.
 */
int listener_open(struct err *e);

#endif
