/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd_findings.h - what swrap check has found, and what it could not find out.
 */
#ifndef SWRAP_CMD_FINDINGS_H
#define SWRAP_CMD_FINDINGS_H

#include "attr.h"

#include <stdbool.h>

struct json_object;
struct config;

enum finding_kind {
	FINDING_ERROR,		/* a session would be refused, or not be what the files say */
	FINDING_WARNING,	/* it works, and something goes past it */
	FINDING_UNKNOWN,	/* could not be found out */
	FINDING_KINDS,
};

struct findings {
	struct json_object *list;	/* array of {kind, where, text} */
	unsigned int n[FINDING_KINDS];
};

/* where: a file, a rule, a step, a keyword of sshd; may be empty. */
void finding_add(struct findings *findings, enum finding_kind kind, const char *where,
		 const char *text, ...) _printf_(4, 5);

/* CMD_FINDINGS, CMD_CANNOT_TELL, CMD_OK: the first that holds. */
int findings_status(const struct findings *findings);

/* cmd_check_files.c: the profiles, the rules, and the names in them. */
void check_files(struct findings *findings, const char *config_dir);

/*
 * cmd_check_sshd.c: what sshd does for a session without a program that could be supervised. user may be
 * NULL; config: of sshd, NULL = its own.
 */
void check_sshd(struct findings *findings, const char *user, const char *config);

/* One "keyword value" of sshd -T, in small letters. For check_sshd() and its test. */
void check_sshd_line(struct findings *findings, const char *keyword, const char *value);

#endif
