/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * latch - holds every exec of one file, after the kernel has begun with it, until its stdin ends.
 *
 * Usage: latch FILE   prints "ready", then "held" for the first exec; when it ends that goes on
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/fanotify.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct fanotify_event_metadata event;
	struct pollfd end = { STDIN_FILENO, POLLIN, 0 };
	int fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);

	if (argc != 2 || fd < 0 ||
	    fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM, AT_FDCWD, argv[1]) < 0) {
		perror("latch");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	if (read(fd, &event, sizeof(event)) != (ssize_t)sizeof(event)) {
		perror("latch");
		return 1;
	}
	puts("held");
	(void)poll(&end, 1, -1);
	return 0;	/* what is not answered is allowed */
}
