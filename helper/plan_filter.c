/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The session's filter: found among those made at build time, or compiled; loosened for a session that
 * only learns.
 */
#include "plan.h"

#include "filter.h"
#include "filter_ask.h"
#include "filter_compiler.h"
#include "filter_spec.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>

static int compile(struct plan *plan, const char *spec, struct err *e)
{
	const struct compiler_user user = {
		.change = plan->privileged,
		.uid = plan->identity->supervisor_uid,
		.gid = plan->identity->supervisor_gid,
	};

	plan->filter = &plan->compiled;
	return filter_compiler_run(SWRAP_FILTER_PATH, spec, &user, &plan->compiled.filter,
				   &plan->compiled.len, e);
}

/* A copy whose refusals are questions: what they would have been is looked up when one comes. */
static int loosen(struct plan *plan, struct err *e)
{
	const struct sock_fprog *strict = plan->filter;
	struct sock_filter *code = calloc(strict->len, sizeof(*code));

	if (!code)
		return err_set(e, ENOMEM, "calloc", "filter");
	memcpy(code, strict->filter, strict->len * sizeof(*code));
	for (unsigned short i = 0; i < strict->len; i++)
		if (code[i].code == (BPF_RET | BPF_K) && code[i].k != SECCOMP_RET_ALLOW)
			code[i].k = SECCOMP_RET_USER_NOTIF;
	plan->loosened = (struct sock_fprog){ strict->len, code };
	plan->verdicts = strict;
	plan->filter = &plan->loosened;
	return 0;
}

/* Calls after which a process may have another root than the session's, and nobody was asked. */
static const struct {
	int call;
	uint64_t first, second;
} root_changes[] = {
	{ SYS_unshare, CLONE_NEWNS, 0 }, { SYS_unshare, CLONE_NEWUSER, 0 },
	{ SYS_setns, 0, CLONE_NEWNS },	 { SYS_clone, CLONE_NEWNS, 0 },
	{ SYS_clone3, 0, 0 },		 { SYS_pivot_root, 0, 0 },
};

static bool roots_vary(const struct sock_fprog *program)
{
	for (size_t i = 0; i < ARRAY_SIZE(root_changes); i++)
		if (filter_lets(program, root_changes[i].call, root_changes[i].first,
				root_changes[i].second, 0))
			return true;
	return false;
}

int plan_filter(struct plan *plan, struct err *e)
{
	char spec[FILTER_SPEC_BYTES];
	int r = filter_spec(plan->profile, spec, sizeof(spec), e);

	if (r < 0)
		return r;
	plan->filter = filter_prebuilt(spec);
	if (!plan->filter)
		r = compile(plan, spec, e);
	if (r == 0 && plan->profile->mode == MODE_PERMISSIVE)
		r = loosen(plan, e);
	if (r < 0)
		return r;
	plan->roots_vary = roots_vary(plan->filter);
	plan->filter_confines = !plan->verdicts && strcmp(spec, FILTER_SPEC_HEAD) != 0;
	return 0;
}

void plan_filter_done(struct plan *plan)
{
	free(plan->compiled.filter);
	free(plan->loosened.filter);
	plan->filter = plan->verdicts = NULL;
	plan->compiled = plan->loosened = (struct sock_fprog){ 0 };
}
