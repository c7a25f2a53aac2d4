/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * helper_fixture.h - one helper whose application, session init, supervisor and attaches are played by
 * the test, over real sockets.
 */
#ifndef SWRAP_HELPER_FIXTURE_H
#define SWRAP_HELPER_FIXTURE_H

#include "child.h"
#include "profile_fixture.h"

#include "helper/helper.h"
#include "src/io.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <sys/syscall.h>
#include <sys/un.h>

enum { FIXTURE_UID = 12345, FIXTURE_OTHER_UID = 12346, FIXTURE_GID = 23456 };

struct fixture {
	struct helper h;
	int app, init, supervisor;	/* our ends */
	struct tally tally;
	struct message message;
};

static inline void fixture_pair(int *ret_theirs, int *ret_ours)
{
	int pair[2];

	assert_int_equal(channel_pair(pair), 0);
	*ret_theirs = pair[0];
	*ret_ours = pair[1];
}

/* The session's user: under root one that is not root, whom the helper would let pass. */
static inline uid_t fixture_uid(void)
{
	return geteuid() == 0 ? FIXTURE_UID : geteuid();
}

static inline int fixture_set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct helper *h = &f->h;

	fixture_pair(&h->control_fd, &f->app);
	fixture_pair(&h->init_fd, &f->init);
	fixture_pair(&h->supervisor_fd, &f->supervisor);
	h->init_pidfd = h->supervisor_pidfd = h->listener_fd = h->log_dir_fd = h->listen_fd = -1;
	h->notify_fd = -1;
	h->shell_watch.fd = -1;
	h->attach_fd = h->mount_ns_fd = h->root_fd = h->signal_fd = h->context.proc_fd = h->in.app_pidfd = -1;
	for (int i = 0; i < HELPER_ATTACHES; i++)
		h->attaches[i].socket = -1;
	cgroup_init(&h->cgroup);
	message_init(&h->message);
	message_init(&f->message);
	h->tally = &f->tally;
	h->empty = true;
	h->phase = PHASE_SERVING;
	h->in.app = getpid();
	h->in.privileged = true;
	h->identity.uid = fixture_uid();
	h->identity.gid = FIXTURE_GID;
	(void)strcpy(h->identity.session, "0123456789abcdef");
	(void)strcpy(h->identity.user, "alice");
	profile_init(&h->profile);
	assert_int_equal(profile_shipped(&h->profile, "login"), 0);
	h->plan.profile = &h->profile;
	h->plan.linger.kind = LINGER_KEEP;
	h->plan.identity = &h->identity;
	h->plan.privileged = true;
	*state = f;
	return 0;
}

static inline int fixture_tear_down(void **state)
{
	struct fixture *f = *state;
	int *const fds[] = {
		&f->app, &f->init, &f->supervisor, &f->h.control_fd, &f->h.init_fd, &f->h.supervisor_fd,
		&f->h.listen_fd, &f->h.init_pidfd, &f->h.supervisor_pidfd, &f->h.signal_fd,
		&f->h.shell_watch.fd, &f->h.attach_fd, &f->h.mount_ns_fd, &f->h.root_fd, &f->h.in.app_pidfd, &f->h.log_dir_fd,
		&f->h.listener_fd, &f->h.notify_fd,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fd_close(fds[i]);
	for (int i = 0; i < HELPER_ATTACHES; i++)
		fd_close(&f->h.attaches[i].socket);
	message_done(&f->h.message);
	message_done(&f->message);
	plan_done(&f->h.plan);
	profile_done(&f->h.profile);
	free(f);
	return 0;
}

/* ---- what was said: at most two seconds are waited for it ---- */

static inline const void *fixture_expect(struct fixture *f, int fd, unsigned int type, size_t size)
{
	const void *body;

	message_done(&f->message);
	assert_int_equal(channel_receive_until(fd, &f->message, io_now_usec() + 2000000), 1);
	assert_int_equal(f->message.head.type, type);
	body = message_body(&f->message, size);
	if (size)
		assert_non_null(body);
	return body;
}

static inline void fixture_expect_end(struct fixture *f, int fd)
{
	message_done(&f->message);
	assert_int_equal(channel_receive_until(fd, &f->message, io_now_usec() + 2000000), 0);
}

static inline void fixture_expect_nothing(struct fixture *f, int fd)
{
	message_done(&f->message);
	assert_int_equal(channel_receive(fd, &f->message, MSG_DONTWAIT), -EAGAIN);
}

/* The next record that went to the supervisor, as an object of its members. Owned by the caller. */
static inline struct json_object *fixture_record(struct fixture *f, const char *event)
{
	const struct inner_record *head = (const void *)f->message.body;
	struct json_object *object;
	char *text;
	int n;

	(void)fixture_expect(f, f->supervisor, INNER_RECORD, 0);
	assert_true(f->message.head.length >= sizeof(*head));
	assert_string_equal(head->event, event);
	n = (int)(f->message.head.length - sizeof(*head));
	assert_true(asprintf(&text, "{%.*s}", n, (const char *)(head + 1)) > 0);
	object = json_tokener_parse(text);
	if (!object)
		fail_msg("no JSON: %s", text);
	free(text);
	return object;
}

static inline const char *member_text(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("no member %s", key);
	return json_object_get_string(value);
}

static inline int64_t member_int(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("no member %s", key);
	assert_int_equal(json_object_get_type(value), json_type_int);
	return json_object_get_int64(value);
}

static inline bool member_true(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("no member %s", key);
	assert_int_equal(json_object_get_type(value), json_type_boolean);
	return json_object_get_boolean(value);
}

/* An init that does not read: nothing more can be sent to it. As the helper has it, it does not block. */
static inline void fixture_flood_init(struct fixture *f)
{
	const struct inner_signal body = { .signo = SIGWINCH };
	int r;

	assert_int_equal(fcntl(f->h.init_fd, F_SETFL, O_NONBLOCK), 0);
	do {
		r = channel_send(f->h.init_fd, (enum wire_type)INNER_SIGNAL, &body, sizeof(body), NULL, 0);
	} while (r == 0);
	assert_int_equal(r, -EAGAIN);
}

/* What the flood left is read; then the end. */
static inline void fixture_expect_end_of_flood(struct fixture *f)
{
	int r;

	do {
		message_done(&f->message);
		r = channel_receive_until(f->init, &f->message, io_now_usec() + 2000000);
		assert_false(r == 1 && f->message.head.type != INNER_SIGNAL);
	} while (r == 1);
	assert_int_equal(r, 0);
}

/* ---- attaches ---- */

static inline void fixture_listen(struct fixture *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (void *)&address, sizeof(address.sun_family)), 0);
	assert_int_equal(listen(fd, 100), 0);
	f->h.listen_fd = fd;
}

/* Connects as that uid; the kernel notes who it was. */
static inline int fixture_connect(struct fixture *f, uid_t uid)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	uid_t before = geteuid();

	assert_int_equal(getsockname(f->h.listen_fd, (void *)&address, &size), 0);
	if (uid != before)
		assert_int_equal(seteuid(uid), 0);
	assert_int_equal(connect(fd, (void *)&address, size), 0);
	if (uid != before)
		assert_int_equal(seteuid(before), 0);
	return fd;
}

#define FIXTURE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

#endif
