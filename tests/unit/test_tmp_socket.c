/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an attach may wish for, and which socket the helper takes. That a mount follows is seen by real
 * logins: here there may be no right to make one.
 */
#include "unit.h"

#include "helper/tmp_socket.h"

#include "../../src/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int wishes(const char *text, size_t size, uint32_t argc, uint32_t envc, struct inner_socket *ret)
{
	memset(ret, 0, TMP_SOCKET_KINDS * sizeof(*ret));
	return tmp_socket_wishes(text, size, argc, envc, ret);
}

static void test_both_are_found(void **state)
{
	static const char text[] = "-bash\0HOME=/\0SSH_AUTH_SOCK=/tmp/ssh-aBc/agent.12\0DISPLAY=:7.1\0";
	struct inner_socket found[TMP_SOCKET_KINDS];

	(void)state;
	assert_int_equal(wishes(text, sizeof(text) - 1, 1, 3, found), 2);
	assert_string_equal(found[0].dir, "ssh-aBc");
	assert_string_equal(found[0].name, "agent.12");
	assert_string_equal(found[1].dir, ".X11-unix");
	assert_string_equal(found[1].name, "X7");
}

static void test_arguments_are_no_wishes(void **state)
{
	static const char text[] = "DISPLAY=:1\0HOME=/\0DISPLAY=unix:2\0DISPLAY=:3";
	struct inner_socket found[TMP_SOCKET_KINDS];

	(void)state;
	assert_int_equal(wishes(text, sizeof(text), 1, 9, found), 1);
	assert_string_equal(found[0].name, "X2");
	assert_int_equal(wishes(text, sizeof(text), UINT32_MAX, UINT32_MAX, found), 0);
	assert_int_equal(wishes(text, 4, 0, 1, found), 0);
}

static void test_other_places_are_not(void **state)
{
	static const char *const others[] = {
		"SSH_AUTH_SOCK=/tmp/tmux-1000/default", "SSH_AUTH_SOCK=/tmp/ssh-a/other",
		"SSH_AUTH_SOCK=/tmp/ssh-a/b/agent.1", "SSH_AUTH_SOCK=/tmp/ssh-a/agent.1/x",
		"SSH_AUTH_SOCK=/tmp/../tmp/ssh-a/agent.1", "SSH_AUTH_SOCK=/run/user/1/ssh-a/agent.1",
		"SSH_AUTH_SOCK=/tmp/ssh-a", "SSH_AUTH_SOCK=/tmp/ssh-", "SSH_AUTH_SOCK=",
		"SSH_AUTH_SOCK=/tmp/ssh-a/agent.0123456789012345678901234567890123456789012345678901234567",
		"DISPLAY=localhost:10.0", "DISPLAY=:", "DISPLAY=:x", "DISPLAY=:1/../2", "DISPLAY=:123456",
	};
	struct inner_socket found[TMP_SOCKET_KINDS];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(wishes(others[i], strlen(others[i]) + 1, 0, 1, found), 0);
}

/* ---- which socket ---- */

static int make_tmp(void **state)
{
	char *path = strdup("/tmp/test_tmp_socket.XXXXXX");

	*state = path;
	return path && mkdtemp(path) ? 0 : -1;
}

static int remove_tmp(void **state)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
	free(*state);
	return system(command);
}

static void make_socket(const char *tmp, const char *dir, mode_t mode, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_close_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char path[80];

	(void)snprintf(path, sizeof(path), "%s/%s", tmp, dir);
	assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", path, name);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int open_it(void **state, const char *dir, const char *name, uid_t uid)
{
	_close_ int tmp = open(*state, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct inner_socket place = { 0 };
	_close_ int tree = -1;
	struct err e = { 0 };

	(void)snprintf(place.dir, sizeof(place.dir), "%s", dir);
	(void)snprintf(place.name, sizeof(place.name), "%s", name);
	tree = tmp_socket_open(tmp, &place, uid, &e);
	/* Past the judgement there may be no right to clone a mount: that is another failure. */
	return tree >= 0 || strcmp(e.what, "open_tree") == 0 ? 0 : tree;
}

static void test_the_users_socket_is_taken(void **state)
{
	make_socket(*state, "ssh-a", 0700, "agent.1");
	assert_int_equal(open_it(state, "ssh-a", "agent.1", getuid()), 0);
}

static void test_what_others_could_have_made_is_not(void **state)
{
	make_socket(*state, "ssh-a", 0700, "agent.1");
	assert_int_equal(open_it(state, "ssh-a", "agent.1", getuid() + 1), -EPERM);
	assert_int_equal(open_it(state, "ssh-a", "agent.2", getuid()), -ENOENT);
	make_socket(*state, "ssh-b", 0755, "agent.1");
	assert_int_equal(open_it(state, "ssh-b", "agent.1", getuid()), -EPERM);
}

static void test_no_file_and_no_symlink(void **state)
{
	char path[80];

	make_socket(*state, "ssh-a", 0700, "agent.1");
	(void)snprintf(path, sizeof(path), "%s/ssh-l", (char *)*state);
	assert_int_equal(symlink("ssh-a", path), 0);
	assert_int_equal(open_it(state, "ssh-l", "agent.1", getuid()), -ELOOP);
	(void)snprintf(path, sizeof(path), "%s/ssh-a/agent.2", (char *)*state);
	assert_int_equal(symlink("agent.1", path), 0);
	assert_int_not_equal(open_it(state, "ssh-a", "agent.2", getuid()), 0);
	(void)snprintf(path, sizeof(path), "%s/ssh-a/agent.3", (char *)*state);
	assert_int_equal(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	assert_int_equal(open_it(state, "ssh-a", "agent.3", getuid()), -EPERM);
	assert_int_equal(open_it(state, "..", "agent.1", getuid()), -EXDEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_are_found),
		cmocka_unit_test(test_arguments_are_no_wishes),
		cmocka_unit_test(test_other_places_are_not),
		cmocka_unit_test_setup_teardown(test_the_users_socket_is_taken, make_tmp, remove_tmp),
		cmocka_unit_test_setup_teardown(test_what_others_could_have_made_is_not, make_tmp, remove_tmp),
		cmocka_unit_test_setup_teardown(test_no_file_and_no_symlink, make_tmp, remove_tmp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
