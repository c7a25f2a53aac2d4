/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_compile.h - makes the program of a filter spec (helper/filter_spec.h) or of the supervisor.
 *
 * Nothing is guessed: a line, a name or a number that is not understood is an error, with the text the
 * administrator wrote in it.
 */
#ifndef SWRAP_FILTER_COMPILE_H
#define SWRAP_FILTER_COMPILE_H

#include "filter_sets.h"

#include "../src/err.h"

enum { SPEC_BYTES = 64 * 1024 };

/* code has room for BPF_MAXINSNS. 0 or -errno. */
int filter_compile(const char *spec, struct sock_filter *code, size_t *ret_n, struct err *e);

/* A policy alone, with no question about execs. *ret_calls: how many it may allow. */
int filter_compile_policy(const struct filter_policy *policy, struct sock_filter *code, size_t *ret_n,
			  size_t *ret_calls, struct err *e);

#endif
