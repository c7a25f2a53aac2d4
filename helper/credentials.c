/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "credentials.h"

#include "mount_tree.h"
#include "place.h"

#include "../src/io.h"
#include "../src/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

enum { ATTRIBUTES = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

/* The id; *ret_path is what is behind the colon. NULL: malformed. */
static const char *split(const char *text, char id[NAME_MAX + 1], const char **ret_path)
{
	size_t n = strcspn(text, ":");

	if (n == 0 || n > NAME_MAX || text[n] != ':' || text[n + 1] != '/' || memchr(text, '/', n))
		return NULL;
	memcpy(id, text, n);
	id[n] = 0;
	*ret_path = text + n + 1;
	return strcmp(id, ".") == 0 || strcmp(id, "..") == 0 ? NULL : id;
}

int credential_check(const char *text, struct err *e)
{
	char id[NAME_MAX + 1];
	const char *path;

	return split(text, id, &path) ? 0 : err_set(e, EINVAL, "LoadCredential", "%.100s", text);
}

static int open_source(const char *path, struct err *e)
{
	_close_ int place = place_open_trusted(path, e);
	char name[64];
	struct stat st;
	int fd;

	if (place < 0)
		return place;
	if (fstat(place, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, EINVAL, "credential", "%s is no file", path);
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", place);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_set(e, errno, "open", "%s", path) : fd;
}

static int copy(int from, int to, const char *path, struct err *e)
{
	char buffer[16384];
	size_t left = CREDENTIAL_BYTES;
	ssize_t n;

	while ((n = read(from, buffer, sizeof(buffer))) > 0) {
		if ((size_t)n > left)
			return err_set(e, EFBIG, "credential", "%s", path);
		left -= (size_t)n;
		if (io_write_full(to, buffer, (size_t)n) < 0)
			return err_set(e, EIO, "credential", "%s", path);
	}
	return n < 0 ? err_set(e, errno, "read", "%s", path) : 0;
}

static int take_one(int tree, const struct identity *user, const char *text, struct err *e)
{
	char id[NAME_MAX + 1];
	const char *path;
	_close_ int from = -1, to = -1;

	if (!split(text, id, &path))
		return err_set(e, EINVAL, "LoadCredential", "%.100s", text);
	from = open_source(path, e);
	if (from < 0)
		return from;
	to = openat(tree, id, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0400);
	if (to < 0)
		return err_set(e, errno, "credential", "%s", id);
	if (copy(from, to, path, e) < 0)
		return -e->num;
	return fchmod(to, 0400) < 0 || fchown(to, user->uid, user->gid) < 0 ?
		       err_set(e, errno, "credential", "%s", id) : 0;
}

int credentials_take(const struct plan *plan, int *ret_tree, struct err *e)
{
	const struct text_list *list = &plan->profile->load_credential;
	const struct identity *user = plan->identity;
	_close_ int tree = -1;

	*ret_tree = -1;
	if (!list->n)
		return 0;
	tree = mount_new_tmpfs("0500", NULL, ATTRIBUTES, e);
	if (tree < 0)
		return tree;
	for (uint32_t i = 0; i < list->n; i++)
		if (take_one(tree, user, list->items[i], e) < 0)
			return -e->num;
	if (fchownat(tree, "", user->uid, user->gid, AT_EMPTY_PATH) < 0)
		return err_set(e, errno, "credential", "owner");
	*ret_tree = take_fd(&tree);
	return 0;
}

int credentials_place(int tree, struct err *e)
{
	if (tree < 0)
		return 0;
	if (mkdir(CREDENTIALS_DIR, 0500) < 0 || mount_attach_at(tree, CREDENTIALS_DIR) < 0)
		return err_set(e, errno, "mount", "%s", CREDENTIALS_DIR);
	return mount_attributes(tree, MOUNT_ATTR_RDONLY, 0, false, e);
}

static bool is_users(const char *path, const struct identity *user, mode_t mode)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_uid == user->uid && (st.st_mode & 07777) == mode &&
	       access(path, W_OK) < 0 && errno == EROFS;
}

int credentials_verify(const struct plan *plan, struct err *e)
{
	const struct text_list *list = &plan->profile->load_credential;
	char path[sizeof(CREDENTIALS_DIR) + NAME_MAX + 2], id[NAME_MAX + 1];
	const char *source;

	if (list->n && !is_users(CREDENTIALS_DIR, plan->identity, 0500))
		return err_set(e, EPERM, "credential", "%s is not the user's alone", CREDENTIALS_DIR);
	for (uint32_t i = 0; i < list->n; i++) {
		if (!split(list->items[i], id, &source))
			return err_set(e, EPERM, "credential", "%.100s", list->items[i]);
		(void)snprintf(path, sizeof(path), "%s/%s", CREDENTIALS_DIR, id);
		if (!is_users(path, plan->identity, 0400))
			return err_set(e, EPERM, "credential", "%s is not the user's alone", path);
	}
	return 0;
}
