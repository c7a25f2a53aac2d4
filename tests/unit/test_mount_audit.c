/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What mountinfo tells of trees that are to be read-only: the mounts below them too, those that another
 * one hides not.
 */
#include "world.h"

#include "helper/mount_audit.h"

#define TREE "/run/a tree\\"

struct fixture {
	struct profile profile;
	struct plan plan;
};

static struct plan *furnish(struct fixture *f)
{
	world_tmpfs("/run");
	world_dir(TREE);
	world_dir(TREE "/sub");
	world_tmpfs(TREE);
	world_dir(TREE "/sub");
	world_tmpfs(TREE "/sub");
	f->profile.protect_system = PROTECT_SYSTEM_FULL;
	f->plan.profile = &f->profile;
	f->plan.mounts[0] = (struct plan_mount){ .action = MOUNT_READ_ONLY, .path = TREE };
	f->plan.nmounts = 1;
	return &f->plan;
}

static void set_read_only(const char *path, bool on)
{
	EXPECT(mount("none", path, NULL, MS_REMOUNT | MS_BIND | (on ? MS_RDONLY : 0), NULL) == 0);
}

static void audit(void *context)
{
	struct fixture *f = context;
	struct plan *plan = furnish(f);
	struct err e = { 0 };

	EXPECT(mount_audit_rules(plan, &e) == -EPERM && strstr(e.about, TREE));
	set_read_only(TREE, true);
	e = (struct err){ 0 };
	EXPECT(mount_audit_rules(plan, &e) == -EPERM && strstr(e.about, "/sub"));
	set_read_only(TREE "/sub", true);
	EXPECT(mount_audit_rules(plan, NULL) == 0);
	plan->mounts[0].action = MOUNT_NO_EXEC;
	EXPECT(mount_audit_rules(plan, NULL) == -EPERM);
	f->profile.protect_system = PROTECT_SYSTEM_NO; /* no tree by the profile: nothing is read */
	EXPECT(mount_audit_rules(plan, NULL) == 0);
}

static void audit_hidden(void *context)
{
	struct plan *plan = furnish(context);

	world_tmpfs(TREE); /* over both, which are writable */
	set_read_only(TREE, true);
	EXPECT(mount_audit_rules(plan, NULL) == 0);
	EXPECT(umount2(TREE, MNT_DETACH) == 0);
	EXPECT(mount_audit_rules(plan, NULL) == -EPERM);
}

static void audit_given_back(void *context)
{
	struct plan *plan = furnish(context);

	set_read_only(TREE, true);
	plan->mounts[1] = (struct plan_mount){ .action = MOUNT_WRITABLE, .path = TREE "/sub" };
	plan->nmounts = 2;
	EXPECT(mount_audit_rules(plan, NULL) == 0);
	plan->mounts[1] = (struct plan_mount){ .action = MOUNT_TMPFS, .path = TREE "/sub" };
	EXPECT(mount_audit_rules(plan, NULL) == 0);
}

static void audit_sharing(void *context)
{
	struct err e = { 0 };

	(void)furnish(context);
	EXPECT(mount_audit_shared(NULL) == 0);
	EXPECT(mount("none", TREE "/sub", NULL, MS_SHARED, NULL) == 0);
	EXPECT(mount_audit_shared(&e) == -EPERM && strstr(e.about, TREE "/sub"));
	EXPECT(mount("none", TREE "/sub", NULL, MS_SLAVE, NULL) == 0);
	EXPECT(mount_audit_shared(NULL) == 0);
}

static void audit_proc(void *context)
{
	(void)furnish(context);
	EXPECT(mount_audit_hidepid("invisible", NULL) == -EPERM);
	EXPECT(mount("proc", "/proc", "proc", 0, "hidepid=invisible") == 0);
	EXPECT(mount_audit_hidepid("invisible", NULL) == 0);
	EXPECT(mount_audit_hidepid("noaccess", NULL) == -EPERM);
	EXPECT(mount("proc", "/proc", "proc", 0, "") == 0);
	EXPECT(mount_audit_hidepid("invisible", NULL) == -EPERM);
}

static void in_world(child_body *body)
{
	struct fixture *f = calloc(1, sizeof(*f));

	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNS | CLONE_NEWPID, body, f), 0);
	free(f);
}

#define WORLD_TEST(name, body) \
	static void name(void **state) \
	{ \
		(void)state; \
		in_world(body); \
	}

WORLD_TEST(test_rules, audit)
WORLD_TEST(test_hidden, audit_hidden)
WORLD_TEST(test_given_back, audit_given_back)
WORLD_TEST(test_shared, audit_sharing)
WORLD_TEST(test_hidepid, audit_proc)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),  cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_given_back), cmocka_unit_test(test_shared),
		cmocka_unit_test(test_hidepid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
