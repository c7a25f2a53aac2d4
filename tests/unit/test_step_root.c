/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Propagation, root and proc, each in a mount and pid namespace of its own: what they make, and that
 * verify notices when it was not made or is undone.
 */
#include "world.h"
#include "profile_fixture.h"

#include "helper/step.h"

#include <sys/statvfs.h>

enum { UID = 54321, WORLD = CLONE_NEWPID | CLONE_NEWNS };

struct fixture {
	struct identity identity;
	struct profile profile;
	struct plan plan;
	struct step_context context;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->identity.uid = UID;
	(void)strcpy(f->identity.session, "0123456789abcdef");
	(void)strcpy(f->identity.home, "/root");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static struct step_context *begin(struct fixture *f, const char *profile)
{
	struct err e = { 0 };

	profile_init(&f->profile);
	EXPECT(profile_shipped(&f->profile, profile) == 0);
	EXPECT(plan_build(&f->plan, &f->identity, &f->profile, true, &e) == 0);
	f->context.plan = &f->plan;
	f->context.proc_fd = -1;
	root_copies_init(&f->context.copies);
	world_furnish(UID);
	return &f->context;
}

static bool is_read_only(const char *path)
{
	struct statvfs fs;

	EXPECT(statvfs(path, &fs) == 0);
	return fs.f_flag & ST_RDONLY;
}

static void in_world(void **state, child_body *body)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(WORLD, body, *state), 0);
}

/* ---- propagation ---- */

static void propagate(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	world_tmpfs("/mnt");
	EXPECT(verify_propagation(&f->context, &e) == 0); /* a world shares nothing */
	EXPECT(mount("none", "/mnt", NULL, MS_SHARED, NULL) == 0);
	EXPECT(verify_propagation(&f->context, &e) == -EPERM);
	EXPECT(strcmp(e.what, "mountinfo") == 0);
	EXPECT(apply_propagation(&f->context, NULL) == 0);
	EXPECT(verify_propagation(&f->context, NULL) == 0);
}

static void test_propagation(void **state)
{
	in_world(state, propagate);
}

/* ---- root ---- */

static void build_login_root(void *context)
{
	struct step_context *c = begin(context, "login");
	char text[64] = "";
	struct stat st;
	int fd;

	EXPECT(apply_root(c, NULL) == 0 && verify_root(c, NULL) == 0);
	EXPECT(stat(WIRE_RUN_DIR, &st) == 0 && (st.st_mode & 07777) == 0711);
	fd = open(WIRE_INSIDE_MARKER, O_RDONLY | O_CLOEXEC);
	EXPECT(fd >= 0 && read(fd, text, sizeof(text)) == 16);
	EXPECT(strcmp(text, "0123456789abcdef") == 0);
	(void)close(fd);
	EXPECT(stat("/run/user/54321/bus", &st) < 0 && stat("/run/user/54321/systemd", &st) < 0);
	EXPECT(stat("/run/user/54321", &st) == 0 && st.st_uid == 54321 && (st.st_mode & 07777) == 0700);
	EXPECT(stat("/run/systemd/private", &st) == 0 && st.st_size == 0);
	EXPECT(!is_read_only("/"));
}

static void build_strict_root(void *context)
{
	struct step_context *c = begin(context, "strict");
	struct err e = { 0 };
	struct stat st;

	EXPECT(apply_root(c, NULL) == 0);
	if (verify_root(c, &e) < 0)
		(void)dprintf(2, "%s %s\n", e.what, e.about);
	EXPECT(e.num == 0);
	EXPECT(is_read_only("/") && is_read_only("/run"));
	EXPECT(!is_read_only("/root"));
	EXPECT(stat("/tmp", &st) == 0 && (st.st_mode & 07777) == 01777 && !is_read_only("/tmp"));
	EXPECT(stat("/dev/null", &st) == 0 && st.st_rdev == 0x103);
	EXPECT(stat("/dev/sda", &st) < 0 && stat("/dev/mem", &st) < 0);
}

/* The tree that was there before is gone: a mount over it cannot be lifted. */
static void lose_the_old_root(void *context)
{
	struct step_context *c = begin(context, "login");
	char line[4096];
	unsigned int roots = 0;
	FILE *file;

	EXPECT(apply_root(c, NULL) == 0);
	file = fopen("/proc/self/mountinfo", "re");
	EXPECT(file != NULL);
	while (fgets(line, sizeof(line), file)) {
		char at[256] = "";

		EXPECT(sscanf(line, "%*s %*s %*s %*s %255s", at) == 1);
		roots += strcmp(at, "/") == 0;
	}
	EXPECT(roots == 1);
}

static uint64_t mount_of(const char *path)
{
	struct statx stx;

	EXPECT(statx(AT_FDCWD, path, 0, STATX_MNT_ID, &stx) == 0);
	return stx.stx_mnt_id;
}

static void build_in(struct step_context *c)
{
	struct stat st;

	EXPECT(apply_propagation(c, NULL) == 0);
	EXPECT(apply_root(c, NULL) == 0 && verify_root(c, NULL) == 0);
	EXPECT(stat("/run/systemd/private", &st) == 0 && st.st_size == 0);
}

/* The copy of the mounts that the namespace began with is as good as another. */
static void stay_in_place(void *context)
{
	struct step_context *c = begin(context, "login");
	uint64_t before = mount_of("/");

	build_in(c);
	EXPECT(c->whole_root && mount_of("/") == before);
}

/* Root inside could leave a chroot: the tree that it is becomes the root of the namespace. */
static void leave_the_chroot(void *context, const char *dir)
{
	struct step_context *c = begin(context, "login");
	int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t before = mount_of("/");

	EXPECT(top >= 0 && chroot(dir) == 0 && chdir("/") == 0);
	EXPECT(mount("test", "/run", "tmpfs", 0, "mode=755") == 0);
	world_furnish(UID);
	build_in(c);
	EXPECT(!c->whole_root && mount_of("/") != before);
	EXPECT(fchdir(top) == 0 && umount2(".", MNT_DETACH) < 0 && errno == EINVAL); /* is in none */
}

static void leave_a_mounted_chroot(void *context)
{
	EXPECT(mount("/", "/mnt", NULL, MS_BIND | MS_REC, NULL) == 0);
	leave_the_chroot(context, "/mnt");
}

static void leave_a_plain_chroot(void *context)
{
	static const char *const dirs[] = { "run", "proc", "tmp", "dev", NULL };

	world_tmpfs("/mnt");
	EXPECT(mkdir("/mnt/root", 0755) == 0 && mkdir("/mnt/root/tree", 0755) == 0);
	for (const char *const *dir = dirs; *dir; dir++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/mnt/root/tree/%s", *dir);
		EXPECT(mkdir(path, 0755) == 0);
	}
	EXPECT(mount("/proc", "/mnt/root/tree/proc", NULL, MS_BIND, NULL) == 0);
	leave_the_chroot(context, "/mnt/root/tree");
}

static void verify_root_left_out(void *context)
{
	struct step_context *c = begin(context, "login");
	struct err e = { 0 };

	EXPECT(chmod(WIRE_RUN_DIR, 0711) == 0); /* looks like it, but is the host's */
	EXPECT(verify_root(c, &e) == -EPERM);
	EXPECT(strcmp(e.what, "root") == 0 && strstr(e.about, WIRE_RUN_DIR));
}

static void expect_bad_root(struct step_context *c)
{
	struct err e = { 0 };

	EXPECT(verify_root(c, &e) == -EPERM && e.num == EPERM);
}

static void verify_run_dir_undone(void *context)
{
	struct step_context *c = begin(context, "login");

	EXPECT(apply_root(c, NULL) == 0);
	EXPECT(umount2(WIRE_RUN_DIR, MNT_DETACH) == 0);
	expect_bad_root(c);
}

static void verify_mask_undone(void *context)
{
	struct step_context *c = begin(context, "login");

	EXPECT(apply_root(c, NULL) == 0);
	EXPECT(umount2("/run/systemd/private", MNT_DETACH) == 0);
	expect_bad_root(c);
}

static void verify_writable_again(void *context)
{
	struct step_context *c = begin(context, "strict");

	EXPECT(apply_root(c, NULL) == 0);
	EXPECT(mount("none", "/", NULL, MS_REMOUNT | MS_BIND, NULL) == 0);
	expect_bad_root(c);
}

static void verify_tmp_undone(void *context)
{
	struct step_context *c = begin(context, "strict");

	EXPECT(apply_root(c, NULL) == 0);
	EXPECT(umount2("/tmp", MNT_DETACH) == 0);
	expect_bad_root(c);
}

/* Without a place for /run/swrap nothing is built, and it says so. */
static void build_without_run_dir(void *context)
{
	struct step_context *c = begin(context, "login");
	struct err e = { 0 };

	EXPECT(rmdir(WIRE_RUN_DIR) == 0);
	EXPECT(apply_root(c, &e) == -ENOENT);
	EXPECT(strstr(e.about, WIRE_RUN_DIR));
}

static void test_login_root(void **state)
{
	in_world(state, build_login_root);
}

static void test_strict_root(void **state)
{
	in_world(state, build_strict_root);
}

static void test_old_root(void **state)
{
	in_world(state, lose_the_old_root);
}

static void test_in_place(void **state)
{
	in_world(state, stay_in_place);
	in_world(state, leave_a_mounted_chroot);
	in_world(state, leave_a_plain_chroot);
}

static void test_root_undone(void **state)
{
	in_world(state, verify_root_left_out);
	in_world(state, verify_run_dir_undone);
	in_world(state, verify_mask_undone);
	in_world(state, verify_writable_again);
	in_world(state, verify_tmp_undone);
	in_world(state, build_without_run_dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_propagation), TEST(test_login_root),	TEST(test_strict_root),
		TEST(test_old_root),	TEST(test_in_place),	TEST(test_root_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
