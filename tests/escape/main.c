/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int outcome_of(long r)
{
	return r < 0 ? errno : 0;
}

const char *text_of(char **args, int i, const char *otherwise)
{
	for (int at = 0; args[at]; at++)
		if (at == i)
			return args[at];
	return otherwise;
}

long number_of(char **args, int i)
{
	return atol(text_of(args, i, "0"));
}

int in_child(int (*function)(char **args), char **args)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(function(args) & 0xff);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int run_program(const char *path, char *const argv[])
{
	int status, ends[2], num = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		execv(path, argv);
		num = errno;
		(void)!write(ends[1], &num, sizeof(num));
		_exit(127);
	}
	(void)close(ends[1]);
	if (pid < 0 || (read(ends[0], &num, sizeof(num)) == (ssize_t)sizeof(num) && num)) {
		if (pid > 0)
			(void)waitpid(pid, NULL, 0);
		(void)close(ends[0]);
		return -(num ? num : errno);
	}
	(void)close(ends[0]);
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

int can_write(const char *path)
{
	return can_open(path, O_WRONLY);
}

int can_read(const char *path)
{
	return can_open(path, O_RDONLY);
}

static const struct hole *find(const char *name)
{
	static const struct hole *const tables[] = {
		identity_holes, file_holes, process_holes, kernel_holes, memory_holes, outside_holes,
	};

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct hole *hole = tables[t]; hole->name; hole++)
			if (strcmp(hole->name, name) == 0)
				return hole;
	return NULL;
}

static int list(void)
{
	static const struct hole *const tables[] = {
		identity_holes, file_holes, process_holes, kernel_holes, memory_holes, outside_holes,
	};

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct hole *hole = tables[t]; hole->name; hole++)
			puts(hole->name);
	return 0;
}

static int say(const char *name, int r, const char *yes, const char *no)
{
	if (r == ESCAPE_ABSENT)
		printf("%s absent\n", name);
	else if (r == 0)
		printf("%s %s\n", name, yes);
	else
		printf("%s %s %s\n", name, no, strerrorname_np(r) ? strerrorname_np(r) : "?");
	return r == ESCAPE_ABSENT ? 2 : r != 0;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	const struct hole *hole = find(name);

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && strcmp(argv[1], "--list") == 0)
		return list();
	if (!hole) {
		fprintf(stderr, "%s: no such hole\n", name);
		return 64;
	}
	if (argc > 1 && strcmp(argv[1], "benign") == 0)
		return say(name, hole->benign(argv + 2), "works", "broken");
	return say(name, hole->escape(argv + 1), "escaped", "held");
}
