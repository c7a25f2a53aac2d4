/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_compiler.h - a session's filter: found among those made at build time, or made now.
 *
 * The compiler is a program of its own, since libseccomp is no part of the helper: opened by a fixed path,
 * owned by root, run as another user, without an environment, for COMPILER_USEC at most. What it writes is
 * checked as if a stranger had written it. Only before the helper has threads.
 */
#ifndef SWRAP_FILTER_COMPILER_H
#define SWRAP_FILTER_COMPILER_H

#include "../src/err.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <sys/types.h>

enum { COMPILER_USEC = 2 * 1000 * 1000 };

/* As whom the compiler runs; change: the helper is root, so it must become that. */
struct compiler_user {
	bool change;
	uid_t uid;
	gid_t gid;
};

/*
 * Makes the program of a spec. *ret_code is then owned by the caller. 0; -EINVAL: the compiler refuses
 * the spec, in its own words; -ENOENT, -EPERM: no compiler that may be run; -ETIMEDOUT; -EBADMSG: its
 * output is no such filter; or -errno.
 */
int filter_compiler_run(const char *path, const char *spec, const struct compiler_user *user,
			struct sock_filter **ret_code, unsigned short *ret_n, struct err *e);

#endif
