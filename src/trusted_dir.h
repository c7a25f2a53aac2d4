/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trusted_dir.h - directories and files in which nobody but root can have written.
 *
 * A directory is trusted when it and every one above it belong to root and neither group nor others may
 * write there (a sticky bit is no excuse), with no symlink on the way; where an ordinary user runs us
 * for himself, his own will do too, since he can mislead himself alone. What is opened through its
 * descriptor afterwards is the same directory, whatever is renamed meanwhile.
 *
 * Failures have what = "configuration" and an about that names the component. A thing that is not there
 * is -ENOENT without a failure noted: whether that is one, the caller knows.
 */
#ifndef SWRAP_TRUSTED_DIR_H
#define SWRAP_TRUSTED_DIR_H

#include "err.h"
#include "text_list.h"

#include <stddef.h>

/* Opens an absolute path, judging each component. An O_PATH descriptor of the caller's, or -errno. */
int trusted_dir_open(const char *path, struct err *e);

/*
 * Opens name, at least one component and no "..", below dirfd, which was trusted already and is called
 * path in messages. An O_PATH descriptor of the caller's, or -errno.
 */
int trusted_dir_below(int dirfd, const char *path, const char *name, struct err *e);

/*
 * All of the regular file name in dirfd, judged likewise: *ret_text is the caller's to free, NUL-terminated
 * at *ret_size. path is the file's, for messages. -EFBIG above max bytes; -EAGAIN when it changed
 * meanwhile.
 */
int trusted_dir_read(int dirfd, const char *name, const char *path, size_t max, char **ret_text,
		     size_t *ret_size, struct err *e);

/*
 * Adds the names in dirfd that end with suffix and do not begin with "." to *list, in no order. 0 or
 * -errno; -E2BIG: *list would have more than max.
 */
int trusted_dir_list(int dirfd, const char *path, const char *suffix, uint32_t max,
		     struct text_list *list, struct err *e);

#endif
