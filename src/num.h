/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * num.h - the only place where text becomes a number.
 *
 * Strict: the whole string, digits only (no sign, blank, prefix or suffix), in range. -1 and what
 * overflows are refused, so that no user can become uid 4294967295 (sudo's CVE-2019-14287).
 */
#ifndef SWRAP_NUM_H
#define SWRAP_NUM_H

#include <stdint.h>
#include <sys/types.h>

/* Returns 0 and sets *ret, -EINVAL for anything but digits, -ERANGE outside min..max. */
int num_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret);
int num_parse_base(const char *text, int base, uint64_t max, uint64_t *ret);

/*
 * The digits at *at, which is moved behind them: for the kernel's own texts, where a number is
 * followed by something else. 0, or -EINVAL (no digit) or -ERANGE with *at and *ret untouched.
 */
int num_take_u64(const char **at, uint64_t max, uint64_t *ret);

/* A uid or gid; (uid_t)-1 is refused with -ERANGE. */
int num_parse_id(const char *text, uid_t *ret);

/* Writes value in decimal, NUL-terminated, and returns the length. out holds NUM_TEXT_BYTES. */
enum { NUM_TEXT_BYTES = 21 };
size_t num_format(uint64_t value, char *out);

#endif
