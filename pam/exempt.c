/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exempt.h"

#include "trusted.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

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
