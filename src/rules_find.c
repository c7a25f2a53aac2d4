/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules.h"

#include <errno.h>
#include <string.h>

struct search {
	const struct rule_subject *subject;
	rules_group group;
	void *context;
	struct err *e;
};

static bool has_group(const struct rule_subject *s, gid_t first, gid_t last)
{
	if (s->gid >= first && s->gid <= last)
		return true;
	for (uint32_t i = 0; i < s->ngroups; i++)
		if (s->groups[i] >= first && s->groups[i] <= last)
			return true;
	return false;
}

static int in_named_group(const struct search *search, const char *name)
{
	gid_t gid;
	int r = search->group(search->context, name, &gid, search->e);

	return r == 1 ? has_group(search->subject, gid, gid) : r;
}

/* 1, 0 or -errno; "!" is not looked at. */
static int is_among(const struct search *search, const struct rule_who *who)
{
	const struct rule_subject *s = search->subject;

	switch (who->kind) {
	case WHO_ANY:
		return 1;
	case WHO_USER:
		return strcmp(who->name, s->user) == 0;
	case WHO_GROUP:
		return in_named_group(search, who->name);
	case WHO_UID:
		return s->uid >= who->first && s->uid <= who->last;
	case WHO_GID:
		return has_group(s, who->first, who->last);
	}
	return -EINVAL;
}

static bool has_include(const struct session_rule *rule)
{
	for (uint32_t i = 0; i < rule->nwho; i++)
		if (!rule->who[i].exclude)
			return true;
	return false;
}

/* Whoever is excluded is out, wherever it stands; "!bob" alone means everybody else. */
static int matches_who(const struct search *search, const struct session_rule *rule)
{
	int included = !has_include(rule);

	for (int exclude = 1; exclude >= 0; exclude--) {
		for (uint32_t i = 0; i < rule->nwho && (exclude || !included); i++) {
			int r = rule->who[i].exclude == exclude ? is_among(search, &rule->who[i]) : 0;

			if (r < 0 || (r && exclude))
				return r < 0 ? r : 0;
			included |= r;
		}
	}
	return included;
}

static bool names_root(const struct session_rule *rule, const struct rule_subject *s)
{
	for (uint32_t i = 0; i < rule->nwho; i++) {
		const struct rule_who *who = &rule->who[i];

		if (who->exclude)
			continue;
		if (who->kind == WHO_USER && strcmp(who->name, s->user) == 0)
			return true;
		if (who->kind == WHO_UID && who->first == 0 && who->last == 0)
			return true;
	}
	return false;
}

/* Cheap ones first: a group is a question to a database, perhaps over the network. */
static int matches(const struct search *search, const struct session_rule *rule)
{
	const struct rule_subject *s = search->subject;

	if (rule->service && strcmp(rule->service, s->service) != 0)
		return 0;
	if (s->exempt && !rule->service)
		return 0;
	if (s->uid == 0 && !names_root(rule, s))
		return 0;
	if (rule->has_from && !address_range_has(&rule->from, s->rhost))
		return 0;
	return matches_who(search, rule);
}

int rules_find(const struct rules *rules, const struct rule_subject *subject, rules_group group,
	       void *context, const struct session_rule **ret, struct err *e)
{
	const struct search search = { subject, group, context, e };
	int r = 0;

	for (uint32_t i = 0; i < rules->n; i++) {
		r = matches(&search, &rules->items[i]);
		if (r != 0) {
			*ret = r > 0 ? &rules->items[i] : *ret;
			return r > 0 ? 0 : r;
		}
	}
	*ret = NULL;
	return 0;
}

static bool needs_groups(const struct session_rule *rule)
{
	for (uint32_t i = 0; i < rule->nwho; i++)
		if (rule->who[i].kind == WHO_GROUP || rule->who[i].kind == WHO_GID)
			return true;
	return false;
}

bool rules_need_groups(const struct rules *rules)
{
	for (uint32_t i = 0; i < rules->n; i++)
		if (needs_groups(&rules->items[i]))
			return true;
	return false;
}

bool rule_unwraps(const struct session_rule *rule)
{
	return strcmp(rule->profile, RULES_UNWRAPPED) == 0;
}
