/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a profile to the program a session gets, with the real compiler. */
#include "bpf.h"

#include "child.h"

#include "helper/filter.h"
#include "helper/filter_spec.h"
#include "helper/plan.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#define STRICT FILTER_SPEC_HEAD "syscalls @strict\n"

struct fixture {
	struct identity identity;
	struct profile profile;
	struct plan plan;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->identity.supervisor_uid = f->identity.supervisor_gid = 65534;
	profile_init(&f->profile);
	f->plan.identity = &f->identity;
	f->plan.profile = &f->profile;
	f->plan.privileged = geteuid() == 0;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	plan_filter_done(&f->plan);
	profile_done(&f->profile);
	free(f);
	return 0;
}

static void word(struct fixture *f, const char *text)
{
	assert_int_equal(text_list_add(&f->profile.system_call_filter, text), 0);
}

static uint32_t ask(const struct sock_fprog *program, long nr, uint64_t third)
{
	struct seccomp_data data = { .nr = (int)nr, .arch = NATIVE, .args = { 0, 0, third } };

	return bpf_run(program, &data);
}

static void test_prebuilt(void **state)
{
	struct fixture *f = *state;

	word(f, "@strict");
	assert_int_equal(plan_filter(&f->plan, NULL), 0);
	assert_ptr_equal(f->plan.filter, filter_prebuilt(STRICT));
	assert_null(f->plan.compiled.filter);
	assert_null(f->plan.verdicts);
	assert_false(f->plan.roots_vary);
}

static void test_compiled(void **state)
{
	struct fixture *f = *state;

	NEEDS_ROOT();
	NEEDS_NO_SANITIZER();
	word(f, "@login");
	word(f, "~keyctl:EACCES");
	f->profile.memory_deny_write_execute = true;
	assert_int_equal(plan_filter(&f->plan, NULL), 0);
	assert_ptr_equal(f->plan.filter, &f->plan.compiled);
	assert_int_equal(ask(f->plan.filter, SYS_keyctl, 0), ERRNO(EACCES));
	assert_int_equal(ask(f->plan.filter, SYS_mmap, PROT_WRITE | PROT_EXEC), ERRNO(EPERM));
	assert_int_equal(ask(f->plan.filter, SYS_mmap, PROT_READ | PROT_EXEC), ALLOW);
	assert_int_equal(ask(f->plan.filter, SYS_execve, 0), NOTIFY);
}

/* In the compiler's words. */
static void test_refused(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };

	NEEDS_ROOT();
	NEEDS_NO_SANITIZER();
	word(f, "~opne");
	assert_int_equal(plan_filter(&f->plan, &e), -EINVAL);
	assert_string_equal(e.what, "filter");
	assert_non_null(strstr(e.about, "SystemCallFilter: no system call \"opne\""));
}

static void test_refused_by_spec(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };

	word(f, "~KEYCTL");
	assert_int_equal(plan_filter(&f->plan, &e), -EINVAL);
	assert_string_equal(e.what, "SystemCallFilter");
}

static void test_roots_vary(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(plan_filter(&f->plan, NULL), 0);
	assert_true(f->plan.roots_vary);
}

/* Nothing is refused, all that would be is asked; what it would be is kept. */
static void test_permissive(void **state)
{
	struct fixture *f = *state;

	word(f, "@strict");
	f->profile.mode = MODE_PERMISSIVE;
	assert_int_equal(plan_filter(&f->plan, NULL), 0);
	assert_ptr_equal(f->plan.verdicts, filter_prebuilt(STRICT));
	assert_int_equal(ask(f->plan.verdicts, SYS_keyctl, 0), ERRNO(EPERM));
	assert_int_equal(ask(f->plan.filter, SYS_keyctl, 0), NOTIFY);
	assert_int_equal(ask(f->plan.filter, 1023, 0), NOTIFY);
	assert_int_equal(ask(f->plan.filter, 0x40000000, 0), NOTIFY);
	assert_int_equal(ask(f->plan.filter, SYS_execve, 0), NOTIFY);
	assert_int_equal(ask(f->plan.filter, SYS_read, 0), ALLOW);
	assert_true(f->plan.roots_vary);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_prebuilt, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_compiled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_by_spec, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_roots_vary, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_permissive, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
