/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which sandbox a session would get. swrap-helper makes the plan, as at a login; this prints it. */
#include "cmd.h"

#include "cmd_ask.h"
#include "cmd_table.h"

#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <string.h>

enum { OPT_USER = 256, OPT_SERVICE, OPT_RHOST, OPT_PROFILE, OPT_CONFIG, OPT_SET, OPT_JSON };

static const struct option options[] = {
	{ "user", required_argument, NULL, OPT_USER },
	{ "service", required_argument, NULL, OPT_SERVICE },
	{ "rhost", required_argument, NULL, OPT_RHOST },
	{ "profile", required_argument, NULL, OPT_PROFILE },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "set", required_argument, NULL, OPT_SET },
	{ "json", no_argument, NULL, OPT_JSON },
	{ NULL, 0, NULL, 0 },
};

static int take_set(struct ask_wish *wish, const char *text)
{
	if (wish->nsets == RUN_SETS_MAX)
		return cmd_usage("explain", "--set: more than %d", RUN_SETS_MAX);
	wish->sets[wish->nsets++] = text;
	return 0;
}

static int take_option(struct ask_wish *wish, bool *json, int option)
{
	switch (option) {
	case OPT_USER: wish->user = optarg; return 0;
	case OPT_SERVICE: wish->service = optarg; return 0;
	case OPT_RHOST: wish->rhost = optarg; return 0;
	case OPT_PROFILE: wish->profile = optarg; return 0;
	case OPT_CONFIG: wish->config = optarg; return 0;
	case OPT_SET: return take_set(wish, optarg);
	case OPT_JSON: *json = true; return 0;
	default: return cmd_usage("explain", "unknown option, or its value is missing");
	}
}

static int parse(int argc, char **argv, struct ask_wish *wish, bool *json)
{
	int option, status = 0;

	opterr = 0;
	while (status == 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		status = take_option(wish, json, option);
	if (status)
		return status;
	if (optind < argc)
		return cmd_usage("explain", "too many arguments");
	if (!wish->user || !wish->user[0])
		return cmd_usage("explain", "--user is missing");
	return wish->service && wish->service[0] ? 0 : cmd_usage("explain", "--service is missing");
}

static const char *get(struct json_object *object, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(object, key));

	return text ? text : "";
}

/* Where the module is called from; null: nobody calls it. */
static struct json_object *line_object(const struct pam_line *line)
{
	struct json_object *object = line->found ? json_object_new_object() : NULL;

	if (!object)
		return NULL;
	(void)json_object_object_add(object, "file", json_object_new_string(line->file));
	(void)json_object_object_add(object, "line", json_object_new_int64(line->line));
	return object;
}

static int print_steps(struct json_object *steps)
{
	static const char *const headings[] = { "STEP", "WANT", "HOST", "REASON" };
	struct cmd_table *table = table_new(headings, ARRAY_SIZE(headings));
	int r = table ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < json_object_array_length(steps); i++) {
		struct json_object *one = json_object_array_get_idx(steps, i);

		r = table_add(table, (const char *const[]){ get(one, "step"), get(one, "want"),
							    get(one, "host"), get(one, "reason") });
	}
	if (r == 0)
		r = table_print(table);
	table_free(&table);
	return r;
}

static void print_where(const char *name, struct json_object *at, const char *none)
{
	if (at)
		(void)printf("%-9s %s:%s\n", name, get(at, "file"), get(at, "line"));
	else
		(void)printf("%-9s %s\n", name, none);
}

static int print_text(struct json_object *plan)
{
	struct json_object *steps = json_object_object_get(plan, "steps");
	struct json_object *stops = json_object_object_get(plan, "stops_working");
	struct json_object *refused = json_object_object_get(plan, "refused");
	bool wrapped = json_object_get_boolean(json_object_object_get(plan, "wrapped"));
	int r = 0;

	(void)printf("%-9s %s\n", "profile", wrapped ? get(plan, "profile") : "none: not wrapped");
	print_where("rule", json_object_object_get(plan, "rule"), "none");
	print_where("PAM line", json_object_object_get(plan, "pam"), "none: nobody calls the module");
	if (refused)
		(void)printf("%-9s %s\n", "refused", get(refused, "reason"));
	if (!steps)
		return 0;
	(void)printf("%-9s %s\n%-9s %s\n\n", "level", get(plan, "level"), "plan", get(plan, "plan_sha256"));
	r = print_steps(steps);
	if (r == 0 && stops && json_object_array_length(stops) > 0)
		(void)printf("\nWill not work:\n");
	for (size_t i = 0; r == 0 && stops && i < json_object_array_length(stops); i++)
		(void)printf("  %s\n", json_object_get_string(json_object_array_get_idx(stops, i)));
	return r;
}

/* A plan that comes out as it was asked for is no finding, nor is a rule that wraps nobody. */
static int status_of(struct json_object *plan)
{
	if (json_object_object_get(plan, "refused") || strcmp(get(plan, "level"), "partial") == 0)
		return CMD_FINDINGS;
	return CMD_OK;
}

static int print(const char *text, const struct pam_line *line, bool json)
{
	struct json_object *plan = json_tokener_parse(text);
	int status, r = 0;

	if (!plan)
		return cmd_fail(CMD_CANNOT_TELL, "swrap-helper's answer is no JSON");
	(void)json_object_object_add(plan, "pam", line_object(line));
	status = status_of(plan);
	if (json)
		cmd_print_json(json_object_get(plan));
	else
		r = print_text(plan);
	(void)json_object_put(plan);
	if (r < 0 || fflush(stdout) != 0)
		return cmd_fail(CMD_CANNOT_TELL, "standard output: %m");
	return status;
}

int cmd_explain(int argc, char **argv)
{
	struct ask_wish wish = { .user = NULL };
	struct wire_refused refused;
	_free_ char *text = NULL;
	struct pam_line line;
	struct identity id;
	struct err e = { 0 };
	bool json = false;
	int r, status = parse(argc, argv, &wish, &json);

	if (status)
		return status;
	r = ask_identity(&wish, &id, &line, &e);
	if (r == 0)
		r = ask_plan(&id, &text, &refused, &e);
	if (r < 0)
		return cmd_fail_by(CMD_CANNOT_TELL, &e);
	if (r > 0)
		return cmd_fail(CMD_CANNOT_TELL, "%s", refused.text);
	return print(text, &line, json);
}
