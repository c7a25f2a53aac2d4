/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * script.h - what really runs when a file begins with "#!", and what the kernel makes of argv then.
 *
 * Follows the chain as the kernel does (binfmt_script), so that exact verification can compare. A
 * file that another binary format handles (binfmt_misc) is not known: it is killed at the exec
 * stop.
 */
#ifndef SWRAP_SCRIPT_H
#define SWRAP_SCRIPT_H

#include "reader.h"
#include "resolve.h"

enum { SCRIPT_LEVELS = 5, SCRIPT_LINE_BYTES = 256, SCRIPT_NAME_BYTES = PATH_MAX + 32 };

struct script {
	unsigned int depth;			/* interpreters; 0: the file itself runs */
	bool known;				/* false: what will run could not be found out */
	uint64_t dev, ino;			/* of what runs */
	struct {
		char path[SCRIPT_LINE_BYTES];
		char argument[SCRIPT_LINE_BYTES];	/* empty: none */
	} level[SCRIPT_LEVELS];
};

/*
 * Parses the first line of a file as the kernel does. line: SCRIPT_LINE_BYTES, zero-filled behind
 * the file's end; it is changed. 1: a script, with path and argument set; 0: not one.
 */
int script_parse(char line[SCRIPT_LINE_BYTES], char path[SCRIPT_LINE_BYTES],
		 char argument[SCRIPT_LINE_BYTES]);

/*
 * Fills script for the resolved file; known stays false when any part of the chain is not resolved.
 */
void script_follow(struct script *script, const struct resolver *r, const struct process_facts *f,
		   const struct resolved_file *file);

/* The name the kernel gives the script: path, or for execveat "/dev/fd/N/path". */
void script_name(char out[SCRIPT_NAME_BYTES], int dirfd, const char *path);

/*
 * Is /proc/TGID/cmdline what argv becomes with that script? As far as argv was read. 0, -EPERM: it
 * is not, or -errno.
 */
int script_check_argv(const struct script *script, const struct resolver *r, pid_t tgid,
		      const char *name, const struct reader_argv *argv);

#endif
