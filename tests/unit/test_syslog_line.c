/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lines to the system log: what they say, what is cut off, and where they go, in a /dev of our own.
 */
#include "world.h"

#include "helper/syslog_line.h"

#include <sys/socket.h>
#include <sys/un.h>

static void assert_line(const struct syslog_line *line, const char *want)
{
	assert_int_equal(line->n, strlen(want));
	assert_memory_equal(line->text, want, line->n);
}

static void test_fields(void **state)
{
	struct syslog_line line;

	(void)state;
	syslog_line_init(&line, SYSLOG_NOTICE, "gate.deny");
	assert_line(&line, "<85>swrap: gate.deny");
	syslog_line_field(&line, "user", "alice");
	syslog_line_field(&line, "rhost", "");
	syslog_line_field(&line, "service", "s\n<1>");
	syslog_line_add(&line, " more", 5);
	assert_line(&line, "<85>swrap: gate.deny user=alice service=s\\x0a<1> more");
	syslog_line_init(&line, SYSLOG_INFO, "session.start");
	assert_line(&line, "<86>swrap: session.start");
}

static void test_cut(void **state)
{
	struct syslog_line line;
	char text[SYSLOG_LINE_BYTES * 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	syslog_line_init(&line, SYSLOG_INFO, "step");
	syslog_line_add(&line, text, sizeof(text));
	assert_int_equal(line.n, SYSLOG_LINE_BYTES);
	syslog_line_field(&line, "user", "alice");
	syslog_line_add(&line, text, 1);
	assert_int_equal(line.n, SYSLOG_LINE_BYTES);
	assert_memory_equal(line.text, "<86>swrap: stepxxx", 18);
}

static int listen_at_dev_log(void)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	EXPECT(bind(fd, (const void *)&address, sizeof(address)) == 0);
	return fd;
}

static void send_lines(void *context)
{
	struct syslog_line line;
	char got[SYSLOG_LINE_BYTES];
	int fd = syslog_line_open(), log;

	(void)context;
	EXPECT(fd >= 0);
	world_tmpfs("/dev");
	syslog_line_init(&line, SYSLOG_INFO, "step");
	syslog_line_send(&line, fd); /* nobody is there */
	syslog_line_send(&line, -1);
	log = listen_at_dev_log();
	syslog_line_send(&line, fd);
	EXPECT(recv(log, got, sizeof(got), MSG_DONTWAIT) == (ssize_t)line.n);
	EXPECT(memcmp(got, line.text, line.n) == 0);
	for (int i = 0; i < 10000; i++) /* nobody reads: not one of them waits */
		syslog_line_send(&line, fd);
}

static void test_send(void **state)
{
	(void)state;
	NEEDS_ROOT();
	assert_int_equal(child_run_in(0, send_lines, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
