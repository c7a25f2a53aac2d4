/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * io.h - whole reads of small files, descriptors and time.
 */
#ifndef SWRAP_IO_H
#define SWRAP_IO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reads all of path (below the directory dirfd, or AT_FDCWD) into buffer, NUL-terminated. Returns
 * the length, -EFBIG when size - 1 bytes do not hold it, or -errno of open and read.
 */
ssize_t io_read_file(int dirfd, const char *path, char *buffer, size_t size);

/* Writes all of it or returns -errno. */
int io_write_full(int fd, const void *data, size_t size);

/* Writes text to an existing file such as /proc/self/oom_score_adj in one write. 0 or -errno. */
int io_write_file(const char *path, const char *text);

/*
 * The value of "Key:" in a /proc/PID/status kind of text, at its first non-blank; NULL when absent.
 * The key is matched at the start of a line: a hostile process name cannot forge one, since
 * the kernel escapes a newline in Name.
 */
const char *io_status_field(const char *status, const char *key);

/*
 * Moves fd to a number of at least min, close-on-exec, and closes the old one. Returns the new
 * number or -errno (then fd is closed).
 */
int io_move_fd(int fd, int min);

/* CLOCK_MONOTONIC in microseconds. */
uint64_t io_now_usec(void);

/*
 * Is file safe to run or read as root: owned by root (or by owner), not writable by group or others,
 * of type S_IFREG? Returns 0, -EPERM (owner, mode), -EINVAL (type) or -errno of fstat.
 */
int io_check_owner(int fd, uid_t owner);

/*
 * Opens an absolute path without following a symlink in any component (openat2 RESOLVE_NO_SYMLINKS),
 * close-on-exec. Returns the descriptor or -errno; -ELOOP for a symlink.
 */
int io_open_nolinks(const char *path, int flags);

#endif
