/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ancestry.h"

#include "../src/attr.h"
#include "../src/io.h"
#include "../src/num.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GENERATIONS = 256, STATUS_BYTES = 4096 };

#define DELETED " (deleted)" /* as the kernel has it: replaced by an upgrade while the session lives */

static uint64_t read_parent(const char *status)
{
	const char *at = io_status_field(status, "PPid");
	uint64_t parent;

	return at && num_take_u64(&at, INT_MAX, &parent) == 0 ? parent : 0;
}

/* Real, effective, saved and of the file system: a setuid program of the user's has his real one. */
static bool is_all_root(const char *status)
{
	const char *at = io_status_field(status, "Uid");

	for (int i = 0; i < 4; i++) {
		uint64_t uid;

		if (!at)
			return false;
		at += strspn(at, "\t ");
		if (num_take_u64(&at, UINT32_MAX, &uid) < 0 || uid != 0)
			return false;
	}
	return true;
}

/* The kernel's own word for what runs. A name the user chose (comm, argv) says nothing. */
static bool runs_helper(const char *directory)
{
	char path[64], exe[PATH_MAX];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/exe", directory);
	n = readlink(path, exe, sizeof(exe) - 1);
	if (n < 0)
		return false;
	exe[n] = 0;
	return strcmp(exe, SWRAP_HELPER_PATH) == 0 || strcmp(exe, SWRAP_HELPER_PATH DELETED) == 0;
}

/* The first page has both fields; the Groups line behind them can be longer than all else. */
static bool read_status(const char *directory, char status[STATUS_BYTES])
{
	char path[64];
	_close_ int fd = -1;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/status", directory);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, status, STATUS_BYTES - 1);
	if (n < 0)
		return false;
	status[n] = 0;
	return true;
}

/* All numbers are of the pid namespace that this /proc shows: they fit together in any. */
bool ancestry_has_init(void)
{
	char directory[40] = "/proc/self", status[STATUS_BYTES];

	for (int i = 0; i < GENERATIONS; i++) {
		uint64_t parent;

		if (!read_status(directory, status))
			return false;
		if (is_all_root(status) && runs_helper(directory))
			return true;
		parent = read_parent(status);
		if (parent == 0)
			return false;
		(void)snprintf(directory, sizeof(directory), "/proc/%u", (unsigned int)parent);
	}
	return false;
}
