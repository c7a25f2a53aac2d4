/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two children of the helper: what they have of it, seen from outside by /proc. The helper is a
 * child in a mount namespace of its own.
 */
#include "helper_fixture.h"
#include "world.h"

#include "helper/spawn.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { SUPERVISOR_UID = 12399 };

static struct helper *begin(void *context)
{
	struct fixture *f = context;
	struct helper *h = &f->h;

	world_furnish(FIXTURE_UID);
	fd_close(&h->init_fd);
	fd_close(&h->supervisor_fd);
	h->identity.supervisor_uid = h->identity.supervisor_gid = SUPERVISOR_UID;
	(void)strcpy(h->identity.home, "/");
	EXPECT(plan_build(&h->plan, &h->identity, &h->profile, true, NULL) == 0);
	EXPECT(spawn_prepare(h, NULL) == 0);
	EXPECT(h->tally->seq == 0 && h->notify_fd >= 0 && h->listener_fd >= 0);
	return h;
}

static int open_log(struct helper *h)
{
	h->log_dir_fd = open("/run", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return open("/run/events.ndjson", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

static pid_t pid_of(int pidfd)
{
	char path[64], text[1024];

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	EXPECT(io_read_file(AT_FDCWD, path, text, sizeof(text)) > 0);
	return atoi(io_status_field(text, "Pid"));
}

static void status_of(pid_t pid, char *status, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	EXPECT(io_read_file(AT_FDCWD, path, status, size) > 0);
}

/* Is any descriptor of pid this file of ours? */
static bool has_file(pid_t pid, int fd)
{
	char path[64];
	struct stat own, st;
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	EXPECT(fstat(fd, &own) == 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	EXPECT(dir != NULL);
	while ((entry = readdir(dir)))
		if (fstatat(dirfd(dir), entry->d_name, &st, 0) == 0)
			found |= st.st_dev == own.st_dev && st.st_ino == own.st_ino &&
				 atoi(entry->d_name) > 2;
	(void)closedir(dir);
	return found;
}

static void await_ready(struct helper *h)
{
	EXPECT(channel_receive_until(h->init_fd, &h->message, io_now_usec() + 5000000) == 1);
	EXPECT(h->message.head.type == INNER_READY);
	message_done(&h->message);
}

static void await_end(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	EXPECT(poll(&p, 1, 5000) == 1);
}

/* ---- init ---- */

static void spawn_real_init(void *context)
{
	struct helper *h = begin(context);
	char status[4096];

	EXPECT(spawn_init(h, NULL) == 0);
	EXPECT(h->listener_fd == -1); /* init has it now */
	await_ready(h);
	status_of(h->init_pid, status, sizeof(status));
	EXPECT(pid_of(h->init_pidfd) == h->init_pid);
	EXPECT(strncmp(io_status_field(status, "Name"), "swrap-init\n", 11) == 0);
	EXPECT(strstr(status, "\t1\n")); /* NSpid: PID 1 in there */
	EXPECT(!has_file(h->init_pid, h->control_fd) && !has_file(h->init_pid, h->init_fd));
	EXPECT(!has_file(h->init_pid, h->notify_fd));
	fd_close(&h->init_fd);
	await_end(h->init_pidfd);
}

/* Sends until there is no room. One that would wait is ended by the test's alarm. */
static void flood(int fd)
{
	const struct inner_signal body = { .signo = SIGWINCH };
	int r;

	do {
		r = channel_send(fd, (enum wire_type)INNER_SIGNAL, &body, sizeof(body), NULL, 0);
	} while (r == 0);
	EXPECT(r == -EAGAIN);
}

/* Neither child, stopped for whatever reason, may make the helper wait for it. */
static void spawn_deaf_children(void *context)
{
	struct helper *h = begin(context);

	EXPECT(spawn_init(h, NULL) == 0);
	await_ready(h);
	EXPECT(spawn_supervisor(h, open_log(h), NULL) == 0);
	EXPECT(kill(h->init_pid, SIGSTOP) == 0);
	EXPECT(kill(pid_of(h->supervisor_pidfd), SIGSTOP) == 0);
	flood(h->init_fd);
	flood(h->supervisor_fd);
	EXPECT(kill(h->init_pid, SIGKILL) == 0);
	EXPECT(kill(pid_of(h->supervisor_pidfd), SIGKILL) == 0);
}

/* A supervisor that is gone must be seen at its socket: nobody else may hold that end. */
static void spawn_both(void *context)
{
	struct helper *h = begin(context);
	int log = open_log(h);

	EXPECT(spawn_init(h, NULL) == 0);
	await_ready(h);
	EXPECT(spawn_supervisor(h, log, NULL) == 0);
	EXPECT(fcntl(log, F_GETFD) < 0); /* given away */
	EXPECT(h->notify_fd == -1);
	EXPECT(channel_send(h->supervisor_fd, (enum wire_type)INNER_FINISH, NULL, 0, NULL, 0) == 0);
	EXPECT(channel_receive_until(h->supervisor_fd, &h->message, io_now_usec() + 5000000) == 1);
	EXPECT(h->message.head.type == INNER_FINISHED);
	await_end(h->supervisor_pidfd);
}

static void look_at_supervisor(void *context)
{
	struct helper *h = begin(context);
	char status[4096];
	pid_t supervisor;
	bool cut = false;

	EXPECT(spawn_init(h, NULL) == 0);
	EXPECT(spawn_supervisor(h, open_log(h), NULL) == 0);
	supervisor = pid_of(h->supervisor_pidfd);
	for (int i = 0; i < 500 && !cut; i++) { /* it takes its time to cut itself */
		(void)usleep(10000);
		status_of(supervisor, status, sizeof(status));
		cut = io_status_field(status, "Seccomp")[0] == '2';
	}
	EXPECT(cut);
	EXPECT(!has_file(supervisor, h->control_fd) && !has_file(supervisor, h->init_fd));
	EXPECT(!has_file(supervisor, h->supervisor_fd) && has_file(supervisor, h->log_dir_fd));
	EXPECT(strncmp(io_status_field(status, "Uid"), "12399\t12399\t12399\t12399", 23) == 0);
	EXPECT(strncmp(io_status_field(status, "Gid"), "12399\t12399\t12399\t12399", 23) == 0);
	EXPECT(strncmp(io_status_field(status, "CapPrm"), "0000000000080024", 16) == 0);
	EXPECT(strncmp(io_status_field(status, "CapBnd"), "0000000000000000", 16) == 0);
	EXPECT(io_status_field(status, "NoNewPrivs")[0] == '1');
	(void)kill(supervisor, SIGKILL);
	EXPECT(channel_receive_until(h->supervisor_fd, &h->message, io_now_usec() + 5000000) == 0);
}

/* Without the right to make namespaces there is no session, and it says why. */
static void spawn_as_user(void *context)
{
	struct helper *h = begin(context);
	struct err e = { 0 };

	EXPECT(setresuid(FIXTURE_UID, FIXTURE_UID, FIXTURE_UID) == 0);
	EXPECT(spawn_init(h, &e) == -EPERM && strcmp(e.what, "clone3") == 0);
	EXPECT(h->init_fd == -1);
}

static void in_world(void **state, child_body *body)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNS, body, *state), 0);
}

static void test_init(void **state)
{
	in_world(state, spawn_real_init);
}

static void test_both(void **state)
{
	in_world(state, spawn_both);
}

static void test_deaf_children(void **state)
{
	in_world(state, spawn_deaf_children);
}

static void test_supervisor(void **state)
{
	in_world(state, look_at_supervisor);
}

static void test_not_allowed(void **state)
{
	in_world(state, spawn_as_user);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_init),
		FIXTURE_TEST(test_both),
		FIXTURE_TEST(test_deaf_children),
		FIXTURE_TEST(test_supervisor),
		FIXTURE_TEST(test_not_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
