/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stamp.c - as a login shell: says what the monotonic clock shows, in the form timing.c reads. */
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct timespec now;
	double usec;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	usec = (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
	return write(STDOUT_FILENO, &usec, sizeof(usec)) == (ssize_t)sizeof(usec) ? 0 : 1;
}
