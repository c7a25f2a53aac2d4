/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd_findings.h"

#include "cmd.h"

#include <json-c/json.h>
#include <stdarg.h>

static const char *const kind_names[FINDING_KINDS] = {
	[FINDING_ERROR] = "error", [FINDING_WARNING] = "warning", [FINDING_UNKNOWN] = "unknown",
};

void finding_add(struct findings *findings, enum finding_kind kind, const char *where,
		 const char *text, ...)
{
	struct json_object *one = json_object_new_object();
	char whole[512];
	va_list args;

	va_start(args, text);
	(void)vsnprintf(whole, sizeof(whole), text, args);
	va_end(args);
	(void)json_object_object_add(one, "kind", json_object_new_string(kind_names[kind]));
	(void)json_object_object_add(one, "where", json_object_new_string(where));
	(void)json_object_object_add(one, "text", json_object_new_string(whole));
	(void)json_object_array_add(findings->list, one);
	findings->n[kind]++;
}

int findings_status(const struct findings *findings)
{
	if (findings->n[FINDING_ERROR] || findings->n[FINDING_WARNING])
		return CMD_FINDINGS;
	return findings->n[FINDING_UNKNOWN] ? CMD_CANNOT_TELL : CMD_OK;
}
