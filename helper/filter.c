/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter.h"

#include "filter_data.h"

#include "../src/io.h"
#include "../src/num.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif

enum { STATUS_BYTES = 4096 };

const struct sock_fprog *filter_prebuilt(const char *spec)
{
	for (size_t i = 0; i < filter_prebuilts_n; i++)
		if (strcmp(filter_prebuilts[i].spec, spec) == 0)
			return &filter_prebuilts[i].program;
	return NULL;
}

const struct sock_fprog *filter_supervisor(void)
{
	return &filter_supervisor_data;
}

/* A number of the status file, which ends at the line's end. 0, or -EPROTO when it is not there. */
static int status_number(const char *status, const char *key, uint64_t *ret)
{
	const char *value = io_status_field(status, key);
	char digits[NUM_TEXT_BYTES];
	size_t n;

	if (!value)
		return -EPROTO;
	n = strcspn(value, "\n");
	if (n >= sizeof(digits))
		return -EPROTO;
	memcpy(digits, value, n);
	digits[n] = 0;
	return num_parse_u64(digits, 0, UINT64_MAX, ret) < 0 ? -EPROTO : 0;
}

/* How many filters the kernel says are in force for this thread. */
static int count_filters(uint64_t *ret_n, struct err *e)
{
	char status[STATUS_BYTES];
	ssize_t n = io_read_file(AT_FDCWD, "/proc/thread-self/status", status, sizeof(status));
	uint64_t mode;

	if (n < 0)
		return err_set(e, (int)-n, "open", "/proc/thread-self/status");
	if (status_number(status, "Seccomp", &mode) < 0 ||
	    status_number(status, "Seccomp_filters", ret_n) < 0)
		return err_set(e, EPROTO, "status", "has no Seccomp fields");
	if (*ret_n > 0 && mode != SECCOMP_MODE_FILTER)
		return err_set(e, EPROTO, "status", "Seccomp %llu", (unsigned long long)mode);
	return 0;
}

static int load(const struct sock_fprog *program, unsigned long flags)
{
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);

	return r < 0 ? -errno : (int)r;
}

/* Without WAIT_KILLABLE_RECV a signal may void a received notification, which then comes again. */
static int load_listener(const struct sock_fprog *program, bool *ret_killable)
{
	int fd = load(program, SECCOMP_FILTER_FLAG_NEW_LISTENER |
			       SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);

	*ret_killable = fd >= 0;
	return fd == -EINVAL ? load(program, SECCOMP_FILTER_FLAG_NEW_LISTENER) : fd;
}

static int check_loaded(uint64_t before, struct err *e)
{
	uint64_t after;
	int r = count_filters(&after, e);

	if (r < 0)
		return r;
	if (after != before + 1)
		return err_set(e, EPROTO, "seccomp", "%llu filters in force, expected %llu",
			       (unsigned long long)after, (unsigned long long)before + 1);
	return 0;
}

/*
 * A listener exists only for a filter that is in force; the kernel knows no notification 0 of it.
 * Cheaper at every login than reading the status file twice.
 */
static int check_listener(int fd, struct err *e)
{
	uint64_t none = 0;

	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &none) == 0 || errno != ENOENT)
		return err_set(e, EPROTO, "seccomp", "no listener came back");
	return 0;
}

static int load_with_listener(const struct sock_fprog *program, bool *ret_killable, struct err *e)
{
	bool killable;
	_close_ int fd = load_listener(program, &killable); /* the kernel makes it close-on-exec */
	int r;

	if (fd < 0)
		return err_set(e, -fd, "seccomp", "with a listener");
	r = check_listener(fd, e);
	if (r < 0)
		return r;
	if (ret_killable)
		*ret_killable = killable;
	return take_fd(&fd);
}

int filter_load(const struct sock_fprog *program, bool listener, bool *ret_killable, struct err *e)
{
	uint64_t before;
	int r;

	if (listener)
		return load_with_listener(program, ret_killable, e);
	r = count_filters(&before, e);
	if (r < 0)
		return r;
	r = load(program, 0);
	return r < 0 ? err_set(e, -r, "seccomp", "%s", "") : check_loaded(before, e);
}

int filter_load_all_threads(const struct sock_fprog *program, struct err *e)
{
	uint64_t before;
	int r = count_filters(&before, e);

	if (r < 0)
		return r;
	r = load(program, SECCOMP_FILTER_FLAG_TSYNC);
	if (r > 0) /* the thread that could not follow; nothing was loaded */
		return err_set(e, ESRCH, "seccomp", "thread %d has another filter", r);
	if (r < 0)
		return err_set(e, -r, "seccomp", "all threads");
	return check_loaded(before, e);
}
