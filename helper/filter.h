/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter.h - the system call filters made at build time by tools/mkfilter.c as BPF, and how to load one.
 */
#ifndef SWRAP_FILTER_H
#define SWRAP_FILTER_H

#include "../src/err.h"

#include <linux/filter.h>
#include <stdbool.h>

/* A session's filter by its spec (filter_spec.h), or NULL: that one was not made at build time. */
const struct sock_fprog *filter_prebuilt(const char *spec);

/* The supervisor's own. */
const struct sock_fprog *filter_supervisor(void);

/*
 * Loads it into the calling thread with seccomp(2). listener: with NEW_LISTENER and, where the kernel
 * has it (5.19), WAIT_KILLABLE_RECV; *ret_killable tells. Returns the listener (close-on-exec), or 0
 * without listener, or -errno. Needs no_new_privs or CAP_SYS_ADMIN.
 * Both functions then ask /proc/thread-self/status whether one filter more is in force; -EPROTO: not.
 * ret_killable may be NULL.
 */
int filter_load(const struct sock_fprog *program, bool listener, bool *ret_killable, struct err *e);

/*
 * The same without a listener, for all threads of the process at once (TSYNC): all or none. 0 or
 * -errno; -ESRCH: a thread has a filter of its own that is not an ancestor.
 */
int filter_load_all_threads(const struct sock_fprog *program, struct err *e);

#endif
