/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd.h"

#include "config.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <string.h>

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *doc;
};

static const struct command commands[] = {
	{ "run", cmd_run,
	  "[--profile P] --user NAME --user-uid N --user-gid N\n"
	  "                 [--fail-policy open|closed] [--shell PATH] [-v] -- COMMAND [ARG ...]",
	  "run COMMAND in a supervised sandbox as that user" },
	{ "gc", cmd_gc, "[--json] [--dry-run]",
	  "write the session.end of sessions whose helper died without" },
	{ "check", cmd_check,
	  "[--user U --service S] [--config DIR] [--sshd-config FILE] [--json]",
	  "read all files, and rehearse the session of that user by that service" },
	{ "explain", cmd_explain,
	  "--user U --service S [--rhost ADDRESS] [--profile P] [--config DIR]\n"
	  "                 [--set DIRECTIVE=VALUE ...] [--json]",
	  "say which sandbox that session would get, from which rule, and what will not work in it" },
	{ "probe", cmd_probe, "[--json]", "say what this host has of each step" },
	{ "profiles", cmd_profiles, "[--config DIR] [--directives] [--json]",
	  "list the profiles and where they are from, or what each says" },
};

static void print_usage(FILE *out, const struct command *command)
{
	(void)fprintf(out, "usage: swrap %s %s\n", command->name, command->arguments);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void say(const char *text, va_list args)
{
	(void)fputs("swrap: ", stderr);
	(void)vfprintf(stderr, text, args);
	(void)fputc('\n', stderr);
}

int cmd_fail(int status, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	say(text, args);
	va_end(args);
	return status;
}

int cmd_fail_by(int status, const struct err *e)
{
	char text[ERR_TEXT_BYTES];

	return cmd_fail(status, "%s", err_text(e, text, sizeof(text)));
}

void cmd_print_json(struct json_object *object)
{
	(void)puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)json_object_put(object);
}

int cmd_usage(const char *verb, const char *wrong, ...)
{
	va_list args;

	va_start(args, wrong);
	say(wrong, args);
	va_end(args);
	print_usage(stderr, find_command(verb));
	return CMD_USAGE;
}

static int print_help(FILE *out, int status)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		print_usage(out, &commands[i]);
		(void)fprintf(out, "         %s\n", commands[i].doc);
	}
	(void)fputs("       swrap --help | --version\n", out);
	/* A full disk or closed pipe must not pass for success. */
	return fflush(out) == 0 ? status : CMD_FAILED;
}

static int print_version(void)
{
	(void)puts("swrap " PACKAGE_VERSION);
	return fflush(stdout) == 0 ? CMD_OK : CMD_FAILED;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	const struct command *command = find_command(verb);

	if (command)
		return command->run(argc - 1, argv + 1);
	if (strcmp(verb, "--help") == 0)
		return print_help(stdout, CMD_OK);
	if (strcmp(verb, "--version") == 0)
		return print_version();
	(void)cmd_fail(CMD_USAGE, verb[0] ? "unknown command" : "a command is missing");
	return print_help(stderr, CMD_USAGE);
}
