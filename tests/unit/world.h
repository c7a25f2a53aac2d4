/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * world.h - a tree of files for the steps that change one: the host's with a /run and /var/log that are
 * ours. Only inside child_run_in().
 */
#ifndef SWRAP_WORLD_H
#define SWRAP_WORLD_H

#include "child.h"

#include "src/wire.h"

#include <fcntl.h>
#include <sys/stat.h>

static inline void world_tmpfs(const char *path)
{
	EXPECT(mount("test", path, "tmpfs", 0, "mode=755") == 0);
}

static inline void world_dir(const char *path)
{
	EXPECT(mkdir(path, 0755) == 0 || errno == EEXIST);
}

static inline void world_file(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	EXPECT(fd >= 0 && write(fd, "host\n", 5) == 5);
	(void)close(fd);
}

/* What a profile masks, all of it there: uid is in the paths. */
static inline void world_furnish(unsigned int uid)
{
	char path[128];

	world_tmpfs("/run");
	world_dir(WIRE_RUN_DIR);
	world_dir("/run/user");
	(void)snprintf(path, sizeof(path), "/run/user/%u", uid);
	world_dir(path);
	(void)snprintf(path, sizeof(path), "/run/user/%u/bus", uid);
	world_file(path);
	(void)snprintf(path, sizeof(path), "/run/user/%u/systemd", uid);
	world_dir(path);
	world_dir("/run/systemd");
	world_file("/run/systemd/private");
}

#endif
