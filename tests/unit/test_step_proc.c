/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The new /proc in a mount and pid namespace of its own: what it shows, and that verify notices when it
 * is not so.
 */
#include "world.h"
#include "profile_fixture.h"

#include "helper/step.h"

#include <grp.h>
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

static struct step_context *begin_with(struct fixture *f, enum protect_proc protect,
				       enum proc_subset subset)
{
	struct err e = { 0 };

	(void)begin(f, "login");
	f->profile.protect_proc = protect;
	f->profile.proc_subset = subset;
	plan_done(&f->plan);
	EXPECT(plan_build(&f->plan, &f->identity, &f->profile, true, &e) == 0);
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

static void build_proc(void *context)
{
	struct step_context *c = begin(context, "login");
	char self[16] = "";

	EXPECT(apply_root(c, NULL) == 0);
	EXPECT(verify_proc(c, NULL) == -EPERM); /* still the host's */
	EXPECT(apply_proc(c, NULL) == 0 && verify_proc(c, NULL) == 0);
	EXPECT(readlink("/proc/self", self, sizeof(self) - 1) == 1 && strcmp(self, "1") == 0);
	EXPECT(!is_read_only("/proc") && is_read_only("/proc/sys"));
	EXPECT(open(WIRE_RUN_DIR "/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
	EXPECT(access(WIRE_RUN_DIR "/.file", F_OK) < 0);
	EXPECT(c->proc_fd >= 0 && (fcntl(c->proc_fd, F_GETFD) & FD_CLOEXEC));
	EXPECT(umount2("/proc/sys", MNT_DETACH) == 0);
	EXPECT(verify_proc(c, NULL) == -EPERM);
}

/* Read-only for the session; its own descriptor can still be written through. */
static void build_strict_proc(void *context)
{
	struct step_context *c = begin(context, "strict");
	int fd;

	EXPECT(apply_root(c, NULL) == 0 && apply_proc(c, NULL) == 0 && verify_proc(c, NULL) == 0);
	EXPECT(open("/proc/self/oom_score_adj", O_WRONLY) < 0 && errno == EROFS);
	fd = openat(c->proc_fd, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	EXPECT(fd >= 0);
	EXPECT(mount("none", "/proc", NULL, MS_REMOUNT | MS_BIND, NULL) == 0);
	EXPECT(verify_proc(c, NULL) == -EPERM);
}

static void verify_proc_covered(void *context)
{
	struct step_context *c = begin(context, "login");

	EXPECT(apply_root(c, NULL) == 0 && apply_proc(c, NULL) == 0);
	world_tmpfs("/proc");
	EXPECT(symlink("1", "/proc/self") == 0);
	EXPECT(verify_proc(c, NULL) == -EPERM);
}

/* Whether a user sees the process 1, which is root's. */
static void see_init(void *context)
{
	bool *seen = context;
	struct stat st;

	EXPECT(setgroups(0, NULL) == 0);
	EXPECT(setresgid(UID, UID, UID) == 0 && setresuid(UID, UID, UID) == 0);
	EXPECT((stat("/proc/1", &st) == 0) == *seen);
}

static bool init_is(bool seen)
{
	return child_run(see_init, &seen) == 0;
}

/* hidepid=: of the processes of others nothing is seen; subset=: nothing but processes. */
static void hide_processes(void *context)
{
	struct fixture *f = context;
	struct step_context *c = begin_with(f, PROTECT_PROC_INVISIBLE, PROC_SUBSET_PID);
	struct err e = { 0 };

	EXPECT(apply_root(c, NULL) == 0 && apply_proc(c, NULL) == 0 && verify_proc(c, NULL) == 0);
	EXPECT(access("/proc/meminfo", F_OK) < 0 && access("/proc/sys", F_OK) < 0);
	EXPECT(init_is(false));
	f->plan.proc_hidepid = "noaccess";
	EXPECT(verify_proc(c, &e) == -EPERM);
}

static void show_processes(void *context)
{
	struct fixture *f = context;
	struct step_context *c = begin_with(f, PROTECT_PROC_DEFAULT, PROC_SUBSET_ALL);

	EXPECT(apply_root(c, NULL) == 0 && apply_proc(c, NULL) == 0 && verify_proc(c, NULL) == 0);
	EXPECT(access("/proc/meminfo", F_OK) == 0);
	EXPECT(init_is(true));
	f->plan.proc_subset = "pid";
	EXPECT(verify_proc(c, NULL) == -EPERM);
}

static void test_hidden(void **state)
{
	in_world(state, hide_processes);
	in_world(state, show_processes);
}

static void test_proc(void **state)
{
	in_world(state, build_proc);
	in_world(state, build_strict_proc);
	in_world(state, verify_proc_covered);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_proc), TEST(test_hidden) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
