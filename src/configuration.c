/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "configuration.h"

#include "directive.h"
#include "ini.h"
#include "trusted_dir.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

/* ---- the two directories ---- */

struct side {
	int fd;
	const char *path;
};

static void get_sides(const struct config *config, struct side sides[2])
{
	sides[0] = (struct side){ config->admin_fd, config->admin };
	sides[1] = (struct side){ config->vendor_fd, SWRAP_VENDOR_DIR };
}

int config_open(struct config *config, const char *admin_dir, struct err *e)
{
	const char *path = admin_dir ? admin_dir : SWRAP_CONFIG_DIR;
	int fd;

	if (strlen(path) >= sizeof(config->admin))
		return err_set(e, ENAMETOOLONG, "configuration", "%.200s is too long", path);
	(void)strcpy(config->admin, path);
	fd = trusted_dir_open(path, e);
	if (fd == -ENOENT && admin_dir)
		return err_set(e, ENOENT, "configuration", "%s is not there", path);
	if (fd < 0 && fd != -ENOENT)
		return fd;
	config->admin_fd = fd < 0 ? -1 : fd;
	fd = trusted_dir_open(SWRAP_VENDOR_DIR, e);
	if (fd < 0 && fd != -ENOENT)
		return fd;
	config->vendor_fd = fd < 0 ? -1 : fd;
	return 0;
}

void config_close(struct config *config)
{
	fd_close(&config->admin_fd);
	fd_close(&config->vendor_fd);
}

/* The directory name below one side: a descriptor, and its whole path; -ENOENT. */
static int open_below(const struct side *side, const char *name, char path[PATH_MAX], struct err *e)
{
	if (side->fd < 0)
		return -ENOENT;
	if (snprintf(path, PATH_MAX, "%s/%s", side->path, name) >= PATH_MAX)
		return err_set(e, ENAMETOOLONG, "configuration", "%.200s is too long", name);
	return trusted_dir_below(side->fd, side->path, name, e);
}

/* ---- one file ---- */

void config_file_done(struct config_file *file)
{
	free(file->text);
	file->text = NULL;
}

/* name in dirfd, whose path is given. */
static int read_file(int dirfd, const char *directory, const char *name, struct config_file *ret,
		     struct err *e)
{
	if (snprintf(ret->path, sizeof(ret->path), "%s/%s", directory, name) >= (int)sizeof(ret->path))
		return err_set(e, ENAMETOOLONG, "configuration", "%.200s is too long", name);
	ret->text = NULL;
	return trusted_dir_read(dirfd, name, ret->path, CONFIG_FILE_BYTES, &ret->text, &ret->size, e);
}

/* "profiles" and "login.conf" of "profiles/login.conf"; "" and all of it without a slash. */
static const char *split_name(const char *name, char directory[NAME_MAX + 1])
{
	const char *slash = strrchr(name, '/');
	size_t length = slash ? (size_t)(slash - name) : 0;

	if (length > NAME_MAX)
		return NULL;
	memcpy(directory, name, length);
	directory[length] = 0;
	return slash ? slash + 1 : name;
}

int config_read(const struct config *config, const char *name, struct config_file *ret, struct err *e)
{
	char directory[NAME_MAX + 1], path[PATH_MAX];
	const char *base = split_name(name, directory);
	struct side sides[2];
	int r = -ENOENT;

	if (!base)
		return err_set(e, ENAMETOOLONG, "configuration", "%.200s is too long", name);
	get_sides(config, sides);
	for (int i = 0; i < 2 && r == -ENOENT; i++) {
		_close_ int fd = -1;

		if (sides[i].fd < 0)
			continue;
		if (directory[0] == 0) {
			r = read_file(sides[i].fd, sides[i].path, base, ret, e);
			continue;
		}
		fd = open_below(&sides[i], directory, path, e);
		r = fd < 0 ? fd : read_file(fd, path, base, ret, e);
	}
	return r;
}

/* ---- the files of a directory ---- */

struct entry {
	const char *name;
	int side;
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : x->side - y->side;
}

struct merge {
	int fds[2];
	char paths[2][PATH_MAX];
	struct text_list names[2];
	uint32_t n;
	struct entry entries[2 * CONFIG_FILES];
};

static void merge_done(struct merge *m)
{
	for (int i = 0; i < 2; i++) {
		fd_close(&m->fds[i]);
		text_list_clear(&m->names[i]);
	}
}

static int merge_side(struct merge *m, int i, const struct side *side, const char *name,
		      const char *suffix, struct err *e)
{
	int r;

	m->fds[i] = open_below(side, name, m->paths[i], e);
	if (m->fds[i] < 0)
		return m->fds[i] == -ENOENT ? 0 : m->fds[i];
	r = trusted_dir_list(m->fds[i], m->paths[i], suffix, CONFIG_FILES, &m->names[i], e);
	for (uint32_t k = 0; r == 0 && k < m->names[i].n; k++)
		m->entries[m->n++] = (struct entry){ m->names[i].items[k], i };
	return r;
}

int config_files(const struct config *config, const char *name, const char *suffix,
		 int (*each)(void *data, struct config_file *file, struct err *e), void *data,
		 struct err *e)
{
	_cleanup_(merge_done) struct merge m = { .fds = { -1, -1 } };
	struct side sides[2];
	int r = 0;

	get_sides(config, sides);
	for (int i = 0; r == 0 && i < 2; i++)
		r = merge_side(&m, i, &sides[i], name, suffix, e);
	qsort(m.entries, m.n, sizeof(m.entries[0]), compare_entries);
	for (uint32_t k = 0; r == 0 && k < m.n; k++) {
		_cleanup_(config_file_done) struct config_file file = { .text = NULL };
		const struct entry *entry = &m.entries[k];

		if (k > 0 && strcmp(m.entries[k - 1].name, entry->name) == 0)
			continue; /* the vendor's, behind the admin's */
		r = read_file(m.fds[entry->side], m.paths[entry->side], entry->name, &file, e);
		if (r == -ENOENT) /* it was there a moment ago */
			r = err_set(e, EAGAIN, "configuration", "%s is gone", file.path);
		if (r == 0)
			r = each(data, &file, e);
	}
	return r;
}

/* ---- profiles ---- */

struct reading {
	struct profile *profile;
	struct sha256_ctx digest;
};

/* The length first, so that no text can be moved from one file to the next. */
static void add_to_digest(struct reading *reading, const char *text, size_t size)
{
	uint64_t length = size;

	sha256_update(&reading->digest, sizeof(length), (const uint8_t *)&length);
	sha256_update(&reading->digest, size, (const uint8_t *)text);
}

static void finish_digest(struct reading *reading)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t digest[SHA256_DIGEST_SIZE];
	char *to = reading->profile->digest;

	_Static_assert(PROFILE_DIGEST_BYTES == 2 * SHA256_DIGEST_SIZE + 1, "as hex");
	sha256_digest(&reading->digest, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		*to++ = hex[digest[i] >> 4];
		*to++ = hex[digest[i] & 15];
	}
	*to = 0;
}

static int apply_file(void *data, struct config_file *file, struct err *e)
{
	struct reading *reading = data;

	add_to_digest(reading, file->text, file->size); /* before the reader cuts it up */
	return profile_parse(reading->profile, file->path, file->text, file->size, e);
}

static int apply_sets(struct reading *reading, const struct text_list *sets, struct err *e)
{
	for (uint32_t i = 0; sets && i < sets->n; i++)
		add_to_digest(reading, sets->items[i], strlen(sets->items[i]));
	return sets ? profile_set(reading->profile, sets, e) : 0;
}

bool config_is_profile_name(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length < PROFILE_NAME_BYTES && name[0] != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == length;
}

static int read_profile(const struct config *config, const char *name, struct reading *reading,
			struct err *e)
{
	_cleanup_(config_file_done) struct config_file file = { .text = NULL };
	char path[PROFILE_NAME_BYTES + sizeof("profiles/.conf.d")];
	int r;

	(void)snprintf(path, sizeof(path), "profiles/%s.conf", name);
	r = config_read(config, path, &file, e);
	if (r == -ENOENT)
		return err_set(e, ENOENT, "configuration", "there is no profile %s", name);
	if (r == 0)
		r = apply_file(reading, &file, e);
	if (r < 0)
		return r;
	(void)strcat(path, ".d");
	return config_files(config, path, ".conf", apply_file, reading, e);
}

int config_profile(const struct config *config, const char *name, const struct text_list *sets,
		   struct profile *ret, struct err *e)
{
	struct reading reading = { .profile = ret };
	int r;

	profile_init(ret);
	if (!config_is_profile_name(name))
		return err_set(e, EINVAL, "configuration", "%.64s is no name of a profile", name);
	(void)strcpy(ret->name, name);
	sha256_init(&reading.digest);
	r = read_profile(config, name, &reading, e);
	if (r == 0)
		r = apply_sets(&reading, sets, e);
	if (r == 0)
		r = profile_check(ret, e);
	if (r == 0)
		finish_digest(&reading);
	return r;
}
