/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

/* A tree that stands for the host's /proc and /sys. */
struct fixture {
	char root[32];
	struct probe probe;
	char reason[PROBE_REASON_BYTES];
};

static void make_directories(const struct fixture *f, const char *path)
{
	char whole[256];

	(void)snprintf(whole, sizeof(whole), "%s/%s", f->root, path);
	for (char *slash = whole + strlen(f->root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		(void)mkdir(whole, 0755); /* EEXIST */
		*slash = '/';
	}
}

static void put(const struct fixture *f, const char *path, const char *text)
{
	char whole[256];
	int fd;

	make_directories(f, path);
	(void)snprintf(whole, sizeof(whole), "%s/%s", f->root, path);
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	(void)strcpy(f->root, "/tmp/test_probe.XXXXXX");
	assert_non_null(mkdtemp(f->root));
	assert_int_equal(probe_open(&f->probe, f->root, NULL), 0);
	f->probe.capabilities = ~UINT64_C(0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[64];

	probe_done(&f->probe);
	assert_int_equal(f->probe.root_fd, -1);
	(void)snprintf(command, sizeof(command), "rm -rf %s", f->root);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static enum offer ask(struct fixture *f, enum step step, struct probe_demand demand)
{
	memset(f->reason, 'x', sizeof(f->reason));
	return probe_step(&f->probe, step, &demand, f->reason);
}

#define PLAIN (struct probe_demand){ 0 }

static void assert_no(struct fixture *f, enum step step, struct probe_demand demand, const char *why)
{
	assert_int_equal(ask(f, step, demand), OFFER_NO);
	assert_non_null(strstr(f->reason, why));
}

static void test_namespaces(void **state)
{
	struct fixture *f = *state;

	assert_no(f, STEP_IPC_NAMESPACE, PLAIN, "no ipc namespaces");
	put(f, "proc/self/ns/ipc", "");
	assert_int_equal(ask(f, STEP_IPC_NAMESPACE, PLAIN), OFFER_YES);
	assert_string_equal(f->reason, "");
	put(f, "proc/sys/user/max_ipc_namespaces", "0\n");
	assert_no(f, STEP_IPC_NAMESPACE, PLAIN, "max_ipc_namespaces is 0");
	put(f, "proc/sys/user/max_ipc_namespaces", "10\n");
	assert_int_equal(ask(f, STEP_IPC_NAMESPACE, PLAIN), OFFER_YES);
	f->probe.capabilities &= ~(UINT64_C(1) << CAP_SYS_ADMIN);
	assert_no(f, STEP_IPC_NAMESPACE, PLAIN, "CAP_SYS_ADMIN");
	assert_int_equal(ask(f, STEP_IPC_NAMESPACE, (struct probe_demand){ .own_user_namespace = true }),
			 OFFER_YES);
}

static void test_user_namespace(void **state)
{
	struct fixture *f = *state;

	put(f, "proc/self/ns/user", "");
	put(f, "proc/sys/kernel/unprivileged_userns_clone", "0\n");
	assert_int_equal(ask(f, STEP_USER_NAMESPACE, PLAIN), OFFER_YES);
	f->probe.capabilities = 0;
	assert_no(f, STEP_USER_NAMESPACE, PLAIN, "unprivileged_userns_clone is 0");
	put(f, "proc/sys/kernel/unprivileged_userns_clone", "1\n");
	put(f, "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
	assert_int_equal(ask(f, STEP_USER_NAMESPACE, PLAIN), OFFER_UNKNOWN);
}

static void test_privileges(void **state)
{
	struct fixture *f = *state;

	put(f, "proc/self/setgroups", "deny\n");
	assert_no(f, STEP_GID, PLAIN, "setgroups is denied");
	assert_int_equal(ask(f, STEP_UID, PLAIN), OFFER_YES);
	f->probe.capabilities = 0;
	assert_no(f, STEP_UID, PLAIN, "CAP_SETUID");
	put(f, "proc/self/setgroups", "allow\n");
	assert_no(f, STEP_GID, PLAIN, "CAP_SETGID");
	assert_no(f, STEP_BOUNDING_SET, PLAIN, "CAP_SETPCAP");
	assert_no(f, STEP_ROOT, PLAIN, "CAP_SYS_ADMIN");
	assert_no(f, STEP_PROC, PLAIN, "CAP_SYS_ADMIN");
	assert_no(f, STEP_PROPAGATION, PLAIN, "CAP_SYS_ADMIN");
}

static void test_cgroup(void **state)
{
	struct fixture *f = *state;

	assert_no(f, STEP_CGROUP, PLAIN, "no cgroup v2");
	put(f, "sys/fs/cgroup/unified/cgroup.controllers", "\n");
	assert_int_equal(ask(f, STEP_CGROUP, PLAIN), OFFER_YES);
	assert_string_equal(f->reason, "controllers: none");
	put(f, "sys/fs/cgroup/cgroup.controllers", "cpuset cpu pids\n");
	assert_int_equal(ask(f, STEP_CGROUP, PLAIN), OFFER_YES);
	assert_string_equal(f->reason, "controllers: cpuset cpu pids");
	assert_int_equal(ask(f, STEP_CGROUP, (struct probe_demand){ .controllers = CONTROLLER_CPU |
										   CONTROLLER_PIDS }),
			 OFFER_YES);
	assert_no(f, STEP_CGROUP, (struct probe_demand){ .controllers = CONTROLLER_MEMORY }, "memory");
	put(f, "sys/fs/cgroup/cgroup.controllers", "cpuset\n"); /* a word is not its beginning */
	assert_no(f, STEP_CGROUP, (struct probe_demand){ .controllers = CONTROLLER_CPU }, "cpu");
	put(f, "sys/fs/cgroup/cgroup.controllers", "\n");
	assert_int_equal(ask(f, STEP_CGROUP, PLAIN), OFFER_YES);
}

static void test_lockdown(void **state)
{
	const struct probe_demand integrity = { .lockdown = PROBE_LOCKDOWN_INTEGRITY };
	const struct probe_demand confidentiality = { .lockdown = PROBE_LOCKDOWN_CONFIDENTIALITY };
	struct fixture *f = *state;

	assert_no(f, STEP_LOCKDOWN, integrity, "no lockdown state");
	put(f, "sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	assert_no(f, STEP_LOCKDOWN, integrity, "lockdown is none");
	assert_int_equal(ask(f, STEP_LOCKDOWN, PLAIN), OFFER_YES);
	put(f, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_int_equal(ask(f, STEP_LOCKDOWN, integrity), OFFER_YES);
	assert_no(f, STEP_LOCKDOWN, confidentiality, "lockdown is integrity");
	put(f, "sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	assert_int_equal(ask(f, STEP_LOCKDOWN, confidentiality), OFFER_YES);
	put(f, "sys/kernel/security/lockdown", "[something new]\n");
	assert_no(f, STEP_LOCKDOWN, integrity, "no lockdown state");
}

static void test_yama(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, STEP_EXEC, PLAIN), OFFER_YES);
	put(f, "proc/sys/kernel/yama/ptrace_scope", "2\n");
	assert_int_equal(ask(f, STEP_EXEC, PLAIN), OFFER_YES);
	f->probe.capabilities = 0;
	assert_no(f, STEP_EXEC, PLAIN, "CAP_SYS_PTRACE");
	put(f, "proc/sys/kernel/yama/ptrace_scope", "3\n");
	assert_no(f, STEP_EXEC, PLAIN, "is 3");
	put(f, "proc/sys/kernel/yama/ptrace_scope", "1\n");
	assert_int_equal(ask(f, STEP_EXEC, PLAIN), OFFER_YES);
}

static void test_memfd(void **state)
{
	struct fixture *f = *state;

	assert_no(f, STEP_MEMFD_NOEXEC, PLAIN, "6.3");
	put(f, "proc/sys/vm/memfd_noexec", "0\n");
	assert_int_equal(ask(f, STEP_MEMFD_NOEXEC, PLAIN), OFFER_YES);
}

/* On the machine itself: every step has an answer, "no" says why, and nothing is left behind. */
static void test_machine(void **state)
{
	char reason[PROBE_REASON_BYTES];
	struct probe probe;

	(void)state;
	assert_int_equal(probe_open(&probe, "/", NULL), 0);
	for (enum step step = 0; step < STEP_COUNT; step++) {
		enum offer offer = probe_step(&probe, step, NULL, reason);

		assert_true(offer < OFFER_COUNT);
		assert_true(offer != OFFER_NO || reason[0]);
		assert_int_equal(reason[0] == '\n', 0);
	}
	assert_int_equal(probe_step(&probe, STEP_SECCOMP, NULL, reason) == OFFER_NO, 0);
	probe_done(&probe);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(probe_offer_name(OFFER_NO), "no");
	assert_string_equal(probe_offer_name(OFFER_YES), "yes");
	assert_string_equal(probe_offer_name(OFFER_COUNT), "unknown");
}

static void test_no_root(void **state)
{
	struct probe probe;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(probe_open(&probe, "/nowhere", &e), -ENOENT);
	probe_done(&probe);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_namespaces), TEST(test_user_namespace), TEST(test_privileges),
		TEST(test_cgroup),     TEST(test_lockdown),	  TEST(test_yama),
		TEST(test_memfd),      cmocka_unit_test(test_machine), cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
