/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd.h - the verbs of the command line, one file each.
 *
 * A verb gets its own argc and argv (argv[0] is the verb) and returns the exit status. What it says
 * about itself is in the table of swrap.c.
 */
#ifndef SWRAP_CMD_H
#define SWRAP_CMD_H

#include "err.h"

struct json_object;

/* Exit statuses of our own; anything else is COMMAND's. 64, 71, 77: sysexits.h. */
enum cmd_status {
	CMD_OK = 0,
	CMD_FINDINGS = 1,	/* check, explain, probe, profiles: something is not as it should be */
	CMD_CANNOT_TELL = 2,	/* the same: and this call could not find out */
	CMD_USAGE = 64,
	CMD_FAILED = 71,
	CMD_NOT_ALLOWED = 77,
};

int cmd_run(int argc, char **argv);
int cmd_gc(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_probe(int argc, char **argv);
int cmd_profiles(int argc, char **argv);

/* "swrap: " and the text, one line on stderr. Returns status, so that a caller can return it. */
int cmd_fail(int status, const char *text, ...) _printf_(2, 3);

/* The usage line of a verb on stderr, after what was wrong with the call. Returns CMD_USAGE. */
int cmd_usage(const char *verb, const char *wrong, ...) _printf_(2, 3);

/* "swrap: " and the failure. Returns status. */
int cmd_fail_by(int status, const struct err *e);

/* One line on standard output; takes the object. */
void cmd_print_json(struct json_object *object);

#endif
