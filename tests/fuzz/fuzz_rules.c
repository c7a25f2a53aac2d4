/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file of rules, and what it says of a few sessions. */
#include "fuzz.h"

#include "src/rules.h"

#include <errno.h>

/* Some groups there are, some there are not, and some cannot be told. */
static int group_of(void *context, const char *name, gid_t *ret, struct err *e)
{
	unsigned char last = (unsigned char)name[strlen(name) - 1];

	(void)context;
	HOLDS(name[0] && strlen(name) < RULES_NAME_BYTES);
	if (last % 3 == 2)
		return err_set(e, EIO, "group", "%.20s", name);
	*ret = last;
	return last % 3;
}

static void check_who(const struct rule_who *who)
{
	bool named = who->kind == WHO_USER || who->kind == WHO_GROUP;

	HOLDS(named == (who->name != NULL));
	HOLDS(!named || (who->name[0] && strlen(who->name) < RULES_NAME_BYTES));
	if (who->kind == WHO_UID || who->kind == WHO_GID)
		HOLDS(who->first <= who->last && who->last != (uid_t)-1);
}

static void check_rule(const struct session_rule *rule)
{
	size_t n = strlen(rule->profile);

	HOLDS(rule->nwho >= 1 && rule->nwho <= RULES_WHO);
	HOLDS(n >= 1 && n < RULES_PROFILE_BYTES && !strchr(rule->profile, '/') && rule->profile[0] != '.');
	HOLDS(!rule->service || (rule->service[0] && strlen(rule->service) < RULES_NAME_BYTES));
	HOLDS(strcmp(rule->file, "fuzz") == 0 && rule->line > 0);
	for (uint32_t i = 0; i < rule->nwho; i++)
		check_who(&rule->who[i]);
}

static bool names(const struct session_rule *rule, const struct rule_subject *s)
{
	for (uint32_t i = 0; i < rule->nwho; i++) {
		const struct rule_who *who = &rule->who[i];

		if (!who->exclude && who->kind == WHO_USER && strcmp(who->name, s->user) == 0)
			return true;
		if (!who->exclude && who->kind == WHO_UID && who->first == 0 && who->last == 0)
			return true;
	}
	return false;
}

static bool excludes(const struct session_rule *rule, const struct rule_subject *s)
{
	for (uint32_t i = 0; i < rule->nwho; i++)
		if (rule->who[i].exclude && rule->who[i].kind == WHO_USER &&
		    strcmp(rule->who[i].name, s->user) == 0)
			return true;
	return false;
}

static void find(const struct rules *rules, const struct rule_subject *s)
{
	const struct session_rule *rule = NULL, *again = NULL;
	struct err e = { 0 };
	int r = rules_find(rules, s, group_of, NULL, &rule, &e);

	HOLDS((r < 0) == (e.num != 0));
	HOLDS(rules_find(rules, s, group_of, NULL, &again, NULL) == r && again == rule);
	if (r < 0 || !rule)
		return;
	HOLDS(rule >= rules->items && rule < rules->items + rules->n);
	HOLDS(!rule->service || strcmp(rule->service, s->service) == 0);
	HOLDS(!s->exempt || rule->service);
	HOLDS(s->uid != 0 || names(rule, s));
	HOLDS(!excludes(rule, s));
	HOLDS(!rule->has_from || address_range_has(&rule->from, s->rhost));
}

static void find_all(const struct rules *rules)
{
	static const gid_t groups[] = { 4, 27, 100 };
	static const struct rule_subject subjects[] = {
		{ "sshd", "alice", "192.0.2.7", 1000, 1000, groups, 3, false },
		{ "login", "DOM\\al ice", "", 70000, 100, groups, 3, false },
		{ "su", "root", "", 0, 0, groups, 1, false },
		{ "cron", "bob", "2001:db8::1", 1001, 1001, NULL, 0, true },
		{ "cron", "root", "localhost", 0, 0, NULL, 0, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		find(rules, &subjects[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_free_ char *text = fuzz_text(data, size);
	struct err e = { 0 };
	struct rules rules;
	int r;

	rules_init(&rules);
	r = rules_parse(&rules, "fuzz", text, size, &e);
	HOLDS((r < 0) == (e.num != 0));
	HOLDS(r == 0 || strncmp(e.about, "fuzz", 4) == 0);
	HOLDS(rules.n <= RULES_MAX);
	for (uint32_t i = 0; r == 0 && i < rules.n; i++) {
		check_rule(&rules.items[i]);
		HOLDS(i == 0 || rules.items[i].line > rules.items[i - 1].line);
	}
	if (r == 0)
		find_all(&rules);
	rules_done(&rules);
	return 0;
}
