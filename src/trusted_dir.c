/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trusted_dir.h"

#include "io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

static int note(struct err *e, int num, const char *path, size_t length, const char *text)
{
	return err_set(e, num, "configuration", "%.*s %s", (int)length, path, text);
}

/* path[length] names what fd is. */
static int judge(int fd, mode_t type, const char *path, size_t length, struct stat *st, struct err *e)
{
	if (fstat(fd, st) < 0)
		return note(e, errno, path, length, "cannot be read");
	if (S_ISLNK(st->st_mode))
		return note(e, ELOOP, path, length, "is a symlink");
	if ((st->st_mode & S_IFMT) != type)
		return note(e, type == S_IFDIR ? ENOTDIR : EINVAL, path, length,
			    type == S_IFDIR ? "is no directory" : "is no regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return note(e, EPERM, path, length, "is not root's");
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return note(e, EPERM, path, length, "can be written by others than root");
	return 0;
}

/* The directory of that name, one component, in fd. whole[length] is its path. */
static int enter(int fd, const char *name, const char *whole, size_t length, struct err *e)
{
	_close_ int next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r;

	if (next < 0 && errno == ENOENT)
		return -ENOENT;
	if (next < 0)
		return note(e, errno, whole, length, "cannot be opened");
	r = judge(next, S_IFDIR, whole, length, &st, e);
	return r < 0 ? r : take_fd(&next);
}

/* Each component of whole behind its first `from` bytes, which dirfd is. */
static int walk(int dirfd, const char *whole, size_t from, struct err *e)
{
	_close_ int fd = -1;
	const char *at = whole + from;
	char name[NAME_MAX + 1];

	while (*(at += strspn(at, "/"))) {
		size_t length = strcspn(at, "/");
		int next;

		if (length > NAME_MAX)
			return note(e, ENAMETOOLONG, whole, strlen(whole), "is too long");
		memcpy(name, at, length);
		name[length] = 0;
		at += length;
		if (strcmp(name, "..") == 0)
			return note(e, EINVAL, whole, strlen(whole), "has a ..");
		next = enter(fd < 0 ? dirfd : fd, name, whole, (size_t)(at - whole), e);
		if (next < 0)
			return next;
		fd_close(&fd);
		fd = next;
	}
	return take_fd(&fd);
}

int trusted_dir_open(const char *path, struct err *e)
{
	_close_ int root = -1;
	struct stat st;
	int r;

	if (path[0] != '/')
		return note(e, EINVAL, path, strlen(path), "is no absolute path");
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return note(e, errno, "/", 1, "cannot be opened");
	r = judge(root, S_IFDIR, "/", 1, &st, e);
	if (r < 0)
		return r;
	return path[strspn(path, "/")] ? walk(root, path, 0, e) : take_fd(&root);
}

int trusted_dir_below(int dirfd, const char *path, const char *name, struct err *e)
{
	char whole[PATH_MAX];
	int n = snprintf(whole, sizeof(whole), "%s/%s", path, name);

	if (n >= (int)sizeof(whole))
		return note(e, ENAMETOOLONG, path, strlen(path), "is too long");
	if (!name[strspn(name, "/")])
		return note(e, EINVAL, whole, strlen(whole), "names nothing");
	return walk(dirfd, whole, strlen(path), e);
}

/* Reads size bytes, with room for one more, which must not come. */
static int read_exactly(int fd, char *text, size_t size)
{
	size_t n = 0;
	ssize_t r;

	do {
		r = read(fd, text + n, size + 1 - n);
		if (r < 0 && errno != EINTR)
			return -errno;
		n += r > 0 ? (size_t)r : 0;
	} while (r != 0 && n < size);
	return n == size ? 0 : -EAGAIN;
}

static int read_whole(int fd, const char *path, size_t size, char **ret_text, size_t *ret_size,
		      struct err *e)
{
	_free_ char *text = malloc(size + 1);
	int r;

	if (!text)
		return note(e, ENOMEM, path, strlen(path), "cannot be read");
	r = read_exactly(fd, text, size);
	if (r < 0)
		return note(e, -r, path, strlen(path),
			    r == -EAGAIN ? "changed while it was read" : "cannot be read");
	text[size] = 0;
	*ret_size = size;
	*ret_text = take_ptr(text);
	return 0;
}

int trusted_dir_read(int dirfd, const char *name, const char *path, size_t max, char **ret_text,
		     size_t *ret_size, struct err *e)
{
	/* O_NONBLOCK: nobody waits at a named pipe. */
	_close_ int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return note(e, errno, path, strlen(path),
			    errno == ELOOP ? "is a symlink" : "cannot be opened");
	r = judge(fd, S_IFREG, path, strlen(path), &st, e);
	if (r < 0)
		return r;
	if ((uint64_t)st.st_size > max)
		return note(e, EFBIG, path, strlen(path), "is too large");
	return read_whole(fd, path, (size_t)st.st_size, ret_text, ret_size, e);
}

static void directory_close(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t length = strlen(name), tail = strlen(suffix);

	return length > tail && strcmp(name + length - tail, suffix) == 0;
}

static int list_names(DIR *directory, const char *path, const char *suffix, uint32_t max,
		      struct text_list *list, struct err *e)
{
	const struct dirent *entry;

	while (errno = 0, (entry = readdir(directory))) {
		if (entry->d_name[0] == '.' || !ends_with(entry->d_name, suffix))
			continue;
		if (list->n >= max)
			return note(e, E2BIG, path, strlen(path), "holds too many files");
		if (text_list_add(list, entry->d_name) < 0)
			return note(e, ENOMEM, path, strlen(path), "cannot be read");
	}
	return errno ? note(e, errno, path, strlen(path), "cannot be read") : 0;
}

int trusted_dir_list(int dirfd, const char *path, const char *suffix, uint32_t max,
		     struct text_list *list, struct err *e)
{
	_close_ int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(directory_close) DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (!directory)
		return note(e, errno, path, strlen(path), "cannot be opened");
	(void)take_fd(&fd); /* the directory's own now */
	return list_names(directory, path, suffix, max, list, e);
}
