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

void plan_digest(struct plan *plan)
{
	uint8_t bytes[SHA256_DIGEST_SIZE];
	struct digest d;

	sha256_init(&d.sha);
	put_text(&d, "swrap plan 1");
	put_text(&d, plan->profile->name);
	put_text(&d, plan->profile->digest);
	put_identity(&d, plan);
	put_steps(&d, plan);
	put_mounts(&d, plan);
	put_limits(&d, plan);
	put_number(&d, plan->bounding);
	put_filter(&d, plan);
	sha256_digest(&d.sha, sizeof(bytes), bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(plan->digest + 2 * i, 3, "%02x", bytes[i]);
}
