/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec_target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum { PAGE = 4096, PROC_BYTES = 48 };

/* execve and execveat in one form. */
struct request {
	pid_t tid;
	uint64_t path;
	int dirfd, flags;
};

static struct request request_of(pid_t tid, const struct seccomp_data *call)
{
	if (call->nr == SYS_execveat)
		return (struct request){ tid, call->args[1], (int)call->args[0], (int)call->args[4] };
	return (struct request){ tid, call->args[0], AT_FDCWD, 0 };
}

/* Up to the end of its page: what follows may not be mapped. Any page size is a multiple of PAGE. */
static ssize_t read_piece(pid_t tid, uint64_t address, char *out, size_t size)
{
	size_t n = PAGE - address % PAGE;
	struct iovec here = { out, n < size ? n : size };
	struct iovec there = { (void *)(uintptr_t)address, here.iov_len };
	ssize_t r = process_vm_readv(tid, &here, 1, &there, 1, 0);

	return r < 0 ? -errno : r;
}

static int read_path(const struct request *request, char out[PATH_MAX])
{
	size_t n = 0;

	while (n < PATH_MAX) {
		ssize_t r = read_piece(request->tid, request->path + n, out + n, PATH_MAX - n);

		if (r <= 0)
			return r < 0 ? (int)r : -EFAULT;
		if (memchr(out + n, 0, (size_t)r))
			return 0;
		n += (size_t)r;
	}
	return -ENAMETOOLONG;
}

/* The link's text. 0 or -errno. */
static int link_text(const char *link, char out[PATH_MAX])
{
	ssize_t n = readlink(link, out, PATH_MAX - 1);

	if (n < 0 || n >= PATH_MAX - 1)
		return n < 0 ? -errno : -ENAMETOOLONG;
	out[n] = 0;
	return 0;
}

/* Where a relative name starts, from the root of the application's mounts. */
static int starting_point(const struct request *request, char out[PATH_MAX])
{
	char link[PROC_BYTES];

	if (request->dirfd == AT_FDCWD)
		(void)snprintf(link, sizeof(link), "/proc/%d/cwd", (int)request->tid);
	else
		(void)snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)request->tid,
			       request->dirfd);
	return link_text(link, out);
}

/* In a chroot the names of the kernel begin further out than those of the process. */
static int cut_root(const struct request *request, char path[PATH_MAX])
{
	char link[PROC_BYTES], root[PATH_MAX];
	size_t n;
	int r;

	(void)snprintf(link, sizeof(link), "/proc/%d/root", (int)request->tid);
	r = link_text(link, root);
	if (r < 0)
		return r;
	n = strlen(root);
	if (n == 1)
		return 0;
	if (strncmp(path, root, n) != 0 || (path[n] != '/' && path[n] != 0))
		return -EXDEV; /* its working directory is outside */
	memmove(path, path + n, strlen(path + n) + 1);
	return 0;
}

static int base_of(const struct request *request, char out[PATH_MAX])
{
	int r = starting_point(request, out);

	return r < 0 ? r : cut_root(request, out);
}

static int whole_name(const struct request *request, const char *asked, char out[PATH_MAX])
{
	size_t start, rest = strlen(asked);
	int r;

	out[0] = 0;
	r = asked[0] == '/' ? 0 : base_of(request, out);
	if (r < 0)
		return r;
	start = strlen(out);
	if (start + rest + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	out[start] = '/';
	memcpy(out + start + 1, asked, rest + 1);
	return 0;
}

/* Beneath the process's root, so that an absolute symlink means there what it means to the process. */
static int open_beneath(const struct request *request, const char *name)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	char link[PROC_BYTES];
	_close_ int root = -1;
	long fd;

	if (request->flags & AT_SYMLINK_NOFOLLOW)
		how.flags |= O_NOFOLLOW;
	(void)snprintf(link, sizeof(link), "/proc/%d/root", (int)request->tid);
	root = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	fd = syscall(SYS_openat2, root, name, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

/* fexecve: the descriptor itself. */
static int open_descriptor(const struct request *request)
{
	char link[PROC_BYTES];
	int fd;

	(void)snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)request->tid, request->dirfd);
	fd = open(link, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_target(const struct request *request, struct exec_target *target)
{
	int r;

	if (!target->asked[0] && (request->flags & AT_EMPTY_PATH))
		return open_descriptor(request);
	if (!target->asked[0])
		return -ENOENT;
	/* path is only borrowed for the name to open; describe() writes the found one. */
	r = whole_name(request, target->asked, target->path);
	return r < 0 ? r : open_beneath(request, target->path);
}

static int describe(struct exec_target *target)
{
	char link[PROC_BYTES];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", target->fd);
	if (fstat(target->fd, &target->st) < 0)
		return -errno;
	return link_text(link, target->path);
}

static int find(const struct request *request, struct exec_target *target)
{
	int r = read_path(request, target->asked);

	if (r < 0) {
		target->asked[0] = 0;
		return r;
	}
	r = open_target(request, target);
	if (r < 0)
		return r;
	target->fd = r;
	return describe(target);
}

int exec_target_find(pid_t tid, const struct seccomp_data *call, struct exec_target *target)
{
	struct request request = request_of(tid, call);
	int r;

	target->fd = -1;
	target->path[0] = 0;
	r = find(&request, target);
	if (r < 0) {
		fd_close(&target->fd);
		target->path[0] = 0;
	}
	return r;
}

int exec_target_again(pid_t tid, const struct seccomp_data *call, struct exec_target *target)
{
	exec_target_done(target);
	return exec_target_find(tid, call, target);
}

void exec_target_done(struct exec_target *target)
{
	fd_close(&target->fd);
}
