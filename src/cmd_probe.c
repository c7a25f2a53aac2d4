/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this host has of each step, without doing any of them. */
#include "cmd.h"

#include "cmd_table.h"
#include "probe.h"

#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/utsname.h>

struct answers {
	enum offer offers[STEP_COUNT];
	char reasons[STEP_COUNT][PROBE_REASON_BYTES];
};

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 },
};

static int parse(int argc, char **argv, bool *ret_json)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'j')
			return cmd_usage("probe", "unknown option");
		*ret_json = true;
	}
	return optind < argc ? cmd_usage("probe", "too many arguments") : 0;
}

static int print_table(const struct answers *answers)
{
	static const char *const headings[] = { "STEP", "HOST", "REASON" };
	struct cmd_table *table = table_new(headings, ARRAY_SIZE(headings));
	int r = table ? 0 : -ENOMEM;

	for (enum step step = 0; r == 0 && step < STEP_COUNT; step++) {
		const char *cells[] = { primitive_table[step].name, probe_offer_name(answers->offers[step]),
					answers->reasons[step] };

		r = table_add(table, cells);
	}
	if (r == 0)
		r = table_print(table);
	table_free(&table);
	return r;
}

static int print_json(const struct answers *answers)
{
	struct json_object *top = json_object_new_object(), *steps = json_object_new_array();
	struct utsname name;

	(void)json_object_object_add(top, "kernel",
				     json_object_new_string(uname(&name) == 0 ? name.release : ""));
	(void)json_object_object_add(top, "landlock_abi", json_object_new_int(probe_landlock_abi()));
	for (enum step step = 0; step < STEP_COUNT; step++) {
		struct json_object *one = json_object_new_object();

		(void)json_object_object_add(one, "step",
					     json_object_new_string(primitive_table[step].name));
		(void)json_object_object_add(one, "host", json_object_new_string(
								  probe_offer_name(answers->offers[step])));
		(void)json_object_object_add(one, "reason",
					     json_object_new_string(answers->reasons[step]));
		(void)json_object_object_add(one, "doc",
					     json_object_new_string(primitive_table[step].doc));
		(void)json_object_array_add(steps, one);
	}
	(void)json_object_object_add(top, "steps", steps);
	cmd_print_json(top);
	return 0;
}

static int status_of(const struct answers *answers)
{
	int status = CMD_OK;

	for (int i = 0; i < STEP_COUNT; i++) {
		if (answers->offers[i] == OFFER_NO)
			return CMD_FINDINGS;
		if (answers->offers[i] == OFFER_UNKNOWN)
			status = CMD_CANNOT_TELL;
	}
	return status;
}

int cmd_probe(int argc, char **argv)
{
	struct answers answers;
	struct probe probe;
	struct err e = { 0 };
	bool json = false;
	int r, status = parse(argc, argv, &json);

	if (status)
		return status;
	r = probe_open(&probe, "/", &e);
	for (enum step step = 0; r == 0 && step < STEP_COUNT; step++)
		answers.offers[step] = probe_step(&probe, step, NULL, answers.reasons[step]);
	probe_done(&probe);
	if (r < 0)
		return cmd_fail_by(CMD_CANNOT_TELL, &e);
	r = json ? print_json(&answers) : print_table(&answers);
	if (r < 0 || fflush(stdout) != 0)
		return cmd_fail(CMD_CANNOT_TELL, "standard output: %s", strerror(r ? -r : errno));
	return status_of(&answers);
}
