/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "address.h"

#include "num.h"

#include <arpa/inet.h>
#include <string.h>

static bool parse_host(const char *text, size_t length, struct address_range *ret)
{
	char address[INET6_ADDRSTRLEN];

	*ret = (struct address_range){ 0 };
	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = 0;
	if (inet_pton(AF_INET, address, ret->address) == 1)
		ret->family = AF_INET;
	else if (inet_pton(AF_INET6, address, ret->address) == 1)
		ret->family = AF_INET6;
	ret->prefix = ret->family == AF_INET ? 32 : 128;
	return ret->family != 0;
}

/* sshd names a peer either way, by how it listens. */
static void unmap(struct address_range *range)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (range->family != AF_INET6 || range->prefix < 96 ||
	    memcmp(range->address, mapped, sizeof(mapped)) != 0)
		return;
	memmove(range->address, range->address + sizeof(mapped), 4);
	memset(range->address + 4, 0, sizeof(mapped));
	range->family = AF_INET;
	range->prefix -= 96;
}

static bool has_host_bits(const struct address_range *range)
{
	for (unsigned int i = range->prefix; i < 8 * sizeof(range->address); i++)
		if (range->address[i / 8] & 0x80 >> i % 8)
			return true;
	return false;
}

const char *address_range_parse(const char *text, struct address_range *ret)
{
	size_t length = strcspn(text, "/");
	struct address_range range;
	uint64_t prefix;

	if (!parse_host(text, length, &range))
		return "ADDRESS or ADDRESS/BITS was expected";
	prefix = range.prefix;
	if (text[length] && num_parse_u64(text + length + 1, 0, range.prefix, &prefix) < 0)
		return range.family == AF_INET ? "0 to 32 bits were expected" :
						 "0 to 128 bits were expected";
	range.prefix = (unsigned int)prefix;
	if (has_host_bits(&range))
		return "an address with only zeroes behind the prefix was expected";
	unmap(&range);
	*ret = range;
	return NULL;
}

bool address_range_has(const struct address_range *range, const char *text)
{
	struct address_range host;
	unsigned int whole = range->prefix / 8, rest = range->prefix % 8;

	if (!parse_host(text, strcspn(text, "%"), &host))
		return false;
	unmap(&host);
	if (host.family != range->family || memcmp(host.address, range->address, whole) != 0)
		return false;
	return rest == 0 || (host.address[whole] ^ range->address[whole]) >> (8 - rest) == 0;
}
