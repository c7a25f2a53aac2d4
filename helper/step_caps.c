/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Capabilities: kept by list, never dropped by list. libcap-ng changes them, the kernel is asked what
 * they are: the library's own idea of the state proves nothing.
 *
 * In two phases: before the filter the bounding set and what loading it does not need, after it the
 * rest, when all five sets are read again.
 */
#include "step.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

struct cap_sets {
	uint64_t effective, permitted, inheritable;
};

static int read_sets(struct cap_sets *sets, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return err_set(e, errno, "capget", "%s", "");
	sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

/* Asks for each capability the kernel knows: EINVAL ends the list. */
static int read_prctl_set(int option, int argument, uint64_t *ret)
{
	*ret = 0;
	for (int cap = 0; cap < 64; cap++) {
		int r = option == PR_CAPBSET_READ ? prctl(option, cap, 0, 0, 0) :
						    prctl(option, argument, cap, 0, 0);

		if (r < 0)
			return errno == EINVAL && cap > 0 ? 0 : -errno;
		if (r)
			*ret |= (uint64_t)1 << cap;
	}
	return 0;
}

int apply_bounding_set(struct step_context *c, struct err *e)
{
	/*
	 * By prctl: libcap-ng asks for each what it has and drops it in a second call, and knows none that
	 * is newer than it. Of those none is kept. EINVAL ends the list.
	 */
	for (int cap = 0; cap < 64; cap++)
		if (!(c->plan->bounding & (uint64_t)1 << cap) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return errno == EINVAL && cap > 0 ? 0 :
				       err_set(e, errno, "PR_CAPBSET_DROP", "%d", cap);
	return 0;
}

int verify_bounding_set(struct step_context *c, struct err *e)
{
	uint64_t have;

	if (read_prctl_set(PR_CAPBSET_READ, 0, &have) < 0)
		return err_set(e, errno, "PR_CAPBSET_READ", "%s", "");
	if (have & ~c->plan->bounding)
		return err_set(e, EPERM, "bounding set", "still has %#llx",
			       (unsigned long long)(have & ~c->plan->bounding));
	return 0;
}

/* What a process has: own for itself, the other two for the programs it executes. */
struct wanted_sets {
	uint64_t own, inheritable, ambient;
};

static void put(capng_act_t act, capng_type_t type, unsigned int cap, uint64_t set)
{
	if (set & (uint64_t)1 << cap)
		(void)capng_update(act, type, cap);
}

static int set_only(const struct wanted_sets *sets, struct err *e)
{
	capng_clear(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
	for (unsigned int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		put(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, cap, sets->own);
		put(CAPNG_ADD, CAPNG_INHERITABLE, cap, sets->inheritable);
		put(CAPNG_ADD, CAPNG_AMBIENT, cap, sets->ambient);
	}
	if (capng_apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT) < 0)
		return err_set(e, EPERM, "capng_apply", "%#llx", (unsigned long long)sets->own);
	return 0;
}

static int check_only(const struct wanted_sets *want, struct err *e)
{
	struct cap_sets sets = { 0 };
	uint64_t ambient;
	int r = read_sets(&sets, e);

	if (r < 0)
		return r;
	if (read_prctl_set(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, &ambient) < 0)
		return err_set(e, errno, "PR_CAP_AMBIENT", "%s", "");
	if (sets.effective != want->own || sets.permitted != want->own ||
	    sets.inheritable != want->inheritable || ambient != want->ambient)
		return err_set(e, EPERM, "capget", "effective %#llx inheritable %#llx ambient %#llx",
			       (unsigned long long)sets.effective,
			       (unsigned long long)sets.inheritable, (unsigned long long)ambient);
	return 0;
}

/* Filter and Landlock need CAP_SYS_ADMIN where no_new_privs does not allow them anyway. */
static uint64_t kept_for_filter(const struct step_context *c)
{
	bool need = c->plan->levels[STEP_NO_NEW_PRIVS] == LEVEL_OFF;

	return c->plan->ambient | (need ? (uint64_t)1 << CAP_SYS_ADMIN : 0);
}

/* What may be inherited is left to the end: it gives this process nothing. */
static int first_sets(const struct step_context *c, struct wanted_sets *ret, struct err *e)
{
	struct cap_sets now = { 0 };
	int r = read_sets(&now, e);

	*ret = (struct wanted_sets){ kept_for_filter(c), now.inheritable, 0 };
	return r;
}

int step_keep_capabilities(struct step_context *c, struct err *e)
{
	struct wanted_sets want;
	int r = first_sets(c, &want, e);

	return r < 0 ? r : set_only(&want, e);
}

int step_check_kept(struct step_context *c, struct err *e)
{
	struct wanted_sets want;
	int r = first_sets(c, &want, e);

	return r < 0 ? r : check_only(&want, e);
}

/* Set in one go what is passed on; then nothing of it is this process's own but that. */
int step_drop_capabilities(struct step_context *c, struct err *e)
{
	const uint64_t pass = c->plan->ambient;

	return set_only(&(struct wanted_sets){ pass, pass, pass }, e);
}

/* Where it was only preferred and could not be had, its own outcome has said so. */
static bool has_bounding_set(const struct step_context *c)
{
	return c->plan->levels[STEP_BOUNDING_SET] == LEVEL_REQUIRE ||
	       (c->applied & STEP_BIT(STEP_BOUNDING_SET));
}

int step_check_capabilities(struct step_context *c, struct err *e)
{
	const uint64_t pass = c->plan->ambient;
	int r = check_only(&(struct wanted_sets){ pass, pass, pass }, e);

	if (r == 0 && has_bounding_set(c))
		r = verify_bounding_set(c, e);
	return r;
}

static bool takes(uint64_t own, int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	uint64_t want = own | (uint64_t)1 << cap;
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)want, (uint32_t)want, (uint32_t)own },
		{ (uint32_t)(want >> 32), (uint32_t)(want >> 32), (uint32_t)(own >> 32) },
	};

	return syscall(SYS_capset, &head, data) == 0;
}

/* One by one: asked for all at once the kernel says no as long as a single one is missing. */
bool step_takes_capabilities(const struct step_context *c)
{
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (!(c->plan->ambient & (uint64_t)1 << cap) && takes(c->plan->ambient, cap))
			return true;
	return false;
}
