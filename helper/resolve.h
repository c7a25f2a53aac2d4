/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resolve.h - what is behind a process and the path it wants to execute: facts from /proc and
 * openat2.
 *
 * A path of the session is resolved beneath that process's own root, never by our own name space,
 * and the result is a descriptor: path, device and inode are read from it. What cannot be resolved
 * (a magic link such as /proc/self/exe, NFS, FUSE) is simply not known: no error of ours is ever
 * the answer to the session. May block on a dead network or FUSE path: only a worker with a
 * deadline may call it.
 */
#ifndef SWRAP_RESOLVE_H
#define SWRAP_RESOLVE_H

#include "../src/err.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* What every resolution needs; made once, before the cut. */
struct resolver {
	int proc_fd;		/* O_PATH of the host's /proc */
	int self_fds;		/* O_PATH of /proc/self/fd */
	int own_pidns;		/* nsfs descriptors; -1: the status file is read instead */
	_Atomic int pidns;	/* of the session; set once */
	_Atomic int root;	/* O_PATH of the session's root; -1: each process's own is opened */
	_Atomic bool root_changed;	/* a process of the session may have another one by now */
};

/* 0 or -errno; the descriptors live as long as the process. */
int resolver_init(struct resolver *r, struct err *e);

/*
 * Notes the session's pid namespace. Not fatal: without it (or before 6.11) status files are read.
 */
void resolver_note_init(struct resolver *r, pid_t init);

/*
 * Notes the session's root from a process that is still ours: the rehearsal's. Opening the root of
 * each process costs a fifth of an exec; this one is right until resolver_note_chroot() says that
 * it may not be: at the first chroot, or at once under a filter that lets roots be changed unseen.
 */
void resolver_note_root(struct resolver *r, pid_t tid);
void resolver_note_chroot(struct resolver *r);

struct process_facts {
	pid_t tid;
	pid_t pid, pid_inside;		/* of the process, not the thread; inside 0: not known */
	bool euid_known;
	uid_t euid;
	ssize_t cwd_n;			/* -1: not known */
	char cwd[PATH_MAX];
};

/*
 * Asks for ids and cwd. 0, or -ENOENT when it is gone. Every field is true of the waiting process
 * only if the notification is still valid afterwards: the answer itself proves that.
 */
int process_look(const struct resolver *r, pid_t tid, struct process_facts *f);

struct resolved_file {
	int fd;				/* owned: O_PATH; -1: not resolved */
	int own_root;			/* owned: O_PATH of the process's root; -1: the session's */
	int root;			/* borrowed: what the path was resolved beneath */
	struct stat st;
	ssize_t path_n;			/* -1: not known */
	char path[PATH_MAX];		/* as the session sees it */
};

void resolved_init(struct resolved_file *file);
void resolved_done(struct resolved_file *file);
void process_init(struct process_facts *f);

/*
 * Resolves path (n bytes, NUL-terminated) as the process would: absolute, or relative to dirfd (its
 * descriptor, AT_FDCWD, or with AT_EMPTY_PATH in flags the file itself). 0, or -errno: not
 * resolved.
 */
int resolve_file(const struct resolver *r, const struct process_facts *f, int dirfd,
		 const char *path, size_t n, int flags, struct resolved_file *file);

/*
 * Opens the interpreter of a script beneath root, as the process would. O_PATH descriptor or
 * -errno.
 */
int resolve_interpreter(const struct resolver *r, const struct process_facts *f, int root,
			const char *path);

/*
 * Reads the first size bytes of the regular file behind an O_PATH descriptor. Returns the number
 * read or -errno.
 */
ssize_t resolve_read_head(const struct resolver *r, int fd, char *out, size_t size);

#endif
