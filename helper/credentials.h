/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * credentials.h - LoadCredential=: files that root reads for the user, in a directory that only the session
 * has and only its user may read, named by $CREDENTIALS_DIRECTORY. Step root's.
 */
#ifndef SWRAP_CREDENTIALS_H
#define SWRAP_CREDENTIALS_H

#include "plan.h"

#define CREDENTIALS_DIR WIRE_RUN_DIR "/credentials"

enum { CREDENTIAL_BYTES = 1024 * 1024 };

/* Is it "ID:PATH", the id a file name, the path absolute? 0 or -EINVAL. */
int credential_check(const char *text, struct err *e);

/*
 * Reads them, before the root is changed, into a detached tmpfs. Only what nobody but root can have put
 * there is read. 0 and *ret_tree, which is -1 when there are none; or -errno.
 */
int credentials_take(const struct plan *plan, int *ret_tree, struct err *e);

/* In the session's own WIRE_RUN_DIR, read-only. */
int credentials_place(int tree, struct err *e);

/* Asks the kernel. 0 or -EPERM. */
int credentials_verify(const struct plan *plan, struct err *e);

#endif
