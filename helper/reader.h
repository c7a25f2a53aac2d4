/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reader.h - reads the memory of a process that waits in a notified execve: bytes of an attacker.
 *
 * Nothing read here is true for longer than the reading, and a page may never come (userfaultfd):
 * the call then blocks until the process is killed, so only a worker with a deadline may call it.
 * Pages are kept for the one request, since path and arguments mostly share one or two.
 */
#ifndef SWRAP_READER_H
#define SWRAP_READER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	READER_PAGE = 4096,		/* divides every page size: no piece crosses a page */
	READER_PAGES = 8,
	READER_ARGV_BYTES = 128 * 1024,	/* kept */
	/* What bounds a hostile argv; the kernel itself refuses more than 6 MiB. */
	READER_TOTAL_BYTES = 8 * 1024 * 1024,
	READER_CALLS = 2048,		/* of process_vm_readv for one exec */
};

struct reader {
	pid_t tid;
	unsigned int pointer_bytes;		/* of the process: 8, or 4 when the call was i386's */
	unsigned int calls;
	unsigned int next;			/* the slot that is used next */
	uint64_t pages[READER_PAGES];		/* address of the page in the slot; 1: none */
	char *memory;				/* READER_PAGES * READER_PAGE; borrowed */
};

/* Of argv: argument after argument, each with its NUL; the last one may be cut. */
struct reader_argv {
	char *text;			/* READER_ARGV_BYTES; borrowed */
	size_t bytes;			/* of text */
	uint32_t count;			/* arguments in text */
	bool more;			/* text is not all of it */
	uint64_t total;			/* length of all of it, NULs included; 0: not known */
};

/* memory: READER_PAGES * READER_PAGE bytes, used until the next begin. */
void reader_begin(struct reader *r, pid_t tid, unsigned int pointer_bytes, char *memory);

/* Fetches the pages at two addresses with one call where that is possible. Failure shows later. */
void reader_prefetch(struct reader *r, uint64_t a, uint64_t b);

/*
 * Reads a NUL-terminated string of less than size bytes. Returns its length, -ENAMETOOLONG, -EFAULT
 * (nothing mapped there), -ESRCH (the process is gone), -EPERM, or -E2BIG (READER_CALLS are used
 * up).
 */
ssize_t reader_string(struct reader *r, uint64_t address, char *out, size_t size);

/*
 * Reads the vector of strings at address (0: empty). Returns 0, or -EFAULT, -ESRCH, -EPERM. What is
 * longer than READER_ARGV_BYTES is counted only; beyond READER_TOTAL_BYTES or READER_CALLS it is
 * not.
 */
int reader_argv(struct reader *r, uint64_t address, struct reader_argv *argv);

#endif
