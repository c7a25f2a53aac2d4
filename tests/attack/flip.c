/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flip - exchanges two names for ever, as fast as the kernel does it.
 *
 * Usage: flip ONE OTHER   until it is killed
 */
#include <fcntl.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	while (argc == 3 && renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) == 0)
		;
	perror("flip");
	return 1;
}
