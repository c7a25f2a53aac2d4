/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world.h"

#include "helper/mount_tree.h"

#include <sys/statvfs.h>

#define PLACE "/run/place"

static void in_world(child_body *body)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNS, body, NULL), 0);
}

static void furnish(void)
{
	world_tmpfs("/run");
	world_dir(PLACE);
	world_dir("/run/tree");
	world_file("/run/tree/file");
	EXPECT(symlink("tree", "/run/link") == 0);
}

/* ---- target ---- */

static void find_target(void *context)
{
	struct err e = { 0 };
	struct stat st;
	int fd;

	(void)context;
	furnish();
	fd = mount_target("/run/link", &e);
	EXPECT(fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode));
	EXPECT((fcntl(fd, F_GETFL) & O_PATH) && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	EXPECT(mount_target("/run/none", NULL) == -ENOENT);
	EXPECT(mount_target("/run/none", &e) == -ENOENT && strcmp(e.about, "/run/none") == 0);
}

static void test_target(void **state)
{
	(void)state;
	in_world(find_target);
}

/* ---- clone and attach ---- */

static void clone_and_attach(void *context)
{
	struct stat tree, place;
	int copy, by_fd, target;

	(void)context;
	furnish();
	copy = mount_clone(AT_FDCWD, "/run/tree", false, NULL);
	EXPECT(copy >= 0 && (fcntl(copy, F_GETFD) & FD_CLOEXEC));
	EXPECT(access(PLACE "/file", F_OK) < 0);
	target = mount_target(PLACE, NULL);
	EXPECT(mount_attach(copy, target, NULL) == 0);
	EXPECT(access(PLACE "/file", F_OK) == 0);
	EXPECT(stat("/run/tree", &tree) == 0 && stat(PLACE, &place) == 0);
	EXPECT(tree.st_dev == place.st_dev && tree.st_ino == place.st_ino);
	by_fd = mount_clone(copy, "", false, NULL);
	EXPECT(by_fd >= 0);
	EXPECT(mount_clone(AT_FDCWD, "/run/none", false, NULL) == -ENOENT);
	EXPECT(mount_attach(target, target, NULL) < 0); /* no detached tree */
}

/* Recursive: what is mounted below comes with it. */
static void clone_recursively(void *context)
{
	int flat, deep;

	(void)context;
	furnish();
	world_dir("/run/tree/sub");
	world_tmpfs("/run/tree/sub");
	world_file("/run/tree/sub/mounted");
	flat = mount_clone(AT_FDCWD, "/run/tree", false, NULL);
	deep = mount_clone(AT_FDCWD, "/run/tree", true, NULL);
	EXPECT(faccessat(flat, "sub/mounted", F_OK, 0) < 0 && errno == ENOENT);
	EXPECT(faccessat(deep, "sub/mounted", F_OK, 0) == 0);
}

static void test_clone(void **state)
{
	(void)state;
	in_world(clone_and_attach);
	in_world(clone_recursively);
}

/* ---- attributes ---- */

static bool has_flag(const char *path, unsigned long flag)
{
	struct statvfs fs;

	EXPECT(statvfs(path, &fs) == 0);
	return fs.f_flag & flag;
}

static void change_attributes(void *context)
{
	_close_ int tree = -1;

	(void)context;
	furnish();
	world_tmpfs(PLACE);
	world_dir(PLACE "/sub");
	world_tmpfs(PLACE "/sub");
	tree = mount_target(PLACE, NULL);
	EXPECT(mount_attributes(tree, MOUNT_ATTR_RDONLY, 0, false, NULL) == 0);
	EXPECT(has_flag(PLACE, ST_RDONLY) && !has_flag(PLACE "/sub", ST_RDONLY));
	EXPECT(mount_attributes(tree, MOUNT_ATTR_NOSUID, MOUNT_ATTR_RDONLY, true, NULL) == 0);
	EXPECT(!has_flag(PLACE, ST_RDONLY) && has_flag(PLACE "/sub", ST_NOSUID));
	EXPECT(mount_attributes(-1, MOUNT_ATTR_RDONLY, 0, false, NULL) == -EBADF);
}

static void test_attributes(void **state)
{
	(void)state;
	in_world(change_attributes);
}

/* ---- tmpfs ---- */

static void make_tmpfs(void *context)
{
	const uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	struct statvfs fs;
	struct stat st;
	int tree;

	(void)context;
	furnish();
	tree = mount_new_tmpfs("0711", "64k", attributes, NULL);
	EXPECT(tree >= 0 && (fcntl(tree, F_GETFD) & FD_CLOEXEC));
	EXPECT(fstat(tree, &st) == 0 && (st.st_mode & 07777) == 0711 && st.st_uid == 0);
	EXPECT(mount_attach(tree, mount_target(PLACE, NULL), NULL) == 0);
	EXPECT(statvfs(PLACE, &fs) == 0 && fs.f_blocks * fs.f_frsize == 65536);
	EXPECT((fs.f_flag & ST_NOSUID) && (fs.f_flag & ST_NODEV) && !(fs.f_flag & ST_NOEXEC));
	EXPECT(mount_new_tmpfs("0711", "nonsense", attributes, NULL) == -EINVAL);
	EXPECT(setresuid(1, 1, 1) == 0);
	EXPECT(mount_new_tmpfs("0711", NULL, attributes, NULL) == -EPERM);
}

static void test_tmpfs(void **state)
{
	(void)state;
	in_world(make_tmpfs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_clone),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_tmpfs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
