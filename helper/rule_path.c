/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rule_path.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LINKS = 40 };

struct walk {
	uid_t user;
	int links;
	int fd;			/* where we are: a directory, or at the end anything */
	char rest[2 * PATH_MAX];
};

static int go_to_root(struct walk *w)
{
	fd_close(&w->fd);
	w->fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return w->fd < 0 ? -errno : 0;
}

/* Takes the first component off the rest; false at the end. */
static bool next_name(struct walk *w, char name[NAME_MAX + 1])
{
	size_t start = strspn(w->rest, "/"), n = strcspn(w->rest + start, "/");

	if (n == 0 || n > NAME_MAX)
		return false;
	memcpy(name, w->rest + start, n);
	name[n] = 0;
	memmove(w->rest, w->rest + start + n, strlen(w->rest + start + n) + 1);
	return true;
}

/*
 * The kernel is asked, since an access list may give what the mode does not show. Root may write
 * everywhere: for it, what only root could have made.
 */
static bool may_have_made(const struct walk *w, const struct stat *link)
{
	struct stat dir;

	if (fstat(w->fd, &dir) < 0)
		return true;
	if (w->user == 0)
		return link->st_uid != 0 || dir.st_uid != 0 || (dir.st_mode & 022);
	return link->st_uid == w->user || dir.st_uid == w->user ||
	       faccessat(w->fd, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) == 0;
}

static int follow(struct walk *w, int link_fd, const struct stat *link)
{
	char text[2 * PATH_MAX];
	ssize_t n;

	if (++w->links > LINKS || may_have_made(w, link))
		return -ELOOP;
	n = readlinkat(link_fd, "", text, PATH_MAX);
	if (n < 0)
		return -errno;
	if (n == 0 || n == PATH_MAX || (size_t)n + strlen(w->rest) >= sizeof(text))
		return -ENAMETOOLONG;
	(void)strcpy(text + n, w->rest); /* empty, or it begins with a slash */
	memcpy(w->rest, text, strlen(text) + 1);
	return text[0] == '/' ? go_to_root(w) : 0;
}

static int step_to(struct walk *w, const char *name)
{
	_close_ int next = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (next < 0 || fstat(next, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return follow(w, next, &st);
	fd_close(&w->fd);
	w->fd = take_fd(&next);
	return 0;
}

static int walk_all(struct walk *w)
{
	char name[NAME_MAX + 1];
	int r = go_to_root(w);

	while (r == 0 && next_name(w, name))
		r = step_to(w, name);
	if (r == 0 && strspn(w->rest, "/") != strlen(w->rest))
		r = -ENAMETOOLONG;
	return r;
}

int rule_path_open(const char *path, uid_t user, struct err *e)
{
	struct walk w = { .user = user, .fd = -1 };
	int r;

	if (path[0] != '/')
		return err_set(e, EINVAL, "path", "%.80s is not absolute", path);
	if (strlen(path) >= PATH_MAX)
		return err_set(e, ENAMETOOLONG, "path", "%.80s", path);
	(void)strcpy(w.rest, path);
	r = walk_all(&w);
	if (r < 0) {
		fd_close(&w.fd);
		return err_set(e, -r, "open", "%.80s", path);
	}
	return w.fd;
}
