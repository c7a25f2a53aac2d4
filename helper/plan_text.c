/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a value of a profile says for one login.
 */
#include "plan.h"

#include "../src/num.h"

#include <errno.h>
#include <string.h>

/* What stands behind the percent sign; what nobody has a meaning for is a percent sign. */
static const char *piece_of(const struct identity *id, char letter, char number[NUM_TEXT_BYTES])
{
	switch (letter) {
	case 'U':
		(void)num_format(id->uid, number);
		return number;
	case 'u':
		return id->user;
	case 'h':
		return id->home;
	default:
		return "%";
	}
}

bool plan_has_home(const struct identity *id)
{
	return id->home[0] == '/' && id->home[strspn(id->home, "/")];
}

int plan_expand(const struct identity *id, const char *from, char *to, size_t size)
{
	char *start = to, *end = to + size;

	if (size == 0)
		return -ENAMETOOLONG;
	for (; *from; from++) {
		char number[NUM_TEXT_BYTES] = { *from };
		const char *piece = number;

		if (*from == '%' && from[1])
			piece = piece_of(id, *++from, number);
		if ((size_t)(end - to) <= strlen(piece))
			return -ENAMETOOLONG;
		to = stpcpy(to, piece);
	}
	*to = 0;
	return (int)(to - start);
}
