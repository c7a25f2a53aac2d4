/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files root reads for the user: which texts and which files are taken, and who may read them then.
 */
#include "world.h"

#include "helper/credentials.h"

#define SOURCE "/run/source"

enum { USER = 54321 };

struct fixture {
	struct identity identity;
	struct profile profile;
	struct plan plan;
};

static void furnish(struct fixture *f, const char *text)
{
	world_tmpfs("/run");
	world_dir(WIRE_RUN_DIR);
	world_tmpfs(WIRE_RUN_DIR);
	world_file(SOURCE);
	EXPECT(chmod(SOURCE, 0600) == 0);
	f->identity.uid = f->identity.gid = USER;
	f->plan.identity = &f->identity;
	f->plan.profile = &f->profile;
	EXPECT(text_list_add(&f->profile.load_credential, text) == 0);
}

static int take(struct fixture *f)
{
	struct err e = { 0 };
	int tree = -1, r = credentials_take(&f->plan, &tree, &e);

	if (r == 0)
		r = credentials_place(tree, &e);
	return r;
}

static void place(void *context)
{
	struct fixture *f = context;
	char text[8] = "";
	int fd;

	furnish(f, "key:" SOURCE);
	EXPECT(credentials_verify(&f->plan, NULL) == -EPERM);
	EXPECT(take(f) == 0 && credentials_verify(&f->plan, NULL) == 0);
	EXPECT(chmod(WIRE_RUN_DIR, 0711) == 0);
	EXPECT(setresgid(USER, USER, USER) == 0 && setresuid(USER, USER, USER) == 0);
	EXPECT(access(SOURCE, R_OK) < 0);
	fd = open(CREDENTIALS_DIR "/key", O_RDONLY | O_CLOEXEC);
	EXPECT(fd >= 0 && read(fd, text, sizeof(text)) == 5 && strcmp(text, "host\n") == 0);
	EXPECT(chmod(CREDENTIALS_DIR "/key", 0644) < 0 && errno == EROFS);
}

static void keep_from_others(void *context)
{
	furnish(context, "key:" SOURCE);
	EXPECT(take(context) == 0);
	EXPECT(setresgid(USER + 1, USER + 1, USER + 1) == 0 && setresuid(USER + 1, USER + 1, USER + 1) == 0);
	EXPECT(access(CREDENTIALS_DIR "/key", R_OK) < 0 && errno == EACCES);
}

/* Nobody but root says what root reads. */
static void refuse_users(void *context)
{
	furnish(context, "key:" SOURCE);
	EXPECT(chown(SOURCE, USER, USER) == 0);
	EXPECT(take(context) == -EPERM);
}

static void refuse_devices(void *context)
{
	furnish(context, "key:/dev/zero");
	EXPECT(take(context) < 0);
}

static void refuse_large(void *context)
{
	furnish(context, "key:" SOURCE);
	EXPECT(truncate(SOURCE, CREDENTIAL_BYTES + 1) == 0);
	EXPECT(take(context) == -EFBIG);
}

static void in_world(child_body *body)
{
	struct fixture *f = calloc(1, sizeof(*f));

	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNS, body, f), 0);
	free(f);
}

static void test_place(void **state)
{
	(void)state;
	in_world(place);
	in_world(keep_from_others);
}

static void test_refused(void **state)
{
	(void)state;
	in_world(refuse_users);
	in_world(refuse_devices);
	in_world(refuse_large);
}

static void test_check(void **state)
{
	static const char *const bad[] = { "", "x", ":/x", "x:", "x:y", "../x:/y", "..:/y", ".:/y", "a/b:/y" };

	(void)state;
	assert_int_equal(credential_check("a.b-c:/etc/x:y", NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (credential_check(bad[i], NULL) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place), cmocka_unit_test(test_refused), cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
