/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attempt.h - runs attempts, each in a child of its own, and prints one line of what came of it:
 * "NAME ok", "NAME EPERM", "NAME SIGSYS". The programs are static, to run in any tree of files.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <stddef.h>

struct attempt {
	const char *name;
	int (*try)(void);	/* 0 or the errno */
};

/* 0 or the errno of a call that returned r. */
int result(long r);

/* main() of a table: argv names the attempts, none means all. The exit status. */
int attempt_all(const struct attempt *table, size_t n, int argc, char **argv);

#endif
