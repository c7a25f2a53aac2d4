/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * primitive.h - the steps that make a sandbox: their one order, their names, what they are for.
 *
 * Data only. The code of a step is in helper/steps.c at the same index, so that a program which only
 * explains the table never links what has power. The order of this enum is the order of the steps and
 * stands nowhere else. The names are used everywhere: wire, records, man pages, configuration.
 */
#ifndef SWRAP_PRIMITIVE_H
#define SWRAP_PRIMITIVE_H

#include <stdint.h>

enum step {
	/* session init: once a session */
	STEP_CGROUP,
	STEP_USER_NAMESPACE,
	STEP_PID_NAMESPACE,
	STEP_MOUNT_NAMESPACE,
	STEP_IPC_NAMESPACE,
	STEP_UTS_NAMESPACE,
	STEP_NETWORK_NAMESPACE,
	STEP_CGROUP_NAMESPACE,
	STEP_PROPAGATION,
	STEP_ROOT,
	STEP_PROC,
	STEP_MEMFD_NOEXEC,
	STEP_LOCKDOWN,
	/* session process: once an attach, and once before any in the rehearsal */
	STEP_TTY,
	STEP_FDS,
	STEP_CLOSE_RANGE,
	STEP_RLIMITS,
	STEP_SCHEDULING,
	STEP_BOUNDING_SET,
	STEP_GID,
	STEP_UID,
	STEP_NO_NEW_PRIVS,
	STEP_ENVIRONMENT,
	STEP_LANDLOCK,
	STEP_SECCOMP,
	STEP_CAPABILITIES,
	STEP_EXEC,
	STEP_COUNT,
	STEP_INIT_FIRST = STEP_CGROUP,
	STEP_INIT_LAST = STEP_LOCKDOWN,
	STEP_SESSION_FIRST = STEP_TTY,
	STEP_SESSION_LAST = STEP_CAPABILITIES,
};

/* How much a profile wants a step. */
enum step_level { LEVEL_OFF, LEVEL_PREFER, LEVEL_REQUIRE };

struct primitive {
	const char *name;	/* "no-new-privs" */
	const char *doc;	/* one line for people */
	uint64_t after;		/* bits of the steps that must come before: all lower than its own */
	int confines;		/* 1 = takes something from the session; 0 = carries it over */
	uint64_t needs;		/* bits of the steps without which it would act on the host: must be applied */
	uint64_t with;		/* likewise, but only where they are asked for */
};

#define STEP_BIT(step) ((uint64_t)1 << (step))

/*
 * What Prefer= may name. A session without one of the others would run as root, keep what the application
 * had open, or be supervised by nobody; and without no_new_privs, once it is asked for, the filter could
 * not be loaded, because the capability for that is gone by then.
 */
#define STEPS_OPTIONAL \
	((STEP_BIT(STEP_INIT_LAST + 1) - 1) | STEP_BIT(STEP_TTY) | STEP_BIT(STEP_RLIMITS) | \
	 STEP_BIT(STEP_SCHEDULING) | STEP_BIT(STEP_BOUNDING_SET) | STEP_BIT(STEP_LANDLOCK))

extern const struct primitive primitive_table[STEP_COUNT];

/* The step of that name, or -1. */
int primitive_find(const char *name);

#endif
