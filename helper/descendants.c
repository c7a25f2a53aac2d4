/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "descendants.h"

#include "../src/attr.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

enum { DESCENDANTS_DEPTH = 64 };

static void signal_below(pid_t pid, int signo, int depth);

/* As many as there may be: the list is read piece by piece. */
static FILE *open_children(int tasks, const char *tid)
{
	char name[300];
	_close_ int fd = -1;
	FILE *file;

	(void)snprintf(name, sizeof(name), "%s/children", tid);
	fd = openat(tasks, name, O_RDONLY | O_CLOEXEC);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (file)
		(void)take_fd(&fd);
	return file;
}

static void signal_children(int tasks, const char *tid, int signo, int depth)
{
	_fclose_ FILE *list = open_children(tasks, tid);
	pid_t pid;

	while (list && fscanf(list, "%d", &pid) == 1) {
		/* First what is below: the children of a dead process are no longer in its list. */
		signal_below(pid, signo, depth + 1);
		(void)kill(pid, signo); /* ESRCH: gone already; the parent has not reaped it yet */
	}
}

static void signal_below(pid_t pid, int signo, int depth)
{
	char path[64];
	DIR *tasks;
	struct dirent *entry;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = depth < DESCENDANTS_DEPTH ? opendir(path) : NULL;
	while (tasks && (entry = readdir(tasks)))
		signal_children(dirfd(tasks), entry->d_name, signo, depth);
	if (tasks)
		(void)closedir(tasks);
}

void descendants_signal(pid_t pid, int signo)
{
	signal_below(pid, signo, 0);
}

/* A child of the calling thread, which nobody else waits for: its number is its own until it is reaped. */
static void end_child(pid_t pid)
{
	siginfo_t info;

	signal_below(pid, SIGKILL, 1);
	(void)kill(pid, SIGKILL);
	(void)waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG);
}

bool descendants_end(pid_t spared)
{
	char tid[16];
	_close_ int tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_fclose_ FILE *list = NULL;
	bool any = false;
	pid_t pid;

	(void)snprintf(tid, sizeof(tid), "%d", gettid());
	list = open_children(tasks, tid);
	while (list && fscanf(list, "%d", &pid) == 1) {
		if (pid == spared)
			continue;
		any = true;
		end_child(pid);
	}
	return any;
}
