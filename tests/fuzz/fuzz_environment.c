/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's own texts as attach hands them over, and the lists of a profile: NUL parts, the first line rules. */
#include "fuzz.h"

#include "helper/environment.h"

enum { ENTRIES = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_free_ char *text = fuzz_text(data, size);
	struct text_list set = { 0 }, pass = { 0 }, unset = { 0 };
	struct plan_environment rules = {
		.set = &set, .pass = &pass, .unset = &unset, .only_passed = size > 0 && data[0] & 1,
	};
	struct text_list *const lists[] = { &set, &pass, &unset };
	char *entries[ENTRIES], **result = NULL;
	struct err e = { 0 };
	size_t n = 0, at = 0;

	for (; at < size && n < ENTRIES; at += strlen(text + at) + 1)
		if (n < 6 && data[at] % 4)
			HOLDS(text_list_add(lists[data[at] % 3], text + at) == 0);
		else
			entries[n++] = text + at;
	if (environment_build(&rules, entries, n, &result, &e) == 0) {
		HOLDS(environment_check(&rules, result, &e) == 0);
		free(result);
	} else {
		HOLDS(e.num != 0);
	}
	for (size_t i = 0; i < 3; i++)
		text_list_clear(lists[i]);
	return 0;
}
