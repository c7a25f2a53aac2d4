/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "descendants.h"

#include "../src/attr.h"
#include "../src/io.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

enum { DESCENDANTS_DEPTH = 64 };

static void signal_below(pid_t pid, int signo, int depth);

static void signal_list(const char *list, int signo, int depth)
{
	char *end;

	for (long pid = strtol(list, &end, 10); pid > 0; pid = strtol(end, &end, 10)) {
		/* First what is below: the children of a dead process are no longer in its list. */
		signal_below((pid_t)pid, signo, depth + 1);
		(void)kill((pid_t)pid, signo); /* ESRCH: gone already; the parent has not reaped it yet */
	}
}

static void signal_below(pid_t pid, int signo, int depth)
{
	char path[64];
	DIR *tasks;
	struct dirent *entry;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = depth < DESCENDANTS_DEPTH ? opendir(path) : NULL;
	while (tasks && (entry = readdir(tasks))) {
		char file[300], list[4096];

		(void)snprintf(file, sizeof(file), "%s/children", entry->d_name);
		if (io_read_file(dirfd(tasks), file, list, sizeof(list)) > 0)
			signal_list(list, signo, depth);
	}
	if (tasks)
		(void)closedir(tasks);
}

void descendants_signal(pid_t pid, int signo)
{
	signal_below(pid, signo, 0);
}
