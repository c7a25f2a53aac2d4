/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mount_query.h"

#include "attr.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of linux/mount.h and linux/stat.h, 6.8; the numbers are those of every architecture. */
enum { CALL_STATMOUNT = 457, CALL_LISTMOUNT = 458 };
#define UNIQUE_ID 0x4000U		/* STATX_MNT_ID_UNIQUE */
#define WANT_BASIC UINT64_C(2)		/* STATMOUNT_MNT_BASIC */
#define WHOLE_TREE UINT64_MAX		/* LSMT_ROOT */

struct request {
	uint32_t size, spare;
	uint64_t id, parameter;
};

/* struct statmount, of which the kernel fills what is asked for. */
struct answer {
	uint32_t size, options;
	uint64_t mask;
	uint32_t device[2];
	uint64_t magic;
	uint32_t flags, type;
	uint64_t id, parent;
	uint32_t old_id, old_parent;
	uint64_t attributes, propagation, peer_group, master;
	uint64_t rest[52];
};

_Static_assert(sizeof(struct answer) == 512, "struct statmount has 512 bytes before its texts");

static int ask(uint64_t id, struct answer *answer)
{
	const struct request request = { .size = sizeof(request), .id = id, .parameter = WANT_BASIC };

	answer->mask = 0;
	if (syscall(CALL_STATMOUNT, &request, answer, sizeof(*answer), 0) < 0)
		return -errno;
	return answer->mask & WANT_BASIC ? 0 : -ENOSYS;
}

int mount_query_groups(int fd, struct mount_groups *ret)
{
	struct answer answer;
	struct statx stx;
	int r;

	if (statx(fd, "", AT_EMPTY_PATH, UNIQUE_ID, &stx) < 0)
		return -errno;
	if (!(stx.stx_mask & UNIQUE_ID))
		return -ENOSYS;
	r = ask(stx.stx_mnt_id, &answer);
	if (r < 0)
		return r;
	*ret = (struct mount_groups){ answer.peer_group, answer.master };
	return 0;
}

static int any_shared(const uint64_t *ids, long n, bool *ret)
{
	struct answer answer;

	for (long i = 0; i < n; i++) {
		int r = ask(ids[i], &answer);

		if (r == -ENOENT) /* gone since */
			continue;
		if (r < 0)
			return r;
		*ret |= (answer.propagation & MS_SHARED) != 0;
	}
	return 0;
}

int mount_query_shared(bool *ret)
{
	struct request request = { .size = sizeof(request), .id = WHOLE_TREE };
	uint64_t ids[128];
	bool shared = false;
	long n;

	do {
		int r;

		n = syscall(CALL_LISTMOUNT, &request, ids, ARRAY_SIZE(ids), 0);
		if (n < 0)
			return -errno;
		r = any_shared(ids, n, &shared);
		if (r < 0)
			return r;
		if (n > 0)
			request.parameter = ids[n - 1]; /* those behind it */
	} while (n == (long)ARRAY_SIZE(ids));
	*ret = shared;
	return 0;
}
