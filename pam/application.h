/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * application.h - what the kernel says of the process that loaded the module: sshd, login, su.
 */
#ifndef SWRAP_PAM_APPLICATION_H
#define SWRAP_PAM_APPLICATION_H

#include "../src/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

struct application {
	uint64_t threads;
	uint64_t tracer;		/* pid, 0 = none */
	uint64_t fd_size;		/* slots of the descriptor table: all are below it */
	uint64_t effective;		/* capabilities, bit CAP_* */
	uint64_t seccomp;		/* 2 = some filter is on it; enum of prctl(PR_GET_SECCOMP) */
};

/* Reads /proc/thread-self/status. 0 or -errno; a missing field is -EPROTO. */
int application_read(struct application *ret, struct err *e);

/*
 * Can this process be supervised at all? -ENOSYS: the kernel is older than 5.14. -EBUSY: it has
 * threads (a filter and a mount namespace belong to one thread, the others would escape them).
 * -EPERM, "untraceable": somebody traces it, so the gate could not.
 */
int application_check(const struct application *app, struct err *e);

/* Does a seccomp filter hold it, of whomever? */
bool application_is_filtered(const struct application *app);

bool application_has_capability(const struct application *app, int capability);

/*
 * Raises the soft limit of descriptors to the hard one while the module works: who calls su has set
 * the soft one, and about 12 are needed at once. application_restore_fds() sets it back to *saved.
 */
void application_raise_fds(struct rlimit *saved);
void application_restore_fds(const struct rlimit *saved);

/* Is release ("6.1.0-28-amd64") at least 5.14? Kept apart for the test. */
bool application_kernel_suffices(const char *release);

#endif
