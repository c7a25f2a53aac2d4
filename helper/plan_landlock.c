/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Landlock=[-]PATH:RIGHTS, one or more of rwxcd.
 */
#include "plan.h"

#include "landlock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t rights_of(char letter)
{
	switch (letter) {
	case 'r':
		return LANDLOCK_READ;
	case 'w':
		return LANDLOCK_WRITE;
	case 'x':
		return LANDLOCK_ACCESS_FS_EXECUTE;
	case 'c':
		return LANDLOCK_CREATE;
	case 'd':
		return LANDLOCK_REMOVE;
	default:
		return 0;
	}
}

static int parse_rights(const char *value, const char *letters, uint64_t *ret, struct err *e)
{
	uint64_t rights = 0;

	for (const char *at = letters; *at; at++) {
		uint64_t one = rights_of(*at);

		if (!one || (rights & one))
			return err_set(e, EINVAL, "Landlock", "%.80s: '%c' %s", value, *at,
				       one ? "stands there twice" : "is none of rwxcd");
		rights |= one;
	}
	if (!rights)
		return err_set(e, EINVAL, "Landlock", "%.80s: no rights", value);
	/* A file that goes to another directory is made there and removed here. */
	if ((rights & LANDLOCK_CREATE) && (rights & LANDLOCK_REMOVE))
		rights |= LANDLOCK_ACCESS_FS_REFER;
	*ret = rights;
	return 0;
}

/* 1: passed over, for it would give a home that is the whole tree, or none. */
static int parse_rule(const struct plan *plan, const char *value, struct plan_landlock *rule,
		      struct err *e)
{
	char text[PATH_MAX];
	char *colon;

	if (strlen(value) >= sizeof(text))
		return err_set(e, ENAMETOOLONG, "Landlock", "%.80s", value);
	rule->optional = value[0] == '-';
	(void)strcpy(text, value + rule->optional);
	colon = strrchr(text, ':'); /* the last one: a path may have some of its own */
	if (!colon)
		return err_set(e, EINVAL, "Landlock", "%.80s: PATH:RIGHTS was expected", value);
	*colon = 0;
	if (strncmp(text, "%h", 2) == 0 && !plan_has_home(plan->identity))
		return 1;
	if (plan_expand(plan->identity, text, rule->path, sizeof(rule->path)) < 0)
		return err_set(e, ENAMETOOLONG, "Landlock", "%.80s", value);
	if (rule->path[0] != '/')
		return err_set(e, EINVAL, "Landlock", "%.80s: the path is not absolute", value);
	return parse_rights(value, colon + 1, &rule->rights, e);
}

int plan_landlock(struct plan *plan, struct err *e)
{
	const struct text_list *values = &plan->profile->landlock;
	int r = 0;

	if (values->n == 0)
		return 0;
	if (values->n > PLAN_LANDLOCK)
		return err_set(e, E2BIG, "Landlock", "more than %d paths", PLAN_LANDLOCK);
	plan->landlock = calloc(values->n, sizeof(*plan->landlock));
	if (!plan->landlock)
		return err_set(e, ENOMEM, "calloc", "Landlock");
	plan->nlandlock = 0;
	for (uint32_t i = 0; r >= 0 && i < values->n; i++) {
		r = parse_rule(plan, values->items[i], &plan->landlock[plan->nlandlock], e);
		plan->nlandlock += r == 0;
	}
	return r < 0 ? r : 0;
}
