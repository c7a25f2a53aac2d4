/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * capture.h - who logs in: PAM items and the user database become one struct identity.
 */
#ifndef SWRAP_PAM_CAPTURE_H
#define SWRAP_PAM_CAPTURE_H

#include "arguments.h"

#include "../src/identity.h"

#include <pwd.h>
#include <security/pam_modules.h>

/*
 * The user's database entry, owned by pamh. 0, or -errno: -ENOENT for a name the database does not
 * know, -EINVAL for none at all.
 */
int capture_user(pam_handle_t *pamh, const struct passwd **ret, struct err *e);

/* Is user a member of group (by primary or supplementary group)? A NULL group has no members. */
bool capture_is_member(pam_handle_t *pamh, const char *user, const char *group);

/* The gid of a group: 1 with *ret, or 0: the database knows none of that name. */
int capture_group(pam_handle_t *pamh, const char *name, gid_t *ret);

/*
 * Fills all of *id but the session id and the groups. A text too long is refused by name: a record must
 * not lie about who it was.
 */
int capture_identity(pam_handle_t *pamh, const struct passwd *pw, const struct arguments *args,
		     struct identity *id, struct err *e);

/* The groups. More than fit are refused: one left out would take a right away in silence. */
int capture_groups(const struct passwd *pw, struct identity *id, struct err *e);

/* A PAM item that is a text, or NULL. Owned by pamh. */
const char *capture_item(pam_handle_t *pamh, int item);

#endif
