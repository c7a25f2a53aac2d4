/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_rules.h - sets and the words of SystemCallFilter= made into rules for one architecture.
 */
#ifndef SWRAP_FILTER_RULES_H
#define SWRAP_FILTER_RULES_H

#include "filter_sets.h"

#include "../src/err.h"

/* What one architecture's rules are made from. */
struct rule_maker {
	uint32_t architecture;		/* SCMP_ARCH_* */
	unsigned int group;		/* of the rules being made */
	struct rule_list front;		/* restrictions: they hold whatever the words say */
	struct rule_list base;		/* what the words say */
	uint32_t otherwise;
	uint32_t refused;		/* what a refused call answers */
	bool refused_set;		/* SystemCallErrorNumber= was given */
	bool any_word;
	struct err *e;
};

void rule_maker_done(struct rule_maker *m);

/* A rule for every number of that name. 0 or -errno; -ENOENT: unknown. */
int rules_add(struct rule_maker *m, struct rule_list *list, const struct set_rule *rule);

/* A whole set behind what is there. */
int rules_add_set(struct rule_maker *m, struct rule_list *list, const struct call_set *set);

/* One word: [~][?]NAME[:ERRNO]. The last word about a call wins. */
int rules_add_word(struct rule_maker *m, const char *word);

/* i386: what a multiplexer may do follows from the calls it stands for. Into list, in front of it. */
int rules_multiplex(struct rule_list *list, uint32_t otherwise);

#endif
