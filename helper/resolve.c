/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resolve.h"

#include "../src/io.h"
#include "../src/num.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* Linux 6.11: the process's id as a pid namespace sees it. */
#ifndef NS_GET_TGID_IN_PIDNS
#define NS_GET_TGID_IN_PIDNS _IOR(0xb7, 0x9, int)
#endif

enum { PROC_PATH_BYTES = 64, STATUS_BYTES = 8192 };

int resolver_init(struct resolver *r, struct err *e)
{
	_close_ int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_close_ int self_fds = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (proc_fd < 0 || self_fds < 0)
		return err_set(e, errno, "open", "/proc");
	*r = (struct resolver){
		.proc_fd = take_fd(&proc_fd),
		.self_fds = take_fd(&self_fds),
		.own_pidns = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC),
		.pidns = -1,
		.root = -1,
	};
	return 0;
}

/* "PID/name": no stdio here, this is the fast path. */
static size_t proc_path(char out[PROC_PATH_BYTES], pid_t tid, const char *name)
{
	size_t n = num_format((uint64_t)tid, out), length = strlen(name);

	out[n++] = '/';
	memcpy(out + n, name, length + 1);
	return n + length;
}

static int open_root(const struct resolver *r, pid_t tid)
{
	char path[PROC_PATH_BYTES];
	int fd;

	(void)proc_path(path, tid, "root");
	fd = openat(r->proc_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void resolver_note_root(struct resolver *r, pid_t tid)
{
	int fd;

	if (atomic_load(&r->root) >= 0)
		return;
	fd = open_root(r, tid);
	if (fd >= 0)
		atomic_store(&r->root, fd);
}

void resolver_note_chroot(struct resolver *r)
{
	atomic_store(&r->root_changed, true);
}

void resolver_note_init(struct resolver *r, pid_t init)
{
	char path[PROC_PATH_BYTES];
	int fd;

	if (atomic_load(&r->pidns) >= 0)
		return;
	(void)proc_path(path, init, "ns/pid");
	fd = openat(r->proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		atomic_store(&r->pidns, fd);
}

void process_init(struct process_facts *f)
{
	f->tid = 0;
	f->pid = 0;
	f->pid_inside = 0;
	f->euid_known = false;
	f->euid = 0;
	f->cwd_n = -1;
}

void resolved_init(struct resolved_file *file)
{
	file->fd = -1;
	file->root = -1;
	file->own_root = -1;
	file->path_n = -1;
}

void resolved_done(struct resolved_file *file)
{
	fd_close(&file->fd);
	fd_close(&file->own_root);
}

/* The first or last number of a status line; 0 when there is none. */
static pid_t status_number(const char *status, const char *key, bool last)
{
	const char *at = io_status_field(status, key);
	pid_t value = 0;

	while (at && *at >= '0' && *at <= '9') {
		for (value = 0; *at >= '0' && *at <= '9' && value < INT_MAX / 10; at++)
			value = value * 10 + (*at - '0');
		if (!last)
			break;
		at += strspn(at, " \t");
	}
	return value;
}

static void pids_from_status(const struct resolver *r, struct process_facts *f)
{
	char path[PROC_PATH_BYTES], status[STATUS_BYTES];
	ssize_t n;

	(void)proc_path(path, f->tid, "status");
	n = io_read_file(r->proc_fd, path, status, sizeof(status));

	/* A cut text will do unless there are very many groups; then the inner id is not known. */
	if (n == -EFBIG)
		status[sizeof(status) - 1] = 0;
	else if (n < 0)
		return;
	f->pid = status_number(status, "Tgid", false);
	f->pid_inside = status_number(status, "NStgid", true);
}

/* Two ioctls cost a tenth of one status file. */
static bool pids_from_namespace(const struct resolver *r, pid_t tid, struct process_facts *f)
{
	int inside = atomic_load(&r->pidns);
	int pid, pid_inside;

	if (r->own_pidns < 0 || inside < 0)
		return false;
	pid = ioctl(r->own_pidns, NS_GET_TGID_IN_PIDNS, tid);
	pid_inside = ioctl(inside, NS_GET_TGID_IN_PIDNS, tid);
	if (pid <= 0 || pid_inside <= 0)
		return false;
	f->pid = pid;
	f->pid_inside = pid_inside;
	return true;
}

int process_look(const struct resolver *r, pid_t tid, struct process_facts *f)
{
	char path[PROC_PATH_BYTES];
	struct stat st;

	(void)proc_path(path, tid, "");
	if (fstatat(r->proc_fd, path, &st, 0) < 0)
		return -errno;
	f->tid = tid;
	/* The owner of /proc/TID is the effective uid of the moment, dumpable or not: proc(5). */
	f->euid_known = true;
	f->euid = st.st_uid;
	(void)proc_path(path, tid, "cwd");
	f->cwd_n = readlinkat(r->proc_fd, path, f->cwd, sizeof(f->cwd) - 1);
	if (f->cwd_n >= 0)
		f->cwd[f->cwd_n] = 0;
	if (!pids_from_namespace(r, tid, f))
		pids_from_status(r, f);
	if (f->pid <= 0)
		f->pid = tid;
	return 0;
}

static int resolve_beneath(int root, const char *path, bool no_symlinks)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | (no_symlinks ? RESOLVE_NO_SYMLINKS : 0),
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* Is this absolute path its own shortest form? */
static bool is_normal(const char *path)
{
	if (path[0] != '/')
		return false;
	for (const char *at = path; (at = strchr(at, '/')); at++) {
		if (at[1] == '/' || at[1] == 0)
			return false;
		if (at[1] == '.' && (at[2] == '/' || at[2] == 0))
			return false;
		if (at[1] == '.' && at[2] == '.' && (at[3] == '/' || at[3] == 0))
			return false;
	}
	return true;
}

static ssize_t descriptor_path(const struct resolver *r, int fd, char *out, size_t size)
{
	char number[NUM_TEXT_BYTES];
	ssize_t n;

	(void)num_format((uint64_t)fd, number);
	n = readlinkat(r->self_fds, number, out, size - 1);
	if (n >= 0)
		out[n] = 0;
	return n;
}

/* A normal path that is reached without a symlink is its own name: nothing more to ask. */
static int resolve_absolute(const struct resolver *r, const char *path, size_t n,
			    struct resolved_file *file)
{
	bool normal = is_normal(path);

	file->fd = normal ? resolve_beneath(file->root, path, true) : -ELOOP;
	if (file->fd >= 0) {
		memcpy(file->path, path, n + 1);
		file->path_n = (ssize_t)n;
		return 0;
	}
	if (file->fd != -ELOOP)
		return file->fd;
	file->fd = resolve_beneath(file->root, path, false);
	if (file->fd < 0)
		return file->fd;
	file->path_n = descriptor_path(r, file->fd, file->path, sizeof(file->path));
	return 0;
}

/* Where a relative path begins, as a path of the session's name space. */
static ssize_t base_path(const struct resolver *r, const struct process_facts *f, int dirfd,
			 char *out, size_t size)
{
	char link[PROC_PATH_BYTES];
	ssize_t n;

	if (dirfd == AT_FDCWD) {
		if (f->cwd_n < 0 || (size_t)f->cwd_n >= size)
			return -ENOENT;
		memcpy(out, f->cwd, (size_t)f->cwd_n + 1);
		return f->cwd_n;
	}
	if (dirfd < 0)
		return -EBADF;
	(void)num_format((uint64_t)dirfd, link + proc_path(link, f->tid, "fd/"));
	n = readlinkat(r->proc_fd, link, out, size - 1);
	if (n < 0)
		return -errno;
	out[n] = 0;
	return n;
}

/* After a chroot the links still count from the name space's root: takes that part off. */
static int strip_root(const struct resolver *r, int root, char *path)
{
	char prefix[PATH_MAX];
	ssize_t n = descriptor_path(r, root, prefix, sizeof(prefix));

	if (n < 0)
		return -errno;
	if (n == 1)
		return 0;
	if (strncmp(path, prefix, (size_t)n) != 0 || (path[n] != '/' && path[n] != 0))
		return -ENOENT; /* outside its root */
	memmove(path, path + n, strlen(path + n) + 1);
	return 0;
}

/* A path that begins at a directory is joined to that one's name: ".." must not end there. */
static int open_relative(const struct resolver *r, const struct process_facts *f, int root,
			 int dirfd, const char *path, size_t n)
{
	char joined[2 * PATH_MAX];
	ssize_t base = base_path(r, f, dirfd, joined, PATH_MAX);
	size_t length;
	int ret;

	if (base < 0)
		return (int)base;
	ret = strip_root(r, root, joined);
	if (ret < 0)
		return ret;
	length = strlen(joined);
	joined[length] = '/';
	memcpy(joined + length + 1, path, n + 1);
	return resolve_beneath(root, joined, false);
}

static int resolve_relative(const struct resolver *r, const struct process_facts *f, int dirfd,
			    const char *path, size_t n, struct resolved_file *file)
{
	file->fd = open_relative(r, f, file->root, dirfd, path, n);
	if (file->fd < 0)
		return file->fd;
	file->path_n = descriptor_path(r, file->fd, file->path, sizeof(file->path));
	return 0;
}

int resolve_interpreter(const struct resolver *r, const struct process_facts *f, int root,
			const char *path)
{
	if (path[0] == '/')
		return resolve_beneath(root, path, false);
	return open_relative(r, f, root, AT_FDCWD, path, strlen(path));
}

/* execveat(fd, "", ..., AT_EMPTY_PATH): the descriptor is the file. */
static int resolve_descriptor(const struct resolver *r, const struct process_facts *f, int dirfd,
			      struct resolved_file *file)
{
	char link[PROC_PATH_BYTES];

	if (dirfd < 0)
		return -EBADF;
	(void)num_format((uint64_t)dirfd, link + proc_path(link, f->tid, "fd/"));
	file->fd = openat(r->proc_fd, link, O_PATH | O_CLOEXEC);
	if (file->fd < 0)
		return -errno;
	file->path_n = descriptor_path(r, file->fd, file->path, sizeof(file->path));
	return 0;
}

static int choose_root(const struct resolver *r, const struct process_facts *f,
		       struct resolved_file *file)
{
	file->root = atomic_load(&r->root_changed) ? -1 : atomic_load(&r->root);
	if (file->root >= 0)
		return 0;
	file->own_root = open_root(r, f->tid);
	file->root = file->own_root;
	return file->root < 0 ? file->root : 0;
}

int resolve_file(const struct resolver *r, const struct process_facts *f, int dirfd,
		 const char *path, size_t n, int flags, struct resolved_file *file)
{
	int ret;

	if (n == 0 && !(flags & AT_EMPTY_PATH))
		return -ENOENT;
	ret = choose_root(r, f, file);
	if (ret < 0)
		return ret;
	if (n == 0)
		ret = resolve_descriptor(r, f, dirfd, file);
	else if (path[0] == '/')
		ret = resolve_absolute(r, path, n, file);
	else
		ret = resolve_relative(r, f, dirfd, path, n, file);
	if (ret == 0 && syscall(SYS_fstat, file->fd, &file->st) < 0)
		ret = -errno;
	if (ret < 0)
		fd_close(&file->fd);
	return ret;
}

ssize_t resolve_read_head(const struct resolver *r, int fd, char *out, size_t size)
{
	char number[NUM_TEXT_BYTES];
	_close_ int again = -1;
	struct stat st;
	size_t got = 0;

	/* Opening a fifo or a device has effects; only a regular file can be executed. */
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	(void)num_format((uint64_t)fd, number);
	again = openat(r->self_fds, number, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (again < 0)
		return -errno;
	while (got < size) {
		ssize_t n = read(again, out + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}
