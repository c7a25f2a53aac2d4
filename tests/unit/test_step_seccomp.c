/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"

#include "helper/filter.h"
#include "helper/filter_spec.h"
#include "helper/step.h"
#include "src/channel.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

struct fixture {
	struct plan plan;
	struct inner_start start;
	struct step_context context;
	struct message message;
	int supervisor;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int pair[2];

	assert_int_equal(channel_pair(pair), 0);
	f->plan.filter = filter_prebuilt(FILTER_SPEC_HEAD "syscalls @login\n");
	f->start.id = 42;
	f->context = (struct step_context){
		.plan = &f->plan, .start = &f->start, .listener_fd = pair[0],
	};
	f->supervisor = pair[1];
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)close(f->supervisor);
	(void)close(f->context.listener_fd);
	free(f);
	return 0;
}

static void set_no_new_privs(void *context)
{
	struct fixture *f = context;

	EXPECT(verify_no_new_privs(&f->context, NULL) == -EPERM);
	EXPECT(apply_no_new_privs(&f->context, NULL) == 0);
	EXPECT(verify_no_new_privs(&f->context, NULL) == 0);
}

static void test_no_new_privs(void **state)
{
	assert_int_equal(child_run(set_no_new_privs, *state), 0);
}

static void load_and_exec(void *context)
{
	struct fixture *f = context;
	int highest;

	EXPECT(apply_no_new_privs(&f->context, NULL) == 0);
	EXPECT(verify_seccomp(&f->context, NULL) == -EPERM);
	EXPECT(apply_seccomp(&f->context, NULL) == 0);
	EXPECT(verify_seccomp(&f->context, NULL) == 0);
	highest = open("/", O_RDONLY);
	EXPECT(highest <= f->supervisor + 1); /* our copy of the listener is closed */
	(void)execl("/bin/true", "true", NULL);
	_exit(errno == EADDRNOTAVAIL ? 7 : 8);
}

/* Answers the exec with an errno no kernel gives. */
static void test_seccomp(void **state)
{
	struct fixture *f = *state;
	const struct inner_listener *body;
	struct seccomp_notif_resp answer = { .error = -EADDRNOTAVAIL };
	struct seccomp_notif asked = { .id = 0 };
	int listener;
	pid_t pid = child_start(load_and_exec, f);

	assert_int_equal(channel_receive(f->supervisor, &f->message, 0), 1);
	assert_int_equal(f->message.head.type, INNER_LISTENER);
	body = message_body(&f->message, sizeof(*body));
	assert_non_null(body);
	assert_int_equal(body->id, 42);
	listener = message_take_fd(&f->message, 0);
	assert_true(listener >= 0);
	assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked), 0);
	assert_int_equal(asked.pid, pid);
	assert_int_equal(asked.data.nr, SYS_execve);
	answer.id = asked.id;
	assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer), 0);
	assert_int_equal(child_wait(pid), 7);
	(void)close(listener);
}

/* Were the supervisor dead, its listener is nobody's: the exec gets ENOSYS, it does not wait. */
static void load_without_supervisor(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	(void)close(f->supervisor);
	EXPECT(apply_no_new_privs(&f->context, NULL) == 0);
	EXPECT(apply_seccomp(&f->context, &e) == -EPIPE);
	EXPECT(strcmp(e.what, "sendmsg") == 0);
	(void)execl("/bin/true", "true", NULL);
	_exit(errno == ENOSYS ? 7 : 8);
}

static void test_supervisor_gone(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	fd_close(&f->supervisor);
	pid = child_start(load_without_supervisor, f);
	assert_int_equal(child_wait(pid), 7);
}

static void load_as_user(void *context)
{
	struct fixture *f = context;

	EXPECT(setresuid(1, 1, 1) == 0);
	EXPECT(apply_seccomp(&f->context, NULL) == -EACCES); /* neither no_new_privs nor CAP_SYS_ADMIN */
	EXPECT(verify_seccomp(&f->context, NULL) == -EPERM);
}

static void test_not_allowed(void **state)
{
	NEEDS_ROOT();
	assert_int_equal(child_run(load_as_user, *state), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_new_privs),
		TEST(test_seccomp),
		TEST(test_supervisor_gone),
		TEST(test_not_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
