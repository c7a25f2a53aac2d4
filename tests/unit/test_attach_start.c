/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The user's message against what the kernel says: what init is told, and what is refused.
 */
#include "attach_fixture.h"

#include "helper/attach_start.h"

#include <grp.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Sends the call, has it received, and starts. */
static int start_call(struct fixture *f, const struct attach_call *call, struct err *e)
{
	struct attach a = { .state = ATTACH_ASKED, .id = 5 };
	int pair[2], r;

	assert_int_equal(channel_pair(pair), 0);
	attach_send(pair[0], WIRE_ATTACH, call);
	assert_int_equal(channel_receive(pair[1], &f->h.message, MSG_DONTWAIT), 1);
	r = attach_start(&f->h, &a, pair[1], e);
	message_done(&f->h.message);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return r;
}

static const struct inner_start *expect_start(struct fixture *f)
{
	(void)fixture_expect(f, f->init, INNER_START, 0);
	assert_true(f->message.head.length >= sizeof(struct inner_start));
	return (const void *)f->message.body;
}

static void test_start(void **state)
{
	struct fixture *f = *state;
	_free_ gid_t *groups = calloc(IDENTITY_GROUPS, sizeof(*groups));
	const struct inner_start *start;
	struct json_object *record;
	struct attach_call call;
	struct rlimit limit;
	int ngroups = getgroups(IDENTITY_GROUPS, groups);

	attach_shadow(f);
	attach_call_init(&call);
	assert_int_equal(start_call(f, &call, NULL), 0);
	start = expect_start(f);
	assert_int_equal(start->id, 5);
	assert_int_equal(start->tty, TTY_PASS);
	assert_int_equal(start->open_fds, 7);
	assert_int_equal(start->argc, 1);
	assert_int_equal(start->envc, 2);
	assert_int_equal(start->bytes, sizeof(attach_strings));
	assert_int_equal(start->ignored, 2);
	assert_int_equal(start->blocked, 4);
	assert_string_equal(start->path, f->h.shells[0]);
	assert_int_equal(start->gid, getegid());
	assert_int_equal(start->ngroups, ngroups);
	assert_memory_equal(start + 1, groups, (size_t)ngroups * sizeof(gid_t));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_memory_equal(&start->limits[RLIMIT_NOFILE], &limit, sizeof(limit));
	assert_int_equal(f->message.nfds, 4);
	record = fixture_record(f, "attach");
	assert_int_equal(member_int(record, "attach"), 5);
	assert_int_equal(member_int(record, "pid"), getpid());
	assert_string_equal(member_text(record, "controlling_tty"), "pass");
	(void)json_object_put(record);
	attach_call_done(&call);
}

/* swrap run: the identity is the helper's own, not that of who holds the socket; any image may. */
static void test_direct(void **state)
{
	struct fixture *f = *state;
	const struct inner_start *start;
	struct attach_call call;

	f->h.identity.direct = true;
	f->h.identity.ngroups = 2;
	f->h.identity.groups[0] = 71;
	f->h.identity.groups[1] = 72;
	attach_call_init(&call);
	call.body.flags = WIRE_ATTACH_RELAY;
	assert_int_equal(start_call(f, &call, NULL), 0);
	start = expect_start(f);
	assert_int_equal(start->gid, FIXTURE_GID);
	assert_int_equal(start->ngroups, 2);
	assert_memory_equal(start + 1, f->h.identity.groups, 2 * sizeof(gid_t));
	assert_int_equal(start->tty, TTY_PASS);
	attach_call_done(&call);
}

static void assert_tty(struct fixture *f, uint32_t flags, enum tty_mode mode)
{
	struct attach_call call;

	attach_call_init(&call);
	call.body.flags = flags;
	assert_int_equal(start_call(f, &call, NULL), 0);
	assert_int_equal(expect_start(f)->tty, mode);
	attach_call_done(&call);
}

static void test_tty_flags(void **state)
{
	struct fixture *f = *state;

	attach_shadow(f);
	assert_tty(f, 0, TTY_PASS);
	assert_tty(f, WIRE_ATTACH_RELEASED, TTY_RELEASE);
	assert_tty(f, WIRE_ATTACH_RELAY, TTY_RELAY);
}

struct terminals {
	int master, own, other_master, other;
};

static void terminals_open(struct terminals *t)
{
	assert_int_equal(openpty(&t->master, &t->own, NULL, NULL, NULL), 0);
	assert_int_equal(openpty(&t->other_master, &t->other, NULL, NULL, NULL), 0);
}

static void terminals_close(const struct terminals *t)
{
	(void)close(t->own);
	(void)close(t->master);
	(void)close(t->other);
	(void)close(t->other_master);
}

/* Descriptor 0 is first, 1 is not open, 2 is second. What becomes of them. */
static const struct inner_start *start_on(struct fixture *f, int first, int second)
{
	const struct inner_start *start;
	struct attach_call call;

	attach_call_init(&call);
	call.body.open_fds = 1u << 0 | 1u << 2;
	call.nfds = 3;
	call.fds[1] = first;
	call.fds[2] = second;
	assert_int_equal(start_call(f, &call, NULL), 0);
	start = expect_start(f);
	attach_call_done(&call);
	return start;
}

static void assert_steal(struct fixture *f, int first, int second, uint32_t number)
{
	const struct inner_start *start = start_on(f, first, second);

	assert_int_equal(start->tty, TTY_STEAL);
	assert_int_equal(start->tty_fd, number);
}

/*
 * The application leads the session whose terminal attach has on a descriptor. Another terminal on a
 * descriptor before it, which the user can open, is another session's: never that one.
 */
static void steal(struct fixture *f, const struct terminals *t)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int writable = open(ptsname(t->master), O_WRONLY | O_NOCTTY | O_CLOEXEC);

	assert_steal(f, t->own, null, 0);
	assert_steal(f, null, t->own, 2);
	assert_steal(f, t->other, t->own, 2);
	assert_steal(f, t->own, t->other, 0);
	assert_steal(f, writable, t->own, 2); /* it must be open for reading */
	assert_int_equal(start_on(f, null, writable)->tty, TTY_PASS);
	assert_int_equal(start_on(f, t->other, null)->tty, TTY_PASS);
	f->h.in.app = getppid(); /* somebody else leads it */
	assert_int_equal(start_on(f, t->own, null)->tty, TTY_PASS);
	(void)close(writable);
	(void)close(null);
}

static void test_tty_steal(void **state)
{
	struct fixture *f = *state;
	struct terminals t;

	terminals_open(&t);
	attach_shadow(f);
	f->h.in.app = getsid(0);
	assert_int_equal(start_on(f, t.own, t.other)->tty, TTY_PASS); /* nobody's terminals yet */
	if (getsid(0) == getpid() || setsid() > 0) {
		f->h.in.app = getpid();
		assert_int_equal(ioctl(t.own, TIOCSCTTY, 0), 0);
		steal(f, &t);
		(void)signal(SIGHUP, SIG_IGN);
		assert_int_equal(ioctl(t.own, TIOCNOTTY), 0);
	}
	terminals_close(&t);
}

/* ---- refused ---- */

static void assert_refused(struct fixture *f, const struct attach_call *call, int num)
{
	struct err e = { 0 };

	assert_int_equal(start_call(f, call, &e), -num);
	assert_int_equal(e.num, num);
	fixture_expect_nothing(f, f->init);
}

static void test_malformed(void **state)
{
	struct fixture *f = *state;
	struct attach_call good, call;

	attach_shadow(f);
	attach_call_init(&good);
	call = good;
	call.body.open_fds = 15;
	assert_refused(f, &call, EPROTO);
	call = good;
	call.body.bytes = 0;
	assert_refused(f, &call, EPROTO);
	call.body.bytes = WIRE_ATTACH_MAX_BYTES + 1;
	assert_refused(f, &call, EPROTO);
	call.body.bytes = sizeof(attach_strings) + 1; /* more than the memfd has */
	assert_refused(f, &call, EPROTO);
	call = good;
	call.body.argc = sizeof(attach_strings) + 1;
	assert_refused(f, &call, EPROTO);
	call = good;
	call.body.envc = UINT32_MAX;
	assert_refused(f, &call, EPROTO);
	call = good;
	call.nfds = 3; /* one is missing */
	assert_refused(f, &call, EPROTO);
	call = good;
	call.body.open_fds = 3; /* one too many */
	assert_refused(f, &call, EPROTO);
	call = good;
	call.fds[0] = f->app; /* a socket could block the session's reads */
	assert_refused(f, &call, EPROTO);
	call.fds[0] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* large enough, but no file */
	assert_refused(f, &call, EPROTO);
	(void)close(call.fds[0]);
	assert_int_equal(start_call(f, &good, NULL), 0);
	attach_call_done(&good);
}

static void test_not_a_shell(void **state)
{
	struct fixture *f = *state;
	struct attach_call call;

	attach_call_init(&call);
	assert_refused(f, &call, EPERM);
	f->h.shells[0] = "/bin/sh";
	f->h.nshells = 1;
	assert_refused(f, &call, EPERM);
	attach_call_done(&call);
}

/* An application in a chroot: its shells are named from there, and the kernel names the image from here. */
static void test_chroot(void **state)
{
	struct fixture *f = *state;
	struct attach_call call;
	char *name;

	attach_shadow(f);
	attach_call_init(&call);
	name = strrchr(f->h.shell_text, '/');
	*name = 0;
	fd_close(&f->h.root_fd);
	f->h.root_fd = open(f->h.shell_text, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*name = '/';
	assert_refused(f, &call, EPERM); /* the name from outside says nothing */
	f->h.shells[0] = name;
	assert_int_equal(start_call(f, &call, NULL), 0);
	assert_string_equal(expect_start(f)->path, name);
	attach_call_done(&call);
}

static void test_init_gone(void **state)
{
	struct fixture *f = *state;
	struct attach_call call;
	struct err e = { 0 };

	attach_shadow(f);
	attach_call_init(&call);
	fd_close(&f->init);
	assert_int_equal(start_call(f, &call, &e), -EPIPE);
	assert_string_equal(e.what, "init");
	fixture_expect_nothing(f, f->supervisor); /* and no record of a start */
	attach_call_done(&call);
}

/* Who sent it is dead when it is looked at: its number may be another's. */
static void send_and_die(void *context)
{
	const struct sockaddr_un *address = context;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct attach_call call;

	attach_call_init(&call);
	EXPECT(connect(fd, (const void *)address, sizeof(address->sun_family) + 6) == 0);
	attach_send(fd, WIRE_ATTACH, &call);
}

static void test_peer_died(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address;
	socklen_t size = sizeof(address);
	struct attach a = { .state = ATTACH_ASKED };
	int fd;

	attach_shadow(f);
	fixture_listen(f);
	assert_int_equal(getsockname(f->h.listen_fd, (void *)&address, &size), 0);
	assert_int_equal(child_run(send_and_die, &address), 0);
	fd = accept4(f->h.listen_fd, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(channel_receive(fd, &f->h.message, MSG_DONTWAIT), 1);
	assert_int_equal(attach_start(&f->h, &a, fd, NULL), -ESRCH);
	fixture_expect_nothing(f, f->init);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_start),     FIXTURE_TEST(test_direct),   FIXTURE_TEST(test_tty_flags),
		FIXTURE_TEST(test_tty_steal), FIXTURE_TEST(test_malformed), FIXTURE_TEST(test_not_a_shell),
		FIXTURE_TEST(test_chroot),    FIXTURE_TEST(test_init_gone), FIXTURE_TEST(test_peer_died),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
