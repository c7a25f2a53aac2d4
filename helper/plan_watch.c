/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mode=permissive: nothing confines. What is taken over of a profile is a list, so that a directive
 * nobody thought of here is left out.
 */
#include "plan.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#define ALL_CAPABILITIES ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)

/* What the filter is made of: it is asked, not obeyed. */
static void copy_filter(struct profile *to, const struct profile *from)
{
	to->system_call_filter = from->system_call_filter;
	to->system_call_architectures = from->system_call_architectures;
	to->system_call_error_number = from->system_call_error_number;
	to->restrict_namespaces = from->restrict_namespaces;
	to->restrict_address_families = from->restrict_address_families;
	to->restrict_realtime = from->restrict_realtime;
	to->lock_personality = from->lock_personality;
	to->memory_deny_write_execute = from->memory_deny_write_execute;
	to->restrict_suid_sgid = from->restrict_suid_sgid;
	to->protect_clock = from->protect_clock;
	to->protect_kernel_modules = from->protect_kernel_modules;
	to->protect_kernel_logs = from->protect_kernel_logs;
	if (from->tasks != TASKS_DESCENDANTS)
		to->tasks = from->tasks;
}

/* Manners, and how long it lasts. */
static void copy_session(struct profile *to, const struct profile *from)
{
	to->environment = from->environment;
	to->pass_environment = from->pass_environment;
	to->unset_environment = from->unset_environment;
	to->load_credential = from->load_credential;
	to->umask = from->umask;
	to->nice = from->nice;
	to->oom_score_adjust = from->oom_score_adjust;
	to->mode = from->mode;
	to->fail = from->fail;
	to->linger = from->linger;
	to->home = from->home;
	to->runtime_max_usec = from->runtime_max_usec;
	to->idle_timeout_usec = from->idle_timeout_usec;
}

int plan_watch(struct plan *plan, struct err *e)
{
	const struct profile *from = plan->profile;
	struct profile *to = calloc(1, sizeof(*to));

	if (!to)
		return err_set(e, ENOMEM, "calloc", "profile");
	(void)strcpy(to->name, from->name);
	(void)strcpy(to->digest, from->digest);
	to->bounding = ALL_CAPABILITIES;
	copy_filter(to, from);
	copy_session(to, from);
	plan->watched = to;
	plan->profile = to;
	return 0;
}
