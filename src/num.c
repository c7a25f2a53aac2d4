/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "num.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int num_parse_base(const char *text, int base, uint64_t max, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	/* strtoull takes blanks and a sign; the first character must be a digit of the base. */
	if (!isxdigit((unsigned char)text[0]))
		return -EINVAL;
	if (base == 16 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, base);
	if (end == text || *end)
		return -EINVAL;
	if (errno || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

int num_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t value;
	int r = num_parse_base(text, 10, max, &value);

	if (r < 0)
		return r;
	if (value < min)
		return -ERANGE;
	*ret = value;
	return 0;
}

int num_take_u64(const char **at, uint64_t max, uint64_t *ret)
{
	size_t length = strspn(*at, "0123456789");
	char text[NUM_TEXT_BYTES];
	int r;

	if (length >= sizeof(text))
		return -ERANGE;
	memcpy(text, *at, length);
	text[length] = 0;
	r = num_parse_u64(text, 0, max, ret);
	if (r == 0)
		*at += length;
	return r;
}

int num_parse_id(const char *text, uid_t *ret)
{
	uint64_t value;
	int r = num_parse_u64(text, 0, (uid_t)-2, &value);

	if (r < 0)
		return r;
	*ret = (uid_t)value;
	return 0;
}

size_t num_format(uint64_t value, char *out)
{
	char digits[NUM_TEXT_BYTES];
	size_t n = 0, i;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	out[n] = 0;
	return n;
}
