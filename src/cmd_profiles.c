/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The profiles of vendor and admin, each read to its end. */
#include "cmd.h"

#include "cmd_table.h"
#include "configuration.h"

#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <string.h>

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 },
};

struct profiles {
	const struct config *config;
	struct json_object *list;
	unsigned int bad;
};

static int parse(int argc, char **argv, const char **ret_config, bool *ret_json)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'j')
			*ret_json = true;
		else if (option == 'c')
			*ret_config = optarg;
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

static int print(struct json_object *list, bool json)
{
	int r = 0;

	if (json)
		cmd_print_json(json_object_get(list));
	else
		r = print_table(list);
	return r < 0 || fflush(stdout) != 0 ? -EIO : 0;
}

int cmd_profiles(int argc, char **argv)
{
	struct config config = CONFIG_INIT;
	struct profiles profiles = { .config = &config, .list = json_object_new_array() };
	const char *directory = NULL;
	struct err e = { 0 };
	bool json = false;
	int status = parse(argc, argv, &directory, &json);

	if (status == 0 && (config_open(&config, directory, &e) < 0 ||
			    config_files(&config, "profiles", ".conf", add_profile, &profiles, &e) < 0))
		status = cmd_fail_by(CMD_CANNOT_TELL, &e);
	if (status == 0 && print(profiles.list, json) < 0)
		status = cmd_fail(CMD_CANNOT_TELL, "standard output: %m");
	config_close(&config);
	(void)json_object_put(profiles.list);
	return status ? status : profiles.bad ? CMD_FINDINGS : CMD_OK;
}
