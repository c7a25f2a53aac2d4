/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_ask.h - what a filter would answer, without loading it.
 *
 * Runs the very program the kernel would run, in a small interpreter of the part of classic BPF that
 * filters are made of. For telling people, and for refusing a filter that our own steps could not live
 * with; it is never in the way of a call.
 */
#ifndef SWRAP_FILTER_ASK_H
#define SWRAP_FILTER_ASK_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

/* The return value for that call, SECCOMP_RET_*; KILL_PROCESS for a program that is not understood. */
uint32_t filter_answer(const struct sock_fprog *program, const struct seccomp_data *data);

/*
 * The answer that is given to the call whatever its arguments, before one of them was loaded; false: it
 * depends on them.
 */
bool filter_constant(const struct sock_fprog *program, uint32_t arch, uint32_t number, uint32_t *ret);

/*
 * Does it let the call go on, natively and with these arguments (the rest are 0)? What is notified goes
 * on, unless somebody says no. program NULL: there is no filter, everything goes on.
 */
bool filter_lets(const struct sock_fprog *program, int call, uint64_t first, uint64_t second,
		 uint64_t third);

#endif
