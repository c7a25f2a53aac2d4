/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every session has an end on record. Helper and supervisor write it for each other; when both died
 * together, as at a power loss, nobody did, and this does. It also removes the control groups of those
 * whose helper did not live to remove it.
 */
#include "cmd.h"

#include "cgroup_tree.h"
#include "gc_leaf.h"
#include "gc_record.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* A supervisor that outlives its helper writes the end itself, within this many seconds. */
enum { GC_GRACE_SECONDS = 5 };

struct gc_call {
	bool json, dry_run;
};

/* Goes over the lost sessions; the first failure ends the writing, not the counting. */
struct gc_write {
	const struct gc_scan *scan;
	int log_fd;			/* -1: dry run, or nothing to write */
	bool dry_run;
	bool needs_newline;
	int failed;			/* -errno of the first failure */
	uint64_t failures;
	struct json_object *ended;	/* array */
	int mount;			/* of the control groups; -1: there are none */
	uint64_t groups;		/* removed; on a dry run: there */
	uint64_t groups_left;		/* somebody is in them, or they could not be removed */
};

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ NULL, 0, NULL, 0 },
};

static int parse(int argc, char **argv, struct gc_call *call)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'j')
			call->json = true;
		else if (option == 'n')
			call->dry_run = true;
		else
			return cmd_usage("gc", "unknown option");
	}
	return optind < argc ? cmd_usage("gc", "too many arguments") : 0;
}

/* What others could write to is no record, and a link in it could lead root's writing anywhere. */
static int open_log_dir(const char *path, struct err *e)
{
	_close_ int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (dir < 0 || fstat(dir, &st) < 0)
		return err_set(e, errno, "log directory", "%s", path);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(e, EPERM, "log directory", "%s: owner or mode", path);
	if (flock(dir, LOCK_EX) < 0) /* one gc at a time, or two would end the same session */
		return err_set(e, errno, "lock of", "%s", path);
	return take_fd(&dir);
}

/* The file that was scanned, and not one that took its name since. */
static int open_for_writing(const struct gc_scan *scan, int dir, struct err *e)
{
	_close_ int fd = openat(dir, "events.ndjson",
				O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat seen, now;

	if (fd < 0 || fstat(fd, &now) < 0)
		return err_set(e, errno, "event log", "%s", "");
	if (scan->fds[1] < 0 || fstat(scan->fds[1], &seen) < 0 || seen.st_dev != now.st_dev ||
	    seen.st_ino != now.st_ino)
		return err_set(e, ESTALE, "event log", "rotated meanwhile: run again");
	return take_fd(&fd);
}

/* One record, one write. A line that a crash cut short is closed first. */
static int append(struct gc_write *w, struct json_object *record)
{
	const char *text = json_object_to_json_string_ext(record, JSON_C_TO_STRING_PLAIN |
						     JSON_C_TO_STRING_NOSLASHESCAPE);
	_free_ char *line = NULL;
	int n = text ? asprintf(&line, "%s%s\n", w->needs_newline ? "\n" : "", text) : -1;
	ssize_t written;

	if (n < 0)
		return -ENOMEM;
	written = write(w->log_fd, line, (size_t)n);
	w->needs_newline = written > 0 && line[written - 1] != '\n';
	if (written < 0)
		return -errno;
	return written == n ? 0 : -ENOSPC;
}

static void end_one(const struct gc_session *session, void *context)
{
	struct gc_write *w = context;
	struct json_object *record = gc_end_record(w->scan, session);
	int r = record ? 0 : -ENODATA;

	if (r == 0 && w->log_fd >= 0)
		r = append(w, record);
	if (r == 0 && json_object_array_add(w->ended, record) == 0)
		return;
	(void)json_object_put(record);
	w->failures++;
	if (!w->failed)
		w->failed = r ? r : -ENOMEM;
}

static void remove_group(const struct gc_session *session, void *context)
{
	struct gc_write *w = context;
	_json_ struct json_object *start = gc_start_record(w->scan, session);
	int r = start ? gc_leaf_remove(w->mount, gc_text(start, "cgroup"), session->id, w->dry_run) : 0;

	if (r > 0)
		w->groups++;
	else if (r < 0)
		w->groups_left++;
}

/* ---- what is printed ---- */

/* The log is not trusted with the terminal. */
static void print_cell(struct json_object *record, const char *key, int width)
{
	const char *text = json_object_get_string(json_object_object_get(record, key));
	int n = 0;

	for (; text && text[n] && n < width; n++)
		(void)putchar(text[n] >= 0x20 && text[n] < 0x7f ? text[n] : '?');
	(void)printf("%*s", width + 1 - n, "");
}

static void print_table(const struct gc_write *w, bool dry_run)
{
	struct json_object *ended = w->ended;
	size_t n = json_object_array_length(ended);

	if (n)
		(void)printf("%-16s %-16s %-12s %-8s OUTCOME\n", "SESSION", "USER", "SERVICE", "SEQ");
	for (size_t i = 0; i < n; i++) {
		struct json_object *record = json_object_array_get_idx(ended, i);

		print_cell(record, "session", 16);
		print_cell(record, "user", 16);
		print_cell(record, "service", 12);
		print_cell(record, "seq", 8);
		(void)puts("fault: lost");
	}
	(void)printf("%zu %s, %zu without end, %llu not followed, %llu lines skipped\n", n,
		     dry_run ? "would be ended" : "ended", w->scan->nopen,
		     (unsigned long long)w->scan->unfollowed, (unsigned long long)w->scan->skipped);
	if (w->groups || w->groups_left)
		(void)printf("%llu control groups %s, %llu left in use\n", (unsigned long long)w->groups,
			     dry_run ? "would be removed" : "removed",
			     (unsigned long long)w->groups_left);
}

static void print_json(const struct gc_write *w, bool dry_run)
{
	const struct gc_scan *scan = w->scan;
	struct json_object *top = json_object_new_object();

	(void)json_object_object_add(top, "dry_run", json_object_new_boolean(dry_run));
	(void)json_object_object_add(top, "without_end", json_object_new_uint64(scan->nopen));
	(void)json_object_object_add(top, "not_followed", json_object_new_uint64(scan->unfollowed));
	(void)json_object_object_add(top, "lines_skipped", json_object_new_uint64(scan->skipped));
	(void)json_object_object_add(top, "cgroups_removed", json_object_new_uint64(w->groups));
	(void)json_object_object_add(top, "cgroups_left", json_object_new_uint64(w->groups_left));
	(void)json_object_object_add(top, "ended", json_object_get(w->ended));
	(void)puts(json_object_to_json_string_ext(top, JSON_C_TO_STRING_PLAIN |
						  JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)json_object_put(top);
}

static int print_result(const struct gc_write *w, const struct gc_call *call)
{
	if (call->json)
		print_json(w, call->dry_run);
	else
		print_table(w, call->dry_run);
	if (fflush(stdout) != 0)
		return cmd_fail(CMD_FAILED, "standard output: %m");
	if (w->failures)
		return cmd_fail(CMD_FAILED, "%llu ends could not be written: %s",
				(unsigned long long)w->failures, strerror(-w->failed));
	return CMD_OK;
}

/* ---- the story ---- */

static void count_one(const struct gc_session *session, void *context)
{
	if (session->is_this_boot)
		++*(size_t *)context;
}

/* Scans; where the living could still write an end, waits and looks again. */
static int scan_settled(struct gc_scan *scan, int dir, struct err *e)
{
	size_t fresh = 0;
	int r = gc_scan_log(scan, dir, e);

	if (r < 0)
		return r;
	gc_scan_lost(scan, count_one, &fresh);
	if (!fresh)
		return 0;
	gc_scan_done(scan);
	(void)sleep(GC_GRACE_SECONDS);
	return gc_scan_log(scan, dir, e);
}

static int end_lost(const struct gc_scan *scan, int dir, const struct gc_call *call, struct err *e)
{
	struct gc_write w = { .scan = scan, .log_fd = -1, .needs_newline = !scan->ends_in_newline };
	_close_ int log_fd = -1, mount = cgroup_tree_mount();
	int status;

	if (!call->dry_run && scan->nopen) {
		log_fd = open_for_writing(scan, dir, e);
		if (log_fd < 0)
			return log_fd;
	}
	w.log_fd = log_fd;
	w.mount = mount;
	w.dry_run = call->dry_run;
	w.ended = json_object_new_array();
	if (!w.ended)
		return err_set(e, ENOMEM, "gc", "%s", "");
	gc_scan_lost(scan, end_one, &w);
	if (mount >= 0)
		gc_scan_groups(scan, remove_group, &w);
	status = print_result(&w, call);
	(void)json_object_put(w.ended);
	return status;
}

int cmd_gc(int argc, char **argv)
{
	_gc_scan_ struct gc_scan scan = { .fds = { -1, -1 } };
	char text[ERR_TEXT_BYTES];
	struct gc_call call = { 0 };
	struct err e = { 0 };
	_close_ int dir = -1;
	int r = parse(argc, argv, &call);

	if (r)
		return r;
	if (geteuid() != 0)
		return cmd_fail(CMD_NOT_ALLOWED, "gc: only root may write the event log");
	dir = open_log_dir(SWRAP_LOG_DIR, &e);
	r = dir < 0 ? dir : scan_settled(&scan, dir, &e);
	if (r == 0)
		r = end_lost(&scan, dir, &call, &e);
	return r < 0 ? cmd_fail(CMD_FAILED, "%s", err_text(&e, text, sizeof(text))) : r;
}
