/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words behind pam_swrap.so: one a line. */
#include "fuzz.h"

#include "pam/arguments.h"

enum { WORDS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_free_ char *text = fuzz_text(data, size);
	const char *argv[WORDS];
	struct arguments a, again;
	struct err e = { 0 };
	char *save, *word;
	int argc = 0, r;

	for (word = strtok_r(text, "\n", &save); word && argc < WORDS; word = strtok_r(NULL, "\n", &save))
		argv[argc++] = word;
	r = arguments_parse(argc, argv, &a, &e);
	HOLDS((r < 0) == (e.num != 0));
	HOLDS(a.profile && a.timeout_sec >= 1 && a.timeout_sec <= TIMEOUT_MAX_SEC);
	HOLDS(strlen(a.profile) <= PROFILE_NAME_MAX && !strchr(a.profile, '/') && a.profile[0] != '.');
	HOLDS(arguments_parse(argc, argv, &again, NULL) == r);
	HOLDS(again.fail_open == a.fail_open && again.breakglass == a.breakglass);
	return 0;
}
