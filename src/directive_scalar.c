/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directives that hold one value.
 */
#include "directive_kind.h"

#include "name.h"
#include "num.h"
#include "value.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum { PERCENT_USEC = 10000 /* of one second */ };

static void free_text(void *field)
{
	free(*(char **)field);
}

static int keep_text(void *field, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free_text(field);
	*(char **)field = copy;
	return 0;
}

static void format_text(const struct directive *d, const void *field, struct directive_text *text)
{
	const char *value = *(char *const *)field;

	(void)d;
	directive_put(text, "%s", value ? value : "");
}

/* ---- words ---- */

static int set_boolean(const struct directive *d, void *field, char *value, char *reason)
{
	(void)d;
	return value_boolean(value, field) < 0 ?
		       directive_refuse(reason, "expected yes or no, not %.60s", value) : 0;
}

static void format_boolean(const struct directive *d, const void *field, struct directive_text *text)
{
	(void)d;
	directive_put(text, "%s", *(const bool *)field ? "yes" : "no");
}

static const struct directive_word *find_word(const struct directive *d, const char *text)
{
	for (const struct directive_word *w = d->words; w->name; w++)
		if (strcmp(w->name, text) == 0)
			return w;
	return NULL;
}

static int refuse_words(const struct directive *d, const char *value, char *reason)
{
	char list[DIRECTIVE_REASON_BYTES / 2];
	struct directive_text text = { .at = list, .room = sizeof(list) };

	for (const struct directive_word *w = d->words; w->name; w++)
		directive_put(&text, "%s%s", w == d->words ? "" : ", ", w->name);
	return directive_refuse(reason, "expected one of %s, not %.60s", list, value);
}

/* A directive with the words yes and no takes every other spelling of a boolean too. */
static int set_word(const struct directive *d, void *field, char *value, char *reason)
{
	const struct directive_word *w = find_word(d, value);
	bool truth;

	if (!w && value_boolean(value, &truth) == 0)
		w = find_word(d, truth ? "yes" : "no");
	if (!w)
		return refuse_words(d, value, reason);
	*(unsigned int *)field = w->value;
	return 0;
}

static void format_word(const struct directive *d, const void *field, struct directive_text *text)
{
	for (const struct directive_word *w = d->words; w->name; w++) {
		if (w->value == *(const unsigned int *)field) {
			directive_put(text, "%s", w->name);
			return;
		}
	}
}

/* ---- texts ---- */

static int set_path(const struct directive *d, void *field, char *value, char *reason)
{
	(void)d;
	if (value_path(value) < 0)
		return directive_refuse(reason, "expected an absolute path, not %.100s", value);
	return keep_text(field, value);
}

static int set_root(const struct directive *d, void *field, char *value, char *reason)
{
	if (strcmp(value, "minimal") == 0 || strcmp(value, "empty") == 0)
		return keep_text(field, value);
	return set_path(d, field, value, reason) == -ENOMEM ? -ENOMEM :
	       *reason ? directive_refuse(reason, "expected an absolute path, minimal or empty, not %.60s",
					  value) : 0;
}

/* Below the root of all control groups, with or without a slash in front. */
static int set_cgroup(const struct directive *d, void *field, char *value, char *reason)
{
	char path[PATH_MAX];

	(void)d;
	if (snprintf(path, sizeof(path), "/%s", value) >= (int)sizeof(path) || strchr(path, '%') ||
	    value_path(path) < 0 || !path[1])
		return directive_refuse(reason, "expected a path of a control group, not %.100s", value);
	return keep_text(field, path);
}

static int set_error(const struct directive *d, void *field, char *value, char *reason)
{
	uint64_t number;

	(void)d;
	if (strcmp(value, "kill") != 0 && name_errno(value) < 0 &&
	    num_parse_u64(value, 1, 4095, &number) < 0)
		return directive_refuse(reason, "expected an error such as EPERM, or kill, not %.60s",
					value);
	return keep_text(field, value);
}

/* ---- numbers ---- */

static int set_limit(const struct directive *d, void *field, char *value, char *reason)
{
	int r = value_limit(value, d->low, field);

	if (r == -ERANGE)
		return directive_refuse(reason, "%.60s is out of range, or its soft limit above the hard",
					value);
	return r < 0 ? directive_refuse(reason, "expected %s, not %.60s",
					d->low == RLIMIT_AS ? "SIZE, SOFT:HARD, infinity or 800%" :
							      "a limit, SOFT:HARD or infinity",
					value) : 0;
}

static void put_infinite(struct directive_text *text, uint64_t value)
{
	if (value == UINT64_MAX)
		directive_put(text, "infinity");
	else
		directive_put(text, "%llu", (unsigned long long)value);
}

static void format_limit(const struct directive *d, const void *field, struct directive_text *text)
{
	const struct profile_limit *limit = field;

	(void)d;
	if (limit->kind == LIMIT_UNSET)
		return;
	put_infinite(text, limit->soft);
	directive_put(text, "%s", limit->kind == LIMIT_MEMORY ? "%" : "");
	if (limit->soft != limit->hard) {
		directive_put(text, ":");
		put_infinite(text, limit->hard);
	}
}

static int set_number(const struct directive *d, void *field, char *value, char *reason)
{
	struct optional_number number = { .set = true };

	if (value_signed(value, d->low, d->high, &number.value) < 0)
		return directive_refuse(reason, "expected a number from %d to %d, not %.60s", d->low,
					d->high, value);
	*(struct optional_number *)field = number;
	return 0;
}

static void format_number(const struct directive *d, const void *field, struct directive_text *text)
{
	const struct optional_number *number = field;

	(void)d;
	if (number->set)
		directive_put(text, "%lld", (long long)number->value);
}

static int set_mode(const struct directive *d, void *field, char *value, char *reason)
{
	uint64_t mode;

	(void)d;
	if (num_parse_base(value, 8, 0777, &mode) < 0)
		return directive_refuse(reason, "expected a mode such as 0077, not %.60s", value);
	*(struct optional_number *)field = (struct optional_number){ true, (int64_t)mode };
	return 0;
}

static void format_mode(const struct directive *d, const void *field, struct directive_text *text)
{
	const struct optional_number *number = field;

	(void)d;
	if (number->set)
		directive_put(text, "%04llo", (unsigned long long)number->value);
}

static int take_size(struct optional_size *field, const char *value)
{
	struct optional_size size = { .set = true };
	int r;

	size.relative = strchr(value, '%');
	r = size.relative ? value_percent(value, &size.value) : value_size(value, &size.value);
	if (r == 0 && (size.value == 0 || (size.relative && size.value > 10000)))
		r = -ERANGE;
	if (r == 0)
		*field = size;
	return r;
}

/* A number of things has no unit. */
static int set_count(const struct directive *d, void *field, char *value, char *reason)
{
	(void)d;
	return strpbrk(value, "KMGTPE") || take_size(field, value) < 0 ?
		       directive_refuse(reason, "expected a number, 20%% or infinity, not %.60s", value) : 0;
}

static int set_size(const struct directive *d, void *field, char *value, char *reason)
{
	(void)d;
	return take_size(field, value) < 0 ?
		       directive_refuse(reason, "expected a size such as 512M, 20%% or infinity, not %.60s",
					value) : 0;
}

static void format_size(const struct directive *d, const void *field, struct directive_text *text)
{
	const struct optional_size *size = field;

	(void)d;
	if (!size->set)
		return;
	if (size->relative)
		directive_put(text, "%llu.%02llu%%", (unsigned long long)size->value / 100,
			      (unsigned long long)size->value % 100);
	else
		put_infinite(text, size->value);
}

static int set_quota(const struct directive *d, void *field, char *value, char *reason)
{
	uint64_t hundredths;

	(void)d;
	if (value_percent(value, &hundredths) < 0 || hundredths == 0)
		return directive_refuse(reason, "expected a share such as 50%%, not %.60s", value);
	*(struct optional_size *)field = (struct optional_size){
		.set = true, .value = hundredths * PERCENT_USEC / 100,
	};
	return 0;
}

static void format_quota(const struct directive *d, const void *field, struct directive_text *text)
{
	const struct optional_size *quota = field;
	unsigned long long hundredths = quota->value / (PERCENT_USEC / 100);

	(void)d;
	if (quota->set)
		directive_put(text, "%llu.%02llu%%", hundredths / 100, hundredths % 100);
}

/* ---- times ---- */

static int set_span(const struct directive *d, void *field, char *value, char *reason)
{
	uint64_t usec;

	(void)d;
	if (value_span(value, 1000000, &usec) < 0 || usec == 0)
		return directive_refuse(reason, "expected a time such as 8h, or infinity, not %.60s", value);
	*(uint64_t *)field = usec == UINT64_MAX ? 0 : usec;
	return 0;
}

static void format_span(const struct directive *d, const void *field, struct directive_text *text)
{
	unsigned long long usec = *(const uint64_t *)field;

	(void)d;
	if (usec == 0)
		directive_put(text, "infinity");
	else if (usec % 1000000 == 0)
		directive_put(text, "%llus", usec / 1000000);
	else
		directive_put(text, "%lluus", usec);
}

/* "grace:30": whole seconds behind the word and a colon. */
static int take_seconds(const char *value, const char *word, uint32_t *ret)
{
	size_t length = strlen(word);
	uint64_t usec;

	if (strncmp(value, word, length) != 0 || value[length] != ':' ||
	    value_span(value + length + 1, 1000000, &usec) < 0)
		return -EINVAL;
	if (usec == 0 || usec % 1000000 || usec / 1000000 > UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)(usec / 1000000);
	return 0;
}

static int set_linger(const struct directive *d, void *field, char *value, char *reason)
{
	struct session_linger linger = { .kind = LINGER_GRACE };

	(void)d;
	if (strcmp(value, "kill") == 0)
		linger.kind = LINGER_KILL;
	else if (strcmp(value, "keep") == 0)
		linger.kind = LINGER_KEEP;
	else if (take_seconds(value, "grace", &linger.seconds) < 0)
		return directive_refuse(reason, "expected kill, grace:SECONDS or keep, not %.60s", value);
	*(struct session_linger *)field = linger;
	return 0;
}

static void format_linger(const struct directive *d, const void *field, struct directive_text *text)
{
	const struct session_linger *linger = field;

	(void)d;
	if (linger->kind == LINGER_GRACE)
		directive_put(text, "grace:%u", linger->seconds);
	else
		directive_put(text, "%s", linger->kind == LINGER_KILL ? "kill" : "keep");
}

static int set_home(const struct directive *d, void *field, char *value, char *reason)
{
	struct session_home home = { .kind = HOME_WAIT };

	(void)d;
	if (strcmp(value, "ignore") == 0)
		home.kind = HOME_IGNORE;
	else if (strcmp(value, "require") == 0)
		home.kind = HOME_REQUIRE;
	else if (take_seconds(value, "wait", &home.seconds) < 0)
		return directive_refuse(reason, "expected require, wait:SECONDS or ignore, not %.60s",
					value);
	*(struct session_home *)field = home;
	return 0;
}

static void format_home(const struct directive *d, const void *field, struct directive_text *text)
{
	const struct session_home *home = field;

	(void)d;
	if (home->kind == HOME_WAIT)
		directive_put(text, "wait:%u", home->seconds);
	else
		directive_put(text, "%s", home->kind == HOME_REQUIRE ? "require" : "ignore");
}

#define TEXT(name, set) { name, false, set, free_text, format_text, sizeof(char *) }
#define PLAIN(name, set, format, type) { name, false, set, NULL, format, sizeof(type) }

const struct directive_kind directive_scalars[TYPE_SCALARS] = {
	[TYPE_BOOLEAN] = PLAIN("boolean", set_boolean, format_boolean, bool),
	[TYPE_WORD] = PLAIN("word", set_word, format_word, unsigned int),
	[TYPE_PATH] = TEXT("path", set_path),
	[TYPE_ROOT] = TEXT("path or word", set_root),
	[TYPE_CGROUP] = TEXT("control group", set_cgroup),
	[TYPE_ERROR] = TEXT("error", set_error),
	[TYPE_LIMIT] = PLAIN("limit", set_limit, format_limit, struct profile_limit),
	[TYPE_NUMBER] = PLAIN("number", set_number, format_number, struct optional_number),
	[TYPE_MODE] = PLAIN("mode", set_mode, format_mode, struct optional_number),
	[TYPE_COUNT] = PLAIN("number or share", set_count, format_size, struct optional_size),
	[TYPE_SIZE] = PLAIN("size or share", set_size, format_size, struct optional_size),
	[TYPE_QUOTA] = PLAIN("share", set_quota, format_quota, struct optional_size),
	[TYPE_SPAN] = PLAIN("time", set_span, format_span, uint64_t),
	[TYPE_LINGER] = PLAIN("word", set_linger, format_linger, struct session_linger),
	[TYPE_HOME] = PLAIN("word", set_home, format_home, struct session_home),
};
