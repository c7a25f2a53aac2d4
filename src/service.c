/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service.h"

#include "attr.h"

#include <fnmatch.h>

static const struct {
	const char *pattern;
	const char *reason;
} exempt_table[] = {
	{ "systemd-user", "the user's service manager: started by systemd, not by the login" },
	{ "cron", "jobs, no login shell" },
	{ "crond", "jobs, no login shell" },
	{ "atd", "jobs, no login shell" },
	{ "sudo", "one command, already decided and recorded by sudo" },
	{ "sudo-i", "the same, with a login environment" },
	{ "polkit-1", "asks for a password, starts nothing" },
	{ "gdm*", "display manager: starts a desktop by systemd" },
	{ "lightdm*", "display manager" },
	{ "sddm*", "display manager" },
	{ "kdm*", "display manager" },
	{ "kde*", "display manager" },
	{ "lxdm*", "display manager" },
	{ "xdm*", "display manager" },
	{ "wdm*", "display manager" },
	{ "slim*", "display manager" },
	{ "greetd*", "display manager" },
	{ "plasmalogin*", "display manager" },
};

bool service_is_exempt(const char *service)
{
	if (!service)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(exempt_table); i++)
		if (fnmatch(exempt_table[i].pattern, service, 0) == 0)
			return true;
	return false;
}
