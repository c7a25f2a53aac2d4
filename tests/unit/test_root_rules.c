/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each rule over a tree of our own, as root would find it: what the session sees then, and that verify
 * notices when it is lifted.
 */
#include "world.h"

#include "helper/root_rules.h"

#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>

#define TREE "/run/tree"

/* What one building of the tree has in its hands; only in the child. */
static struct root_copies copies;

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct plan));
	root_copies_init(&copies);
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void add(struct plan *plan, enum mount_action action, const char *path)
{
	struct plan_mount *m = &plan->mounts[plan->nmounts++];

	m->action = action;
	m->path = path;
}

static void furnish(void)
{
	world_tmpfs("/run");
	world_dir(WIRE_RUN_DIR);
	world_tmpfs(WIRE_RUN_DIR); /* the session's own */
	world_dir(TREE);
	world_file(TREE "/file");
	world_dir(TREE "/dir");
	world_file(TREE "/dir/secret");
}

static void apply(struct plan *plan)
{
	struct err e = { 0 };

	EXPECT(root_copies_from_host(&copies, plan, &e) == 0);
	EXPECT(root_rules_apply(plan, &copies, false, &e) == 0 && e.num == 0);
	EXPECT(root_rules_verify(plan, false, &e) == 0);
}

static void expect_undone(struct plan *plan, const char *path)
{
	struct err e = { 0 };

	EXPECT(umount2(path, MNT_DETACH) == 0);
	EXPECT(root_rules_verify(plan, false, &e) == -EPERM);
	EXPECT(strstr(e.about, path));
}

static void in_world(void **state, child_body *body)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNS, body, *state), 0);
}

/* ---- mask ---- */

static void mask(void *context)
{
	struct stat file, dir;

	furnish();
	add(context, MOUNT_MASK, TREE "/file");
	add(context, MOUNT_MASK, TREE "/dir");
	EXPECT(root_rules_verify(context, false, NULL) == -EPERM);
	apply(context);
	EXPECT(stat(TREE "/file", &file) == 0 && S_ISREG(file.st_mode) && file.st_size == 0);
	EXPECT(stat(TREE "/dir", &dir) == 0 && S_ISDIR(dir.st_mode));
	EXPECT(!(file.st_mode & 07777) && !(dir.st_mode & 07777));
	EXPECT(access(TREE "/dir/secret", F_OK) < 0 && errno == ENOENT);
	EXPECT(root_rules_finish(NULL) == 0);
	EXPECT(access(WIRE_RUN_DIR "/.file", F_OK) < 0 && access(WIRE_RUN_DIR "/.dir", F_OK) < 0);
	EXPECT(open(WIRE_RUN_DIR "/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
	EXPECT(root_rules_verify(context, false, NULL) == 0);
	expect_undone(context, TREE "/dir");
	expect_undone(context, TREE "/file");
}

/* A file of the user's own, empty and without any right, is not a mask. */
static void mask_lookalike(void *context)
{
	furnish();
	add(context, MOUNT_MASK, TREE "/file");
	EXPECT(truncate(TREE "/file", 0) == 0 && chmod(TREE "/file", 0) == 0);
	EXPECT(root_rules_verify(context, false, NULL) == -EPERM);
}

/* A link of root's leads to the place that is meant. What is absent is passed over, if it may be. */
static void pass_over(void *context)
{
	struct plan *plan = context;

	furnish();
	EXPECT(symlink("dir", TREE "/link") == 0);
	add(plan, MOUNT_MASK, TREE "/link");
	add(plan, MOUNT_MASK, TREE "/none");
	add(plan, MOUNT_READ_ONLY, TREE "/file/below");
	plan->mounts[1].optional = plan->mounts[2].optional = true;
	apply(plan);
	EXPECT(access(TREE "/link/secret", F_OK) < 0 && access(TREE "/dir/secret", F_OK) < 0);
}

static void miss(void *context)
{
	struct err e = { 0 };

	furnish();
	add(context, MOUNT_READ_ONLY, TREE "/none");
	EXPECT(root_rules_apply(context, &copies, false, &e) == -ENOENT && strstr(e.about, "/none"));
	EXPECT(root_rules_verify(context, false, &e) == -EPERM);
}

/* The user's own link could lead past the mask, so there is no session. */
static void mask_users_link(void *context)
{
	struct plan *plan = context;

	furnish();
	EXPECT(chown(TREE, 54321, 54321) == 0 && symlink("dir", TREE "/link") == 0);
	EXPECT(lchown(TREE "/link", 54321, 54321) == 0);
	add(plan, MOUNT_MASK, TREE "/link");
	plan->mounts[0].optional = true;
	EXPECT(root_rules_apply(plan, &copies, false, NULL) == -ELOOP);
}

static void mask_without_source(void *context)
{
	struct err e = { 0 };

	furnish();
	add(context, MOUNT_MASK, TREE "/file");
	world_file(WIRE_RUN_DIR "/.file"); /* somebody else's */
	EXPECT(root_rules_apply(context, &copies, false, &e) == -EEXIST);
}

static void test_mask(void **state)
{
	in_world(state, mask);
}

static void test_mask_lookalike(void **state)
{
	in_world(state, mask_lookalike);
}

static void test_passed_over(void **state)
{
	in_world(state, pass_over);
}

static void test_missing(void **state)
{
	in_world(state, miss);
}

static void test_users_link(void **state)
{
	in_world(state, mask_users_link);
}

static void test_mask_source(void **state)
{
	in_world(state, mask_without_source);
}

/* ---- private runtime ---- */

/* A tenth of the memory; the kernel rounds up to a page. */
static void expect_small(const char *path)
{
	struct statvfs fs;
	struct sysinfo memory;

	EXPECT(statvfs(path, &fs) == 0 && sysinfo(&memory) == 0);
	EXPECT((uint64_t)(fs.f_blocks - 1) * fs.f_frsize <=
	       (uint64_t)memory.totalram * memory.mem_unit / 10);
}

static void make_runtime(void *context)
{
	static const struct identity user = { .uid = 54321, .gid = 54321 };
	struct plan *plan = context;
	struct stat st;

	furnish();
	plan->identity = &user;
	add(plan, MOUNT_PRIVATE_RUNTIME, TREE);
	EXPECT(root_rules_verify(plan, false, NULL) == -EPERM);
	apply(plan);
	EXPECT(stat(TREE "/dir/secret", &st) < 0);
	EXPECT(lstat(TREE "/54321", &st) == 0 && st.st_uid == user.uid);
	expect_small(TREE);
	EXPECT(chmod(TREE "/54321", 0755) == 0 && root_rules_verify(plan, false, NULL) == -EPERM);
	EXPECT(chmod(TREE "/54321", 0700) == 0);
	expect_undone(plan, TREE);
	EXPECT(stat(TREE "/dir/secret", &st) == 0);
}

static void test_runtime(void **state)
{
	in_world(state, make_runtime);
}

/* ---- read-only and writable ---- */

static void make_read_only(void *context)
{
	furnish();
	add(context, MOUNT_READ_ONLY, TREE "/dir");
	EXPECT(root_rules_verify(context, false, NULL) == -EPERM);
	apply(context);
	EXPECT(open(TREE "/dir/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
	world_file(TREE "/new");
	expect_undone(context, TREE "/dir");
}

/* The copy is taken before the tree becomes read-only, and laid over it after. */
static void stay_writable(void *context)
{
	struct plan *plan = context;

	furnish();
	add(plan, MOUNT_WRITABLE, TREE "/dir");
	add(plan, MOUNT_WRITABLE, TREE "/none");
	plan->mounts[1].optional = true;
	EXPECT(root_copies_keep(&copies, plan, "/", NULL) == 0);
	EXPECT(copies.fds[0] >= 0 && copies.fds[1] < 0);
	EXPECT(mount("none", "/run", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
	EXPECT(root_rules_verify(plan, false, NULL) == -EPERM);
	apply(plan);
	world_file(TREE "/dir/new");
	EXPECT(open(TREE "/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
	root_copies_done(&copies, plan);
	EXPECT(copies.fds[0] == -1);
	expect_undone(plan, TREE "/dir");
}

/* Only what is asked is given back, and no flag that the host's mount had is lost. */
static void nest(void *context)
{
	struct plan *plan = context;
	struct statvfs fs;

	furnish();
	world_dir(TREE "/dir/sub");
	EXPECT(mount("test", TREE "/dir/sub", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "") == 0);
	add(plan, MOUNT_READ_ONLY, TREE);
	add(plan, MOUNT_WRITABLE, TREE "/dir");
	add(plan, MOUNT_READ_ONLY, TREE "/dir/sub");
	apply(plan);
	EXPECT(open(TREE "/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
	world_file(TREE "/dir/new");
	EXPECT(open(TREE "/dir/sub/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
	EXPECT(statvfs(TREE "/dir/sub", &fs) == 0 && (fs.f_flag & ST_NOSUID));
	EXPECT((fs.f_flag & ST_NODEV) && (fs.f_flag & ST_NOEXEC));
}

static void make_no_exec(void *context)
{
	static char *const argv[] = { "sh", "-c", "exit 7", NULL };
	struct plan *plan = context;

	furnish();
	world_dir(TREE "/bin");
	EXPECT(system("cp /bin/sh " TREE "/dir/sh; cp /bin/sh " TREE "/bin/sh") == 0);
	EXPECT(system(TREE "/dir/sh -c :") == 0);
	add(plan, MOUNT_NO_EXEC, TREE);
	add(plan, MOUNT_EXEC, TREE "/bin");
	apply(plan);
	EXPECT(execv(TREE "/dir/sh", argv) < 0 && errno == EACCES);
	EXPECT(system(TREE "/bin/sh -c :") == 0);
	expect_undone(plan, TREE "/bin");
}

static void test_read_only(void **state)
{
	in_world(state, make_read_only);
}

static void copy_link(struct plan *plan, const char *to, uid_t owner, int want)
{
	(void)unlink(TREE "/link");
	EXPECT(symlink(to, TREE "/link") == 0 && lchown(TREE "/link", owner, owner) == 0);
	EXPECT(root_copies_keep(&copies, plan, "/", NULL) == want);
	EXPECT((copies.fds[0] >= 0) == (want == 0));
	root_copies_done(&copies, plan);
}

/* Who can make the link of his home could bring back what the session is not to see. */
static void follow_root_only(void *context)
{
	furnish();
	add(context, MOUNT_WRITABLE, TREE "/link");
	copy_link(context, "dir", 0, 0);
	copy_link(context, "dir", 54321, -ELOOP);
	copy_link(context, "/", 0, -ELOOP);
}

static void test_writable_link(void **state)
{
	in_world(state, follow_root_only);
}

static void test_nested(void **state)
{
	in_world(state, nest);
}

static void test_no_exec(void **state)
{
	in_world(state, make_no_exec);
}

static void test_writable(void **state)
{
	in_world(state, stay_writable);
}

/* ---- private places ---- */

static void make_tmp(void *context)
{
	struct statvfs fs;
	struct stat st;

	furnish();
	add(context, MOUNT_PRIVATE_TMP, TREE);
	apply(context);
	EXPECT(stat(TREE, &st) == 0 && (st.st_mode & 07777) == 01777);
	expect_small(TREE);
	EXPECT(statvfs(TREE, &fs) == 0 && (fs.f_flag & ST_NOSUID) && (fs.f_flag & ST_NODEV));
	EXPECT(access(TREE "/file", F_OK) < 0);
	expect_undone(context, TREE);
}

static void expect_device(const char *path, unsigned int major, unsigned int minor)
{
	struct stat st;

	EXPECT(stat(path, &st) == 0 && S_ISCHR(st.st_mode) && (st.st_mode & 07777) == 0666);
	EXPECT(st.st_rdev == makedev(major, minor));
}

static void make_dev(void *context)
{
	struct stat before, st;
	char link[32] = "";
	int fd;

	furnish();
	add(context, MOUNT_PRIVATE_DEV, "/dev");
	EXPECT(stat("/dev/pts", &before) == 0);
	(void)umask(077);
	apply(context);
	EXPECT(umask(022) == 077);
	expect_device("/dev/null", 1, 3);
	expect_device("/dev/zero", 1, 5);
	expect_device("/dev/full", 1, 7);
	expect_device("/dev/random", 1, 8);
	expect_device("/dev/urandom", 1, 9);
	expect_device("/dev/tty", 5, 0);
	expect_device("/dev/ptmx", 5, 2);
	EXPECT(readlink("/dev/stdin", link, sizeof(link)) > 0 && !strcmp(link, "/proc/self/fd/0"));
	EXPECT(stat("/dev/shm", &st) == 0 && (st.st_mode & 07777) == 01777);
	EXPECT(stat("/dev/pts", &st) == 0 && st.st_dev == before.st_dev);
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	EXPECT(fd >= 0 && write(fd, "x", 1) == 1);
	expect_undone(context, "/dev");
}

static void test_tmp(void **state)
{
	in_world(state, make_tmp);
}

static void test_dev(void **state)
{
	in_world(state, make_dev);
}

/* ---- empty places and binds ---- */

static struct plan_mount *last(struct plan *plan)
{
	return &plan->mounts[plan->nmounts - 1];
}

/* Filled before it becomes read-only: mount points are made in it. */
static void make_tmpfs(void *context)
{
	struct plan *plan = context;
	struct stat st;

	furnish();
	add(plan, MOUNT_TMPFS, TREE "/dir");
	last(plan)->mode = "0711";
	last(plan)->attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV;
	add(plan, MOUNT_BIND, TREE "/dir/deep/er");
	last(plan)->source = TREE "/file";
	last(plan)->create = true;
	apply(plan);
	EXPECT(stat(TREE "/dir", &st) == 0 && (st.st_mode & 07777) == 0711);
	EXPECT(access(TREE "/dir/secret", F_OK) < 0);
	EXPECT(stat(TREE "/dir/deep/er", &st) == 0 && st.st_size == 5);
	EXPECT(open(TREE "/dir/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
	expect_undone(plan, TREE "/dir/deep/er");
}

/* The source is what it was before any rule: a mask on the way does not hide it. */
static void make_bind(void *context)
{
	struct plan *plan = context;

	furnish();
	world_dir(TREE "/at");
	world_dir(TREE "/dir/sub");
	world_tmpfs(TREE "/dir/sub");
	add(plan, MOUNT_BIND, TREE "/at");
	last(plan)->source = TREE "/dir";
	last(plan)->attributes = MOUNT_ATTR_RDONLY;
	add(plan, MOUNT_MASK, TREE "/dir");
	apply(plan);
	EXPECT(access(TREE "/at/secret", F_OK) == 0 && access(TREE "/dir/secret", F_OK) < 0);
	EXPECT(open(TREE "/at/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
	EXPECT(open(TREE "/at/sub/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
	expect_undone(plan, TREE "/at");
}

/* A mount point that is missing on the host is not made there; a missing source is named. */
static void miss_bind(void *context)
{
	struct plan *plan = context;
	struct err e = { 0 };

	furnish();
	add(plan, MOUNT_BIND, TREE "/none");
	last(plan)->source = TREE "/dir";
	EXPECT(root_copies_from_host(&copies, plan, NULL) == 0);
	EXPECT(root_rules_apply(plan, &copies, false, NULL) == -ENOENT);
	EXPECT(access(TREE "/none", F_OK) < 0);
	last(plan)->source = TREE "/gone";
	EXPECT(root_copies_from_host(&copies, plan, &e) == -ENOENT && strstr(e.about, "gone"));
}

/* What was kept of a place is forgotten when something else is put above it. */
static void bind_below_read_only(void *context)
{
	struct plan *plan = context;

	furnish();
	world_dir(TREE "/at");
	world_dir(TREE "/at/x");
	world_file(TREE "/at/x/hosts");
	world_dir(TREE "/dir/x");
	add(plan, MOUNT_READ_ONLY, "/run/tree");
	add(plan, MOUNT_BIND, TREE "/at");
	last(plan)->source = TREE "/dir";
	add(plan, MOUNT_READ_ONLY, TREE "/at");
	add(plan, MOUNT_WRITABLE, TREE "/at/x");
	apply(plan);
	EXPECT(access(TREE "/at/x/hosts", F_OK) < 0);
	world_file(TREE "/at/x/new");
	EXPECT(open(TREE "/at/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
}

static void test_tmpfs(void **state)
{
	in_world(state, make_tmpfs);
}

static void test_bind(void **state)
{
	in_world(state, make_bind);
}

static void test_bind_missing(void **state)
{
	in_world(state, miss_bind);
}

static void test_bind_below_read_only(void **state)
{
	in_world(state, bind_below_read_only);
}

/* ---- below /proc ---- */

/* Two passes: what is below /proc waits for the new one. */
static void mask_proc(void *context)
{
	struct stat st;

	furnish();
	add(context, MOUNT_MASK, "/proc/version");
	apply(context);
	EXPECT(stat("/proc/version", &st) == 0 && (st.st_mode & 07777) == 0444);
	EXPECT(root_rules_apply(context, &copies, true, NULL) == 0);
	EXPECT(root_rules_verify(context, true, NULL) == 0);
	EXPECT(stat("/proc/version", &st) == 0 && (st.st_mode & 07777) == 0);
}

static void separate_proc(void *context)
{
	struct plan *plan = context;
	struct statvfs fs;

	furnish();
	add(plan, MOUNT_READ_ONLY, "/proc/sys");
	add(plan, MOUNT_READ_ONLY, TREE);
	apply(plan);
	EXPECT(statvfs("/proc/sys", &fs) == 0);
	if (!(fs.f_flag & ST_RDONLY)) /* a container's may be so already */
		EXPECT(root_rules_verify(plan, true, NULL) == -EPERM);
	EXPECT(statvfs(TREE, &fs) == 0 && (fs.f_flag & ST_RDONLY));
	EXPECT(root_rules_apply(plan, &copies, true, NULL) == 0);
	EXPECT(root_rules_verify(plan, true, NULL) == 0);
	EXPECT(statvfs("/proc/sys", &fs) == 0 && (fs.f_flag & ST_RDONLY));
}

static void test_proc_mask(void **state)
{
	in_world(state, mask_proc);
}

static void test_proc(void **state)
{
	in_world(state, separate_proc);
}

static void fail_on_unknown(void *context)
{
	furnish();
	add(context, (enum mount_action)77, TREE);
	EXPECT(root_rules_apply(context, &copies, false, NULL) == -ENOSYS);
}

static void test_unknown_action(void **state)
{
	in_world(state, fail_on_unknown);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_mask),      TEST(test_mask_lookalike), TEST(test_passed_over),
		TEST(test_mask_source), TEST(test_read_only),	 TEST(test_writable),
		TEST(test_writable_link),
		TEST(test_tmp),	      TEST(test_dev),		 TEST(test_proc),
		TEST(test_unknown_action), TEST(test_runtime),
		TEST(test_missing), TEST(test_proc_mask), TEST(test_users_link), TEST(test_nested), TEST(test_no_exec),
		TEST(test_tmpfs), TEST(test_bind), TEST(test_bind_missing),
		TEST(test_bind_below_read_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
