/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exempt.h - when a session is left alone, whoever opens it.
 */
#ifndef SWRAP_PAM_EXEMPT_H
#define SWRAP_PAM_EXEMPT_H

#include "../src/err.h"
#include "../src/identity.h"

#include <stdbool.h>

/*
 * Has root switched the module off with SWRAP_CONFIG_DIR/disable? A file not root's does not
 * count.
 */
bool exempt_disabled(void);

/*
 * Is this process inside a session of swrap already? The marker in the session's own /run/swrap
 * says so; it counts only when root alone can have put it there. Returns 1 and the id of the
 * outer session, 0 when there is no marker, or -errno.
 */
int exempt_inside(char outer[IDENTITY_SESSION_BYTES], struct err *e);

#endif
