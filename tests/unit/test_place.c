/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a path in a rule leads to, when who may write a directory on the way has put a symlink there.
 */
#include "world.h"

#include "helper/place.h"

#define TREE "/run/tree"

enum { USER = 54321 };

static void furnish(void)
{
	world_tmpfs("/run");
	world_dir(TREE);
	world_dir(TREE "/roots");
	world_file(TREE "/roots/file");
	world_dir(TREE "/users");
	world_dir(TREE "/users/own");
	world_file(TREE "/users/own/file");
}

static void link_to(const char *to, const char *path, uid_t owner)
{
	EXPECT(symlink(to, path) == 0 && lchown(path, owner, owner) == 0);
}

static void give(const char *path)
{
	EXPECT(chown(path, USER, USER) == 0);
}

static bool leads_to(const char *path, const char *place)
{
	_close_ int fd = place_open(path, NULL);
	struct stat is, is_to;

	if (fd < 0)
		return false;
	EXPECT(fstat(fd, &is) == 0 && stat(place, &is_to) == 0);
	return is.st_dev == is_to.st_dev && is.st_ino == is_to.st_ino;
}

static void follow_roots(void *context)
{
	(void)context;
	furnish();
	link_to("roots", TREE "/relative", 0);
	link_to(TREE "/roots", TREE "/absolute", 0);
	link_to("../tree/./relative/", TREE "/twice", 0);
	EXPECT(leads_to(TREE "/roots/file", TREE "/roots/file"));
	EXPECT(leads_to(TREE "/relative/file", TREE "/roots/file"));
	EXPECT(leads_to(TREE "/absolute", TREE "/roots"));
	EXPECT(leads_to(TREE "/twice/file", TREE "/roots/file"));
	EXPECT(place_open(TREE "/relative/none", NULL) == -ENOENT);
	EXPECT(place_open(TREE "/relative/file/x", NULL) == -ENOTDIR);
}

static void distrust_users(void *context)
{
	(void)context;
	furnish();
	link_to("../roots", TREE "/users/link", USER);
	link_to("../roots", TREE "/users/roots-link", 0); /* a hard link of the user's to one of root's */
	link_to(TREE "/roots", TREE "/users/own/deep", 0);
	give(TREE "/users");
	EXPECT(place_open(TREE "/users/link", NULL) == -ELOOP);
	EXPECT(place_open(TREE "/users/link/file", NULL) == -ELOOP);
	EXPECT(place_open(TREE "/users/roots-link", NULL) == -ELOOP);
	EXPECT(place_open(TREE "/users/own/deep/file", NULL) == -ELOOP); /* the user may have moved it */
	EXPECT(leads_to(TREE "/users/own/file", TREE "/users/own/file"));
}

/* Root's own link in a directory that all may write to: the sticky bit keeps it, else it is anybody's. */
static void look_at_modes(void *context)
{
	(void)context;
	furnish();
	link_to("../roots", TREE "/users/link", 0);
	EXPECT(chmod(TREE "/users", 0777) == 0);
	EXPECT(place_open(TREE "/users/link", NULL) == -ELOOP);
	EXPECT(chmod(TREE "/users", 01777) == 0);
	EXPECT(leads_to(TREE "/users/link", TREE "/roots"));
	EXPECT(lchown(TREE "/users/link", USER, USER) == 0);
	EXPECT(place_open(TREE "/users/link", NULL) == -ELOOP);
}

static void refuse_loops(void *context)
{
	(void)context;
	furnish();
	link_to("/", TREE "/to-root", 0);
	link_to("b", TREE "/a", 0);
	link_to("a", TREE "/b", 0);
	EXPECT(place_open(TREE "/to-root", NULL) == -ELOOP);
	EXPECT(leads_to(TREE "/to-root/run/tree/roots", TREE "/roots"));
	EXPECT(place_open(TREE "/a", NULL) == -ELOOP);
}

static void open_trusted(void *context)
{
	struct err e = { 0 };

	(void)context;
	furnish();
	link_to("roots", TREE "/relative", 0);
	EXPECT(place_open_trusted(TREE "/relative", NULL) >= 0);
	give(TREE "/users");
	EXPECT(place_open_trusted(TREE "/users", &e) == -EPERM && strstr(e.about, "users"));
	EXPECT(place_open_trusted(TREE "/users/own", NULL) == -EPERM);
	EXPECT(chmod(TREE "/roots", 0775) == 0);
	EXPECT(place_open_trusted(TREE "/roots", NULL) == -EPERM);
}

static void make_places(void *context)
{
	struct stat st;

	(void)context;
	furnish();
	(void)umask(077);
	EXPECT(place_make(TREE "/x/y/z", true, NULL) == 0 && umask(0) == 077);
	EXPECT(stat(TREE "/x/y", &st) == 0 && (st.st_mode & 07777) == 0755);
	EXPECT(stat(TREE "/x/y/z", &st) == 0 && S_ISDIR(st.st_mode));
	EXPECT(place_make(TREE "/x/file", false, NULL) == 0);
	EXPECT(stat(TREE "/x/file", &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0);
	EXPECT(place_make(TREE "/x/file/y", false, NULL) == -ENOTDIR);
}

static void in_world(child_body *body)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNS, body, NULL), 0);
}

#define WORLD_TEST(name, body) \
	static void name(void **state) \
	{ \
		(void)state; \
		in_world(body); \
	}

WORLD_TEST(test_open, follow_roots)
WORLD_TEST(test_open_users, distrust_users)
WORLD_TEST(test_open_modes, look_at_modes)
WORLD_TEST(test_open_loops, refuse_loops)
WORLD_TEST(test_open_trusted, open_trusted)
WORLD_TEST(test_make, make_places)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),	   cmocka_unit_test(test_open_users),
		cmocka_unit_test(test_open_modes), cmocka_unit_test(test_open_loops),
		cmocka_unit_test(test_open_trusted), cmocka_unit_test(test_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
