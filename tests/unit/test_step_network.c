/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A loopback that answers, and a namespace that is joined by path only where nobody else could have
 * put another in its place.
 */
#include "child.h"

#include "helper/step.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct fixture {
	struct plan plan;
	struct step_context context;
	struct stat joined;	/* the namespace that is there to be joined */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->context.plan = &f->plan;
	step_note_host_namespaces(&f->context, UINT64_MAX);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

/* ---- one of its own ---- */

/* 0 when what was sent to 127.0.0.1 came back; nothing listens there but ourselves. */
static int talk_to_loopback(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(4711) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char byte = 'x';
	int r = 0;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (void *)&address, sizeof(address)) < 0 ||
	    sendto(fd, &byte, 1, 0, (void *)&address, sizeof(address)) != 1 ||
	    recv(fd, &byte, 1, MSG_DONTWAIT) != 1)
		r = -errno;
	(void)close(fd);
	return r;
}

static void loopback(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	EXPECT(talk_to_loopback() == -ENETUNREACH);
	EXPECT(verify_network_namespace(&f->context, &e) == -ENETDOWN);
	e.num = 0;
	EXPECT(apply_network_namespace(&f->context, &e) == 0);
	EXPECT(verify_network_namespace(&f->context, &e) == 0);
	EXPECT(talk_to_loopback() == 0);
}

static void loopback_as_user(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	EXPECT(setresuid(1, 1, 1) == 0);
	EXPECT(apply_network_namespace(&f->context, &e) == -EPERM);
}

static void test_loopback(void **state)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNET, loopback, *state), 0);
	assert_int_equal(child_run_in(CLONE_NEWNET, loopback_as_user, *state), 0);
}

/* ---- one that is joined ---- */

static void bind_namespace(const char *name, const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0444);

	EXPECT(fd >= 0);
	(void)close(fd);
	EXPECT(mount(name, path, NULL, MS_BIND, NULL) == 0);
}

/* In a world of its own: /mnt/netns/NAME as ip-netns(8) makes them. Leaves us in the machine's network. */
static void make_namespaces(struct fixture *f)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	EXPECT(mount("none", "/mnt", "tmpfs", 0, "mode=0755") == 0);
	EXPECT(mkdir("/mnt/netns", 0755) == 0 && mkdir("/mnt/open", 0777) == 0);
	EXPECT(chmod("/mnt/open", 0777) == 0);
	EXPECT(unshare(CLONE_NEWNET) == 0);
	EXPECT(stat("/proc/self/ns/net", &f->joined) == 0);
	bind_namespace("/proc/self/ns/net", "/mnt/netns/given");
	bind_namespace("/proc/self/ns/net", "/mnt/open/given");
	bind_namespace("/proc/self/ns/uts", "/mnt/netns/uts");
	EXPECT(setns(own, CLONE_NEWNET) == 0);
	bind_namespace("/proc/self/ns/net", "/mnt/netns/host");
	EXPECT(symlink("given", "/mnt/netns/link") == 0 && symlink("netns", "/mnt/dir-link") == 0);
	EXPECT(mkfifo("/mnt/netns/pipe", 0644) == 0 && mkdir("/mnt/netns/dir", 0755) == 0);
}

static void join(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };
	struct stat now;

	make_namespaces(f);
	f->plan.network_namespace_path = "/mnt/netns/given";
	EXPECT(verify_network_namespace(&f->context, &e) == -EPERM);
	e.num = 0;
	EXPECT(apply_network_namespace(&f->context, &e) == 0);
	EXPECT(verify_network_namespace(&f->context, &e) == 0);
	EXPECT(stat("/proc/self/ns/net", &now) == 0 && now.st_ino == f->joined.st_ino);
	/* Another one than the host's, but not this one. */
	EXPECT(unshare(CLONE_NEWNET) == 0);
	EXPECT(verify_network_namespace(&f->context, &e) == -EPERM);
	EXPECT(strstr(e.about, "net is not /mnt/netns/given"));
}

static const struct refusal {
	const char *path;
	int error;
} refusals[] = {
	{ "/mnt/netns/none", -ENOENT },	   { "/mnt/netns/link", -ELOOP },
	{ "/mnt/dir-link/given", -ELOOP }, { "/mnt/netns/uts", -EINVAL },
	{ "/mnt/netns/dir", -EINVAL },	   { "/mnt/open/given", -EPERM },
	{ "/proc/self/ns/net", -ELOOP },   { "mnt/netns/given", -EINVAL },
	{ "/dev/null", -EINVAL },	   { "", -EINVAL },
};

static void refuse(void *context)
{
	struct fixture *f = context;

	make_namespaces(f);
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct stat before, after;

		EXPECT(stat("/proc/self/ns/net", &before) == 0);
		f->plan.network_namespace_path = refusals[i].path;
		if (apply_network_namespace(&f->context, NULL) != refusals[i].error)
			(void)dprintf(2, "%s: not %d\n", refusals[i].path, refusals[i].error);
		EXPECT(apply_network_namespace(&f->context, NULL) == refusals[i].error);
		EXPECT(stat("/proc/self/ns/net", &after) == 0 && before.st_ino == after.st_ino);
	}
}

/* A name for the host's own network is no way to have it. */
static void join_the_host(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	make_namespaces(f);
	f->plan.network_namespace_path = "/mnt/netns/host";
	EXPECT(apply_network_namespace(&f->context, &e) == 0);
	EXPECT(verify_network_namespace(&f->context, &e) == -EPERM);
	EXPECT(strstr(e.about, "net is the host's"));
}

static void test_join(void **state)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(0, join, *state), 0);
	assert_int_equal(child_run_in(0, refuse, *state), 0);
	assert_int_equal(child_run_in(0, join_the_host, *state), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_loopback), TEST(test_join) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
