/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * no_new_privs, and the filter whose listener goes to the supervisor.
 */
#include "step.h"

#include "filter.h"

#include "../src/channel.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

int apply_no_new_privs(struct step_context *c, struct err *e)
{
	(void)c;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "PR_SET_NO_NEW_PRIVS", "%s", "");
	return 0;
}

int verify_no_new_privs(struct step_context *c, struct err *e)
{
	(void)c;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return err_set(e, EPERM, "PR_GET_NO_NEW_PRIVS", "%s", "not set");
	return 0;
}

/*
 * The listener crosses by one sendmsg after the filter is on, which both filters allow. Our copy is
 * closed before the exec: were the supervisor dead, the last copy would go with it and the exec
 * would get ENOSYS instead of waiting for ever.
 */
int apply_seccomp(struct step_context *c, struct err *e)
{
	struct inner_listener body = { .id = c->start->id };
	bool killable;
	int listener, r;

	listener = filter_load(c->plan->filter, true, &killable, e);
	if (listener < 0)
		return listener;
	r = channel_send(c->listener_fd, (enum wire_type)INNER_LISTENER, &body, sizeof(body),
			 &listener, 1);
	(void)close(listener);
	return r < 0 ? err_set(e, -r, "sendmsg", "listener") : 0;
}

int verify_seccomp(struct step_context *c, struct err *e)
{
	(void)c;
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER)
		return err_set(e, EPERM, "PR_GET_SECCOMP", "no filter");
	return 0;
}
