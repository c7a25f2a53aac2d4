/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * name.h - the kernel's numbers by the names people know, and what a misspelt name may have meant.
 */
#ifndef SWRAP_NAME_H
#define SWRAP_NAME_H

#include <stddef.h>

/* The number of an error by its name ("EPERM"); -EINVAL. */
int name_errno(const char *name);

/* Tables of names, by number; NULL where there is none. */
const char *name_of_capability(unsigned int number);
const char *name_of_family(unsigned int number);
enum { NAME_CAPABILITIES = 41, NAME_FAMILIES = 46 };

/* The number of a capability, "CAP_" and case may be left out, or of an address family; -EINVAL. */
int name_capability(const char *name);
int name_family(const char *name);

/*
 * How far two words are from each other, in letters to put in, take out, exchange or swap, case aside;
 * SIZE_MAX when either is longer than NAME_BYTES.
 */
enum { NAME_BYTES = 64 };
size_t name_distance(const char *a, const char *b);

/*
 * Of n names, name(0) to name(n - 1), NULL among them passed over, the one nearest to word; NULL when none
 * is near enough to have been meant.
 */
const char *name_nearest(const char *word, const char *(*name)(unsigned int number), unsigned int n);

#endif
