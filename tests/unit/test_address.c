/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/address.h"

#include <string.h>
#include <sys/socket.h>

static bool has(const char *range, const char *host)
{
	struct address_range parsed;

	assert_null(address_range_parse(range, &parsed));
	return address_range_has(&parsed, host);
}

static void test_ipv4(void **state)
{
	(void)state;
	assert_true(has("192.0.2.7", "192.0.2.7"));
	assert_false(has("192.0.2.7", "192.0.2.8"));
	assert_true(has("192.0.2.0/24", "192.0.2.255"));
	assert_false(has("192.0.2.0/24", "192.0.3.0"));
	assert_true(has("10.0.0.0/9", "10.127.255.255"));
	assert_false(has("10.0.0.0/9", "10.128.0.0"));
	assert_true(has("192.0.2.6/31", "192.0.2.7"));
	assert_false(has("192.0.2.6/31", "192.0.2.8"));
	assert_true(has("0.0.0.0/0", "255.255.255.255"));
	assert_false(has("0.0.0.0/0", "2001:db8::1"));
}

static void test_ipv6(void **state)
{
	(void)state;
	assert_true(has("2001:db8::/32", "2001:db8:ffff::1"));
	assert_false(has("2001:db8::/32", "2001:db9::1"));
	assert_true(has("2001:db8:0:8000::/49", "2001:db8:0:ffff::1"));
	assert_false(has("2001:db8:0:8000::/49", "2001:db8:0:7fff::1"));
	assert_true(has("fe80::/10", "fe80::1%eth0"));
	assert_true(has("::1", "::1"));
	assert_true(has("::/0", "2001:db8::1"));
	assert_false(has("::/0", "192.0.2.1"));
}

static void test_mapped(void **state)
{
	(void)state;
	assert_true(has("192.0.2.0/24", "::ffff:192.0.2.1"));
	assert_true(has("::ffff:192.0.2.0/120", "192.0.2.1"));
	assert_true(has("::ffff:192.0.2.0/120", "::ffff:192.0.2.1"));
	assert_false(has("::/0", "::ffff:192.0.2.1"));
}

/* A name may look like much, and never like an address. */
static void test_names(void **state)
{
	(void)state;
	assert_false(has("0.0.0.0/0", ""));
	assert_false(has("0.0.0.0/0", "host.example"));
	assert_false(has("0.0.0.0/0", "192.0.2.1.example"));
	assert_false(has("0.0.0.0/0", " 192.0.2.1"));
	assert_false(has("0.0.0.0/0", "192.0.2"));
	assert_false(has("0.0.0.0/0", "0x7f000001"));
	assert_false(has("::/0", "%eth0"));
	assert_false(has("::/0", "2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001"));
}

static void test_bad(void **state)
{
	static const char *const texts[] = {
		"", "/", "/8", "host.example", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/ 8",
		"10.0.0.0/8/8", "10.0.0.1/8", "10.0.0.0/255.0.0.0", "2001:db8::/129", "2001:db8::1/32",
		"fe80::1%eth0", "10.0.0.0/08x",
	};
	struct address_range range = { .family = 99 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_non_null(address_range_parse(texts[i], &range));
		assert_int_equal(range.family, 99);
	}
	assert_non_null(strstr(address_range_parse("10.0.0.1/8", &range), "zeroes"));
	assert_non_null(strstr(address_range_parse("10.0.0.0/40", &range), "32 bits"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4),  cmocka_unit_test(test_ipv6), cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_names), cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
