/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attr.h - scope cleanup and ownership.
 *
 * Every owner of a resource is declared with one of the _xxx_ macros, so that no return path can
 * forget it; take_fd() and take_ptr() hand ownership over. There is no goto in this project.
 */
#ifndef SWRAP_ATTR_H
#define SWRAP_ATTR_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _printf_(text, first) __attribute__((format(printf, text, first)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* On Linux the descriptor is gone even when close fails, so a retry could close someone else's. */
static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define take_ptr(pointer) \
	({ \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL; \
		taken_; \
	})

static inline void memory_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void file_close(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

#define _close_ _cleanup_(fd_close)
#define _free_ _cleanup_(memory_free)
#define _fclose_ _cleanup_(file_close)

#endif
