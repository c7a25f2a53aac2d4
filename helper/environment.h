/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * environment.h - which variables of the login reach what is run, and which are added.
 *
 * Pure functions over "NAME=value" texts. A name is what is before the first "=". Loader variables
 * (NU-26) never pass from the login, whatever the profile says; a profile may set one itself.
 */
#ifndef SWRAP_HELPER_ENVIRONMENT_H
#define SWRAP_HELPER_ENVIRONMENT_H

#include "plan.h"

enum { ENVIRONMENT_ENTRIES = 256, ENVIRONMENT_BYTES = 128 * 1024 };

/* Is it a variable that makes the loader run or show code of the caller's choice? */
bool environment_is_loader(const char *entry);

/*
 * Of the login's n entries those that may pass, then the profile's own, NULL at the end. The list is the
 * caller's to free, the texts stay whose they are. 0; -E2BIG when only named ones pass and they are
 * more than ENVIRONMENT_ENTRIES or ENVIRONMENT_BYTES; -ENOMEM.
 */
int environment_build(const struct plan_environment *rules, char *const *from, size_t n, char ***ret,
		      struct err *e);

/* Is every entry one that may be there, and none there twice that the profile sets? 0 or -EPERM. */
int environment_check(const struct plan_environment *rules, char *const *envp, struct err *e);

#endif
