/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gc_scan.h - which sessions of the event log have begun, have no end, and have lost their helper; and
 * which may have left their control group behind.
 *
 * Reads events.ndjson.1 and events.ndjson. A line is hostile until it has parsed: too long, cut, not
 * JSON, not an object or without a session is counted as skipped. Memory is bounded by
 * GC_MAX_SESSIONS open sessions; a record is read again from its place when it is needed.
 */
#ifndef SWRAP_GC_SCAN_H
#define SWRAP_GC_SCAN_H

#include "err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	GC_MAX_SESSIONS = 65536,
	GC_LINE_BYTES = 256 * 1024,	/* more than RECORD_LINE_BYTES */
	GC_FILES = 2,
	GC_BOOT_ID_BYTES = 37,
};

/* A session whose start was seen and whose end was not, or whose helper did not live to tidy up. */
struct gc_session {
	char id[17];
	bool is_this_boot;
	bool has_group;		/* its start names a control group */
	bool has_ended;		/* with outcome fault, by whoever was left */
	pid_t helper;
	uint64_t helper_start;	/* field 22 of /proc/PID/stat, clock ticks since boot */
	uint64_t seq;		/* the highest seen */
	int file;		/* where its session.start is */
	off_t offset;
	size_t length;
};

struct gc_scan {
	int fds[GC_FILES];		/* .1, then the current one; -1 = not there */
	char boot_id[GC_BOOT_ID_BYTES];
	void *open;			/* tsearch(3) tree of struct gc_session */
	size_t nopen;			/* without end */
	size_t nended;			/* with one, kept for their control groups */
	uint64_t skipped;		/* lines */
	uint64_t unfollowed;		/* sessions past GC_MAX_SESSIONS, or whose start names no helper */
	bool ends_in_newline;		/* the current file does, or is empty */
};

/* Scans both files of the directory. gc_scan_done() frees, also after a failure. 0 or -errno. */
int gc_scan_log(struct gc_scan *scan, int dir, struct err *e);
void gc_scan_done(struct gc_scan *scan);
#define _gc_scan_ _cleanup_(gc_scan_done)

/*
 * Is the process with that start time there and not a zombie? What cannot be read for another reason
 * than that it is gone counts as there: a false end is worse than a late one.
 */
bool gc_is_alive(pid_t pid, uint64_t start);

/* Calls each for every session without end whose helper is gone. */
void gc_scan_lost(const struct gc_scan *scan,
		  void (*each)(const struct gc_session *session, void *context), void *context);

/* Calls each for every session of this boot, ended or not, whose helper is gone and had a control group. */
void gc_scan_groups(const struct gc_scan *scan,
		    void (*each)(const struct gc_session *session, void *context), void *context);

#endif
