/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Would it work? Reads all files; for one user and service also makes the plan and rehearses it. */
#include "cmd.h"

#include "cmd_ask.h"
#include "cmd_findings.h"
#include "cmd_table.h"

#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <string.h>

struct check {
	struct ask_wish wish;
	const char *sshd_config;
	bool json;
	struct findings findings;
	struct json_object *plan, *rehearsal;	/* NULL: not made */
};

enum { OPT_USER = 256, OPT_SERVICE, OPT_CONFIG, OPT_SSHD, OPT_JSON };

static const struct option options[] = {
	{ "user", required_argument, NULL, OPT_USER },
	{ "service", required_argument, NULL, OPT_SERVICE },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "sshd-config", required_argument, NULL, OPT_SSHD },
	{ "json", no_argument, NULL, OPT_JSON },
	{ NULL, 0, NULL, 0 },
};

static int take_option(struct check *check, int option)
{
	switch (option) {
	case OPT_USER: check->wish.user = optarg; return 0;
	case OPT_SERVICE: check->wish.service = optarg; return 0;
	case OPT_CONFIG: check->wish.config = optarg; return 0;
	case OPT_SSHD: check->sshd_config = optarg; return 0;
	case OPT_JSON: check->json = true; return 0;
	default: return cmd_usage("check", "unknown option, or its value is missing");
	}
}

static int parse(int argc, char **argv, struct check *check)
{
	int option, status = 0;

	opterr = 0;
	while (status == 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		status = take_option(check, option);
	if (status)
		return status;
	if (optind < argc)
		return cmd_usage("check", "too many arguments");
	if (!check->wish.user != !check->wish.service)
		return cmd_usage("check", "--user and --service go together");
	return 0;
}

/* ---- one session ---- */

static const char *get(struct json_object *object, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(object, key));

	return text ? text : "";
}

static struct json_object *ready_object(const struct run_ready *ready)
{
	struct json_object *object = json_object_new_object(), *steps = json_object_new_array();

	for (uint32_t i = 0; i < ready->steps; i++) {
		const struct outcome *o = &ready->outcomes[i];
		struct json_object *one = json_object_new_object();
		const char *name = o->step < STEP_COUNT ? primitive_table[o->step].name : "unknown";

		(void)json_object_object_add(one, "step", json_object_new_string(name));
		(void)json_object_object_add(one, "result",
					     json_object_new_string(outcome_result_name(o->result)));
		(void)json_object_object_add(one, "errno", json_object_new_int(o->num));
		(void)json_object_array_add(steps, one);
	}
	(void)json_object_object_add(object, "level",
				     json_object_new_string(outcome_level_name(ready->level)));
	(void)json_object_object_add(object, "steps", steps);
	return object;
}

static void add_failure(struct check *check, enum finding_kind kind, const char *where,
			const struct err *e)
{
	char text[ERR_TEXT_BYTES];

	finding_add(&check->findings, kind, where, "%s", err_text(e, text, sizeof(text)));
}

/* Steps that are only preferred and not applied; a level that is not what the plan expects. */
static void judge_ready(struct check *check, const struct run_ready *ready)
{
	for (uint32_t i = 0; i < ready->steps; i++) {
		const struct outcome *o = &ready->outcomes[i];

		if ((o->result == RESULT_FAILED || o->result == RESULT_REFUSED) && o->step < STEP_COUNT)
			finding_add(&check->findings, FINDING_WARNING, primitive_table[o->step].name,
				    "is preferred and was %s: %s", outcome_result_name(o->result),
				    o->num ? strerrordesc_np(o->num) : "no reason");
	}
	if (strcmp(get(check->plan, "level"), outcome_level_name(ready->level)) != 0)
		finding_add(&check->findings, FINDING_ERROR, "level", "the plan says %s, the rehearsal %s",
			    get(check->plan, "level"), outcome_level_name(ready->level));
}

static void rehearse(struct check *check, struct identity *id)
{
	struct wire_refused refused;
	struct run_ready ready;
	struct err e = { 0 };
	int r = ask_rehearsal(id, &ready, &refused, &e);

	if (r < 0) {
		add_failure(check, FINDING_UNKNOWN, "rehearsal", &e);
	} else if (r > 0) {
		finding_add(&check->findings, FINDING_ERROR, refused.step, "%s", refused.text);
	} else {
		check->rehearsal = ready_object(&ready);
		judge_ready(check, &ready);
	}
}

/* What the plan itself says; true: there is something to rehearse. */
static bool judge_plan(struct check *check, const struct pam_line *line)
{
	struct json_object *refused = json_object_object_get(check->plan, "refused");

	if (!line->found && strcmp(check->wish.service, ASK_OWN_SERVICE) != 0)
		finding_add(&check->findings, FINDING_WARNING, check->wish.service,
			    "no session line of pam_swrap.so: nobody calls the module");
	if (refused)
		finding_add(&check->findings, FINDING_ERROR, get(refused, "step"), "%s",
			    get(refused, "reason"));
	return !refused && json_object_get_boolean(json_object_object_get(check->plan, "wrapped"));
}

static void check_session(struct check *check)
{
	struct wire_refused refused;
	_free_ char *text = NULL;
	struct pam_line line;
	struct identity id;
	struct err e = { 0 };
	int r = ask_identity(&check->wish, &id, &line, &e);

	if (r == 0)
		r = ask_plan(&id, &text, &refused, &e);
	if (r > 0) {
		finding_add(&check->findings, FINDING_ERROR, refused.step, "%s", refused.text);
		return;
	}
	check->plan = r == 0 ? json_tokener_parse(text) : NULL;
	if (!check->plan)
		add_failure(check, r == -ENOENT ? FINDING_ERROR : FINDING_UNKNOWN, check->wish.user, &e);
	else if (judge_plan(check, &line))
		rehearse(check, &id);
}

/* ---- printing ---- */

static int print_table(const struct check *check)
{
	static const char *const headings[] = { "KIND", "WHERE", "FINDING" };
	struct cmd_table *table = table_new(headings, ARRAY_SIZE(headings));
	struct json_object *list = check->findings.list;
	int r = table ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		r = table_add(table, (const char *const[]){ get(one, "kind"), get(one, "where"),
							    get(one, "text") });
	}
	if (r == 0 && json_object_array_length(list) > 0)
		r = table_print(table);
	if (check->rehearsal)
		(void)printf("%s by %s: profile %s, level %s\n", check->wish.user, check->wish.service,
			     get(check->plan, "profile"), get(check->rehearsal, "level"));
	table_free(&table);
	return r;
}

static void print_json(const struct check *check)
{
	struct json_object *top = json_object_new_object();

	(void)json_object_object_add(top, "findings", json_object_get(check->findings.list));
	(void)json_object_object_add(top, "plan", json_object_get(check->plan));
	(void)json_object_object_add(top, "rehearsal", json_object_get(check->rehearsal));
	cmd_print_json(top);
}

static int print(const struct check *check)
{
	int r = 0;

	if (check->json)
		print_json(check);
	else
		r = print_table(check);
	if (r < 0 || fflush(stdout) != 0)
		return cmd_fail(CMD_CANNOT_TELL, "standard output: %m");
	return findings_status(&check->findings);
}

int cmd_check(int argc, char **argv)
{
	struct check check = { .wish = { .user = NULL } };
	int status = parse(argc, argv, &check);

	if (status)
		return status;
	check.findings.list = json_object_new_array();
	check_files(&check.findings, check.wish.config);
	check_sshd(&check.findings, check.wish.user, check.sshd_config);
	if (check.wish.user)
		check_session(&check);
	status = print(&check);
	(void)json_object_put(check.findings.list);
	(void)json_object_put(check.plan);
	(void)json_object_put(check.rehearsal);
	return status;
}
