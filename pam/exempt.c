/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exempt.h"

#include "trusted.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

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

bool exempt_service(const char *service)
{
	if (!service)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(exempt_table); i++) {
		if (fnmatch(exempt_table[i].pattern, service, 0) == 0)
			return true;
	}
	return false;
}

bool exempt_disabled(void)
{
	struct stat st;
	_close_ int fd = trusted_open_file(SWRAP_CONFIG_DIR "/disable", &st, NULL);

	return fd >= 0;
}

/* The marker was opened with O_PATH and judged; this reads that very inode. */
static int read_marker(int fd, char outer[IDENTITY_SESSION_BYTES], struct err *e)
{
	char path[32], text[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = io_read_file(AT_FDCWD, path, text, sizeof(text));
	if (n < 0)
		return err_set(e, (int)-n, "read", WIRE_INSIDE_MARKER);
	text[strcspn(text, "\n")] = 0;
	if (strspn(text, "0123456789abcdef") != IDENTITY_SESSION_BYTES - 1 ||
	    text[IDENTITY_SESSION_BYTES - 1])
		return err_set(e, EBADMSG, "marker", WIRE_INSIDE_MARKER);
	memcpy(outer, text, IDENTITY_SESSION_BYTES);
	return 1;
}

int exempt_inside(char outer[IDENTITY_SESSION_BYTES], struct err *e)
{
	struct err why = { 0 };
	struct stat st;
	_close_ int fd = trusted_open_file(WIRE_INSIDE_MARKER, &st, &why);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return err_set(e, why.num, why.what, "%s", why.about);
	return read_marker(fd, outer, e);
}
