/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/channel.h"
#include "src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct pair {
	int fds[2];
};

static int setup(void **state)
{
	struct pair *p = malloc(sizeof(*p));

	*state = p;
	return channel_pair(p->fds);
}

static int teardown(void **state)
{
	struct pair *p = *state;

	fd_close(&p->fds[0]);
	fd_close(&p->fds[1]);
	free(p);
	return 0;
}

static void test_send_receive(void **state)
{
	struct pair *p = *state;
	struct wire_signal body = { .signo = 15 };
	_message_ struct message m;

	assert_int_equal(channel_send(p->fds[0], WIRE_SIGNAL, &body, sizeof(body), NULL, 0), 0);
	assert_int_equal(channel_receive(p->fds[1], &m, 0), 1);
	assert_int_equal(m.head.type, WIRE_SIGNAL);
	assert_int_equal(((const struct wire_signal *)message_body(&m, sizeof(body)))->signo, 15);
	assert_null(message_body(&m, sizeof(body) + 1));
	assert_int_equal(m.nfds, 0);
}

static void test_fds_cross_close_on_exec(void **state)
{
	struct pair *p = *state;
	_message_ struct message m;
	int fds[2] = { p->fds[0], p->fds[1] }, taken;

	assert_int_equal(channel_send(p->fds[0], WIRE_GATE, NULL, 0, fds, 2), 0);
	assert_int_equal(channel_receive(p->fds[1], &m, 0), 1);
	assert_int_equal(m.nfds, 2);
	assert_true(fcntl(m.fds[0], F_GETFD) & FD_CLOEXEC);
	taken = message_take_fd(&m, 1);
	assert_true(taken >= 0);
	assert_int_equal(message_take_fd(&m, 1), -1);
	assert_int_equal(message_take_fd(&m, 2), -1);
	close(taken);
}

/* What is no message of ours is refused, and the descriptors that came with it are closed. */
static void test_receive_malformed(void **state)
{
	struct pair *p = *state;
	struct wire_header good = { WIRE_MAGIC, WIRE_VERSION, WIRE_CLOSE, 0, 0 }, bad;
	_message_ struct message m;

	bad = good;
	bad.magic ^= 1;
	send(p->fds[0], &bad, sizeof(bad), 0);
	assert_int_equal(channel_receive(p->fds[1], &m, 0), -EBADMSG);
	bad = good;
	bad.version++;
	send(p->fds[0], &bad, sizeof(bad), 0);
	assert_int_equal(channel_receive(p->fds[1], &m, 0), -EBADMSG);
	bad = good;
	bad.length = 1;
	send(p->fds[0], &bad, sizeof(bad), 0);
	assert_int_equal(channel_receive(p->fds[1], &m, 0), -EBADMSG);
	send(p->fds[0], &good, sizeof(good) - 1, 0);
	assert_int_equal(channel_receive(p->fds[1], &m, 0), -EBADMSG);
	send(p->fds[0], &good, sizeof(good), 0);
	assert_int_equal(channel_receive(p->fds[1], &m, 0), 1);
}

static void test_receive_oversized(void **state)
{
	struct pair *p = *state;
	_free_ char *big = calloc(1, WIRE_MAX_BYTES + 4096);
	_message_ struct message m;

	assert_int_equal(channel_send(p->fds[0], WIRE_GATE, big, WIRE_MAX_BYTES + 1, NULL, 0), -EMSGSIZE);
	assert_true(send(p->fds[0], big, WIRE_MAX_BYTES + 4096, 0) > 0);
	assert_int_equal(channel_receive(p->fds[1], &m, 0), -EBADMSG);
}

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static ssize_t send_with_fds(int sock, int nfds)
{
	struct wire_header head = { .magic = WIRE_MAGIC, .version = WIRE_VERSION };
	struct iovec part = { &head, sizeof(head) };
	char space[CMSG_SPACE(32 * sizeof(int))] = { 0 };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = space };
	struct cmsghdr *c;

	msg.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
	for (int i = 0; i < nfds; i++)
		memcpy(CMSG_DATA(c) + (size_t)i * sizeof(int), &sock, sizeof(sock));
	return sendmsg(sock, &msg, MSG_NOSIGNAL);
}

/* The message's own end is what lies behind its descriptors. */
static void test_receive_too_many_fds(void **state)
{
	struct pair *p = *state;
	int before = open_descriptors();

	for (int n = WIRE_MAX_FDS; n <= 32; n++) {
		_message_ struct message m;
		int want = n == WIRE_MAX_FDS ? 1 : -EBADMSG;

		assert_int_equal(send_with_fds(p->fds[0], n), sizeof(struct wire_header));
		assert_int_equal(channel_receive(p->fds[1], &m, 0), want);
		assert_int_equal(m.nfds, n == WIRE_MAX_FDS ? n : 0);
		assert_false(m.has_cred);
		message_done(&m);
		assert_int_equal(open_descriptors(), before);
	}
}

static void test_end_and_nothing(void **state)
{
	struct pair *p = *state;
	_message_ struct message m;

	assert_int_equal(channel_receive(p->fds[1], &m, MSG_DONTWAIT), -EAGAIN);
	assert_int_equal(channel_receive_until(p->fds[1], &m, io_now_usec() + 1000), -ETIMEDOUT);
	fd_close(&p->fds[0]);
	assert_int_equal(channel_receive(p->fds[1], &m, 0), 0);
	assert_int_equal(channel_send(p->fds[1], WIRE_CLOSE, NULL, 0, NULL, 0), -EPIPE);
}

/* Whoever refuses before it has read everything is still heard. */
static void test_last_words_before_a_reset(void **state)
{
	struct pair *p = *state;
	_message_ struct message m;

	assert_int_equal(channel_send(p->fds[0], WIRE_IDENTITY, NULL, 0, NULL, 0), 0);
	assert_int_equal(channel_send(p->fds[1], WIRE_REFUSED, NULL, 0, NULL, 0), 0);
	fd_close(&p->fds[1]);
	assert_int_equal(channel_receive(p->fds[0], &m, 0), 1);
	assert_int_equal(m.head.type, WIRE_REFUSED);
	assert_int_equal(channel_receive(p->fds[0], &m, 0), 0);
}

static void test_writer_reader(void **state)
{
	unsigned char buffer[32];
	struct wire_writer w;
	struct wire_reader r;
	char text[8];

	(void)state;
	writer_init(&w, buffer, sizeof(buffer));
	writer_u32(&w, 42);
	writer_text(&w, "abc");
	assert_true(writer_ok(&w));
	assert_int_equal(writer_length(&w), 8);
	reader_init(&r, buffer, writer_length(&w));
	assert_int_equal(reader_u32(&r), 42);
	assert_false(reader_ok(&r));
	reader_text(&r, text, sizeof(text));
	assert_string_equal(text, "abc");
	assert_true(reader_ok(&r));
	assert_int_equal(reader_u32(&r), 0);
	assert_false(reader_ok(&r));
}

static void test_reader_hostile(void **state)
{
	struct wire_reader r;
	char text[4] = "xyz";

	(void)state;
	reader_init(&r, "abcd", 4); /* no NUL */
	reader_text(&r, text, sizeof(text));
	assert_string_equal(text, "");
	assert_false(reader_ok(&r));
	reader_init(&r, "abcd", 5); /* too long for the field */
	reader_text(&r, text, sizeof(text));
	assert_string_equal(text, "");
	assert_false(reader_ok(&r));
}

static void test_writer_overflow(void **state)
{
	unsigned char buffer[5];
	struct wire_writer w;

	(void)state;
	writer_init(&w, buffer, sizeof(buffer));
	writer_u32(&w, 1);
	writer_text(&w, "a");
	assert_false(writer_ok(&w));
	assert_int_equal(writer_length(&w), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_send_receive, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fds_cross_close_on_exec, setup, teardown),
		cmocka_unit_test_setup_teardown(test_receive_malformed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_receive_oversized, setup, teardown),
		cmocka_unit_test_setup_teardown(test_receive_too_many_fds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_end_and_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_words_before_a_reset, setup, teardown),
		cmocka_unit_test(test_writer_reader),
		cmocka_unit_test(test_reader_hostile),
		cmocka_unit_test(test_writer_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
