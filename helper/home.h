/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * home.h - is the user's home there? Home=require and Home=wait, before anything is started.
 *
 * Asked by a process with the user's own ids: root may have no right to a home, and none looks into it. A
 * home on a dead server lets that process wait, not the login: whoever asks goes on at the deadline.
 */
#ifndef SWRAP_HOME_H
#define SWRAP_HOME_H

#include "../src/identity.h"
#include "../src/profile.h"

enum { HOME_REQUIRE_SECONDS = 5 };

/*
 * 0 when it is there, or need not be. -errno of why it is not, -ETIMEDOUT when no answer came. privileged:
 * we are root and become the user for the question.
 */
int home_check(const struct identity *id, const struct session_home *home, bool privileged,
	       struct err *e);

#endif
