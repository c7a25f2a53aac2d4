/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mounts.h"

#include "../src/io.h"
#include "../src/mount_query.h"
#include "../src/num.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Since 5.15; the headers of Linux 5.14 do not have it. */
#ifndef MOVE_MOUNT_SET_GROUP
#define MOVE_MOUNT_SET_GROUP 0x00000100
#endif

static long set_group(int from, int to)
{
	return syscall(SYS_move_mount, from, "", to, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH | MOVE_MOUNT_SET_GROUP);
}

enum mounts_mode mounts_best_mode(void)
{
	/*
	 * An unknown flag is EINVAL before the descriptors are looked at; a known one gets to
	 * EBADF.
	 */
	return set_group(-1, -1) < 0 && errno == EBADF ? MOUNTS_REJOIN : MOUNTS_SLAVE;
}

static int mount_id(int fd, uint64_t *ret_id, bool *ret_is_root)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0)
		return -errno;
	if (!(stx.stx_mask & STATX_MNT_ID))
		return -ENOSYS;
	*ret_id = stx.stx_mnt_id;
	*ret_is_root = stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return 0;
}

/* Opens path and says where it is. Returns the descriptor or -errno. */
static int open_place(const char *path, uint64_t *ret_id, bool *ret_is_root)
{
	_close_ int fd = io_open_nolinks(path, O_PATH);
	int r;

	if (fd < 0)
		return fd;
	r = mount_id(fd, ret_id, ret_is_root);
	return r < 0 ? r : take_fd(&fd);
}

static void cut_last_component(char *path)
{
	char *slash = strrchr(path, '/');

	slash[slash == path ? 1 : 0] = 0;
}

/* Shortens path until it is the root of the mount it was in. Returns it open, or -errno. */
static int open_mount_root(char *path, uint64_t *ret_id)
{
	uint64_t id, at;
	bool is_root;
	_close_ int fd = open_place(path, &id, &is_root);

	while (fd >= 0 && !is_root) {
		/* A process in a chroot may have no mount root in sight. */
		if (strcmp(path, "/") == 0)
			return -EXDEV;
		cut_last_component(path);
		fd_close(&fd);
		fd = open_place(path, &at, &is_root);
		if (fd >= 0 && at != id)
			return -EXDEV;
	}
	if (fd >= 0)
		*ret_id = id;
	return take_fd(&fd);
}

static bool is_noted(const struct mount_list *list, uint64_t id)
{
	for (unsigned int i = 0; i < list->n; i++) {
		if (list->items[i].id == id)
			return true;
	}
	return false;
}

int mounts_note(struct mount_list *list, const char *path, struct err *e)
{
	_free_ char *root = strdup(path);
	_close_ int fd = -1;
	uint64_t id;

	if (!root)
		return err_set(e, ENOMEM, "strdup", "%s", path);
	fd = open_mount_root(root, &id);
	if (fd < 0)
		return err_set(e, -fd, "mount root", "of %s", path);
	if (is_noted(list, id))
		return 0;
	if (list->n == MOUNTS_MAX)
		return err_set(e, E2BIG, "mounts", "more than %d below the shells", MOUNTS_MAX);
	list->items[list->n++] = (struct mount_place){
		.root = take_ptr(root),
		.id = id,
		.host_fd = take_fd(&fd),
		.here_fd = -1,
	};
	return 0;
}

/* The number behind " shared:" or " master:" among the optional fields, 0 when it is not there. */
static uint64_t group_field(const char *fields, const char *name)
{
	const char *end = strstr(fields, " - ");
	const char *at = strstr(fields, name);
	uint64_t group = 0;

	if (!at || !end || at > end)
		return 0;
	at += strlen(name);
	(void)num_take_u64(&at, UINT64_MAX, &group); /* no number: as if the field were missing */
	return group;
}

/*
 * A line of mountinfo: id, parent, major:minor, root, mount point, options, optional fields.
 * Blanks in the paths are escaped, so the sixth blank ends the fixed part.
 */
static bool parse_line(const char *line, uint64_t id, struct mount_groups *ret)
{
	uint64_t this_id;

	if (num_take_u64(&line, UINT64_MAX, &this_id) < 0 || this_id != id)
		return false;
	for (int i = 0; line && i < 5; i++)
		line = strchr(line + 1, ' ');
	if (!line)
		return false;
	*ret = (struct mount_groups){ group_field(line, " shared:"), group_field(line, " master:") };
	return true;
}

/* fd is in the mount of that id. Mountinfo is read where the kernel cannot be asked about one mount. */
static int read_groups(int fd, uint64_t id, struct mount_groups *ret, struct err *e)
{
	_fclose_ FILE *file = NULL;
	_free_ char *line = NULL;
	size_t size = 0;

	if (mount_query_groups(fd, ret) == 0)
		return 0;
	file = fopen("/proc/thread-self/mountinfo", "re");
	if (!file)
		return err_set(e, errno, "open", "/proc/thread-self/mountinfo");
	while (getline(&line, &size, file) >= 0) {
		if (parse_line(line, id, ret))
			return 0;
	}
	return err_set(e, ENOENT, "mountinfo", "mount %llu", (unsigned long long)id);
}

int mounts_read_groups(struct mount_list *list, struct err *e)
{
	for (unsigned int i = 0; i < list->n; i++) {
		struct mount_place *place = &list->items[i];
		struct mount_groups groups;
		int r = read_groups(place->host_fd, place->id, &groups, e);

		if (r < 0)
			return r;
		place->shared = groups.shared;
		place->master = groups.master;
	}
	return 0;
}

static int leave_one(struct mount_place *place, enum mounts_mode mode, struct err *e)
{
	struct mount_attr attr = { .propagation = mode == MOUNTS_REJOIN ? MS_PRIVATE : MS_SLAVE };
	uint64_t id;
	bool is_root;

	place->here_fd = open_place(place->root, &id, &is_root);
	if (place->here_fd < 0)
		return err_set(e, -place->here_fd, "open", "%s", place->root);
	if (!is_root)
		return err_set(e, EXDEV, "mount root", "%s", place->root);
	if (syscall(SYS_mount_setattr, place->here_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return err_set(e, errno, "mount_setattr", "%s", place->root);
	return 0;
}

int mounts_leave(struct mount_list *list, enum mounts_mode mode, struct err *e)
{
	for (unsigned int i = 0; i < list->n; i++) {
		int r = list->items[i].shared ? leave_one(&list->items[i], mode, e) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int check_returned(const struct mount_place *place, enum mounts_mode mode, struct err *e)
{
	struct mount_groups now;
	uint64_t id;
	bool is_root, sound;
	int r = mount_id(place->here_fd, &id, &is_root);

	if (r < 0)
		return err_set(e, -r, "statx", "%s", place->root);
	r = read_groups(place->here_fd, id, &now, e);
	if (r < 0)
		return r;
	if (mode == MOUNTS_REJOIN)
		sound = now.shared == place->shared && now.master == place->master;
	else
		sound = now.shared == 0 && now.master == place->shared;
	return sound ? 0 : err_set(e, EPROTO, "propagation", "of %s", place->root);
}

int mounts_return(struct mount_list *list, enum mounts_mode mode, struct err *e)
{
	for (unsigned int i = 0; i < list->n; i++) {
		struct mount_place *place = &list->items[i];
		int r;

		if (!place->shared)
			continue;
		if (mode == MOUNTS_REJOIN && set_group(place->host_fd, place->here_fd) < 0)
			return 1;
		r = check_returned(place, mode, e);
		if (r < 0)
			return r;
	}
	return 0;
}

void mounts_forget_here(struct mount_list *list)
{
	for (unsigned int i = 0; i < list->n; i++)
		fd_close(&list->items[i].here_fd);
}

void mounts_done(struct mount_list *list)
{
	mounts_forget_here(list);
	for (unsigned int i = 0; i < list->n; i++) {
		fd_close(&list->items[i].host_fd);
		free(list->items[i].root);
	}
	list->n = 0;
}
