/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan_builder.h"

#include "../src/num.h"
#include "../src/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

enum { TEXT_BYTES = 64 * PATH_MAX, FIELDS = 3 };

int builder_init(struct builder *b)
{
	b->plan->text = malloc(TEXT_BYTES);
	return b->plan->text ? 0 : err_set(b->e, ENOMEM, "malloc", "plan");
}

/* ---- texts ---- */

/* The first n bytes of text, expanded: it, or NULL. */
static char *expand(struct builder *b, const char *text, size_t n)
{
	char *start = b->plan->text + b->used;
	char from[PATH_MAX];
	int length;

	if (n >= sizeof(from))
		return NULL;
	memcpy(from, text, n);
	from[n] = 0;
	length = plan_expand(b->plan->identity, from, start, TEXT_BYTES - b->used);
	if (length < 0)
		return NULL;
	b->used += (size_t)length + 1;
	return start;
}

/* Takes out empty and "." components in place; false: it is relative or has a "..". */
static bool normalise(char *path)
{
	char *to = path;

	if (path[0] != '/')
		return false;
	for (const char *from = path; *from;) {
		size_t n;

		from += strspn(from, "/");
		n = strcspn(from, "/");
		if (n == 2 && strncmp(from, "..", 2) == 0)
			return false;
		if (n > 0 && !(n == 1 && from[0] == '.')) {
			*to++ = '/';
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	if (to == path)
		*to++ = '/';
	*to = 0;
	return true;
}

/*
 * The path in *ret; NULL: passed over, since it would give a home that is the whole tree, or none. What is
 * taken away from such a home is taken away. A user's name may not add a component.
 */
static int take_path(struct builder *b, const char *text, size_t n, bool gives, const char **ret)
{
	bool of_home = n >= 2 && strncmp(text, "%h", 2) == 0;
	char *path;

	*ret = NULL;
	if (gives && of_home && !plan_has_home(b->plan->identity))
		return 0;
	if (memmem(text, n, "%u", 2) && strchr(b->plan->identity->user, '/'))
		return err_set(b->e, EINVAL, "path", "%%u: the user's name has a /");
	path = expand(b, text, n);
	if (!path)
		return err_set(b->e, ENAMETOOLONG, "path", "%.100s", text);
	if (!normalise(path))
		return err_set(b->e, EINVAL, "path", "%.100s is not absolute, or has a ..", path);
	*ret = path;
	return 0;
}

static char *take_text(struct builder *b, const char *text)
{
	size_t n = strlen(text) + 1;
	char *to = b->plan->text + b->used;

	if (n > TEXT_BYTES - b->used)
		return NULL;
	b->used += n;
	return memcpy(to, text, n);
}

/* ---- one rule ---- */

/* The whole tree; what is there is the whole plan's. */
static int add_root(struct builder *b, const struct plan_mount *m)
{
	switch (m->action) {
	case MOUNT_READ_ONLY:
		b->plan->root_attributes |= MOUNT_ATTR_RDONLY;
		return 0;
	case MOUNT_NO_EXEC:
		b->plan->root_attributes |= MOUNT_ATTR_NOEXEC;
		return 0;
	case MOUNT_WRITABLE:
	case MOUNT_EXEC:
		return 0; /* the stricter one holds, and without one it says nothing */
	default:
		return err_set(b->e, EINVAL, "path", "/ cannot be hidden: see RootDirectory=");
	}
}

static int add_at(struct builder *b, const struct plan_mount *m)
{
	if (strcmp(m->path, "/") == 0)
		return add_root(b, m);
	if (strcmp(m->path, "/proc") == 0) { /* a new one is mounted there, after all rules */
		b->plan->proc_read_only |= m->action == MOUNT_READ_ONLY;
		return m->action == MOUNT_READ_ONLY || m->action == MOUNT_WRITABLE ? 0 :
			err_set(b->e, EINVAL, "path", "/proc: see ProtectProc= and ProcSubset=");
	}
	if (m->action == MOUNT_WRITABLE && plan_is_below(m->path, "/proc"))
		return err_set(b->e, EINVAL, "path", "%.100s: see ProtectKernelTunables=", m->path);
	if (plan_is_below(m->path, WIRE_RUN_DIR) ||
	    (plan_is_below(WIRE_RUN_DIR, m->path) && m->action < MOUNT_READ_ONLY))
		return err_set(b->e, EINVAL, "path", "%.100s holds what is swrap's own", m->path);
	if (b->plan->nmounts == PLAN_MOUNTS)
		return err_set(b->e, E2BIG, "mounts", "more than %d", PLAN_MOUNTS);
	b->plan->mounts[b->plan->nmounts++] = *m;
	return 0;
}

static bool action_gives(enum mount_action action)
{
	return action == MOUNT_BIND || action == MOUNT_WRITABLE || action == MOUNT_EXEC;
}

int builder_add(struct builder *b, const struct plan_mount *m, const char *text)
{
	struct plan_mount own = *m;
	bool optional = text[0] == '-';

	text += optional;
	own.optional |= optional;
	if (take_path(b, text, strlen(text), action_gives(own.action), &own.path) < 0)
		return -b->e->num;
	return own.path ? add_at(b, &own) : 0;
}

/* ---- binds and tmpfs ---- */

struct field {
	const char *text;
	size_t n;
};

/* Splits at ":"; "\:" is a colon that belongs to the path only after the escape is taken out: not here. */
static uint32_t split(const char *text, struct field fields[FIELDS])
{
	uint32_t n = 0;

	for (;;) {
		size_t length = strcspn(text, ":");

		if (n == FIELDS)
			return FIELDS + 1;
		fields[n++] = (struct field){ text, length };
		if (!text[length])
			return n;
		text += length + 1;
	}
}

static bool field_is(const struct field *f, const char *text)
{
	return f->n == strlen(text) && strncmp(f->text, text, f->n) == 0;
}

static int add_bind(struct builder *b, const char *text, uint64_t attributes)
{
	struct plan_mount m = { .action = MOUNT_BIND, .attributes = attributes };
	struct field f[FIELDS];
	uint32_t n;

	m.optional = text[0] == '-';
	text += m.optional;
	n = split(text, f);
	if (n > FIELDS || (n == FIELDS && !field_is(&f[2], "rbind") && !field_is(&f[2], "norbind")))
		return err_set(b->e, EINVAL, "bind", "%.100s", text);
	m.alone = n == FIELDS && field_is(&f[2], "norbind");
	if (take_path(b, f[0].text, f[0].n, true, &m.source) < 0 ||
	    take_path(b, f[n > 1 ? 1 : 0].text, f[n > 1 ? 1 : 0].n, true, &m.path) < 0)
		return -b->e->num;
	if (m.source && m.path)
		return add_at(b, &m);
	/* It may hide what is there. */
	return m.optional ? 0 : err_set(b->e, EINVAL, "bind", "%.80s: the home is no place of its own", text);
}

int builder_add_binds(struct builder *b, const struct text_list *list, uint64_t attributes)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (add_bind(b, list->items[i], attributes) < 0)
			return -b->e->num;
	return 0;
}

static const struct tmpfs_flag {
	const char *name;
	uint64_t set, clear;
} tmpfs_flags[] = {
	{ "ro", MOUNT_ATTR_RDONLY, 0 },	      { "rw", 0, MOUNT_ATTR_RDONLY },
	{ "nosuid", MOUNT_ATTR_NOSUID, 0 },   { "suid", 0, MOUNT_ATTR_NOSUID },
	{ "nodev", MOUNT_ATTR_NODEV, 0 },     { "noexec", MOUNT_ATTR_NOEXEC, 0 },
	{ "exec", 0, MOUNT_ATTR_NOEXEC },
};

static int set_tmpfs_option(struct builder *b, struct plan_mount *m, const char *option)
{
	uint64_t mode;

	for (size_t i = 0; i < ARRAY_SIZE(tmpfs_flags); i++)
		if (strcmp(option, tmpfs_flags[i].name) == 0) {
			m->attributes = (m->attributes & ~tmpfs_flags[i].clear) | tmpfs_flags[i].set;
			return 0;
		}
	if (strncmp(option, "size=", 5) == 0 && option[5]) {
		m->size = option + 5;
		return 0;
	}
	if (strncmp(option, "mode=", 5) == 0 && num_parse_base(option + 5, 8, 07777, &mode) == 0) {
		m->mode = option + 5;
		return 0;
	}
	return err_set(b->e, EINVAL, "TemporaryFileSystem", "option %.60s", option);
}

static int add_tmpfs(struct builder *b, const char *text)
{
	struct plan_mount m = { .action = MOUNT_TMPFS, .attributes = MOUNT_ATTR_NODEV, .mode = "0755" };
	size_t n = strcspn(text, ":");
	char *options = take_text(b, text[n] ? text + n + 1 : ""), *option;

	if (!options)
		return err_set(b->e, ENAMETOOLONG, "TemporaryFileSystem", "%.100s", text);
	while ((option = strsep(&options, ",")))
		if (option[0] && set_tmpfs_option(b, &m, option) < 0)
			return -b->e->num;
	if (n == 1 && text[0] == '/')
		return 0; /* builder_choose_root() */
	return take_path(b, text, n, false, &m.path) < 0 ? -b->e->num : add_at(b, &m);
}

int builder_add_tmpfs(struct builder *b, const struct text_list *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (add_tmpfs(b, list->items[i]) < 0)
			return -b->e->num;
	return 0;
}

/* ---- the root ---- */

/* Enough for a shell, its start-up files, names, addresses, certificates and tickets. */
static const char *const minimal[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
	"/etc/alternatives", "/etc/bash.bashrc", "/etc/ca-certificates", "/etc/environment",
	"/etc/fish", "/etc/fonts", "/etc/gai.conf", "/etc/gitconfig", "/etc/group", "/etc/host.conf",
	"/etc/hostname", "/etc/hosts", "/etc/inputrc", "/etc/krb5.conf", "/etc/krb5.conf.d",
	"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
	"/etc/locale.alias", "/etc/locale.conf", "/etc/localtime", "/etc/magic", "/etc/mime.types",
	"/etc/nsswitch.conf", "/etc/os-release", "/etc/passwd", "/etc/pki", "/etc/profile",
	"/etc/profile.d", "/etc/protocols", "/etc/services", "/etc/shells",
	"/etc/skel", "/etc/ssl", "/etc/terminfo", "/etc/vim", "/etc/xdg", "/etc/zsh",
};

static int add_minimal(struct builder *b, const struct profile *p)
{
	struct plan_mount home = { .action = MOUNT_BIND, .optional = true };
	struct plan_mount tmp = { .action = MOUNT_PRIVATE_TMP };
	struct plan_mount resolver = { /* often a link to what only the host's /run has */
		.action = MOUNT_BIND,
		.optional = true,
		.source = "/etc/resolv.conf",
		.attributes = MOUNT_ATTR_RDONLY,
	};

	for (size_t i = 0; i < ARRAY_SIZE(minimal); i++) {
		struct plan_mount m = {
			.action = MOUNT_HOST,
			.optional = true,
			.source = minimal[i],
			.attributes = MOUNT_ATTR_RDONLY,
		};

		if (builder_add(b, &m, minimal[i]) < 0)
			return -b->e->num;
	}
	if (builder_add(b, &resolver, resolver.source) < 0 || builder_add(b, &tmp, "/tmp") < 0 ||
	    builder_add(b, &tmp, "/var/tmp") < 0)
		return -b->e->num;
	if (p->protect_home == PROTECT_HOME_YES || p->protect_home == PROTECT_HOME_TMPFS)
		return 0;
	if (take_path(b, "%h", 2, true, &home.source) < 0)
		return -b->e->num;
	return home.source ? builder_add(b, &home, "%h") : 0;
}

/* TemporaryFileSystem=/ is another way to say that nothing is wanted but what is bound. */
static bool wants_empty(const struct profile *p)
{
	for (uint32_t i = 0; i < p->temporary_file_system.n; i++)
		if (strcspn(p->temporary_file_system.items[i], ":") == 1)
			return true;
	return p->root_directory && strcmp(p->root_directory, "empty") == 0;
}

/* Whether the profile gives back at or above path what it takes from the whole tree. */
static bool is_given(const struct plan *plan, const char *path, enum mount_action action)
{
	for (uint32_t i = 0; i < plan->nmounts; i++)
		if (plan->mounts[i].action == action && plan_is_below(path, plan->mounts[i].path))
			return true;
	return false;
}

int builder_spread_root(struct builder *b, uint32_t implied)
{
	const struct plan *plan = b->plan;

	for (uint32_t i = 0; i < implied; i++) {
		struct plan_mount m = { .path = plan->mounts[i].path, .optional = true };
		bool tmp = plan->mounts[i].action == MOUNT_PRIVATE_TMP;

		m.action = MOUNT_READ_ONLY;
		if ((plan->root_attributes & MOUNT_ATTR_RDONLY) && !tmp &&
		    !is_given(plan, m.path, MOUNT_WRITABLE) && add_at(b, &m) < 0)
			return -b->e->num;
		m.action = MOUNT_NO_EXEC;
		if ((plan->root_attributes & MOUNT_ATTR_NOEXEC) &&
		    !is_given(plan, m.path, MOUNT_EXEC) && add_at(b, &m) < 0)
			return -b->e->num;
	}
	return 0;
}

int builder_choose_root(struct builder *b, const struct profile *p)
{
	struct plan *plan = b->plan;

	if (p->root_directory && strcmp(p->root_directory, "minimal") == 0) {
		plan->root = ROOT_MINIMAL;
		return add_minimal(b, p);
	}
	if (wants_empty(p)) {
		plan->root = ROOT_EMPTY;
		return 0;
	}
	if (!p->root_directory)
		return 0;
	if (take_path(b, p->root_directory, strlen(p->root_directory), false, &plan->root_path) < 0)
		return -b->e->num;
	if (strcmp(plan->root_path, "/") == 0)
		return 0; /* the host's */
	plan->root = ROOT_DIRECTORY;
	return 0;
}
