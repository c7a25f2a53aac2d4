/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "user_map.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Every id but the last, which is none. */
#define ALL_IDS "0 0 4294967295\n"

enum { KERNEL_BYTES = 340 * 33 + 1 };	/* so many lines, each three columns of ten and their ends */

struct text {
	char *at, *end;
};

static int add_range(struct text *t, uint32_t first, uint32_t last)
{
	int n = snprintf(t->at, (size_t)(t->end - t->at), "%u %u %u\n", first, first, last - first + 1);

	if (n < 0 || n >= t->end - t->at)
		return -E2BIG;
	t->at += n;
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Neighbours share a line: there is room for few. */
static int write_ids(char text[USER_MAP_BYTES], uint32_t *ids, size_t n)
{
	struct text t = { text, text + USER_MAP_BYTES };
	size_t start = 0;
	int r = 0;

	qsort(ids, n, sizeof(*ids), compare_ids);
	for (size_t i = 1; r == 0 && i <= n; i++) {
		if (i < n && ids[i] - ids[i - 1] <= 1)
			continue;
		r = add_range(&t, ids[start], ids[i - 1]);
		start = i;
	}
	return r;
}

static int build_self(struct user_map *map, const struct identity *id)
{
	_free_ uint32_t *ids = calloc((size_t)id->ngroups + 2, sizeof(*ids));
	uint32_t users[2] = { 0, id->uid };
	int r;

	if (!ids)
		return -ENOMEM;
	ids[1] = id->gid;
	memcpy(ids + 2, id->groups, id->ngroups * sizeof(*ids));
	r = write_ids(map->uids, users, 2);
	return r < 0 ? r : write_ids(map->gids, ids, (size_t)id->ngroups + 2);
}

int user_map_build(struct user_map *map, const struct plan *plan, struct err *e)
{
	const struct identity *id = plan->identity;
	int r = 0;

	map->own = !plan->privileged;
	if (map->own) {
		(void)snprintf(map->uids, sizeof(map->uids), "%u %u 1\n", id->uid, id->uid);
		(void)snprintf(map->gids, sizeof(map->gids), "%u %u 1\n", id->gid, id->gid);
	} else if (plan->users == PRIVATE_USERS_SELF) {
		r = build_self(map, id);
	} else {
		(void)strcpy(map->uids, ALL_IDS);
		(void)strcpy(map->gids, ALL_IDS);
	}
	return r < 0 ? err_set(e, -r, primitive_table[STEP_USER_NAMESPACE].name, "%u groups", id->ngroups) :
		       0;
}

static int write_file(pid_t pid, const char *name, const char *text, struct err *e)
{
	char path[64];
	int r;

	if (pid)
		(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	else
		(void)snprintf(path, sizeof(path), "/proc/self/%s", name);
	r = io_write_file(path, text);
	return r < 0 ? err_set(e, -r, "write", "%s", name) : 0;
}

/* pid 0: the caller itself. */
static int write_maps(const struct user_map *map, pid_t pid, struct err *e)
{
	/* Or an ordinary user could leave a group that keeps it from something. */
	int r = map->own ? write_file(pid, "setgroups", "deny", e) : 0;

	if (r == 0)
		r = write_file(pid, "uid_map", map->uids, e);
	return r < 0 ? r : write_file(pid, "gid_map", map->gids, e);
}

/* ---- the two sides ---- */

static int send_result(int sync_fd, int result)
{
	return send(sync_fd, &result, sizeof(result), MSG_NOSIGNAL) == (ssize_t)sizeof(result) ? 0 : -ECHILD;
}

static int receive_result(int sync_fd)
{
	int result;

	return recv(sync_fd, &result, sizeof(result), 0) == (ssize_t)sizeof(result) ? result : -ECHILD;
}

int user_map_give(const struct user_map *map, int sync_fd, pid_t init, struct err *e)
{
	int r;

	if (map->own) {
		r = receive_result(sync_fd);
		return r < 0 ? err_set(e, -r, "user map", "%s", "") : 0;
	}
	r = write_maps(map, init, e);
	if (r == 0 && send_result(sync_fd, 0) < 0)
		r = err_set(e, ECHILD, "user map", "%s", "");
	return r;
}

int user_map_take(const struct user_map *map, int sync_fd)
{
	struct err e = { 0 };
	int r;

	if (!map->own)
		return receive_result(sync_fd);
	/* Its own /proc would be root's, who is nobody here; nothing but the caller's is in it yet. */
	r = prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? -errno : write_maps(map, 0, &e);
	return send_result(sync_fd, r) < 0 ? -ECHILD : r;
}

/* ---- verification ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\n';
}

/* The kernel pads its columns. */
static bool is_same(const char *want, const char *have)
{
	have += strspn(have, " \n");
	for (; *want; want++) {
		if (is_blank(*want) ? !is_blank(*have) : *want != *have)
			return false;
		have += is_blank(*want) ? strspn(have, " \n") : 1;
	}
	return !*have;
}

static int compare_map(const char *path, const char *want, struct err *e)
{
	char have[KERNEL_BYTES];
	ssize_t n = io_read_file(AT_FDCWD, path, have, sizeof(have));

	if (n < 0)
		return err_set(e, (int)-n, "open", "%s", path);
	return is_same(want, have) ? 0 : err_set(e, EPERM, "user map", "%s is another", path);
}

int user_map_verify(const struct user_map *map, struct err *e)
{
	int r = compare_map("/proc/self/uid_map", map->uids, e);

	return r < 0 ? r : compare_map("/proc/self/gid_map", map->gids, e);
}
