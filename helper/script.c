/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "script.h"

#include "../src/num.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { CMDLINE_BYTES = 4096 };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *skip_blanks(char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

/* The first blank or NUL, or end. */
static char *skip_word(char *at, const char *end)
{
	while (at < end && !is_blank(*at) && *at)
		at++;
	return at;
}

/* Without a newline the line is cut at the buffer's end: then a name that may be cut is none. */
static char *line_end(char *line)
{
	char *last = line + SCRIPT_LINE_BYTES - 1;
	char *newline = memchr(line, '\n', SCRIPT_LINE_BYTES);
	char *name;

	if (newline)
		return newline;
	name = skip_blanks(line + 2, last);
	return name == last || skip_word(name, last) == last ? NULL : last;
}

int script_parse(char line[SCRIPT_LINE_BYTES], char path[SCRIPT_LINE_BYTES],
		 char argument[SCRIPT_LINE_BYTES])
{
	char *end, *name, *separator, *arg;

	if (line[0] != '#' || line[1] != '!')
		return 0;
	end = line_end(line);
	if (!end)
		return 0;
	while (end > line + 2 && is_blank(end[-1]))
		end--;
	name = skip_blanks(line + 2, end);
	if (name == end)
		return 0;
	separator = skip_word(name, end);
	arg = separator < end && *separator ? skip_blanks(separator, end) : end;
	*end = 0;
	*separator = 0;
	memcpy(path, name, strlen(name) + 1);
	memcpy(argument, arg, strlen(arg) + 1);
	return 1;
}

static bool note_end(struct script *script, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	script->dev = st.st_dev;
	script->ino = st.st_ino;
	return true;
}

/*
 * A file that only may be executed cannot be read without CAP_DAC_READ_SEARCH: it is then taken for
 * a program, and the stop shows whether it is one.
 */
static int parse_file(struct script *script, const struct resolver *r, int fd)
{
	char line[SCRIPT_LINE_BYTES] = { 0 };

	if (resolve_read_head(r, fd, line, sizeof(line)) < 2)
		return 0;
	return script_parse(line, script->level[script->depth].path,
			    script->level[script->depth].argument);
}

void script_follow(struct script *script, const struct resolver *r, const struct process_facts *f,
		   const struct resolved_file *file)
{
	_close_ int next = -1;
	int fd = file->fd;

	script->depth = 0;
	script->known = false;
	if (fd < 0)
		return;
	while (script->depth < SCRIPT_LEVELS && parse_file(script, r, fd)) {
		int opened =
			resolve_interpreter(r, f, file->root, script->level[script->depth].path);

		if (opened < 0)
			return;
		fd_close(&next);
		next = opened;
		fd = next;
		script->depth++;
	}
	script->known = note_end(script, fd);
}

void script_name(char out[SCRIPT_NAME_BYTES], int dirfd, const char *path)
{
	size_t n = 0;

	if (dirfd >= 0 && path[0] != '/') {
		memcpy(out, "/dev/fd/", 8);
		n = 8 + num_format((uint64_t)dirfd, out + 8);
		if (path[0])
			out[n++] = '/';
	}
	memcpy(out + n, path, strlen(path) + 1);
}

/* Reads the command line piece by piece and compares. */
struct comparison {
	int fd;
	size_t at, n;		/* of the piece */
	char piece[CMDLINE_BYTES];
};

/* 1: there is more in the piece; 0: the end; or -errno. */
static int refill(struct comparison *c)
{
	ssize_t n;

	if (c->at < c->n)
		return 1;
	do {
		n = read(c->fd, c->piece, sizeof(c->piece));
	} while (n < 0 && errno == EINTR);
	c->at = 0;
	c->n = n > 0 ? (size_t)n : 0;
	return n < 0 ? -errno : n > 0;
}

static int compare(struct comparison *c, const char *text, size_t n)
{
	while (n > 0) {
		int r = refill(c);
		size_t part;

		if (r <= 0)
			return r < 0 ? r : -EPERM;
		part = n < c->n - c->at ? n : c->n - c->at;
		if (memcmp(text, c->piece + c->at, part) != 0)
			return -EPERM;
		c->at += part;
		text += part;
		n -= part;
	}
	return 0;
}

static int compare_text(struct comparison *c, const char *text)
{
	return compare(c, text, strlen(text) + 1);
}

/* The last interpreter comes first. */
static int compare_interpreters(struct comparison *c, const struct script *script)
{
	int r = 0;

	for (unsigned int i = script->depth; i > 0 && r == 0; i--) {
		r = compare_text(c, script->level[i - 1].path);
		if (r == 0 && script->level[i - 1].argument[0])
			r = compare_text(c, script->level[i - 1].argument);
	}
	return r;
}

/* A script's own argv[0] is gone: its name stands there. */
static size_t first_bytes(const struct reader_argv *argv)
{
	size_t n = strnlen(argv->text, argv->bytes);

	return n < argv->bytes ? n + 1 : n;
}

/* Linux 5.18 gives a program without arguments an empty one. */
static int compare_end(struct comparison *c, const struct script *script,
		       const struct reader_argv *argv)
{
	int r = refill(c);

	if (r <= 0)
		return r;
	if (argv->bytes == 0 && !script->depth && c->n == 1 && c->piece[0] == 0)
		return 0;
	return -EPERM;
}

int script_check_argv(const struct script *script, const struct resolver *r, pid_t tgid,
		      const char *name, const struct reader_argv *argv)
{
	char path[NUM_TEXT_BYTES + sizeof("/cmdline")];
	struct comparison c = { .fd = -1 };
	_close_ int fd = -1;
	size_t skip = script->depth ? first_bytes(argv) : 0, n = num_format((uint64_t)tgid, path);
	int ret;

	memcpy(path + n, "/cmdline", sizeof("/cmdline"));
	fd = openat(r->proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	c.fd = fd;
	ret = compare_interpreters(&c, script);
	if (ret == 0 && script->depth)
		ret = compare_text(&c, name);
	if (ret == 0)
		ret = compare(&c, argv->text + skip, argv->bytes - skip);
	return ret < 0 || argv->more ? ret : compare_end(&c, script, argv);
}
