/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.h - ordered rules made into classic BPF for seccomp.
 *
 * Of the rules for a call the first whose comparisons all hold decides; when none does, the section's
 * otherwise. So a refusal put in front holds whatever is allowed behind it. Numbers are searched in a
 * tree; a verdict that needs no argument is found without one being loaded, and the kernel caches it.
 */
#ifndef SWRAP_PROGRAM_H
#define SWRAP_PROGRAM_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VERDICT_ALLOW SECCOMP_RET_ALLOW
#define VERDICT_NOTIFY SECCOMP_RET_USER_NOTIF
#define VERDICT_KILL SECCOMP_RET_KILL_PROCESS
#define VERDICT_ERRNO(n) (SECCOMP_RET_ERRNO | (uint32_t)(n))
/* No verdict: goes on behind the rules of the same group. */
#define VERDICT_PASS UINT32_C(0x00ffffff)

/* Holds when (argument & mask) == value; with differs: when it is not. */
struct comparison {
	unsigned int argument;
	uint64_t mask, value;
	bool differs;			/* only with a mask of 32 bits */
};

enum { RULE_COMPARISONS = 2 };

struct rule {
	int number;
	unsigned int group;		/* what VERDICT_PASS passes over */
	uint32_t verdict;
	unsigned int n;			/* comparisons; all must hold */
	struct comparison compare[RULE_COMPARISONS];
};

/* Owned: rule_list_done(). */
struct rule_list {
	struct rule *items;
	size_t n;
};

/* What holds under one architecture; calls of any other kill. */
struct section {
	uint32_t arch;			/* AUDIT_ARCH_* */
	bool has_x32;			/* numbers with bit 30 are another architecture's: they kill */
	uint32_t otherwise;
	struct rule_list rules;
};

/* 0 or -ENOMEM. */
int rule_list_add(struct rule_list *list, const struct rule *rule);
void rule_list_done(struct rule_list *list);

/* Takes the rules for that call out. */
void rule_list_remove(struct rule_list *list, int number);

/*
 * Writes the program into code, which has room for BPF_MAXINSNS. 0, or -E2BIG: it is longer; -EINVAL:
 * a rule that cannot be said; -ENOMEM.
 */
int program_build(const struct section *sections, size_t n, struct sock_filter *code, size_t *ret_n);

#endif
