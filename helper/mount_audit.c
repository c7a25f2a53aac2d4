/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mount_audit.h"

#include "../src/mount_query.h"
#include "../src/num.h"
#include "../src/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* One line; the texts point into it. */
struct mount_line {
	uint64_t id;
	char *path;		/* where it is mounted, unescaped */
	char *options;		/* of the mount */
	char *optional;		/* its peer groups */
	char *super;		/* options of the file system */
};

/* \040 and the like stand for blanks, newlines and backslashes. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		if (from[0] == '\\' && from[1] && from[2] && from[3]) {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = 0;
}

/* "ID PARENT MAJOR:MINOR ROOT PATH OPTIONS OPTIONAL... - TYPE SOURCE SUPER": proc_pid_mountinfo(5). */
static bool split(char *text, struct mount_line *line)
{
	const char *number = text;
	char *dash = strstr(text, " - "), *at = text;

	text[strcspn(text, "\n")] = 0;
	if (!dash || num_take_u64(&number, UINT64_MAX, &line->id) < 0)
		return false;
	*dash = 0;
	line->super = strrchr(dash + 3, ' ');
	for (int i = 0; at && i < 4; i++)
		(void)strsep(&at, " ");
	line->path = strsep(&at, " ");
	line->options = strsep(&at, " ");
	line->optional = at;
	if (!line->path || !line->options || !line->super)
		return false;
	unescape(line->path);
	return true;
}

typedef int audit_line(const struct mount_line *line, void *context, struct err *e);

static int each_line(audit_line *audit, void *context, struct err *e)
{
	_fclose_ FILE *file = fopen("/proc/self/mountinfo", "re");
	_free_ char *text = NULL;
	struct mount_line line;
	size_t size = 0;
	int r = 0;

	if (!file)
		return err_set(e, errno, "open", "mountinfo");
	while (r == 0 && getline(&text, &size, file) > 0)
		r = split(text, &line) ? audit(&line, context, e) :
					 err_set(e, EPERM, "mountinfo", "%.80s", text);
	return r;
}

static bool has_option(const char *options, const char *option)
{
	size_t n = strlen(option);

	for (const char *at = options; (at = strstr(at, option)); at += n)
		if ((at == options || at[-1] == ',' || at[-1] == ' ') && (at[n] == ',' || at[n] == 0))
			return true;
	return false;
}

static int audit_shared(const struct mount_line *line, void *context, struct err *e)
{
	(void)context;
	return line->optional && strstr(line->optional, "shared:") ?
		       err_set(e, EPERM, "mountinfo", "shared: %.80s", line->path) : 0;
}

int mount_audit_shared(struct err *e)
{
	bool shared;

	if (mount_query_shared(&shared) == 0 && !shared)
		return 0;
	/* The list, which names the one that is, too. */
	return each_line(audit_shared, NULL, e);
}

/* Another mount may lie over it: then nobody gets there. No attribute is asked of the file system. */
static bool is_seen(const struct mount_line *line)
{
	struct statx stx;

	if (statx(AT_FDCWD, line->path, AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, 0,
		  &stx) < 0)
		return errno != ENOENT && errno != ENOTDIR;
	return !(stx.stx_mask & STATX_MNT_ID) || stx.stx_mnt_id == line->id;
}

/* What is asked of the mount and it has not. */
static uint64_t missing(const struct plan *plan, const char *path, const struct mount_line *line)
{
	uint64_t wanted = plan_attributes(plan, path);

	if (has_option(line->options, "ro"))
		wanted &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	if (has_option(line->options, "noexec"))
		wanted &= ~(uint64_t)MOUNT_ATTR_NOEXEC;
	return wanted;
}

/* Where path leads, by links that root has made. 0 or -errno. */
static int real_path(const char *path, char real[PATH_MAX])
{
	_close_ int fd = open(path, O_PATH | O_CLOEXEC);
	char name[64];
	ssize_t n;

	if (fd < 0)
		return -errno;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, real, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	real[n] = 0;
	return 0;
}

/* A rule that gives something back may name the place by a link: a home that is one. */
static bool is_excused(const struct plan *plan, const struct mount_line *line)
{
	char real[PATH_MAX], path[2 * PATH_MAX];

	for (uint32_t i = 0; i < plan->nmounts; i++) {
		const struct plan_mount *m = &plan->mounts[i];

		if (m->action == MOUNT_READ_ONLY || m->action == MOUNT_NO_EXEC ||
		    real_path(m->path, real) < 0 || strcmp(real, m->path) == 0 ||
		    !plan_is_below(line->path, real))
			continue;
		(void)snprintf(path, sizeof(path), "%s%s", m->path, line->path + strlen(real));
		if (!missing(plan, path, line))
			return true;
	}
	return false;
}

static int audit_rules(const struct mount_line *line, void *context, struct err *e)
{
	const struct plan *plan = context;

	/* A new /proc is to come, and then the session's own directory is sealed. */
	if (plan_is_below(line->path, "/proc") || plan_is_below(line->path, WIRE_RUN_DIR))
		return 0;
	return missing(plan, line->path, line) && is_seen(line) && !is_excused(plan, line) ?
		       err_set(e, EPERM, "mountinfo", "%.80s is not as asked", line->path) : 0;
}

/* The few trees that every profile of ours protects have been asked one by one. */
static bool has_trees(const struct plan *plan)
{
	const struct profile *p = plan->profile;

	return plan->root_attributes || p->read_only_paths.n || p->no_exec_paths.n ||
	       p->protect_system != PROTECT_SYSTEM_NO || p->protect_home == PROTECT_HOME_READ_ONLY;
}

int mount_audit_rules(const struct plan *plan, struct err *e)
{
	union { const struct plan *in; void *out; } context = { .in = plan };

	return has_trees(plan) ? each_line(audit_rules, context.out, e) : 0;
}

static int audit_hidepid(const struct mount_line *line, void *context, struct err *e)
{
	char option[64];

	if (strcmp(line->path, "/proc") != 0 || !is_seen(line))
		return 0;
	(void)snprintf(option, sizeof(option), "hidepid=%s", (const char *)context);
	return has_option(line->super, option) ? 0 : err_set(e, EPERM, "proc", "has no %s", option);
}

int mount_audit_hidepid(const char *value, struct err *e)
{
	union { const char *in; void *out; } context = { .in = value };

	return each_line(audit_hidepid, context.out, e);
}
