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
	id->direct = true;
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
	assert_memory_equal(id, back, sizeof(*id));
	for (size_t cut = 0; cut < writer_length(&w); cut++) {
		reader_init(&r, buffer, cut);
		assert_int_equal(identity_unpack(back, &r), -EBADMSG);
	}
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
	id->uid = 0;
	assert_refused(id, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pack_unpack),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_new_session),
		cmocka_unit_test(test_validate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
