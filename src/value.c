/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "value.h"

#include "attr.h"
#include "num.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

int value_boolean(const char *text, bool *ret)
{
	static const char *const words[][6] = {
		{ "no", "false", "off", "n", "f", "0" },
		{ "yes", "true", "on", "y", "t", "1" },
	};

	for (int value = 0; value < 2; value++)
		for (int i = 0; i < 6; i++)
			if (strcasecmp(text, words[value][i]) == 0) {
				*ret = value;
				return 0;
			}
	return -EINVAL;
}

/* ---- numbers ---- */

int value_signed(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	bool negative = text[0] == '-';
	uint64_t size;
	int64_t value;
	int r = num_parse_u64(text + (negative || text[0] == '+'), 0, INT64_MAX, &size);

	if (r < 0)
		return r;
	value = negative ? -(int64_t)size : (int64_t)size;
	if (value < min || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

int value_size(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGTPE";
	const char *at = text, *unit;
	uint64_t value;
	int r, shift = 0;

	if (strcmp(text, "infinity") == 0) {
		*ret = UINT64_MAX;
		return 0;
	}
	r = num_take_u64(&at, UINT64_MAX - 1, &value);
	if (r < 0)
		return r;
	unit = *at ? strchr(units, *at) : NULL;
	if (*at && (!unit || at[1]))
		return -EINVAL;
	if (unit)
		shift = 10 * (int)(unit - units + 1);
	if (value > (UINT64_MAX - 1) >> shift)
		return -ERANGE;
	*ret = value << shift;
	return 0;
}

/* Digits behind a point, as hundredths; no more than two of them. */
static int take_hundredths(const char **at, uint64_t *ret)
{
	size_t n = strspn(*at, "0123456789");

	if (n < 1 || n > 2)
		return -EINVAL;
	*ret = (uint64_t)((*at)[0] - '0') * 10 + (n == 2 ? (uint64_t)((*at)[1] - '0') : 0);
	*at += n;
	return 0;
}

int value_percent(const char *text, uint64_t *ret)
{
	uint64_t whole, hundredths = 0;
	const char *at = text;
	int r = num_take_u64(&at, UINT32_MAX, &whole);

	if (r == 0 && *at == '.') {
		at++;
		r = take_hundredths(&at, &hundredths);
	}
	if (r < 0)
		return r;
	if (strcmp(at, "%") != 0)
		return -EINVAL;
	*ret = whole * 100 + hundredths;
	return 0;
}

/* ---- time ---- */

#define SECOND UINT64_C(1000000)

static const struct unit {
	const char *name;
	uint64_t usec;
} units[] = {
	{ "us", 1 }, { "usec", 1 }, { "ms", 1000 }, { "msec", 1000 },
	{ "s", SECOND }, { "sec", SECOND }, { "second", SECOND }, { "seconds", SECOND },
	{ "m", 60 * SECOND }, { "min", 60 * SECOND }, { "minute", 60 * SECOND },
	{ "minutes", 60 * SECOND },
	{ "h", 3600 * SECOND }, { "hr", 3600 * SECOND }, { "hour", 3600 * SECOND },
	{ "hours", 3600 * SECOND },
	{ "d", 86400 * SECOND }, { "day", 86400 * SECOND }, { "days", 86400 * SECOND },
	{ "w", 7 * 86400 * SECOND }, { "week", 7 * 86400 * SECOND }, { "weeks", 7 * 86400 * SECOND },
};

static int take_unit(const char **at, uint64_t *ret_usec)
{
	size_t length;

	*at += strspn(*at, " \t");
	length = strspn(*at, "abcdefghijklmnopqrstuvwxyz");
	if (length == 0)
		return 0; /* the caller's */
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strlen(units[i].name) != length || strncmp(*at, units[i].name, length) != 0)
			continue;
		*ret_usec = units[i].usec;
		*at += length;
		return 0;
	}
	return -EINVAL;
}

int value_span(const char *text, uint64_t unit_usec, uint64_t *ret)
{
	const char *at = text + strspn(text, " \t");
	uint64_t sum = 0, n, part;
	int r;

	if (strcmp(at, "infinity") == 0) {
		*ret = UINT64_MAX;
		return 0;
	}
	do {
		uint64_t unit = unit_usec;

		r = num_take_u64(&at, UINT64_MAX - 1, &n);
		if (r == 0)
			r = take_unit(&at, &unit);
		if (r < 0)
			return r;
		if (__builtin_mul_overflow(n, unit, &part) || __builtin_add_overflow(sum, part, &sum) ||
		    sum == UINT64_MAX)
			return -ERANGE;
		at += strspn(at, " \t");
	} while (*at);
	*ret = sum;
	return 0;
}

/* ---- limits ---- */

/* Whole seconds, rounded up: half a second of CPU is not none at all. */
static int limit_seconds(const char *text, uint64_t *ret)
{
	uint64_t usec;
	int r = value_span(text, SECOND, &usec);

	if (r == 0)
		*ret = usec == UINT64_MAX ? usec : usec / SECOND + (usec % SECOND != 0);
	return r;
}

/* "+5" and "-5" are nice values, "25" is the kernel's own count from the other end. */
static int limit_nice(const char *text, uint64_t *ret)
{
	int64_t value;
	int r;

	if (text[0] != '+' && text[0] != '-')
		return num_parse_u64(text, 0, 40, ret);
	r = value_signed(text, -20, 19, &value);
	if (r == 0)
		*ret = (uint64_t)(20 - value);
	return r;
}

static int limit_count(const char *text, uint64_t *ret)
{
	return num_parse_u64(text, 0, UINT64_MAX - 1, ret);
}

static int limit_one(const char *text, int resource, uint64_t *ret)
{
	if (strcmp(text, "infinity") == 0) {
		*ret = UINT64_MAX;
		return 0;
	}
	switch (resource) {
	case RLIMIT_CPU:
		return limit_seconds(text, ret);
	case RLIMIT_RTTIME:
		return value_span(text, 1, ret);
	case RLIMIT_NICE:
		return limit_nice(text, ret);
	case RLIMIT_NOFILE:
	case RLIMIT_NPROC:
	case RLIMIT_LOCKS:
	case RLIMIT_SIGPENDING:
	case RLIMIT_RTPRIO:
		return limit_count(text, ret);
	default:
		return value_size(text, ret);
	}
}

static int limit_of_memory(const char *text, int resource, struct profile_limit *ret)
{
	uint64_t hundredths;

	_Static_assert(sizeof(rlim_t) == sizeof(uint64_t), "limits are 64 bits wide");
	if (resource != RLIMIT_AS || value_percent(text, &hundredths) < 0 || hundredths % 100 ||
	    hundredths == 0)
		return -EINVAL;
	*ret = (struct profile_limit){ LIMIT_MEMORY, hundredths / 100, hundredths / 100 };
	return 0;
}

int value_limit(const char *text, int resource, struct profile_limit *ret)
{
	const char *colon = strchr(text, ':'), *hard = colon ? colon + 1 : text;
	struct profile_limit limit = { .kind = LIMIT_VALUE };
	char soft[32];
	int r;

	if (strchr(text, '%'))
		return limit_of_memory(text, resource, ret);
	if (colon && (size_t)(colon - text) >= sizeof(soft))
		return -EINVAL;
	(void)snprintf(soft, sizeof(soft), "%.*s", (int)(colon ? colon - text : 0), text);
	r = limit_one(colon ? soft : text, resource, &limit.soft);
	if (r == 0)
		r = limit_one(hard, resource, &limit.hard);
	if (r < 0)
		return r;
	if (limit.soft > limit.hard)
		return -ERANGE;
	*ret = limit;
	return 0;
}

/* ---- paths and names ---- */

bool value_has_known_specifiers(const char *text)
{
	for (; (text = strchr(text, '%')); text += 2)
		if (!text[1] || !strchr("huU%", text[1]))
			return false;
	return true;
}

/* One component that goes nowhere else. */
static bool is_plain(const char *component, size_t length)
{
	return !(length == 1 && component[0] == '.') && !(length == 2 && memcmp(component, "..", 2) == 0);
}

int value_path(char *text)
{
	const char *from = text;
	char *to = text;

	if (text[0] != '/' && strncmp(text, "%h", 2) != 0)
		return -EINVAL;
	if (text[0] != '/' && text[2] && text[2] != '/')
		return -EINVAL;
	if (!value_has_known_specifiers(text))
		return -EINVAL;
	while (*from) {
		size_t slashes = strspn(from, "/"), length = strcspn(from + slashes, "/");

		if (!is_plain(from + slashes, length))
			return -EINVAL;
		if (slashes && (length || to == text))
			*to++ = '/';
		memmove(to, from + slashes, length);
		to += length;
		from += slashes + length;
	}
	*to = 0;
	return 0;
}

bool value_is_variable(const char *name, size_t length)
{
	if (length == 0 || isdigit((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return false;
	return true;
}
