/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The module on a line of another type than session: an error that names the mistake.
 */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <syslog.h>

/* The declarations of <security/pam_modules.h> carry no visibility. */
#define EXPORT __attribute__((visibility("default")))

static int only_session(pam_handle_t *pamh, const char *type)
{
	pam_syslog(pamh, LOG_ERR, "pam_swrap.so is for session lines, not for %s", type);
	return PAM_SERVICE_ERR;
}

#define ONLY_SESSION(function, type) \
	EXPORT int function(pam_handle_t *pamh, int flags, int argc, const char **argv) \
	{ \
		(void)flags; \
		(void)argc; \
		(void)argv; \
		return only_session(pamh, type); \
	}

ONLY_SESSION(pam_sm_authenticate, "auth")
ONLY_SESSION(pam_sm_setcred, "auth")
ONLY_SESSION(pam_sm_acct_mgmt, "account")
ONLY_SESSION(pam_sm_chauthtok, "password")
