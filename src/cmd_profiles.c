/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The profiles of vendor and admin, each read to its end. */
#include "cmd.h"

#include "cmd_table.h"
#include "configuration.h"
#include "directive.h"

#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <string.h>

enum { VALUE_BYTES = 8192, CELL_BYTES = 28 };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "directives", no_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 },
};

struct profiles {
	const struct config *config;
	struct json_object *list;
	unsigned int bad;
};

struct choices {
	const char *directory;
	bool directives, json;
};

static int parse(int argc, char **argv, struct choices *ret)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'j')
			ret->json = true;
		else if (option == 'd')
			ret->directives = true;
		else if (option == 'c')
			ret->directory = optarg;
		else
			return cmd_usage("profiles", "unknown option, or its value is missing");
	}
	return optind < argc ? cmd_usage("profiles", "too many arguments") : 0;
}

static void put(struct json_object *object, const char *key, const char *text)
{
	(void)json_object_object_add(object, key, text ? json_object_new_string(text) : NULL);
}

/* "/usr/share/swrap/profiles/login.conf" -> "login" */
static void take_name(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	(void)snprintf(name, size, "%.*s", (int)(strlen(base) - strlen(".conf")), base);
}

/* As a file would say it, on one line. */
static struct json_object *values_of(const struct profile *profile)
{
	struct json_object *values = json_object_new_object();
	char text[VALUE_BYTES];

	for (size_t i = 0; i < directive_count; i++) {
		const struct directive *d = &directive_table[i];

		(void)directive_format(d, profile, text, sizeof(text));
		for (char *at = text; (at = strchr(at, '\n'));)
			*at = ' ';
		put(values, d->name, text);
	}
	return values;
}

static int add_profile(void *data, struct config_file *file, struct err *e)
{
	struct profiles *profiles = data;
	struct json_object *one = json_object_new_object();
	struct profile profile = { .name = "" };
	char name[PROFILE_NAME_BYTES], text[ERR_TEXT_BYTES];
	struct err own = { 0 };
	int r;

	(void)e; /* one that cannot be read does not hide the others */
	take_name(file->path, name, sizeof(name));
	r = config_profile(profiles->config, name, NULL, &profile, &own);
	put(one, "profile", name);
	put(one, "file", file->path);
	put(one, "profile_sha256", r < 0 ? NULL : profile.digest);
	put(one, "error", r < 0 ? err_text(&own, text, sizeof(text)) : NULL);
	(void)json_object_object_add(one, "directives", r < 0 ? NULL : values_of(&profile));
	profiles->bad += r < 0;
	profile_done(&profile);
	return json_object_array_add(profiles->list, one) < 0 ? -ENOMEM : 0;
}

static const char *get(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key));
}

static int print_table(struct json_object *list)
{
	static const char *const headings[] = { "PROFILE", "FILE", "SHA256", "ERROR" };
	struct cmd_table *table = table_new(headings, ARRAY_SIZE(headings));
	int r = table ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);
		char digest[17];

		(void)snprintf(digest, sizeof(digest), "%.16s",
			       get(one, "profile_sha256") ? get(one, "profile_sha256") : "-");
		r = table_add(table, (const char *const[]){ get(one, "profile"), get(one, "file"), digest,
							    get(one, "error") });
	}
	if (r == 0)
		r = table_print(table);
	table_free(&table);
	return r;
}

/* ---- profile by directive ---- */

/* NULL of a profile that cannot be read. */
static const char *value_in(struct json_object *list, size_t i, const struct directive *d)
{
	struct json_object *one = json_object_array_get_idx(list, i);
	struct json_object *values = json_object_object_get(one, "directives");

	return values ? get(values, d->name) : NULL;
}

static bool is_default_everywhere(struct json_object *list, const struct directive *d)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *value = value_in(list, i, d);

		if (value && strcmp(value, d->fallback) != 0)
			return false;
	}
	return true;
}

static void take_cell(char cell[CELL_BYTES], const struct directive *d, const char *value)
{
	if (!value)
		value = "?";
	else if (!value[0])
		value = d->type == TYPE_CAPABILITIES ? "none" : "-";
	else if (strcmp(value, "~") == 0)
		value = "all";
	if (snprintf(cell, CELL_BYTES, "%s", value) >= CELL_BYTES)
		(void)strcpy(cell + CELL_BYTES - 4, "...");
}

static int add_row(struct cmd_table *table, struct json_object *list, const struct directive *d)
{
	char texts[TABLE_COLUMNS][CELL_BYTES];
	const char *cells[TABLE_COLUMNS] = { d->name };

	if (is_default_everywhere(list, d))
		return 0;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		take_cell(texts[i], d, value_in(list, i, d));
		cells[i + 1] = texts[i];
	}
	return table_add(table, cells);
}

static int print_directives(struct json_object *list)
{
	const char *headings[TABLE_COLUMNS] = { "DIRECTIVE" };
	size_t n = json_object_array_length(list);
	struct cmd_table *table;
	int r;

	if (n >= TABLE_COLUMNS)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		headings[i + 1] = get(json_object_array_get_idx(list, i), "profile");
	table = table_new(headings, n + 1);
	r = table ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < directive_count; i++)
		r = add_row(table, list, &directive_table[i]);
	if (r == 0)
		r = table_print(table);
	table_free(&table);
	return r;
}

static int print(struct json_object *list, const struct choices *choices)
{
	int r = 0;

	if (choices->json)
		cmd_print_json(json_object_get(list));
	else
		r = choices->directives ? print_directives(list) : print_table(list);
	return r == 0 && fflush(stdout) != 0 ? -errno : r;
}

int cmd_profiles(int argc, char **argv)
{
	struct config config = CONFIG_INIT;
	struct profiles profiles = { .config = &config, .list = json_object_new_array() };
	struct choices choices = { 0 };
	struct err e = { 0 };
	int status = parse(argc, argv, &choices), r = 0;

	if (status == 0 && (config_open(&config, choices.directory, &e) < 0 ||
			    config_files(&config, "profiles", ".conf", add_profile, &profiles, &e) < 0))
		status = cmd_fail_by(CMD_CANNOT_TELL, &e);
	if (status == 0)
		r = print(profiles.list, &choices);
	if (r < 0)
		status = cmd_fail(CMD_CANNOT_TELL, "the table cannot be printed: %s", strerror(-r));
	config_close(&config);
	(void)json_object_put(profiles.list);
	return status ? status : profiles.bad ? CMD_FINDINGS : CMD_OK;
}
