/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * preload - a library for LD_PRELOAD: each program that loads it leaves its pid namespace and its
 * name in a file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void note(void)
{
	char ns[64] = "", exe[256] = "", line[400];
	int fd = open("/home/alice/preloaded", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	int n;

	if (fd < 0 || readlink("/proc/self/ns/pid", ns, sizeof(ns) - 1) < 0 ||
	    readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return;
	n = snprintf(line, sizeof(line), "%s %s\n", ns, exe);
	if (write(fd, line, (size_t)n) != n)
		_exit(99);
	(void)close(fd);
}
