/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every file a login could be decided by is read, and every name in it is looked up. */
#include "cmd_findings.h"

#include "configuration.h"
#include "rules.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

struct reading {
	struct findings *findings;
	const struct config *config;
	struct rules rules;
};

/* "/usr/share/swrap/profiles/login.conf" -> "login" */
static void take_name(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	(void)snprintf(name, size, "%.*s", (int)(strlen(base) - strlen(".conf")), base);
}

/* The failure's own text names file and line. */
static void add_failure(struct findings *findings, const char *where, const struct err *e)
{
	finding_add(findings, FINDING_ERROR, where, "%s", e->about[0] ? e->about : e->what);
}

static int check_profile(void *data, struct config_file *file, struct err *e)
{
	struct reading *reading = data;
	struct profile profile = { .name = "" };
	char name[PROFILE_NAME_BYTES];
	struct err own = { 0 };

	(void)e; /* one that cannot be read does not hide the others */
	take_name(file->path, name, sizeof(name));
	if (config_profile(reading->config, name, NULL, &profile, &own) < 0)
		add_failure(reading->findings, file->path, &own);
	profile_done(&profile);
	return 0;
}

static int read_rules(void *data, struct config_file *file, struct err *e)
{
	struct reading *reading = data;

	return rules_parse(&reading->rules, file->path, file->text, file->size, e);
}

/* ---- what the rules name ---- */

static void check_who(struct findings *findings, const char *where, const struct rule_who *who)
{
	if (who->kind == WHO_GROUP && !getgrnam(who->name))
		finding_add(findings, FINDING_WARNING, where,
			    "there is no group '%s' here: it never matches", who->name);
	if (who->kind == WHO_USER && !getpwnam(who->name))
		finding_add(findings, FINDING_WARNING, where,
			    "there is no user '%s' here: it never matches", who->name);
}

static void check_rule(struct reading *reading, const struct session_rule *rule)
{
	struct profile profile = { .name = "" };
	struct err own = { 0 };
	char where[PATH_MAX + 16];

	(void)snprintf(where, sizeof(where), "%s:%u", rule->file, rule->line);
	for (uint32_t i = 0; i < rule->nwho; i++)
		check_who(reading->findings, where, &rule->who[i]);
	if (rule_unwraps(rule))
		return;
	if (config_profile(reading->config, rule->profile, NULL, &profile, &own) == -ENOENT)
		finding_add(reading->findings, FINDING_ERROR, where, "there is no profile '%s'",
			    rule->profile);
	profile_done(&profile);
}

static int read_table(struct reading *reading, struct err *e)
{
	struct config_file file;
	int r = config_read(reading->config, "rules.conf", &file, e);

	if (r < 0)
		return r == -ENOENT && !e->num ? 0 : r;
	r = read_rules(reading, &file, e);
	config_file_done(&file);
	return r;
}

static void check_rules(struct reading *reading)
{
	struct err own = { 0 };
	int r = config_files(reading->config, "rules.d", ".conf", read_rules, reading, &own);

	if (r == 0)
		r = read_table(reading, &own);
	if (r < 0)
		add_failure(reading->findings, "rules", &own);
	for (uint32_t i = 0; i < reading->rules.n; i++)
		check_rule(reading, &reading->rules.items[i]);
	if (r == 0 && reading->rules.n == 0)
		finding_add(reading->findings, FINDING_WARNING, "rules",
			    "there is no rule: nobody is wrapped");
}

void check_files(struct findings *findings, const char *config_dir)
{
	struct config config = CONFIG_INIT;
	struct reading reading = { .findings = findings, .config = &config };
	struct err e = { 0 };

	if (config_open(&config, config_dir, &e) < 0) {
		add_failure(findings, config_dir ? config_dir : "configuration", &e);
		config_close(&config);
		return;
	}
	rules_init(&reading.rules);
	if (config_files(&config, "profiles", ".conf", check_profile, &reading, &e) < 0)
		add_failure(findings, "profiles", &e);
	check_rules(&reading);
	rules_done(&reading.rules);
	config_close(&config);
}
