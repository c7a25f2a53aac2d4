/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trusted.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

static int check_directory(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "fstat", "a directory of %s", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ENOTDIR, "open", "%s", path);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(e, EPERM, "owner and mode", "a directory of %s", path);
	return 0;
}

int trusted_open(const char *path, struct err *e)
{
	_close_ int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1];
	const char *at = path;

	if (fd < 0)
		return err_set(e, errno, "open", "/");
	while (*(at += strspn(at, "/"))) {
		size_t length = strcspn(at, "/");
		int next, r;

		r = check_directory(fd, path, e);
		if (r < 0)
			return r;
		if (length >= sizeof(name))
			return err_set(e, ENAMETOOLONG, "open", "%s", path);
		memcpy(name, at, length);
		name[length] = 0;
		next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return err_set(e, errno, "open", "%s", path);
		fd_close(&fd);
		fd = next;
		at += length;
	}
	return take_fd(&fd);
}

int trusted_open_file(const char *path, struct stat *ret_st, struct err *e)
{
	_close_ int fd = trusted_open(path, e);
	int r;

	if (fd < 0)
		return fd;
	r = io_check_owner(fd, 0);
	if (r < 0)
		return err_set(e, -r, "owner and mode", "%s", path);
	if (fstat(fd, ret_st) < 0)
		return err_set(e, errno, "fstat", "%s", path);
	return take_fd(&fd);
}
