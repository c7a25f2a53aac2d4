/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * writer.h - the one place of the supervisor where records leave it: log file and syslog.
 *
 * One record is one write. What cannot be written is counted in tally->lost, and when space returns
 * a "lost" record with the count goes before the next one. Any thread may call; there is one lock.
 */
#ifndef SWRAP_WRITER_H
#define SWRAP_WRITER_H

#include "tally.h"

#include "../src/budget.h"
#include "../src/json.h"
#include "../src/record.h"

#include <pthread.h>
#include <sys/stat.h>

#define WRITER_LOG_NAME "events.ndjson"

/* Properties of a record. */
enum {
	WRITER_URGENT = 1,	/* start, end, denials: also when the disk is nearly full */
	WRITER_AUTHPRIV = 2,	/* also one line to syslog */
	WRITER_DENIAL = 4,	/* of those at most RATE_LINES a minute */
	WRITER_FLOOD = 8,	/* the user decides how many there are: charged to the budget */
};

struct records {
	pthread_mutex_t lock;
	int log_fd, log_dir_fd, helper_fd, syslog_fd;
	const struct identity *identity;
	struct tally *tally;
	struct record_base *base;
	char *line;			/* RECORD_LINE_BYTES */
	struct stat log_stat;
	struct budget budget;
	struct rate denials;
	uint64_t lost_told;		/* of tally->lost: in a "lost" record already */
	uint64_t checked_usec;		/* disk and rotation; 0: look now */
	uint64_t reserved;		/* file size up to which space was set aside */
	bool disk_low;
	bool disk_tight;			/* it may be full before the next look */
	char *rest;			/* RECORD_LINE_BYTES: of a record written in part */
	size_t rest_n;			/* it goes before everything else */
};

/*
 * Before the cut: opens the syslog socket, reads what every record begins with. Takes log_fd;
 * borrows the rest. helper_fd is where a rotation is reported. 0 or -errno.
 */
int records_open(struct records *w, int log_fd, int log_dir_fd, int helper_fd,
		const struct identity *identity, struct tally *tally, struct err *e);

/*
 * How a record of whole bytes, or cut bytes when shortened, may be written: BUDGET_COUNT has
 * counted it already.
 */
enum budget_grant records_ask(struct records *w, size_t whole, size_t cut);

/* Writes one record. 0; or -errno: not written, and counted. */
int records_put(struct records *w, const char *event, const char *members, size_t n,
		  unsigned int flags);

/*
 * Makes sure that one record more can be written: sets space aside. 0; -EDQUOT: the session's
 * budget is spent; -ENOSPC (also when the disk is nearly full or earlier records could not be
 * written yet), or the errno of the disk.
 */
int records_reserve(struct records *w);

/* Takes a log opened anew. */
void records_reopen(struct records *w, int log_fd);

/* At the end: writes the count of what was lost, if there is any. 0 or -errno. */
int records_flush(struct records *w);

/* The counts of a session as members: for session.end, whoever writes it. */
void records_counts(struct json *j, const struct tally *tally);

#endif
