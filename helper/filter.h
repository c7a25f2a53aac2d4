/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter.h - the system call filters, made at build time by tools/mkfilter.c as BPF, and how to load one.
 */
#ifndef SWRAP_FILTER_H
#define SWRAP_FILTER_H

#include "../src/err.h"
#include "../src/profile.h"

#include <linux/filter.h>

/* The filter of a profile: execve and execveat answer USER_NOTIF. */
const struct sock_fprog *filter_session(enum filter_id id);

/* The supervisor's own. */
const struct sock_fprog *filter_supervisor(void);

/*
 * Loads it into the calling thread with seccomp(2). listener: with NEW_LISTENER and, where the kernel
 * has it (5.19), WAIT_KILLABLE_RECV; *ret_killable tells. Returns the listener (close-on-exec), or 0
 * without listener, or -errno. Needs no_new_privs or CAP_SYS_ADMIN.
 */
int filter_load(const struct sock_fprog *program, bool listener, bool *ret_killable, struct err *e);

#endif
