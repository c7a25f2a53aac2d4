/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * call.h - which call a notification is about, under which architecture.
 */
#ifndef SWRAP_CALL_H
#define SWRAP_CALL_H

#include <linux/seccomp.h>

enum call {
	CALL_EXECVE,
	CALL_EXECVEAT,
	CALL_CHROOT,
	CALL_OTHER,	/* only of a filter that was loosened, which asks instead of refusing */
};

/* A number means another call under another architecture: i386's 11 is execve. */
enum call call_of(const struct seccomp_data *data);

/* "x86_64", "i386"; "other" for what no filter of ours lets live. */
const char *call_architecture(const struct seccomp_data *data);

/* How many bytes a pointer in the caller's memory has. */
unsigned int call_pointer_bytes(const struct seccomp_data *data);

/* The name of a call of this machine's own architecture, or NULL. */
const char *call_name(const struct seccomp_data *data);

#endif
