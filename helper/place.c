/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { LINKS = 40 };

bool place_is_absent(int error)
{
	return error == -ENOENT || error == -ENOTDIR;
}

static int open_without_links(const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* ---- with links ---- */

struct walk {
	int at;			/* owned: O_PATH of where we are */
	bool trusted;		/* nobody but root could have made what is in it, or led here */
	int links;
	char rest[PATH_MAX];	/* what is still to be walked */
};

static void walk_done(struct walk *w)
{
	fd_close(&w->at);
}
#define _walk_ _cleanup_(walk_done)

/* A name in a sticky directory stays who made it: its owner is looked at, too. */
static bool is_roots(const struct stat *dir)
{
	return dir->st_uid == 0 && (!(dir->st_mode & (S_IWGRP | S_IWOTH)) || (dir->st_mode & S_ISVTX));
}

static int enter_root(struct walk *w)
{
	struct stat st;

	fd_close(&w->at);
	w->at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->at < 0 || fstat(w->at, &st) < 0)
		return -errno;
	w->trusted = is_roots(&st);
	return 0;
}

/* The next name, NUL-terminated in w->rest; *ret_after is what comes behind it. NULL: none is left. */
static char *next_name(struct walk *w, char **ret_after)
{
	char *name = w->rest + strspn(w->rest, "/");
	char *end = name + strcspn(name, "/");

	*ret_after = *end ? end + 1 : end;
	*end = 0;
	return *name ? name : NULL;
}

/* Puts the link's text before the rest. */
static int follow(struct walk *w, int link, const char *after)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(link, "", text, sizeof(text) - 1);
	size_t left = strlen(after);

	if (n < 0)
		return -errno;
	if (++w->links > LINKS)
		return -ELOOP;
	if ((size_t)n + left + 2 > sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(w->rest + n + 1, after, left + 1);
	memcpy(w->rest, text, (size_t)n);
	w->rest[n] = '/';
	return text[0] == '/' ? enter_root(w) : 0;
}

static int step_to(struct walk *w, const char *name, char *after)
{
	_close_ int fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool known;

	if (fd < 0)
		return -errno;
	known = fstat(fd, &st) == 0; /* EACCES: another's FUSE */
	if (known && S_ISLNK(st.st_mode))
		return w->trusted && st.st_uid == 0 ? follow(w, fd, after) : -ELOOP;
	w->trusted = w->trusted && known && is_roots(&st);
	fd_close(&w->at);
	w->at = take_fd(&fd);
	memmove(w->rest, after, strlen(after) + 1);
	return 0;
}

static bool is_root(int fd)
{
	struct stat st, root;

	return fstat(fd, &st) == 0 && stat("/", &root) == 0 && st.st_dev == root.st_dev &&
	       st.st_ino == root.st_ino;
}

static int open_with_links(const char *path, bool *ret_trusted)
{
	_walk_ struct walk w = { .at = -1 };
	char *name, *after;
	int r = strlen(path) < sizeof(w.rest) ? enter_root(&w) : -ENAMETOOLONG;

	if (r < 0)
		return r;
	strcpy(w.rest, path);
	while (r == 0 && (name = next_name(&w, &after)))
		r = step_to(&w, name, after);
	if (r < 0)
		return r;
	*ret_trusted = w.trusted;
	/* A copy of / would lie beside all masks, as "/..". */
	return is_root(w.at) ? -ELOOP : take_fd(&w.at);
}

int place_open(const char *path, struct err *e)
{
	int r = open_without_links(path);
	bool trusted;

	if (r == -ELOOP)
		r = open_with_links(path, &trusted);
	return r < 0 ? err_set(e, -r, "open", "%s", path) : r;
}

int place_open_trusted(const char *path, struct err *e)
{
	bool trusted = false;
	_close_ int fd = open_with_links(path, &trusted);

	if (fd < 0)
		return err_set(e, -fd, "open", "%s", path);
	return trusted ? take_fd(&fd) : err_set(e, EPERM, "open", "%s is not root's alone", path);
}

/* ---- a place that is missing ---- */

static int make(const char *path, bool directory, struct err *e)
{
	char at[PATH_MAX];
	_close_ int fd = -1;

	if (strlen(path) >= sizeof(at))
		return err_set(e, ENAMETOOLONG, "mkdir", "%s", path);
	strcpy(at, path);
	for (char *slash = strchr(at + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(at, 0755) < 0 && errno != EEXIST)
			return err_set(e, errno, "mkdir", "%s", at);
		*slash = '/';
	}
	if (directory)
		return mkdir(at, 0755) < 0 && errno != EEXIST ? err_set(e, errno, "mkdir", "%s", at) : 0;
	fd = open(at, O_CREAT | O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0444);
	return fd < 0 ? err_set(e, errno, "open", "%s", at) : 0;
}

int place_make(const char *path, bool directory, struct err *e)
{
	mode_t mask = umask(022);
	int r = make(path, directory, e);

	(void)umask(mask);
	return r;
}
