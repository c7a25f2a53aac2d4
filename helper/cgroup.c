/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup.h"

#include "cgroup_place.h"
#include "../src/io.h"
#include "../src/num.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CPU_PERIOD_USEC = 100000, LIMIT_TEXT_BYTES = 64 };

/* One file of a leaf: what is written, and how it reads back. */
struct limit_file {
	const char *file;
	uint32_t controller;
	size_t offset;			/* of a struct optional_size in struct plan_cgroup */
	bool is_rate;			/* "QUOTA PERIOD", from microseconds a second */
	bool is_bytes;			/* the kernel rounds down to pages */
};

static const struct limit_file limit_files[] = {
	{ "pids.max", CGROUP_PIDS, offsetof(struct plan_cgroup, tasks_max), false, false },
	{ "memory.max", CGROUP_MEMORY, offsetof(struct plan_cgroup, memory_max), false, true },
	{ "memory.high", CGROUP_MEMORY, offsetof(struct plan_cgroup, memory_high), false, true },
	{ "cpu.max", CGROUP_CPU, offsetof(struct plan_cgroup, cpu_quota), true, false },
};

static const struct optional_size *limit_of(const struct plan_cgroup *limits, const struct limit_file *f)
{
	return (const void *)((const char *)limits + f->offset);
}

uint32_t cgroup_needs(const struct plan_cgroup *limits)
{
	uint32_t needs = 0;

	for (size_t i = 0; i < ARRAY_SIZE(limit_files); i++)
		if (limit_of(limits, &limit_files[i])->set)
			needs |= limit_files[i].controller;
	return needs;
}

void cgroup_init(struct cgroup *cgroup)
{
	*cgroup = (struct cgroup){ .parent_fd = -1, .leaf_fd = -1 };
}

void cgroup_done(struct cgroup *cgroup)
{
	fd_close(&cgroup->parent_fd);
	fd_close(&cgroup->leaf_fd);
}

static int write_file(int leaf, const char *file, const char *text)
{
	_close_ int fd = openat(leaf, file, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return io_write_full(fd, text, strlen(text));
}

static void format_limit(const struct limit_file *f, uint64_t value, char text[LIMIT_TEXT_BYTES])
{
	if (value == UINT64_MAX)
		(void)snprintf(text, LIMIT_TEXT_BYTES, f->is_rate ? "max %d" : "max", CPU_PERIOD_USEC);
	else if (f->is_rate)
		(void)snprintf(text, LIMIT_TEXT_BYTES, "%llu %d",
			       (unsigned long long)(value / (1000000 / CPU_PERIOD_USEC)),
			       CPU_PERIOD_USEC);
	else
		(void)snprintf(text, LIMIT_TEXT_BYTES, "%llu", (unsigned long long)(f->is_bytes ?
			       value & ~((uint64_t)sysconf(_SC_PAGESIZE) - 1) : value));
}

static int set_limits(const struct cgroup *cgroup, const struct plan_cgroup *limits, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(limit_files); i++) {
		const struct limit_file *f = &limit_files[i];
		char text[LIMIT_TEXT_BYTES];
		int r;

		if (!limit_of(limits, f)->set)
			continue;
		format_limit(f, limit_of(limits, f)->value, text);
		r = write_file(cgroup->leaf_fd, f->file, text);
		if (r < 0)
			return err_set(e, -r, f->file, "%s", text);
	}
	return 0;
}

int cgroup_check_limits(const struct cgroup *cgroup, const struct plan_cgroup *limits, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(limit_files); i++) {
		const struct limit_file *f = &limit_files[i];
		char want[LIMIT_TEXT_BYTES], now[LIMIT_TEXT_BYTES];
		ssize_t n;

		if (!limit_of(limits, f)->set)
			continue;
		format_limit(f, limit_of(limits, f)->value, want);
		n = io_read_file(cgroup->leaf_fd, f->file, now, sizeof(now));
		if (n < 0)
			return err_set(e, (int)-n, f->file, "%s", "");
		now[strcspn(now, "\n")] = 0;
		if (strcmp(now, want) != 0)
			return err_set(e, EPERM, f->file, "%s, not %s", now, want);
	}
	return 0;
}

static int make_leaf(struct cgroup *cgroup, const struct plan *plan, struct err *e)
{
	size_t length = strlen(cgroup->path);

	(void)snprintf(cgroup->name, sizeof(cgroup->name), CGROUP_PREFIX "%s", plan->identity->session);
	if ((size_t)snprintf(cgroup->path + length, sizeof(cgroup->path) - length, "%s%s",
			     length > 1 ? "/" : "", cgroup->name) >= sizeof(cgroup->path) - length)
		return err_set(e, ENAMETOOLONG, "cgroup", "%s", cgroup->name);
	if (mkdirat(cgroup->parent_fd, cgroup->name, 0755) < 0)
		return err_set(e, errno, "mkdir", "%s", cgroup->path);
	cgroup->leaf_fd = openat(cgroup->parent_fd, cgroup->name,
				 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (cgroup->leaf_fd < 0)
		return err_set(e, errno, "open", "%s", cgroup->path);
	return 0;
}

static int open_leaf(struct cgroup *cgroup, const struct plan *plan, pid_t app, struct err *e)
{
	int r;

	cgroup->parent_fd = cgroup_place_open(plan->cgroup.parent, app, cgroup_needs(&plan->cgroup),
					      cgroup->path, sizeof(cgroup->path), e);
	if (cgroup->parent_fd < 0)
		return cgroup->parent_fd;
	r = make_leaf(cgroup, plan, e);
	if (r == 0)
		r = set_limits(cgroup, &plan->cgroup, e);
	return r < 0 ? r : cgroup_check_limits(cgroup, &plan->cgroup, e);
}

int cgroup_open(struct cgroup *cgroup, const struct plan *plan, pid_t app, struct err *e)
{
	struct err why = { 0 };
	int r = open_leaf(cgroup, plan, app, &why);

	if (r == 0)
		return 0;
	if (cgroup->parent_fd >= 0 && cgroup->name[0])
		(void)unlinkat(cgroup->parent_fd, cgroup->name, AT_REMOVEDIR); /* ENOENT: not made */
	cgroup_done(cgroup);
	cgroup->name[0] = 0;
	cgroup->failure = why;
	return err_set(e, why.num, why.what, "%s", why.about);
}

int cgroup_check_member(const struct cgroup *cgroup, pid_t pid, struct err *e)
{
	_close_ int fd = openat(cgroup->leaf_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	_fclose_ FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char line[32];

	if (!file)
		return err_set(e, errno, "open", "cgroup.procs");
	(void)take_fd(&fd);
	while (fgets(line, sizeof(line), file))
		if (atoi(line) == pid)
			return 0;
	return err_set(e, EPERM, "cgroup", "process %d is not in %s", pid, cgroup->name);
}

int cgroup_kill(const struct cgroup *cgroup, struct err *e)
{
	int r = write_file(cgroup->leaf_fd, "cgroup.kill", "1");

	return r < 0 ? err_set(e, -r, "cgroup.kill", "%s", cgroup->name) : 0;
}

/* The number behind a key; the key "" is the start of the file. -1: not there. */
static int64_t read_number(int leaf, const char *file, const char *key)
{
	char text[4096];
	const char *at;
	uint64_t value;

	if (io_read_file(leaf, file, text, sizeof(text)) < 0)
		return -1;
	at = strstr(text, key);
	if (!at)
		return -1;
	at += strlen(key);
	return num_take_u64(&at, INT64_MAX, &value) < 0 ? -1 : (int64_t)value;
}

void cgroup_usage(const struct cgroup *cgroup, struct cgroup_usage *ret)
{
	ret->memory_peak_bytes = read_number(cgroup->leaf_fd, "memory.peak", "");
	ret->tasks_peak = read_number(cgroup->leaf_fd, "pids.peak", "");
	ret->cpu_usec = read_number(cgroup->leaf_fd, "cpu.stat", "usage_usec ");
}

static bool is_populated(const struct cgroup *cgroup)
{
	return read_number(cgroup->leaf_fd, "cgroup.events", "populated ") != 0;
}

int cgroup_remove(struct cgroup *cgroup, struct err *e)
{
	const struct timespec pause = { .tv_nsec = CGROUP_DRAIN_USEC * 1000 };

	if (cgroup->leaf_fd < 0)
		return 0;
	for (int i = 0; i < CGROUP_DRAIN_TRIES && is_populated(cgroup); i++)
		(void)nanosleep(&pause, NULL);
	if (unlinkat(cgroup->parent_fd, cgroup->name, AT_REMOVEDIR) < 0)
		return err_set(e, errno, "rmdir", "%s", cgroup->name);
	cgroup_done(cgroup);
	return 0;
}
