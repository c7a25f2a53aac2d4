/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * profile_fixture.h - the shipped profiles, from the source tree: who builds it need not be root, so
 * they are not read through trusted directories.
 */
#ifndef SWRAP_PROFILE_FIXTURE_H
#define SWRAP_PROFILE_FIXTURE_H

#include "src/io.h"
#include "src/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROFILE_FIXTURE_DIR UNIT_SRCDIR "/etc/profiles/"

/* Applies it to *profile, which must be initialised. 0 or -errno. */
static inline int profile_shipped(struct profile *profile, const char *name)
{
	enum { BYTES = 1 << 16 };
	char path[PATH_MAX], *text = malloc(BYTES);
	struct err e = { 0 };
	ssize_t r = -ENOMEM;

	(void)snprintf(path, sizeof(path), PROFILE_FIXTURE_DIR "%s.conf", name);
	if (text)
		r = io_read_file(AT_FDCWD, path, text, BYTES);
	if (r >= 0)
		r = profile_parse(profile, path, text, (size_t)r, &e);
	if (r >= 0)
		(void)snprintf(profile->name, sizeof(profile->name), "%s", name);
	if (e.num)
		(void)fprintf(stderr, "%s\n", e.about);
	free(text);
	return (int)r;
}

#endif
