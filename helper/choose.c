/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "choose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the rules ---- */

static int add_file(void *data, struct config_file *file, struct err *e)
{
	return rules_parse(data, file->path, file->text, file->size, e);
}

static int add_table(const struct config *config, struct rules *rules, struct err *e)
{
	struct config_file file;
	int r = config_read(config, "rules.conf", &file, e);

	if (r < 0)
		return r == -ENOENT && (!e || !e->num) ? 0 : r;
	r = add_file(rules, &file, e);
	config_file_done(&file);
	return r;
}

/* Drop-ins first: a table may end in a rule for everybody, and one that comes behind it says nothing. */
int choose_read(const struct config *config, struct rules *ret, struct err *e)
{
	int r;

	rules_init(ret);
	r = config_files(config, "rules.d", ".conf", add_file, ret, e);
	return r < 0 ? r : add_table(config, ret, e);
}

/* ---- the choice ---- */

static void take_profile(struct choice *choice, const char *name)
{
	choice->wrapped = true;
	(void)snprintf(choice->profile, sizeof(choice->profile), "%s", name);
}

static void take_rule(struct choice *choice, const struct session_rule *rule)
{
	(void)snprintf(choice->file, sizeof(choice->file), "%s", rule->file);
	choice->line = rule->line;
	if (!rule_unwraps(rule))
		take_profile(choice, rule->profile);
}

static int find(const struct rules *rules, const struct identity *id,
		const struct choose_questions *q, struct choice *choice, struct err *e)
{
	int r = rules_need_groups(rules) ? q->groups(q->context, e) : 0;
	const struct rule_subject subject = {
		.service = id->service, .user = id->user, .rhost = id->rhost,
		.uid = id->uid, .gid = id->gid, .groups = id->groups, .ngroups = id->ngroups,
		.exempt = id->exempt,
	};
	const struct session_rule *rule = NULL;

	if (r == 0)
		r = rules_find(rules, &subject, q->group, q->context, &rule, e);
	if (r == 0 && rule)
		take_rule(choice, rule);
	return r;
}

/* swrap run was asked to wrap, by whoever runs it, and in what. */
static bool is_decided(const struct identity *id)
{
	return id->profile[0] && (id->direct || (id->uid != 0 && !id->exempt));
}

int choose_profile(const struct config *config, const struct identity *id,
		   const struct choose_questions *questions, struct choice *ret, struct err *e)
{
	struct choice choice = { .by_line = id->profile[0] };
	struct rules rules;
	int r;

	if (is_decided(id)) {
		take_profile(&choice, id->profile);
		*ret = choice;
		return 0;
	}
	r = choose_read(config, &rules, e);
	if (r == 0)
		r = find(&rules, id, questions, &choice, e);
	rules_done(&rules);
	if (r < 0)
		return r;
	if (choice.wrapped && id->profile[0])
		take_profile(&choice, id->profile);
	*ret = choice;
	return 0;
}

const char *choose_text(const struct choice *choice, const struct identity *id, char *text, size_t size)
{
	if (choice->file[0])
		(void)snprintf(text, size, "%s:%u says %s", choice->file, choice->line,
			       choice->wrapped ? choice->profile : RULES_UNWRAPPED);
	else if (choice->wrapped)
		(void)snprintf(text, size, "profile=%s", choice->profile);
	else
		(void)snprintf(text, size, "no rule is for uid %u by %.64s", id->uid, id->service);
	return text;
}

/* ---- questions to the application ---- */

struct choose_group {
	char name[RULES_NAME_BYTES];
	bool known;
	gid_t gid;
};

_Static_assert((int)RULES_NAME_BYTES <= (int)WIRE_GROUP_BYTES, "a name in a rule fits into a question");

static int receive_group(struct choose_asker *asker, struct choose_group *ret, struct err *e)
{
	const struct wire_group *group;
	int r = channel_receive_until(asker->control_fd, asker->message, asker->deadline_usec);

	if (r != 1)
		return err_set(e, r < 0 ? -r : EPIPE, "group", "%.64s: no answer", ret->name);
	group = message_body(asker->message, sizeof(*group));
	if (asker->message->head.type != WIRE_GROUP || !group || group->known > 1) {
		message_done(asker->message);
		return err_set(e, EPROTO, "group", "%.64s: message %u", ret->name,
			       asker->message->head.type);
	}
	ret->known = group->known;
	ret->gid = group->gid;
	message_done(asker->message);
	return 0;
}

static int ask(struct choose_asker *asker, struct choose_group *group, struct err *e)
{
	int r = channel_send(asker->control_fd, WIRE_ASK_GROUP, group->name, strlen(group->name) + 1,
			     NULL, 0);

	if (r < 0)
		return err_set(e, -r, "group", "%.64s: the application is gone", group->name);
	return receive_group(asker, group, e);
}

static const struct choose_group *find_group(const struct choose_asker *asker, const char *name)
{
	for (uint32_t i = 0; i < asker->ngroups; i++)
		if (strcmp(asker->groups[i].name, name) == 0)
			return &asker->groups[i];
	return NULL;
}

static const struct choose_group *add_group(struct choose_asker *asker, const char *name, struct err *e)
{
	struct choose_group *groups = realloc(asker->groups, (asker->ngroups + 1) * sizeof(*groups));
	struct choose_group *group;

	if (!groups) {
		(void)err_set(e, ENOMEM, "group", "%.64s", name);
		return NULL;
	}
	asker->groups = groups;
	group = &groups[asker->ngroups];
	*group = (struct choose_group){ 0 };
	(void)snprintf(group->name, sizeof(group->name), "%s", name);
	if (ask(asker, group, e) < 0)
		return NULL;
	asker->ngroups++;
	return group;
}

int choose_ask_group(void *context, const char *name, gid_t *ret, struct err *e)
{
	struct choose_asker *asker = context;
	const struct choose_group *group = find_group(asker, name);
	struct err own = { 0 };

	if (!group)
		group = add_group(asker, name, &own);
	if (!group)
		return err_set(e, own.num, own.what, "%s", own.about);
	if (group->known)
		*ret = group->gid;
	return group->known;
}

void choose_asker_done(struct choose_asker *asker)
{
	free(asker->groups);
	asker->groups = NULL;
	asker->ngroups = 0;
}
