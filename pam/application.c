/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "application.h"

#include "../src/io.h"
#include "../src/num.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/utsname.h>

/* The Groups line alone can take 720 kB (65536 groups); as a rule all of it fits into a page. */
enum { USUAL_BYTES = 4096, STATUS_BYTES = 1024 * 1024 };

static int read_number(const char *status, const char *key, int base, uint64_t *ret, struct err *e)
{
	const char *value = io_status_field(status, key);
	char text[NUM_TEXT_BYTES];
	size_t length = value ? strcspn(value, " \t\n") : 0;

	if (length == 0 || length >= sizeof(text))
		return err_set(e, EPROTO, "/proc/thread-self/status", "%s", key);
	memcpy(text, value, length);
	text[length] = 0;
	if (num_parse_base(text, base, UINT64_MAX, ret) < 0)
		return err_set(e, EPROTO, "/proc/thread-self/status", "%s", key);
	return 0;
}

static int parse(const char *status, struct application *ret, struct err *e)
{
	struct application app = { 0 };

	if (read_number(status, "Threads", 10, &app.threads, e) < 0 ||
	    read_number(status, "TracerPid", 10, &app.tracer, e) < 0 ||
	    read_number(status, "FDSize", 10, &app.fd_size, e) < 0 ||
	    read_number(status, "CapEff", 16, &app.effective, e) < 0 ||
	    read_number(status, "Seccomp", 10, &app.seccomp, e) < 0)
		return -EPROTO;
	*ret = app;
	return 0;
}

int application_read(struct application *ret, struct err *e)
{
	static const char path[] = "/proc/thread-self/status";
	_free_ char *large = NULL;
	char usual[USUAL_BYTES];
	ssize_t n = io_read_file(AT_FDCWD, path, usual, sizeof(usual));

	if (n == -EFBIG) {
		large = malloc(STATUS_BYTES);
		if (!large)
			return err_set(e, ENOMEM, "malloc", "status");
		n = io_read_file(AT_FDCWD, path, large, STATUS_BYTES);
	}
	if (n < 0)
		return err_set(e, (int)-n, "read", "%s", path);
	return parse(large ? large : usual, ret, e);
}

bool application_kernel_suffices(const char *release)
{
	uint64_t major, minor;

	if (num_take_u64(&release, UINT32_MAX, &major) < 0 || *release++ != '.' ||
	    num_take_u64(&release, UINT32_MAX, &minor) < 0)
		return false;
	return major > 5 || (major == 5 && minor >= 14);
}

int application_check(const struct application *app, struct err *e)
{
	struct utsname name;

	if (uname(&name) < 0)
		return err_set(e, errno, "uname", "%s", "");
	if (!application_kernel_suffices(name.release))
		return err_set(e, ENOSYS, "kernel", "%s is older than 5.14", name.release);
	if (app->threads != 1)
		return err_set(e, EBUSY, "application", "has %llu threads",
			       (unsigned long long)app->threads);
	if (app->tracer != 0)
		return err_set(e, EPERM, "untraceable", "application is traced by pid %llu",
			       (unsigned long long)app->tracer);
	return 0;
}

void application_raise_fds(struct rlimit *saved)
{
	struct rlimit raised;

	if (getrlimit(RLIMIT_NOFILE, saved) < 0)
		*saved = (struct rlimit){ 0 };
	raised = *saved;
	raised.rlim_cur = raised.rlim_max;
	/* On failure the limit stays what it was, and what does not fit into it fails by name. */
	if (raised.rlim_max != 0)
		(void)setrlimit(RLIMIT_NOFILE, &raised);
}

void application_restore_fds(const struct rlimit *saved)
{
	/* A hard limit of 0 marks a failed getrlimit: then nothing was raised. */
	if (saved->rlim_max != 0)
		(void)setrlimit(RLIMIT_NOFILE, saved); /* lowering the soft limit cannot fail */
}

bool application_is_filtered(const struct application *app)
{
	return app->seccomp == SECCOMP_MODE_FILTER;
}

bool application_has_capability(const struct application *app, int capability)
{
	return app->effective & (UINT64_C(1) << capability);
}
