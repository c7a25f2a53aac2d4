/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/identity.h"

#include <errno.h>
#include <string.h>

static struct identity *example(void)
{
	struct identity *id = calloc(1, sizeof(*id));

	id->uid = 1000;
	id->gid = 100;
	id->supervisor_uid = 999;
	id->supervisor_gid = 999;
	id->fail_open = true;
	id->fail_set = true;
	id->direct = true;
	id->exempt = true;
	identity_set(id->config, sizeof(id->config), "/etc/swrap.test");
	assert_int_equal(identity_add_set(id, "UMask=0077"), 0);
	assert_int_equal(identity_add_set(id, "Nice="), 0);
	id->ngroups = 2;
	id->groups[0] = 100;
	id->groups[1] = 27;
	identity_set(id->session, sizeof(id->session), "0123456789abcdef");
	identity_set(id->user, sizeof(id->user), "DOM\\al ice");
	identity_set(id->service, sizeof(id->service), "sshd");
	identity_set(id->tty, sizeof(id->tty), "ssh");
	identity_set(id->rhost, sizeof(id->rhost), "192.0.2.1");
	identity_set(id->home, sizeof(id->home), "/home/alice");
	return id;
}

static void test_pack_unpack(void **state)
{
	_free_ struct identity *id = example(), *back = calloc(1, sizeof(*back));
	_free_ unsigned char *buffer = malloc(WIRE_MAX_BYTES);
	struct wire_writer w;
	struct wire_reader r;

	(void)state;
	writer_init(&w, buffer, WIRE_MAX_BYTES);
	assert_int_equal(identity_pack(id, &w), 0);
	reader_init(&r, buffer, writer_length(&w));
	assert_int_equal(identity_unpack(back, &r), 0);
	assert_int_equal(back->ngroups, 0);
	back->ngroups = id->ngroups;
	memcpy(back->groups, id->groups, sizeof(id->groups));
	assert_memory_equal(id, back, sizeof(*id));
	for (size_t cut = 0; cut < writer_length(&w); cut++) {
		reader_init(&r, buffer, cut);
		assert_int_equal(identity_unpack(back, &r), -EBADMSG);
	}
}

static void test_pack_unpack_groups(void **state)
{
	_free_ struct identity *id = example(), *back = calloc(1, sizeof(*back));
	unsigned char buffer[64];
	uint32_t too_many = IDENTITY_GROUPS + 1;
	struct wire_writer w;
	struct wire_reader r;

	(void)state;
	writer_init(&w, buffer, sizeof(buffer));
	assert_int_equal(identity_pack_groups(id, &w), 0);
	reader_init(&r, buffer, writer_length(&w));
	assert_int_equal(identity_unpack_groups(back, &r), 0);
	assert_int_equal(back->ngroups, 2);
	assert_memory_equal(back->groups, id->groups, 2 * sizeof(gid_t));
	for (size_t cut = 0; cut < writer_length(&w); cut++) {
		reader_init(&r, buffer, cut);
		assert_int_equal(identity_unpack_groups(back, &r), -EBADMSG);
	}
	reader_init(&r, &too_many, sizeof(too_many));
	assert_int_equal(identity_unpack_groups(back, &r), -EBADMSG);
	id->ngroups = 100;
	writer_init(&w, buffer, sizeof(buffer));
	assert_int_equal(identity_pack_groups(id, &w), -EMSGSIZE);
}

static void test_add_set(void **state)
{
	_free_ struct identity *id = calloc(1, sizeof(*id));
	char text[IDENTITY_SETS_BYTES];
	const char *at;

	(void)state;
	assert_null(identity_next_set(id, NULL));
	assert_int_equal(identity_add_set(id, "UMask=0077"), 0);
	assert_int_equal(identity_add_set(id, ""), 0);
	assert_int_equal(identity_add_set(id, "Nice=5"), 0);
	at = identity_next_set(id, NULL);
	assert_string_equal(at, "UMask=0077");
	at = identity_next_set(id, at);
	assert_string_equal(at, "");
	at = identity_next_set(id, at);
	assert_string_equal(at, "Nice=5");
	assert_null(identity_next_set(id, at));
	/* What is left, filled to the last byte, and one more. */
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - id->sets_bytes] = 0;
	assert_int_equal(identity_add_set(id, text), -E2BIG);
	text[sizeof(text) - id->sets_bytes - 1] = 0;
	assert_int_equal(identity_add_set(id, text), 0);
	assert_int_equal(id->sets_bytes, sizeof(id->sets));
	assert_int_equal(identity_add_set(id, ""), -E2BIG);
}

/* Texts that do not end inside the field, and more of them than there is room for. */
static void test_bad_sets(void **state)
{
	_free_ struct identity *id = example(), *back = calloc(1, sizeof(*back));
	_free_ unsigned char *buffer = malloc(WIRE_MAX_BYTES);
	struct wire_writer w;
	struct wire_reader r;

	(void)state;
	id->sets[id->sets_bytes - 1] = 'x';
	writer_init(&w, buffer, WIRE_MAX_BYTES);
	assert_int_equal(identity_pack(id, &w), 0);
	reader_init(&r, buffer, writer_length(&w));
	assert_int_equal(identity_unpack(back, &r), -EBADMSG);
	id->sets_bytes = 0;
	writer_init(&w, buffer, WIRE_MAX_BYTES);
	assert_int_equal(identity_pack(id, &w), 0);
	memcpy(buffer + writer_length(&w) - 4, &(uint32_t){ IDENTITY_SETS_BYTES + 1 }, 4);
	reader_init(&r, buffer, writer_length(&w));
	assert_int_equal(identity_unpack(back, &r), -EBADMSG);
}

static void test_spared(void **state)
{
	_free_ struct identity *id = example();

	(void)state;
	id->exempt = false;
	assert_false(identity_is_spared(id));
	id->exempt = true;
	assert_true(identity_is_spared(id));
	id->exempt = false;
	id->breakglass = true;
	assert_true(identity_is_spared(id));
	id->breakglass = false;
	id->uid = 0;
	assert_true(identity_is_spared(id));
}

static void test_set(void **state)
{
	char field[4] = "abc";

	(void)state;
	assert_int_equal(identity_set(field, sizeof(field), "four"), -ENAMETOOLONG);
	assert_string_equal(field, "abc");
	assert_int_equal(identity_set(field, sizeof(field), NULL), 0);
	assert_string_equal(field, "");
}

static void test_new_session(void **state)
{
	char a[IDENTITY_SESSION_BYTES], b[IDENTITY_SESSION_BYTES];

	(void)state;
	assert_int_equal(identity_new_session(a), 0);
	assert_int_equal(identity_new_session(b), 0);
	assert_int_equal(strspn(a, "0123456789abcdef"), 16);
	assert_string_not_equal(a, b);
}

static void assert_refused(struct identity *id, bool good)
{
	struct err e = { 0 };

	assert_int_equal(identity_validate(id, &e), good ? 0 : -EINVAL);
}

static void test_validate(void **state)
{
	_free_ struct identity *id = example();
	_free_ struct identity *good = example();

	(void)state;
	assert_refused(id, true);
	strcpy(id->session, "../../etc/passwd");
	assert_refused(id, false);
	*id = *good;
	id->session[15] = 0;
	assert_refused(id, false);
	*id = *good;
	id->user[0] = 0;
	assert_refused(id, false);
	*id = *good;
	id->uid = (uid_t)-1;
	assert_refused(id, false);
	*id = *good;
	id->supervisor_uid = (uid_t)-1;
	assert_refused(id, false);
	*id = *good;
	id->supervisor_uid = 0;
	assert_refused(id, false);
	*id = *good;
	id->uid = 0; /* a rule may name root */
	assert_refused(id, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pack_unpack),
		cmocka_unit_test(test_pack_unpack_groups),
		cmocka_unit_test(test_add_set),
		cmocka_unit_test(test_bad_sets),
		cmocka_unit_test(test_spared),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_new_session),
		cmocka_unit_test(test_validate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
