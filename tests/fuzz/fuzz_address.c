/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A range of addresses and an address to look up in it, with a line break between them. */
#include "fuzz.h"

#include "src/address.h"

#include <arpa/inet.h>

static void check_range(const struct address_range *range)
{
	unsigned int bits = range->family == AF_INET ? 32 : 128;

	HOLDS(range->family == AF_INET || range->family == AF_INET6);
	HOLDS(range->prefix <= bits);
	for (unsigned int bit = range->prefix; bit < 8 * sizeof(range->address); bit++)
		HOLDS(!(range->address[bit / 8] & (0x80 >> bit % 8)));
}

/* The first address of a range is in it, and written as a range is that range again. */
static void check_first(const struct address_range *range)
{
	char text[INET6_ADDRSTRLEN + 8];
	struct address_range again;

	HOLDS(inet_ntop(range->family, range->address, text, INET6_ADDRSTRLEN));
	HOLDS(address_range_has(range, text));
	(void)sprintf(text + strlen(text), "/%u", range->prefix);
	HOLDS(!address_range_parse(text, &again));
	HOLDS(again.family == range->family && again.prefix == range->prefix);
	HOLDS(memcmp(again.address, range->address, sizeof(again.address)) == 0);
}

/* What is an address of its own is in a range of one exactly when it is the same. */
static void check_host(const struct address_range *range, const char *host)
{
	bool has = address_range_has(range, host);
	struct address_range own;

	if (strchr(host, '/') || address_range_parse(host, &own))
		return;
	HOLDS(address_range_has(&own, host));
	if (own.family != range->family)
		HOLDS(!has);
	else if (range->prefix == own.prefix)
		HOLDS(has == (memcmp(own.address, range->address, sizeof(own.address)) == 0));
	else if (range->prefix == 0)
		HOLDS(has);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_free_ char *text = fuzz_text(data, size);
	char *host = strchr(text, '\n');
	struct address_range range = { .family = -1 };
	const char *expected;

	if (host)
		*host++ = 0;
	expected = address_range_parse(text, &range);
	if (expected) {
		HOLDS(expected[0]);
		return 0;
	}
	check_range(&range);
	check_first(&range);
	if (host)
		check_host(&range, host);
	return 0;
}
