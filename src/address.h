/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * address.h - network addresses and ranges of them: "192.0.2.0/24", "2001:db8::/32".
 *
 * Numbers only: no name is ever looked up, since who answers for a name may be who logs in.
 */
#ifndef SWRAP_ADDRESS_H
#define SWRAP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct address_range {
	int family;			/* AF_INET, AF_INET6 */
	unsigned char address[16];	/* in network order; behind the prefix all 0 */
	unsigned int prefix;		/* bits */
};

/*
 * ADDRESS, or ADDRESS/BITS with nothing set behind those bits. An IPv4 address written as IPv6
 * ("::ffff:192.0.2.1") is the IPv4 address. Returns NULL, or what was expected instead.
 */
const char *address_range_parse(const char *text, struct address_range *ret);

/* Is text the address of a host (with or without a zone, "fe80::1%eth0") in that range? */
bool address_range_has(const struct address_range *range, const char *text);

#endif
