/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup_tree.h"

#include "attr.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

int cgroup_tree_mount(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		_close_ int fd = open(mounts[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		struct statfs fs;

		if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return take_fd(&fd);
	}
	return -ENOTSUP;
}

int cgroup_tree_open(int mount, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long fd;

	while (*path == '/')
		path++;
	fd = syscall(SYS_openat2, mount, *path ? path : ".", &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

int cgroup_tree_path(pid_t pid, char *path, size_t size)
{
	char name[64] = "/proc/self/cgroup", text[PATH_MAX + 1024], *line;
	ssize_t n;

	if (pid)
		(void)snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	n = io_read_file(AT_FDCWD, name, text, sizeof(text));
	if (n < 0)
		return (int)n;
	line = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");
	if (!line)
		return -ENOTSUP;
	line = strchr(line, '/');
	if (strcspn(line, "\n") >= size)
		return -ENOTSUP;
	(void)snprintf(path, size, "%.*s", (int)strcspn(line, "\n"), line);
	return 0;
}
