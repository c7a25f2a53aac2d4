/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "named.h"

#include "../src/attr.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 64 * 1024 };

static void directory_close(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}
#define _directory_ _cleanup_(directory_close)

/*
 * One read, which a file on a disk answers whole. What is larger may have the word. Root is not to hang on
 * a pipe that somebody left here: it ends at once.
 */
static bool in_file(int dirfd, const char *name, const char *word, char *buffer)
{
	_close_ int fd = openat(dirfd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return errno != ENOENT;
	n = read(fd, buffer, FILE_BYTES);
	return n < 0 || n == FILE_BYTES || memmem(buffer, (size_t)n, word, strlen(word)) != NULL;
}

static bool is_table(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && dot && strcmp(dot, ".conf") == 0;
}

static bool in_entries(DIR *dir, const char *word, char *buffer)
{
	const struct dirent *entry;

	errno = 0;
	while ((entry = readdir(dir))) {
		if (is_table(entry->d_name) && in_file(dirfd(dir), entry->d_name, word, buffer))
			return true;
		errno = 0;
	}
	return errno != 0;
}

static bool in_folder(int base, const char *word, char *buffer)
{
	_close_ int fd = openat(base, "rules.d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_directory_ DIR *dir = NULL;

	if (fd < 0)
		return errno != ENOENT;
	dir = fdopendir(fd);
	if (!dir)
		return true;
	(void)take_fd(&fd); /* the stream's now */
	return in_entries(dir, word, buffer);
}

static bool in_directory(const char *path, const char *word, char *buffer)
{
	_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno != ENOENT;
	return in_file(fd, "rules.conf", word, buffer) || in_folder(fd, word, buffer);
}

bool named_below(const char *admin_dir, const char *vendor_dir, const char *word)
{
	_free_ char *buffer = malloc(FILE_BYTES);

	return !buffer || in_directory(admin_dir, word, buffer) || in_directory(vendor_dir, word, buffer);
}

bool named_in_rules(const char *config_dir, const char *word)
{
	return named_below(config_dir[0] ? config_dir : SWRAP_CONFIG_DIR, SWRAP_VENDOR_DIR, word);
}
