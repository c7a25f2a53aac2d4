/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shells.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static bool has_path(const struct shell_list *list, const char *path)
{
	for (unsigned int i = 0; i < list->n; i++) {
		if (strcmp(list->items[i].path, path) == 0)
			return true;
	}
	return false;
}

static int add_shell(struct shell_list *list, const char *path, struct err *e)
{
	_free_ char *real = realpath(path, NULL);
	struct stat st;

	if (!real)
		return errno == ENOMEM ? err_set(e, ENOMEM, "realpath", "%s", path) : 0;
	if (stat(real, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return 0;
	if (has_path(list, real))
		return 0;
	if (list->n == SHELLS_MAX)
		return err_set(e, E2BIG, "shells", "more than %d different files", SHELLS_MAX);
	list->items[list->n++] = (struct shell){
		.path = take_ptr(real),
		.dev = st.st_dev,
		.ino = st.st_ino,
	};
	return 0;
}

/* One line of /etc/shells: a path, or a comment from '#' on. */
static int add_line(struct shell_list *list, char *line, struct err *e)
{
	line += strspn(line, " \t");
	line[strcspn(line, " \t\r\n#")] = 0;
	return line[0] == '/' ? add_shell(list, line, e) : 0;
}

static int add_listing(struct shell_list *list, const char *listing, struct err *e)
{
	_fclose_ FILE *file = fopen(listing, "re");
	_free_ char *line = NULL;
	size_t size = 0;
	int r = 0;

	if (!file)
		return errno == ENOENT ? 0 : err_set(e, errno, "open", "%s", listing);
	while (r == 0 && getline(&line, &size, file) >= 0)
		r = add_line(list, line, e);
	if (r == 0 && ferror(file))
		return err_set(e, EIO, "read", "%s", listing);
	return r;
}

int shells_collect(struct shell_list *list, const char *user_shell, const char *listing,
		   struct err *e)
{
	int r = add_shell(list, user_shell[0] ? user_shell : "/bin/sh", e);

	if (r == 0)
		r = add_shell(list, "/bin/sh", e);
	if (r == 0)
		r = add_listing(list, listing, e);
	if (r == 0 && list->n == 0)
		return err_set(e, ENOENT, "shells", "neither the user's shell nor /bin/sh exists");
	return r;
}

void shells_done(struct shell_list *list)
{
	for (unsigned int i = 0; i < list->n; i++)
		free(list->items[i].path);
	list->n = 0;
}
