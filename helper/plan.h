/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.h - identity and profile made into what is to be done: every name, path and number is resolved
 * before anything is started.
 */
#ifndef SWRAP_PLAN_H
#define SWRAP_PLAN_H

#include "../src/identity.h"
#include "../src/profile.h"

#include <sys/resource.h>

enum { PLAN_MOUNTS = 24, KERNEL_MAJOR = 5, KERNEL_MINOR = 14 };

struct plan_mount {
	enum mount_action action;
	char path[PATH_MAX];
};

struct plan {
	const struct identity *identity;	/* borrowed */
	const struct profile *profile;
	bool privileged;
	uint8_t levels[STEP_COUNT];
	uint64_t namespaces;			/* CLONE_NEW* of session init */
	uint64_t bounding;			/* capabilities kept, bit CAP_* */
	uint32_t limit_mask;			/* bit RLIMIT_*: limits[] has the profile's value */
	rlim_t limits[RLIM_NLIMITS];
	uint32_t nmounts;
	struct plan_mount mounts[PLAN_MOUNTS];
};

/*
 * Fills *plan; borrows identity. 0, or -errno: ENOENT unknown profile, ENOSYS kernel below the floor,
 * ENAMETOOLONG, E2BIG.
 */
int plan_build(struct plan *plan, const struct identity *identity, bool privileged, struct err *e);

#endif
