/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attempt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int result(long r)
{
	return r < 0 ? errno : 0;
}

static void report(const char *name, int status)
{
	if (WIFSIGNALED(status))
		printf("%s SIG%s\n", name, sigabbrev_np(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == 0)
		printf("%s ok\n", name);
	else
		printf("%s %s\n", name, strerrorname_np(WEXITSTATUS(status)));
}

static int run(const struct attempt *attempt)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(attempt->try());
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 2;
	report(attempt->name, status);
	return 0;
}

static int run_named(const struct attempt *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return run(&table[i]);
	printf("%s unknown\n", name);
	return 2;
}

int attempt_all(const struct attempt *table, size_t n, int argc, char **argv)
{
	int worst = 0;

	/* Or each child would have a copy of what still waits to be written. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; argc < 2 && i < n; i++)
		worst |= run(&table[i]);
	for (int i = 1; i < argc; i++)
		worst |= run_named(table, n, argv[i]);
	return worst;
}
