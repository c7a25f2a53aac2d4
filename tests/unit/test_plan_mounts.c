/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the directives for files come to: which rules, in which order, with which attributes.
 */
#include "child.h"

#include "helper/plan.h"

#include <sys/mount.h>

struct fixture {
	struct identity identity;
	struct profile profile;
	struct plan plan;
	struct err e;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->identity.uid = 1234;
	(void)strcpy(f->identity.user, "alice");
	(void)strcpy(f->identity.home, "/home/alice");
	profile_init(&f->profile);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	plan_done(&f->plan);
	profile_done(&f->profile);
	free(f);
	return 0;
}

static int build(struct fixture *f)
{
	plan_done(&f->plan);
	f->plan = (struct plan){ .identity = &f->identity, .profile = &f->profile };
	f->e = (struct err){ 0 };
	return plan_mounts(&f->plan, &f->e);
}

static void say(struct text_list *list, const char *text)
{
	text_list_clear(list);
	assert_int_equal(text_list_add(list, text), 0);
}

static void say_too(struct text_list *list, const char *text)
{
	assert_int_equal(text_list_add(list, text), 0);
}

/* Its index, or -1. */
static int find(const struct plan *plan, enum mount_action action, const char *path)
{
	for (uint32_t i = 0; i < plan->nmounts; i++)
		if (plan->mounts[i].action == action && strcmp(plan->mounts[i].path, path) == 0)
			return (int)i;
	return -1;
}

static void assert_has(struct fixture *f, enum mount_action action, const char *path)
{
	if (find(&f->plan, action, path) < 0)
		fail_msg("no action %d at %s", (int)action, path);
}

static void assert_lacks(struct fixture *f, enum mount_action action, const char *path)
{
	if (find(&f->plan, action, path) >= 0)
		fail_msg("action %d at %s", (int)action, path);
}

static void test_protect_system(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(build(f), 0);
	assert_lacks(f, MOUNT_READ_ONLY, "/usr");
	assert_int_equal(f->plan.root_attributes, 0);
	f->profile.protect_system = PROTECT_SYSTEM_YES;
	assert_int_equal(build(f), 0);
	assert_has(f, MOUNT_READ_ONLY, "/usr");
	assert_has(f, MOUNT_READ_ONLY, "/boot");
	assert_lacks(f, MOUNT_READ_ONLY, "/etc");
	f->profile.protect_system = PROTECT_SYSTEM_FULL;
	assert_int_equal(build(f), 0);
	assert_has(f, MOUNT_READ_ONLY, "/etc");
	f->profile.protect_system = PROTECT_SYSTEM_STRICT;
	assert_int_equal(build(f), 0);
	assert_int_equal(f->plan.root_attributes, MOUNT_ATTR_RDONLY);
	assert_has(f, MOUNT_WRITABLE, "/dev");
	f->profile.private_devices = true;
	assert_int_equal(build(f), 0);
	assert_lacks(f, MOUNT_WRITABLE, "/dev"); /* it is writable: another one */
}

static void test_protect_home(void **state)
{
	struct fixture *f = *state;

	f->profile.protect_home = PROTECT_HOME_YES;
	assert_int_equal(build(f), 0);
	assert_has(f, MOUNT_MASK, "/home");
	assert_has(f, MOUNT_MASK, "/root");
	f->profile.protect_home = PROTECT_HOME_READ_ONLY;
	say(&f->profile.read_write_paths, "%h");
	assert_int_equal(build(f), 0);
	assert_has(f, MOUNT_READ_ONLY, "/home");
	assert_has(f, MOUNT_WRITABLE, "/home/alice");
	f->profile.protect_home = PROTECT_HOME_TMPFS;
	say(&f->profile.bind_paths, "-%h");
	assert_int_equal(build(f), 0);
	assert_true(f->plan.mounts[find(&f->plan, MOUNT_TMPFS, "/home")].attributes & MOUNT_ATTR_RDONLY);
	assert_true(f->plan.mounts[find(&f->plan, MOUNT_BIND, "/home/alice")].create);
	assert_lacks(f, MOUNT_WRITABLE, "/home/alice");
}

static void test_kernel(void **state)
{
	struct fixture *f = *state;

	f->profile.protect_kernel_tunables = true;
	f->profile.protect_control_groups = true;
	f->profile.protect_kernel_modules = true;
	f->profile.protect_kernel_logs = true;
	assert_int_equal(build(f), 0);
	assert_has(f, MOUNT_READ_ONLY, "/sys");
	assert_has(f, MOUNT_READ_ONLY, "/proc/sys");
	assert_has(f, MOUNT_MASK, "/proc/kallsyms");
	f->profile.bounding = 0; /* the kernel shows it to nobody in there */
	assert_int_equal(build(f), 0);
	assert_lacks(f, MOUNT_MASK, "/proc/kallsyms");
	assert_has(f, MOUNT_MASK, "/usr/lib/modules");
	assert_has(f, MOUNT_MASK, "/dev/kmsg");
	assert_lacks(f, MOUNT_READ_ONLY, "/sys/fs/cgroup"); /* in /sys */
	f->profile.protect_kernel_tunables = false;
	f->profile.protect_proc = PROTECT_PROC_PTRACEABLE;
	f->profile.proc_subset = PROC_SUBSET_PID;
	assert_int_equal(build(f), 0);
	assert_has(f, MOUNT_READ_ONLY, "/sys/fs/cgroup");
	assert_string_equal(f->plan.proc_hidepid, "ptraceable");
	assert_string_equal(f->plan.proc_subset, "pid");
}

/* From / downwards, whatever the order in the profile; "x-y" does not come between x and what is in it. */
static void test_order(void **state)
{
	struct fixture *f = *state;
	int last = -1;
	static const char *const sorted[] = { "/srv", "/srv/x", "/srv/x/y", "/srv/x-y" };

	say(&f->profile.read_only_paths, "/srv/x-y");
	say_too(&f->profile.read_only_paths, "/srv/x/y");
	say_too(&f->profile.read_only_paths, "/srv");
	say(&f->profile.read_write_paths, "//srv/./x/");
	assert_int_equal(build(f), 0);
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
		int at = find(&f->plan, i == 1 ? MOUNT_WRITABLE : MOUNT_READ_ONLY, sorted[i]);

		assert_true(at > last);
		last = at;
	}
}

/* The stricter one holds at one path, and nothing lifts a mask. */
static void test_void(void **state)
{
	struct fixture *f = *state;

	say(&f->profile.inaccessible_paths, "/srv");
	say(&f->profile.read_write_paths, "/srv/x");
	say_too(&f->profile.read_write_paths, "/opt");
	say_too(&f->profile.read_write_paths, "/usr");
	say_too(&f->profile.read_write_paths, "/srvx");
	say(&f->profile.bind_paths, "/etc:/srv/y");
	say(&f->profile.read_only_paths, "-/opt");
	say_too(&f->profile.read_only_paths, "/opt");
	assert_int_equal(build(f), 0);
	assert_has(f, MOUNT_MASK, "/srv");
	assert_lacks(f, MOUNT_WRITABLE, "/srv/x");
	assert_lacks(f, MOUNT_BIND, "/srv/y");
	assert_lacks(f, MOUNT_WRITABLE, "/opt");
	assert_lacks(f, MOUNT_WRITABLE, "/usr"); /* nothing made it read-only */
	assert_false(f->plan.mounts[find(&f->plan, MOUNT_READ_ONLY, "/opt")].optional);
}

/* What is given back is no more than that. */
static void test_attributes(void **state)
{
	struct fixture *f = *state;

	say(&f->profile.read_only_paths, "/");
	say(&f->profile.no_exec_paths, "/");
	say(&f->profile.exec_paths, "/usr");
	say(&f->profile.read_write_paths, "/srv");
	say_too(&f->profile.read_write_paths, "/usr/local");
	assert_int_equal(build(f), 0);
	assert_int_equal(f->plan.root_attributes, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC);
	assert_int_equal(f->plan.mounts[find(&f->plan, MOUNT_EXEC, "/usr")].attributes, MOUNT_ATTR_RDONLY);
	assert_int_equal(f->plan.mounts[find(&f->plan, MOUNT_WRITABLE, "/srv")].attributes,
			 MOUNT_ATTR_NOEXEC);
	assert_int_equal(f->plan.mounts[find(&f->plan, MOUNT_WRITABLE, "/usr/local")].attributes, 0);
	assert_int_equal(plan_attributes(&f->plan, "/usr/lib"), MOUNT_ATTR_RDONLY);
	assert_int_equal(plan_attributes(&f->plan, "/usr/local/bin"), 0);
	assert_int_equal(plan_attributes(&f->plan, "/usrx"), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC);
}

static void test_binds(void **state)
{
	struct fixture *f = *state;
	const struct plan_mount *m;

	say(&f->profile.bind_paths, "-/srv/%u:/mnt/%U:norbind");
	say(&f->profile.bind_read_only_paths, "/etc");
	assert_int_equal(build(f), 0);
	m = &f->plan.mounts[find(&f->plan, MOUNT_BIND, "/mnt/1234")];
	assert_string_equal(m->source, "/srv/alice");
	assert_true(m->optional && m->alone && !m->create);
	assert_int_equal(m->attributes, 0);
	m = &f->plan.mounts[find(&f->plan, MOUNT_BIND, "/etc")];
	assert_string_equal(m->source, "/etc");
	assert_int_equal(m->attributes, MOUNT_ATTR_RDONLY);
	assert_false(m->optional || m->alone);
}

static void test_tmpfs(void **state)
{
	struct fixture *f = *state;
	const struct plan_mount *m;

	say(&f->profile.temporary_file_system, "/var:ro,size=5m,mode=0700,noexec");
	assert_int_equal(build(f), 0);
	m = &f->plan.mounts[find(&f->plan, MOUNT_TMPFS, "/var")];
	assert_string_equal(m->size, "5m");
	assert_string_equal(m->mode, "0700");
	assert_int_equal(m->attributes, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

static void test_roots(void **state)
{
	struct fixture *f = *state;

	f->profile.root_directory = strdup("minimal");
	assert_int_equal(build(f), 0);
	assert_int_equal(f->plan.root, ROOT_MINIMAL);
	assert_has(f, MOUNT_HOST, "/usr");
	assert_has(f, MOUNT_PRIVATE_DEV, "/dev");
	assert_has(f, MOUNT_BIND, "/home/alice");
	assert_lacks(f, MOUNT_READ_ONLY, "/home/alice");
	assert_true(f->plan.mounts[find(&f->plan, MOUNT_BIND, "/home/alice")].create);
	f->profile.protect_system = PROTECT_SYSTEM_STRICT;
	assert_int_equal(build(f), 0);
	assert_has(f, MOUNT_READ_ONLY, "/home/alice");
	say(&f->profile.read_write_paths, "%h");
	say(&f->profile.no_exec_paths, "/");
	say(&f->profile.exec_paths, "/usr");
	assert_int_equal(build(f), 0);
	assert_lacks(f, MOUNT_READ_ONLY, "/home/alice");
	assert_has(f, MOUNT_NO_EXEC, "/home/alice");
	assert_has(f, MOUNT_NO_EXEC, "/tmp");
	assert_lacks(f, MOUNT_NO_EXEC, "/usr");
	f->profile.protect_home = PROTECT_HOME_TMPFS;
	assert_int_equal(build(f), 0);
	assert_lacks(f, MOUNT_BIND, "/home/alice");
	(void)strcpy(f->profile.root_directory, "empty");
	assert_int_equal(build(f), 0);
	assert_int_equal(f->plan.root, ROOT_EMPTY);
	assert_lacks(f, MOUNT_HOST, "/usr");
	(void)strcpy(f->profile.root_directory, "/srv");
	assert_int_equal(build(f), 0);
	assert_int_equal(f->plan.root, ROOT_DIRECTORY);
	assert_string_equal(f->plan.root_path, "/srv");
	(void)strcpy(f->profile.root_directory, "/");
	assert_int_equal(build(f), 0);
	assert_int_equal(f->plan.root, ROOT_HOST);
	say(&f->profile.temporary_file_system, "/:ro");
	assert_int_equal(build(f), 0);
	assert_int_equal(f->plan.root, ROOT_EMPTY);
}

/* Nothing that is no path of its own, that hides what the session is made of, or that a name could bend. */
static void test_refused(void **state)
{
	struct fixture *f = *state;
	struct text_list *list = &f->profile.inaccessible_paths;
	static const char *const bad[] = {
		"", "-", "etc", "/srv/../etc", "..", "/..", "/", "//", "/proc", "/run", "/run/swrap",
		"/run/swrap/inside", "+/etc", "%x/etc", "%h/../bob",
	};
	static const char *const bad_binds[] = {
		"", ":/x", "/x:", "/x:y", "/x:/y:z", "/x:/y:rbind:z", "/x:/", "/", "/x:/run/swrap",
	};
	static const char *const bad_tmpfs[] = { "x", "/x:y", "/x:size=", "/x:mode=9", "/run", "/x:mode=" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		say(list, bad[i]);
		if (build(f) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
	}
	text_list_clear(list);
	for (size_t i = 0; i < ARRAY_SIZE(bad_binds); i++) {
		say(&f->profile.bind_paths, bad_binds[i]);
		if (build(f) != -EINVAL)
			fail_msg("accepted: %s", bad_binds[i]);
	}
	text_list_clear(&f->profile.bind_paths);
	for (size_t i = 0; i < ARRAY_SIZE(bad_tmpfs); i++) {
		say(&f->profile.temporary_file_system, bad_tmpfs[i]);
		if (build(f) != -EINVAL)
			fail_msg("accepted: %s", bad_tmpfs[i]);
	}
	text_list_clear(&f->profile.temporary_file_system);
	say(&f->profile.read_write_paths, "/srv/%u");
	(void)strcpy(f->identity.user, "../etc");
	assert_int_equal(build(f), -EINVAL);
	(void)strcpy(f->identity.user, "..");
	assert_int_equal(build(f), -EINVAL);
}

/* What %h gives is passed over when the home is the whole tree; what is taken away is taken away. */
static void test_home_is_root(void **state)
{
	struct fixture *f = *state;

	(void)strcpy(f->identity.home, "/");
	say(&f->profile.inaccessible_paths, "%h/.secret");
	say(&f->profile.read_only_paths, "-%h/srv");
	say(&f->profile.temporary_file_system, "%h/mnt");
	say(&f->profile.read_write_paths, "%h");
	say(&f->profile.exec_paths, "%h/bin");
	say(&f->profile.bind_paths, "-%h:/home");
	assert_int_equal(build(f), 0);
	assert_has(f, MOUNT_MASK, "/.secret");
	assert_has(f, MOUNT_READ_ONLY, "/srv");
	assert_has(f, MOUNT_TMPFS, "/mnt");
	assert_lacks(f, MOUNT_BIND, "/home");
	assert_lacks(f, MOUNT_EXEC, "/bin");
	say(&f->profile.bind_paths, "/srv:%h/etc");
	assert_int_equal(build(f), -EINVAL);
	text_list_clear(&f->profile.bind_paths);
	say(&f->profile.temporary_file_system, "%h");
	assert_int_equal(build(f), -EINVAL);
	text_list_clear(&f->profile.temporary_file_system);
	f->profile.root_directory = strdup("%h/jail");
	assert_int_equal(build(f), 0);
	assert_int_equal(f->plan.root, ROOT_DIRECTORY);
	assert_string_equal(f->plan.root_path, "/jail");
	(void)strcpy(f->identity.home, "");
	(void)strcpy(f->profile.root_directory, "%h");
	assert_int_equal(build(f), -EINVAL);
}

/* What is given back is a copy from before our own directory was there. */
static void test_writable_run(void **state)
{
	struct fixture *f = *state;

	say(&f->profile.read_write_paths, "/run");
	assert_int_equal(build(f), 0); /* it is writable anyway */
	f->profile.protect_system = PROTECT_SYSTEM_STRICT;
	assert_int_equal(build(f), -EINVAL);
	assert_non_null(strstr(f->e.about, "/run holds what is swrap's own"));
	say(&f->profile.read_write_paths, "/run/lock");
	assert_int_equal(build(f), 0);
}

static void test_too_many(void **state)
{
	struct fixture *f = *state;
	char path[32];

	for (int i = 0; i <= PLAN_MOUNTS; i++) {
		(void)snprintf(path, sizeof(path), "/srv/%d", i);
		say_too(&f->profile.read_only_paths, path);
	}
	assert_int_equal(build(f), -E2BIG);
}

static void test_proc_read_only(void **state)
{
	struct fixture *f = *state;

	say(&f->profile.read_only_paths, "/proc");
	assert_int_equal(build(f), 0);
	assert_true(f->plan.proc_read_only);
	assert_lacks(f, MOUNT_READ_ONLY, "/proc");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_protect_system), TEST(test_protect_home), TEST(test_kernel),
		TEST(test_order),	   TEST(test_void),	    TEST(test_attributes),
		TEST(test_binds),	   TEST(test_tmpfs),	    TEST(test_roots),
		TEST(test_refused),	   TEST(test_too_many),	    TEST(test_proc_read_only),
		TEST(test_home_is_root),   TEST(test_writable_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
