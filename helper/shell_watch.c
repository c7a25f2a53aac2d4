/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shell_watch.h"

#include "report.h"
#include "reshadow.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Renamed over, a file loses a link; the rest is for whoever replaces it otherwise. */
enum { EVENTS = IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_DONT_FOLLOW };

/* Our own mounts have no shadows: here the paths lead to the shells themselves. */
static int watch_all(const struct shell_watch *watch)
{
	for (uint32_t i = 0; i < watch->config.nshells; i++)
		if (inotify_add_watch(watch->fd, watch->config.shells[i], EVENTS) < 0 && errno != ENOENT)
			return -errno;
	return 0;
}

int shell_watch_begin(struct helper *h, const struct gate_config *config, struct err *e)
{
	struct shell_watch *watch = &h->shell_watch;
	int r;

	watch->config = *config;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0)
		return err_set(e, errno, "inotify_init1", "%s", "");
	r = watch_all(watch);
	return r < 0 ? err_set(e, -r, "inotify_add_watch", "the shells") : 0;
}

static bool is_shadowed(const struct gate_config *config, const char *shell)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
	};
	_close_ int fd = (int)syscall(SYS_openat2, config->root_fd, shell, &how, sizeof(how));
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == config->dev && st.st_ino == config->ino;
}

static void drain(int fd)
{
	_Alignas(struct inotify_event) char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		; /* which it was does not matter: each is looked at */
}

void shell_watch_handle(struct helper *h)
{
	const struct gate_config *config = &h->shell_watch.config;
	bool weak = false;

	drain(h->shell_watch.fd);
	(void)watch_all(&h->shell_watch); /* the new files, before they are looked at */
	for (uint32_t i = 0; i < config->nshells; i++)
		if (!is_shadowed(config, config->shells[i]) &&
		    reshadow(config, config->shells[i], &weak, NULL) == 0)
			report_reshadow(h, config->shells[i], weak);
}
