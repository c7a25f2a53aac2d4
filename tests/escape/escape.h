/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * escape.h - programs with one hole each: the name of the program is the hole.
 *
 *   NAME [ARGUMENT...]		goes through the hole: prints "NAME escaped" or "NAME held ERRNO"
 *   NAME benign [ARGUMENT...]	does what an honest program does in that place: "NAME works" or "NAME broken
 *				ERRNO"
 *
 * Exit status 0 for escaped and works, 1 for held and broken, 2 for a hole that is not on this machine
 * ("NAME absent"). One static binary, linked by every name, so that it runs in any tree of files.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stddef.h>

enum { ESCAPE_ABSENT = -1 };

struct hole {
	const char *name;
	/* 0 = through, or done; an errno; or ESCAPE_ABSENT. args: what follows on the command line. */
	int (*escape)(char **args);
	int (*benign)(char **args);
};

extern const struct hole identity_holes[], file_holes[], process_holes[], kernel_holes[],
	memory_holes[], outside_holes[];

/* 0 or the errno of a call that returned r. */
int outcome_of(long r);

/* A process id or another number of the command line; 0 when it is not there. */
long number_of(char **args, int i);

/* The text of the command line, or the default. */
const char *text_of(char **args, int i, const char *otherwise);

/* Runs function in a child; what it returns, EINTR when it was killed. */
int in_child(int (*function)(char **args), char **args);

/* Execs path; its exit status, or 128 + signal; -errno when it does not run. */
int run_program(const char *path, char *const argv[]);

/* Opens for writing (O_WRONLY), does not write: 0 or the errno. */
int can_write(const char *path);
int can_read(const char *path);

#endif
