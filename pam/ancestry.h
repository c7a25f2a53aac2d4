/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ancestry.h - whose descendant the application is.
 */
#ifndef SWRAP_PAM_ANCESTRY_H
#define SWRAP_PAM_ANCESTRY_H

#include <stdbool.h>

/*
 * Does the application descend from a session init that is root's? That is the image of SWRAP_HELPER_PATH
 * with all ids 0, and nothing starts below it but the sessions. For a session without a mount tree
 * of its own, in which no marker can be put. False also when an ancestor cannot be looked at: who
 * lacks CAP_SYS_PTRACE may not ask what root's processes run.
 */
bool ancestry_has_init(void);

#endif
