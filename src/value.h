/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * value.h - what stands behind a "=": numbers with units, times, names of the kernel.
 *
 * Each function takes the whole text or refuses it with -EINVAL or -ERANGE and leaves its outputs
 * alone. Units are those of systemd.exec(5) and systemd.time(7), where a page of its has them.
 */
#ifndef SWRAP_VALUE_H
#define SWRAP_VALUE_H

#include "profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* yes no true false on off y n t f 1 0, in any case. */
int value_boolean(const char *text, bool *ret);

/* Decimal, with a sign or without. */
int value_signed(const char *text, int64_t min, int64_t max, int64_t *ret);

/* "infinity", or digits and one of K M G T P E: powers of 1024. UINT64_MAX is infinity. */
int value_size(const char *text, uint64_t *ret);

/* "12.34%" in 1/100 %; up to two digits behind the point. */
int value_percent(const char *text, uint64_t *ret);

/*
 * "1min 30s": numbers with us ms s min h d w and their long names; without a unit in units of unit_usec.
 * "infinity" is UINT64_MAX. Microseconds.
 */
int value_span(const char *text, uint64_t unit_usec, uint64_t *ret);

/* "soft:hard" or one for both, in the unit of that RLIMIT_*; RLIMIT_AS also "800%" of the memory. */
int value_limit(const char *text, int resource, struct profile_limit *ret);

/* A path: absolute or below %h, no "." and ".." in it; double and last slashes go away in place. */
int value_path(char *text);

/* Only %h, %u, %U and %% follow a percent sign. */
bool value_has_known_specifiers(const char *text);

bool value_is_variable(const char *name, size_t length);

#endif
