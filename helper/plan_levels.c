/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much each step is wanted, and what the host has of it. The directives say whether a step is
 * wanted; Require= and Prefer= only say how much.
 */
#include "plan.h"

#include <errno.h>

/* The directive that asks for a step; NULL: every session has it. */
static const char *const directives[STEP_COUNT] = {
	[STEP_CGROUP] = "TasksMax=, MemoryMax=, CPUQuota=",
	[STEP_USER_NAMESPACE] = "PrivateUsers=",
	[STEP_PID_NAMESPACE] = "PrivatePIDs=",
	[STEP_MOUNT_NAMESPACE] = "PrivateMounts=",
	[STEP_IPC_NAMESPACE] = "PrivateIPC=",
	[STEP_UTS_NAMESPACE] = "ProtectHostname=",
	[STEP_NETWORK_NAMESPACE] = "PrivateNetwork=, NetworkNamespacePath=",
	[STEP_CGROUP_NAMESPACE] = "ProtectControlGroups=strict",
	[STEP_PROPAGATION] = "PrivateMounts=",
	[STEP_ROOT] = "PrivateMounts=",
	[STEP_PROC] = "PrivatePIDs=, rules for /proc",
	[STEP_MEMFD_NOEXEC] = "MemoryDenyWriteExecute=",
	[STEP_LOCKDOWN] = "RequireLockdown=",
	[STEP_BOUNDING_SET] = "CapabilityBoundingSet=",
	[STEP_NO_NEW_PRIVS] = "NoNewPrivileges=",
	[STEP_LANDLOCK] = "Landlock=",
};

static void set_reason(struct plan *plan, enum step step, const char *first, const char *second)
{
	(void)snprintf(plan->reasons[step], sizeof(plan->reasons[step]), "%s%s", first, second);
}

/* Asked for by a directive, but not to be had by an ordinary user's own run. */
static bool is_taken_away(const struct plan *plan, enum step step)
{
	return !plan->privileged && plan->levels[step] == LEVEL_OFF &&
	       (!directives[step] || (plan->asked & STEP_BIT(step)));
}

static void explain_level(struct plan *plan, enum step step)
{
	const char *directive = directives[step];

	if (is_taken_away(plan, step))
		set_reason(plan, step, "not without root", "");
	else if (plan->levels[step] == LEVEL_OFF)
		set_reason(plan, step, directive ? directive : "nothing", " does not ask for it");
	else if (!(plan->asked & STEP_BIT(step)))
		set_reason(plan, step, "an ordinary user's filter needs it", "");
	else
		set_reason(plan, step, directive ? directive : "every session", "");
}

static int require(struct plan *plan, enum step step, struct err *e)
{
	if (plan->levels[step] == LEVEL_OFF)
		return err_set(e, EINVAL, primitive_table[step].name, "Require= names it, %.80s",
			       plan->reasons[step]);
	plan->levels[step] = LEVEL_REQUIRE; /* what a directive alone only prefers, too */
	return 0;
}

static int prefer(struct plan *plan, enum step step, struct err *e)
{
	if (!(STEPS_OPTIONAL & STEP_BIT(step)))
		return err_set(e, EINVAL, primitive_table[step].name,
			       "Prefer= names it, it cannot be only preferred");
	if (plan->levels[step] != LEVEL_REQUIRE)
		return 0;
	plan->levels[step] = LEVEL_PREFER;
	return 0;
}

int plan_wishes(struct plan *plan, struct err *e)
{
	const struct profile *p = plan->profile;
	int r = 0;

	for (enum step step = 0; r == 0 && step < STEP_COUNT; step++) {
		explain_level(plan, step);
		if (p->require & STEP_BIT(step))
			r = require(plan, step, e);
		else if (p->prefer & STEP_BIT(step))
			r = prefer(plan, step, e);
	}
	return r;
}

/* ---- what the host has ---- */

static struct probe_demand plan_demand(const struct plan *plan)
{
	const struct profile *p = plan->profile;
	struct probe_demand demand = {
		.lockdown = p->require_lockdown == LOCKDOWN_NO ?
				    PROBE_LOCKDOWN_UNKNOWN :
				    (enum probe_lockdown)(p->require_lockdown + 1),
		.own_user_namespace = !plan->privileged && plan->levels[STEP_USER_NAMESPACE],
	};

	if (p->tasks_max.set)
		demand.controllers |= CONTROLLER_PIDS;
	if (p->memory_max.set || p->memory_high.set)
		demand.controllers |= CONTROLLER_MEMORY;
	if (p->cpu_quota.set)
		demand.controllers |= CONTROLLER_CPU;
	return demand;
}
_Static_assert((int)LOCKDOWN_INTEGRITY + 1 == (int)PROBE_LOCKDOWN_INTEGRITY &&
	       (int)LOCKDOWN_CONFIDENTIALITY + 1 == (int)PROBE_LOCKDOWN_CONFIDENTIALITY,
	       "the two orders differ");

/* The first step that this one needs and that will not be applied; STEP_COUNT: none. */
static enum step find_lacking(const struct plan *plan, enum step step)
{
	const struct primitive *p = &primitive_table[step];

	for (enum step need = 0; need < step; need++)
		if (((p->needs & STEP_BIT(need)) && plan->levels[need] == LEVEL_OFF) ||
		    ((p->needs | p->with) & plan->missing & STEP_BIT(need)))
			return need;
	return STEP_COUNT;
}

/* A step that cannot be because of another is as good as one the host has not. */
static void judge_needs(struct plan *plan, enum step step)
{
	enum step lacking = find_lacking(plan, step);

	if (lacking == STEP_COUNT || plan->offers[step] == OFFER_NO)
		return;
	plan->offers[step] = OFFER_NO;
	(void)snprintf(plan->offer_reasons[step], sizeof(plan->offer_reasons[step]), "needs %s",
		       primitive_table[lacking].name);
}

static int judge_offer(struct plan *plan, enum step step, struct err *e)
{
	judge_needs(plan, step);
	if (plan->offers[step] != OFFER_NO)
		return 0;
	if (plan->levels[step] == LEVEL_REQUIRE)
		return err_set(e, ENOTSUP, primitive_table[step].name, "%s", plan->offer_reasons[step]);
	if (plan->profile->prefer & STEP_BIT(step))
		plan->missing |= STEP_BIT(step);
	else
		plan->levels[step] = LEVEL_OFF; /* nobody named it: it comes along where there is one */
	return 0;
}

int plan_probe(struct plan *plan, const struct probe *probe, struct err *e)
{
	struct probe_demand demand = plan_demand(plan);
	struct err first = { 0 };

	for (enum step step = 0; step < STEP_COUNT; step++) {
		if (plan->levels[step] == LEVEL_OFF)
			continue;
		plan->offers[step] = (uint8_t)probe_step(probe, step, &demand,
							 plan->offer_reasons[step]);
		(void)judge_offer(plan, step, &first); /* all are asked, so that all can be told */
	}
	plan->namespaces = plan_namespaces(plan, plan->missing);
	plan_digest(plan);
	return first.num ? err_set(e, first.num, first.what, "%s", first.about) : 0;
}
