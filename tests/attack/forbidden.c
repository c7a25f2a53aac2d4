/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * forbidden - what must not run outside a session: says so by its status, and where it runs.
 */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char ns[64] = "";

	if (argc > 1 && readlink("/proc/self/ns/pid", ns, sizeof(ns) - 1) > 0)
		printf("%s %s\n", argv[1], ns);
	return 42;
}
