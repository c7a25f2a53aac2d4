/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervisor_cut.h"

#include "filter.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { SUPERVISOR_NICE = -20, CAPABILITY_BITS = 64 };

struct kept {
	unsigned int capability;
	const char *reason;
};

static const struct kept kept[] = {
	{ CAP_SYS_PTRACE, "reads and traces other users' processes; an exec keeps its setuid bit" },
	{ CAP_KILL, "kills what was about to run something else" },
	{ CAP_DAC_READ_SEARCH, "resolves paths beneath private directories" },
};

static uint64_t kept_mask(const struct supervisor_start *start)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kept) && !start->unprivileged; i++)
		mask |= (uint64_t)1 << kept[i].capability;
	return mask;
}

/*
 * First in line when a question comes. EACCES and EPERM: no CAP_SYS_NICE here (a container, an
 * ordinary user); slower, not weaker.
 */
static void take_priority(void)
{
	(void)setpriority(PRIO_PROCESS, 0, SUPERVISOR_NICE);
}

static int set_flag(int option, unsigned long value, int getter, const char *what, struct err *e)
{
	int now;

	if (prctl(option, value, 0, 0, 0) < 0)
		return err_set(e, errno, "prctl", "%s", what);
	now = prctl(getter, 0, 0, 0, 0);
	if (now != (int)value)
		return err_set(e, EPROTO, "prctl", "%s is %d", what, now);
	return 0;
}

static int empty_bounding_set(struct err *e)
{
	for (int cap = 0; cap < CAPABILITY_BITS; cap++) {
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL && cap > 0)
			return 0; /* the kernel has no more of them */
		return err_set(e, errno, "PR_CAPBSET_DROP", "%d", cap);
	}
	return 0;
}

static int change_ids(uid_t uid, gid_t gid, struct err *e)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "prctl", "keepcaps");
	if (setgroups(0, NULL) < 0)
		return err_set(e, errno, "setgroups", "none");
	if (setresgid(gid, gid, gid) < 0)
		return err_set(e, errno, "setresgid", "%u", gid);
	if (setresuid(uid, uid, uid) < 0)
		return err_set(e, errno, "setresuid", "%u", uid);
	return 0;
}

static int keep_capabilities(const struct supervisor_start *start, struct err *e)
{
	capng_clear(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
	for (size_t i = 0; i < ARRAY_SIZE(kept) && !start->unprivileged; i++)
		(void)capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
				   kept[i].capability);
	if (capng_apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT) < 0)
		return err_set(e, EPERM, "capng_apply", "supervisor"); /* it sets no errno */
	return 0;
}

static int check_capabilities(uint64_t mask, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uint64_t permitted, effective;

	if (syscall(SYS_capget, &head, data) < 0)
		return err_set(e, errno, "capget", "supervisor");
	permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	effective = data[0].effective | (uint64_t)data[1].effective << 32;
	if (permitted != mask || effective != mask || data[0].inheritable || data[1].inheritable)
		return err_set(e, EPERM, "capget", "permitted %#llx, wanted %#llx",
			       (unsigned long long)permitted, (unsigned long long)mask);
	return 0;
}

static int check_bounding_set(struct err *e)
{
	for (int cap = 0; cap < CAPABILITY_BITS; cap++) {
		int r = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (r < 0 && errno == EINVAL && cap > 0)
			return 0;
		if (r != 0)
			return err_set(e, EPERM, "bounding set", "capability %d", cap);
	}
	return 0;
}

static int check_ids(uid_t uid, gid_t gid, struct err *e)
{
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) < 0 || getresgid(&g[0], &g[1], &g[2]) < 0)
		return err_set(e, errno, "getresuid", "supervisor");
	for (int i = 0; i < 3; i++) {
		if (u[i] != uid || g[i] != gid)
			return err_set(e, EPERM, "supervisor", "uid %u gid %u", u[i], g[i]);
	}
	if (getgroups(0, NULL) != 0)
		return err_set(e, EPERM, "getgroups", "not empty");
	return 0;
}

/* Tries to go back: that it works is the one thing no getter shows. */
static int check_regain(uid_t uid, struct err *e)
{
	gid_t root = 0;

	if (setgroups(1, &root) == 0 || setresgid(0, 0, 0) == 0)
		return err_set(e, EPERM, "supervisor", "can still take on groups");
	if (uid != 0 && (setresuid(0, 0, 0) == 0 || setuid(0) == 0))
		return err_set(e, EPERM, "supervisor", "can still become root");
	return 0;
}

static int drop_root(const struct supervisor_start *start, struct err *e)
{
	uid_t uid = start->identity->supervisor_uid;
	gid_t gid = start->identity->supervisor_gid;
	int r = empty_bounding_set(e);

	if (r == 0)
		r = change_ids(uid, gid, e);
	if (r == 0)
		r = keep_capabilities(start, e);
	if (r == 0)
		r = check_ids(uid, gid, e);
	if (r == 0)
		r = check_bounding_set(e);
	return r < 0 ? r : check_regain(uid, e);
}

int cut_rights(const struct supervisor_start *start, struct err *e)
{
	int r;

	take_priority();
	r = start->unprivileged ? keep_capabilities(start, e) : drop_root(start, e);
	if (r == 0)
		r = check_capabilities(kept_mask(start), e);
	if (r == 0)
		r = set_flag(PR_SET_NO_NEW_PRIVS, 1, PR_GET_NO_NEW_PRIVS, "no_new_privs", e);
	/* Both are reset by a change of ids, so they come after it. */
	if (r == 0)
		r = set_flag(PR_SET_DUMPABLE, 0, PR_GET_DUMPABLE, "dumpable", e);
	if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) < 0)
		r = err_set(e, errno, "prctl", "pdeathsig");
	return r;
}

int cut_calls(struct err *e)
{
	return filter_load_all_threads(filter_supervisor(), e);
}
