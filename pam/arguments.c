/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arguments.h"

#include "../src/num.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static int take_profile(struct arguments *a, const char *value)
{
	/*
	 * The name becomes a file name in the helper, which judges it again: no slashes, no dot in
	 * front.
	 */
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t length = strlen(value);

	if (length == 0 || length > PROFILE_NAME_MAX || strspn(value, allowed) != length ||
	    value[0] == '.')
		return -EINVAL;
	a->profile = value;
	return 0;
}

static int take_config(struct arguments *a, const char *value)
{
	if (value[0] != '/' || strlen(value) >= PATH_MAX)
		return -EINVAL;
	a->config = value;
	return 0;
}

/* Which directives there are, and what they take, the helper knows. */
static int take_set(struct arguments *a, const char *value)
{
	if (value[0] == '=' || !strchr(value, '=') || a->nsets == SETS_MAX)
		return -EINVAL;
	a->sets[a->nsets++] = value;
	return 0;
}

static int take_fail(struct arguments *a, const char *value)
{
	if (strcmp(value, "open") != 0 && strcmp(value, "closed") != 0)
		return -EINVAL;
	a->fail_set = true;
	a->fail_open = strcmp(value, "open") == 0;
	return 0;
}

static int take_timeout(struct arguments *a, const char *value)
{
	return num_parse_u64(value, 1, TIMEOUT_MAX_SEC, &a->timeout_sec);
}

static int take_breakglass(struct arguments *a, const char *value)
{
	if (!value[0])
		return -EINVAL;
	a->breakglass = value;
	return 0;
}

static int take_debug(struct arguments *a, const char *value)
{
	(void)value; /* a word without one */
	a->debug = true;
	return 0;
}

static int take_quiet(struct arguments *a, const char *value)
{
	(void)value; /* a word without one */
	a->quiet = true;
	return 0;
}

/* A name that ends in '=' takes a value; the others stand alone. */
static const struct argument {
	const char *name;
	int (*take)(struct arguments *a, const char *value);
} argument_table[] = {
	{ "profile=", take_profile },
	{ "config=", take_config },
	{ "set=", take_set },
	{ "fail=", take_fail },
	{ "timeout=", take_timeout },
	{ "breakglass=", take_breakglass },
	{ "debug", take_debug },
	{ "quiet", take_quiet },
};

static int take_one(struct arguments *a, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(argument_table); i++) {
		const struct argument *row = &argument_table[i];
		size_t length = strlen(row->name);

		if (strncmp(text, row->name, length) != 0)
			continue;
		if (row->name[length - 1] != '=' && text[length])
			continue;
		return row->take(a, text + length);
	}
	return -EINVAL;
}

int arguments_parse(int argc, const char **argv, struct arguments *ret, struct err *e)
{
	int r = 0;

	*ret = (struct arguments){ .profile = "", .config = "", .timeout_sec = TIMEOUT_DEFAULT_SEC };
	for (int i = 0; i < argc; i++) {
		if (take_one(ret, argv[i]) < 0)
			r = err_set(e, EINVAL, "argument", "%s", argv[i]);
	}
	return r;
}
