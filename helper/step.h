/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * step.h - what a step may see and what it must offer.
 *
 * A step changes only its own process. apply() does it; verify() asks the kernel whether it is so and
 * trusts neither apply()'s return code nor our memory. After the first step nothing is undone: what
 * fails ends in an outcome and _exit.
 */
#ifndef SWRAP_STEP_H
#define SWRAP_STEP_H

#include "cgroup.h"
#include "inner.h"
#include "plan.h"
#include "root_rules.h"
#include "user_map.h"

#include "../src/outcome.h"

enum namespace {
	NAMESPACE_PID, NAMESPACE_MNT, NAMESPACE_IPC, NAMESPACE_UTS, NAMESPACE_NET, NAMESPACE_USER,
	NAMESPACE_CGROUP, NAMESPACE_COUNT,
};

/* Where a session process keeps its own descriptors: all close-on-exec, the rest is closed. */
enum { SESSION_INIT_FD = 3, SESSION_LISTENER_FD = 4, SESSION_MEMFD = 5, SESSION_PROC_FD = 6,
       SESSION_FIRST_FREE_FD = 7 };

struct step_context {
	const struct plan *plan;
	uint64_t applied;			/* STEP_BIT() of what steps_run() has applied so far */
	const struct cgroup *cgroup;
	/* session init */
	uint64_t host_ns[NAMESPACE_COUNT];	/* inodes of the helper's namespaces, taken before the clone */
	struct user_map users;			/* of the user namespace */
	int lockdown;				/* of the kernel, noted likewise: enum lockdown; -1 unknown */
	int proc_fd;				/* the session's /proc, writable, mounted nowhere */
	bool whole_root;			/* / is where the mount namespace begins: nothing is above it */
	struct root_copies copies;		/* from step root to step proc */
	/* session process */
	const struct inner_start *start;
	const gid_t *groups;
	int stdio[3];				/* as received; -1 = closed */
	uint32_t stdio_replaced;		/* bit N: a directory or the like became /dev/null */
	int memfd;				/* -1 in the rehearsal */
	int init_fd, listener_fd;
	char *strings;				/* argv, env and cwd, read after the drop */
	char **argv, **envp;
	const char *cwd;
	const char *witness;			/* step_landlock.c: a place that shows it is in force; or NULL */
	bool root_witness;			/* likewise "/" */
};

struct step_code {
	int (*apply)(struct step_context *c, struct err *e);
	int (*verify)(struct step_context *c, struct err *e);
};

/* step_cgroup.c */
int apply_cgroup(struct step_context *c, struct err *e);
int verify_cgroup(struct step_context *c, struct err *e);
/* step_namespace.c */
/* Of those that one of steps (STEP_BIT()) will compare: each look goes to another file system. */
void step_note_host_namespaces(struct step_context *c, uint64_t steps);
int apply_namespace(struct step_context *c, struct err *e);
int verify_pid_namespace(struct step_context *c, struct err *e);
int verify_mount_namespace(struct step_context *c, struct err *e);
int verify_ipc_namespace(struct step_context *c, struct err *e);
int verify_uts_namespace(struct step_context *c, struct err *e);
int step_verify_namespace(const struct step_context *c, enum namespace i, struct err *e);
int apply_cgroup_namespace(struct step_context *c, struct err *e);
int verify_cgroup_namespace(struct step_context *c, struct err *e);
int verify_user_namespace(struct step_context *c, struct err *e);
/* step_network.c */
int apply_network_namespace(struct step_context *c, struct err *e);
int verify_network_namespace(struct step_context *c, struct err *e);
/* step_kernel.c */
void step_note_lockdown(struct step_context *c);
int apply_memfd_noexec(struct step_context *c, struct err *e);
int verify_memfd_noexec(struct step_context *c, struct err *e);
int apply_lockdown(struct step_context *c, struct err *e);
int verify_lockdown(struct step_context *c, struct err *e);
/* step_root.c */
int apply_propagation(struct step_context *c, struct err *e);
int verify_propagation(struct step_context *c, struct err *e);
int apply_root(struct step_context *c, struct err *e);
int verify_root(struct step_context *c, struct err *e);
/* step_proc.c */
int apply_proc(struct step_context *c, struct err *e);
int verify_proc(struct step_context *c, struct err *e);
/* step_process.c */
int apply_tty(struct step_context *c, struct err *e);
int verify_tty(struct step_context *c, struct err *e);
int apply_fds(struct step_context *c, struct err *e);
int verify_fds(struct step_context *c, struct err *e);
int apply_close_range(struct step_context *c, struct err *e);
int verify_close_range(struct step_context *c, struct err *e);
int apply_rlimits(struct step_context *c, struct err *e);
int verify_rlimits(struct step_context *c, struct err *e);
int apply_scheduling(struct step_context *c, struct err *e);
int verify_scheduling(struct step_context *c, struct err *e);
/* step_identity.c: steps, and the parts they are made of */
int apply_gid(struct step_context *c, struct err *e);
int verify_gid(struct step_context *c, struct err *e);
int apply_uid(struct step_context *c, struct err *e);
int verify_uid(struct step_context *c, struct err *e);
int apply_capabilities(struct step_context *c, struct err *e);
int verify_capabilities(struct step_context *c, struct err *e);
int step_set_groups(struct step_context *c, struct err *e);
int step_check_groups(struct step_context *c, struct err *e);
int step_set_gid(struct step_context *c, struct err *e);
int step_check_gid(struct step_context *c, struct err *e);
int step_set_uid(struct step_context *c, struct err *e);
int step_check_uid(struct step_context *c, struct err *e);
int step_set_undumpable(struct step_context *c, struct err *e);
int step_check_undumpable(struct step_context *c, struct err *e);
int step_try_regain(struct step_context *c, struct err *e);
int step_check_regain(struct step_context *c, struct err *e);
/* step_environment.c */
int apply_environment(struct step_context *c, struct err *e);
int verify_environment(struct step_context *c, struct err *e);
/* step_caps.c */
int apply_bounding_set(struct step_context *c, struct err *e);
int verify_bounding_set(struct step_context *c, struct err *e);
int step_keep_capabilities(struct step_context *c, struct err *e);
int step_check_kept(struct step_context *c, struct err *e);
int step_drop_capabilities(struct step_context *c, struct err *e);
int step_check_capabilities(struct step_context *c, struct err *e);
/* Tries to take what is not passed on; whether any of that worked. */
bool step_takes_capabilities(const struct step_context *c);
/* step_landlock.c */
int apply_landlock(struct step_context *c, struct err *e);
int verify_landlock(struct step_context *c, struct err *e);
/* step_seccomp.c */
int apply_no_new_privs(struct step_context *c, struct err *e);
int verify_no_new_privs(struct step_context *c, struct err *e);
int apply_seccomp(struct step_context *c, struct err *e);
int verify_seccomp(struct step_context *c, struct err *e);

#endif
