/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The digest of a plan: what two plans that come to the same have in common, and no two others. Over
 * the profile's own digest, of whom the plan is for what it depends on, and everything that was
 * resolved: not over the session, its terminal or the time.
 */
#include "plan.h"

#include <nettle/sha2.h>
#include <stdarg.h>
#include <string.h>

struct digest {
	struct sha256_ctx sha;
};

/* With its NUL, so that no two texts can run into one another. */
static void put_text(struct digest *d, const char *text)
{
	sha256_update(&d->sha, text ? strlen(text) + 1 : 1, (const uint8_t *)(text ? text : ""));
}

static void put_number(struct digest *d, uint64_t number)
{
	sha256_update(&d->sha, sizeof(number), (const uint8_t *)&number);
}

static void put_identity(struct digest *d, const struct plan *plan)
{
	put_number(d, plan->identity->uid);
	put_number(d, plan->identity->gid);
	put_text(d, plan->identity->user);
	put_text(d, plan->identity->home);
	put_number(d, plan->privileged);
}

static void put_steps(struct digest *d, const struct plan *plan)
{
	for (int i = 0; i < STEP_COUNT; i++) {
		put_text(d, primitive_table[i].name);
		put_number(d, plan->levels[i]);
	}
	put_number(d, plan->missing);
	put_number(d, plan->namespaces);
}

static void put_mounts(struct digest *d, const struct plan *plan)
{
	put_number(d, plan->root);
	put_text(d, plan->root_path);
	put_number(d, plan->root_attributes);
	put_text(d, plan->proc_hidepid);
	put_text(d, plan->proc_subset);
	put_number(d, plan->proc_read_only);
	put_number(d, plan->nmounts);
	for (uint32_t i = 0; i < plan->nmounts; i++) {
		put_number(d, plan->mounts[i].action);
		put_number(d, plan->mounts[i].optional);
		put_text(d, plan->mounts[i].path);
		put_text(d, plan->mounts[i].source);
		put_number(d, plan->mounts[i].alone);
		put_number(d, plan->mounts[i].attributes);
		put_text(d, plan->mounts[i].mode);
		put_text(d, plan->mounts[i].size);
	}
	for (uint32_t i = 0; i < plan->profile->load_credential.n; i++)
		put_text(d, plan->profile->load_credential.items[i]);
}

static void put_limits(struct digest *d, const struct plan *plan)
{
	put_number(d, plan->limit_mask);
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		put_number(d, plan->limits[i].rlim_cur);
		put_number(d, plan->limits[i].rlim_max);
	}
}

static void put_filter(struct digest *d, const struct plan *plan)
{
	put_number(d, plan->filter ? plan->filter->len : 0);
	if (plan->filter)
		sha256_update(&d->sha, plan->filter->len * sizeof(plan->filter->filter[0]),
			      (const uint8_t *)plan->filter->filter);
}

static void put_kernel(struct digest *d, const struct plan *plan)
{
	put_number(d, plan->users);
	put_text(d, plan->network_namespace_path);
	put_number(d, plan->lockdown);
	put_number(d, plan->bounding);
	put_number(d, plan->ambient);
	put_number(d, plan->nlandlock);
	for (uint32_t i = 0; i < plan->nlandlock; i++) {
		put_text(d, plan->landlock[i].path);
		put_number(d, plan->landlock[i].rights);
		put_number(d, plan->landlock[i].optional);
	}
}

static void put_optional_number(struct digest *d, const struct optional_number *number)
{
	put_number(d, number->set);
	put_number(d, (uint64_t)number->value);
}

static void put_optional_size(struct digest *d, const struct optional_size *size)
{
	put_number(d, size->set);
	put_number(d, size->relative);
	put_number(d, size->value);
}

static void put_resources(struct digest *d, const struct plan *plan)
{
	put_text(d, plan->cgroup.parent);
	put_optional_size(d, &plan->cgroup.tasks_max);
	put_optional_size(d, &plan->cgroup.memory_max);
	put_optional_size(d, &plan->cgroup.memory_high);
	put_optional_size(d, &plan->cgroup.cpu_quota);
	put_optional_number(d, &plan->umask);
	put_optional_number(d, &plan->nice);
	put_optional_number(d, &plan->oom_score_adjust);
}

static void put_list(struct digest *d, const struct text_list *list)
{
	uint32_t n = list ? list->n : 0;

	put_number(d, n);
	for (uint32_t i = 0; i < n; i++)
		put_text(d, list->items[i]);
}

static void put_environment(struct digest *d, const struct plan *plan)
{
	put_list(d, plan->environment.set);
	put_list(d, plan->environment.pass);
	put_list(d, plan->environment.unset);
	put_number(d, plan->environment.only_passed);
}

static void put_supervision(struct digest *d, const struct plan *plan)
{
	put_number(d, plan->verdicts != NULL);
	put_number(d, plan->verify);
	put_number(d, plan->unrecorded);
	put_number(d, plan->home.kind);
	put_number(d, plan->home.seconds);
	put_number(d, plan->linger.kind);
	put_number(d, plan->linger.seconds);
	put_number(d, plan->runtime_max_usec);
	put_number(d, plan->idle_timeout_usec);
}

void plan_digest(struct plan *plan)
{
	uint8_t bytes[SHA256_DIGEST_SIZE];
	struct digest d;

	sha256_init(&d.sha);
	put_text(&d, "swrap plan 2");
	put_text(&d, plan->profile->name);
	put_text(&d, plan->profile->digest);
	put_identity(&d, plan);
	put_steps(&d, plan);
	put_mounts(&d, plan);
	put_limits(&d, plan);
	put_kernel(&d, plan);
	put_resources(&d, plan);
	put_environment(&d, plan);
	put_filter(&d, plan);
	put_supervision(&d, plan);
	sha256_digest(&d.sha, sizeof(bytes), bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(plan->digest + 2 * i, 3, "%02x", bytes[i]);
}
