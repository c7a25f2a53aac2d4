/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "steps.h"

#include "ablate.h"

#include <errno.h>

/*
 * The code of each step, at the index of its name. STEP_EXEC has none: it is the exec itself, and its
 * outcome is what the supervisor saw of it.
 */
static const struct step_code step_table[STEP_COUNT] = {
	[STEP_CGROUP] = { apply_cgroup, verify_cgroup },
	[STEP_USER_NAMESPACE] = { apply_namespace, verify_user_namespace },
	[STEP_PID_NAMESPACE] = { apply_namespace, verify_pid_namespace },
	[STEP_MOUNT_NAMESPACE] = { apply_namespace, verify_mount_namespace },
	[STEP_IPC_NAMESPACE] = { apply_namespace, verify_ipc_namespace },
	[STEP_UTS_NAMESPACE] = { apply_namespace, verify_uts_namespace },
	[STEP_NETWORK_NAMESPACE] = { apply_network_namespace, verify_network_namespace },
	[STEP_CGROUP_NAMESPACE] = { apply_cgroup_namespace, verify_cgroup_namespace },
	[STEP_PROPAGATION] = { apply_propagation, verify_propagation },
	[STEP_ROOT] = { apply_root, verify_root },
	[STEP_PROC] = { apply_proc, verify_proc },
	[STEP_MEMFD_NOEXEC] = { apply_memfd_noexec, verify_memfd_noexec },
	[STEP_LOCKDOWN] = { apply_lockdown, verify_lockdown },
	[STEP_TTY] = { apply_tty, verify_tty },
	[STEP_FDS] = { apply_fds, verify_fds },
	[STEP_CLOSE_RANGE] = { apply_close_range, verify_close_range },
	[STEP_RLIMITS] = { apply_rlimits, verify_rlimits },
	[STEP_SCHEDULING] = { apply_scheduling, verify_scheduling },
	[STEP_BOUNDING_SET] = { apply_bounding_set, verify_bounding_set },
	[STEP_GID] = { apply_gid, verify_gid },
	[STEP_UID] = { apply_uid, verify_uid },
	[STEP_NO_NEW_PRIVS] = { apply_no_new_privs, verify_no_new_privs },
	[STEP_ENVIRONMENT] = { apply_environment, verify_environment },
	[STEP_LANDLOCK] = { apply_landlock, verify_landlock },
	[STEP_SECCOMP] = { apply_seccomp, verify_seccomp },
	[STEP_CAPABILITIES] = { apply_capabilities, verify_capabilities },
};

/* In this process or the one that made it: what init had not applied no session process has. */
static bool has_needs(const struct step_context *c, enum step step)
{
	uint64_t needs = primitive_table[step].needs;

	for (enum step other = 0; other < step; other++)
		if ((primitive_table[step].with & STEP_BIT(other)) && c->plan->levels[other] != LEVEL_OFF)
			needs |= STEP_BIT(other);
	return (needs & ~c->applied) == 0;
}

static enum result run_one(struct step_context *c, enum step step, struct err *e)
{
	if (c->plan->levels[step] == LEVEL_OFF) {
		ablate_carry(c, step);
		return RESULT_SKIPPED;
	}
	if (c->plan->missing & STEP_BIT(step)) {
		(void)err_set(e, ENOTSUP, "step", "%s: %s", primitive_table[step].name,
			      c->plan->offer_reasons[step]);
		return RESULT_REFUSED;
	}
	if (!has_needs(c, step)) {
		(void)err_set(e, ENOTSUP, "step", "%s: what it needs was not applied",
			      primitive_table[step].name);
		return RESULT_REFUSED;
	}
	if (!step_table[step].apply) {
		(void)err_set(e, ENOSYS, "step", "%s has no code", primitive_table[step].name);
		return RESULT_REFUSED;
	}
	if (step_table[step].apply(c, e) < 0)
		return RESULT_FAILED;
	return step_table[step].verify(c, e) < 0 ? RESULT_FAILED : RESULT_APPLIED;
}

int steps_run(struct step_context *c, enum step first, enum step last, struct outcome_list *list)
{
	for (enum step step = first; step <= last; step++) {
		struct err e = { 0 };
		enum result result = run_one(c, step, &e);

		outcome_add(list, step, result, &e);
		if (result == RESULT_APPLIED)
			c->applied |= STEP_BIT(step);
		if (result != RESULT_APPLIED && c->plan->levels[step] == LEVEL_REQUIRE)
			return -1;
	}
	return 0;
}
