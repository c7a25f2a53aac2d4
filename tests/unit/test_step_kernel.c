/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"

#include "helper/step.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

struct fixture {
	struct plan plan;
	struct step_context context;
	const char *lockdown;	/* what the file says; NULL: there is none */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->context.plan = &f->plan;
	f->context.proc_fd = -1;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

/* ---- memfd ---- */

static bool has_memfd_noexec(void)
{
	return access("/proc/sys/vm/memfd_noexec", F_OK) == 0;
}

static int run_from_memory(void)
{
	int fd = memfd_create("program", MFD_CLOEXEC);
	struct stat st;

	EXPECT(fd >= 0 && fstat(fd, &st) == 0);
	(void)close(fd);
	return st.st_mode & 0111 ? 0 : -EACCES;
}

static void memfd(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	EXPECT(run_from_memory() == 0);
	EXPECT(verify_memfd_noexec(&f->context, &e) == -EPERM);
	e.num = 0;
	EXPECT(apply_memfd_noexec(&f->context, &e) == 0 && verify_memfd_noexec(&f->context, &e) == 0);
	EXPECT(run_from_memory() == -EACCES);
	EXPECT(memfd_create("program", MFD_EXEC) == -1 && errno == EACCES);
}

/* The session's /proc is read-only; the other one is written. */
static void memfd_read_only(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	f->context.proc_fd = open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	EXPECT(f->context.proc_fd >= 0);
	EXPECT(mount("/proc", "/proc", NULL, MS_BIND, NULL) == 0);
	EXPECT(mount(NULL, "/proc", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
	EXPECT(open("/proc/sys/vm/memfd_noexec", O_WRONLY) == -1 && errno == EROFS);
	EXPECT(apply_memfd_noexec(&f->context, &e) == 0 && verify_memfd_noexec(&f->context, &e) == 0);
}

static void memfd_as_user(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	EXPECT(setresuid(1, 1, 1) == 0);
	EXPECT(apply_memfd_noexec(&f->context, &e) < 0);
	EXPECT(e.num == EACCES || e.num == EPERM);
}

static void test_memfd(void **state)
{
	NEEDS_ROOT();
	SKIP_UNLESS(has_memfd_noexec(), "the kernel has no vm.memfd_noexec");
	assert_int_equal(child_run_in(CLONE_NEWPID, memfd, *state), 0);
	assert_int_equal(child_run_in(CLONE_NEWPID, memfd_read_only, *state), 0);
	assert_int_equal(child_run_in(CLONE_NEWPID, memfd_as_user, *state), 0);
	assert_int_equal(child_run(memfd_as_user, *state), 0);
}

/* ---- lockdown ---- */

static void write_lockdown(const char *text)
{
	int fd;

	EXPECT(mount("none", "/sys", "tmpfs", 0, NULL) == 0);
	EXPECT(mkdir("/sys/kernel", 0755) == 0 && mkdir("/sys/kernel/security", 0755) == 0);
	if (!text)
		return;
	fd = open("/sys/kernel/security/lockdown", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	EXPECT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
}

static const struct state {
	const char *text;
	int value;
} states[] = {
	{ "[none] integrity confidentiality\n", LOCKDOWN_NO },
	{ "none [integrity] confidentiality\n", LOCKDOWN_INTEGRITY },
	{ "none integrity [confidentiality]\n", LOCKDOWN_CONFIDENTIALITY },
	{ "none integrity confidentiality\n", -1 },
	{ "something [else]\n", -1 },
	{ "", -1 },
	{ NULL, -1 },
};

static void lockdown(void *context)
{
	struct fixture *f = context;

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		write_lockdown(states[i].text);
		step_note_lockdown(&f->context);
		EXPECT(f->context.lockdown == states[i].value);
		for (int wanted = LOCKDOWN_INTEGRITY; wanted <= LOCKDOWN_CONFIDENTIALITY; wanted++) {
			int r;

			f->plan.lockdown = (enum lockdown)wanted;
			r = apply_lockdown(&f->context, NULL);
			EXPECT(r == (states[i].value < 0 ? -ENOTSUP : 0));
			if (r == 0)
				r = verify_lockdown(&f->context, NULL);
			EXPECT((r == 0) == (states[i].value >= wanted));
		}
	}
}

static void test_lockdown(void **state)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(0, lockdown, *state), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_memfd), TEST(test_lockdown) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
