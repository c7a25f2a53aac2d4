/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fds - prints the numbers of the descriptors it was born with, on one line, by asking for each.
 */
#include <fcntl.h>
#include <stdio.h>

int main(void)
{
	enum { MOST = 4096 };
	int open[MOST], n = 0;

	for (int fd = 0; fd < MOST; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			open[n++] = fd;
	for (int i = 0; i < n; i++)
		printf(i ? " %d" : "%d", open[i]);
	putchar('\n');
	return 0;
}
