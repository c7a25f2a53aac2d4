/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_sets.h - what the system call filters allow and forbid, as data with a reason a line.
 *
 * Names are libseccomp's. One it does not know and that is not in newer_calls stops whoever compiles:
 * a filter with a rule missing would load just as well. A name the architecture does not have (open on
 * aarch64) is passed over.
 */
#ifndef SWRAP_FILTER_SETS_H
#define SWRAP_FILTER_SETS_H

#include "program.h"

struct set_call {
	const char *names;	/* separated by one space */
	const char *reason;
};

/* A call whose verdict needs arguments: all comparisons must hold. */
struct set_rule {
	const char *name;
	uint32_t verdict;	/* VERDICT_* */
	unsigned int n;
	struct comparison compare[RULE_COMPARISONS];
	const char *reason;
};

struct call_set {
	const char *name;	/* "@mount" */
	const char *doc;
	uint32_t verdict;	/* of the calls */
	const struct set_call *calls;
	size_t ncalls;
	const struct set_rule *rules;
	size_t nrules;
};

struct filter_policy {
	const char *name;	/* "@login": as the first word of SystemCallFilter= */
	const char *doc;
	uint32_t otherwise;	/* of a call in no set */
	const struct call_set *const *sets;
	size_t nsets;
};

/* A call that an older libseccomp may not know: since Linux 5.1 one number on every architecture. */
struct newer_call {
	const char *name;
	int number;
};

#define SET_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SET_REFUSE VERDICT_ERRNO(EPERM)
#define SET_ABSENT VERDICT_ERRNO(ENOSYS)

/* The kernel takes these arguments as 32 bits: what is above must not change the verdict. */
#define IS32(argument, value) { argument, 0xffffffffu, (value), false }
#define HAS_BITS(argument, bits) { argument, (bits), (bits), false }
#define NO_BITS(argument, bits) { argument, (bits), 0, false }
#define ANY_BIT(argument, bits) { argument, (bits), 0, true }

extern const struct filter_policy filter_login, filter_strict, filter_supervisor_policy;

/* Calls whose flags are in memory, and calls that make others unseen. */
extern const struct call_set filter_set_absent;

/* Always allowed beside an allow list: without them nothing starts or ends. */
extern const struct call_set filter_set_default;

/* By name, "@files"; NULL: there is none. */
const struct call_set *filter_set_find(const char *name);
const struct filter_policy *filter_policy_find(const char *name);

/* The number, or -1. */
int newer_call_find(const char *name);

#endif
