/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_sets.h - what the system call filters allow and forbid, as data with a reason a line.
 *
 * Used at build time only, by mkfilter.c, which makes classic BPF of it. A name libseccomp does not
 * know stops the build, unless its number is given: calls since Linux 5.1 have one number on every
 * architecture, so that an old libseccomp does not leave a new call out. A name the architecture
 * does not have (open on aarch64) is passed over.
 */
#ifndef SWRAP_FILTER_SETS_H
#define SWRAP_FILTER_SETS_H

#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>

struct set_call {
	const char *names;	/* separated by one space; "name=number" for what may be unknown */
	const char *reason;
};

/* A call whose verdict needs arguments: all comparisons must hold. */
struct set_rule {
	const char *name;
	unsigned int action;
	unsigned int n;
	struct scmp_arg_cmp compare[2];
	const char *reason;
};

struct call_set {
	const char *name;	/* "@mount" */
	const char *doc;
	unsigned int action;	/* SCMP_ACT_*, SET_ERRNO() */
	const struct set_call *calls;
	size_t ncalls;
	const struct set_rule *rules;
	size_t nrules;
};

/* A 32-bit argument that is refused with EPERM whatever its upper half holds. */
struct refused_value {
	const char *name;
	unsigned int argument;
	uint32_t value;
	const char *reason;
};

struct filter_plan {
	const char *name;
	const char *doc;
	unsigned int action;			/* of a call in no set */
	const struct call_set *const *sets;
	size_t nsets;
	const struct refused_value *refused;	/* looked at before everything else */
	size_t nrefused;
	size_t max_calls;			/* more allowed ones stop the build; 0 = any */
};

enum { PLAN_LOGIN, PLAN_STRICT, PLAN_SUPERVISOR, PLAN_COUNT };

extern const struct filter_plan filter_plans[PLAN_COUNT];

#endif
