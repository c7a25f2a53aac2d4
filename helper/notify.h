/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notify.h - one exec notification from its receipt to its record.
 *
 * The thread that received it does all of it, so nothing is handed over on the fast path: read path
 * and argv, resolve the file, let it go on (or verify it at the exec stop), then write the record.
 * The answer is given once, by this thread or, past the deadline, by the control thread: whoever
 * moves the phase away from JOB_BUSY. A successful answer also proves that the process waited all
 * the time, so what was read about it is its own; an answer that fails with ENOENT means that it is
 * gone, and nothing is recorded of a process that did not start anything.
 */
#ifndef SWRAP_NOTIFY_H
#define SWRAP_NOTIFY_H

#include "plan.h"
#include "reader.h"
#include "resolve.h"
#include "script.h"
#include "tally.h"
#include "verify.h"
#include "writer.h"

#include <linux/seccomp.h>
#include <stdatomic.h>

enum job_phase {
	JOB_IDLE,		/* no job, not receiving */
	JOB_RECEIVING,		/* waits for a notification */
	JOB_BUSY,		/* has one, nobody has answered it */
	JOB_ANSWERED,		/* this thread has answered it, or is about to */
	JOB_EXPIRING,		/* the control thread answers and records: the job must stay */
	JOB_EXPIRED,		/* it has */
	JOB_PHASES = 7,		/* mask of the above */
	JOB_STOLEN = 8,		/* flag: somebody else receives now */
	JOB_GENERATION = 16,	/* counts jobs above the flags: no old look matches a new job */
};

/* A listener of the session. Counted: closed when it hung up and no job uses it. */
struct listener {
	int fd;			/* -1: free */
	bool rehearsal;
	_Atomic bool rehearsed;	/* INNER_REHEARSED is sent */
	_Atomic int users;
};

/* How often each call came that the profile's filter would have refused: Mode=permissive. */
enum { REFUSED_CALLS = 1024 };
struct refused_calls {
	_Atomic uint32_t counts[REFUSED_CALLS];
};

/* What every job of a session shares; constant but for what its members say. */
struct supervision {
	const struct plan *plan;
	struct tally *tally;
	struct records *records;
	struct resolver *resolver;
	struct refused_calls *refused;
	int helper_fd;
};

enum { NOTIFICATION_BYTES = 256 };

/* The memory of one worker: mapped, so that only what is used is there. */
struct exec_job {
	_Atomic uint32_t phase;			/* enum job_phase */
	_Atomic uint64_t started_usec;		/* io_now_usec() of the receipt */
	struct listener *listener;
	uint64_t id;
	struct verify_watch watch;
	union {
		struct seccomp_notif notif;	/* a newer kernel's may be longer */
		char bytes[NOTIFICATION_BYTES];
	} received;
	struct record_exec record;
	struct reader reader;
	struct reader_argv argv;
	bool argv_known;
	ssize_t path_n;				/* or -errno: could not be read */
	_Atomic bool path_ready;		/* path and path_n do not change any more */
	int flags, dirfd;			/* of execveat */
	const struct supervision *shared;
	struct script script;
	struct process_facts process;
	char path[PATH_MAX];
	struct resolved_file file;
	char pages[READER_PAGES * READER_PAGE];
	char argv_text[READER_ARGV_BYTES];
	char scratch[RECORD_SCRATCH_BYTES];
	char members[RECORD_MEMBERS_BYTES];
};

/* Is a notification of this kernel no longer than we have room for? 0 or -errno. */
int notify_check_sizes(struct err *e);

/*
 * Receives from listener into the job: phase JOB_RECEIVING to JOB_BUSY. 0; -ENOENT when the process
 * was faster to die; or -errno. Does not block when poll said readable.
 */
int notify_receive(struct exec_job *job, struct listener *listener);

/* Answers, verifies and records what notify_receive brought. */
void notify_handle(struct exec_job *job);

/*
 * The control thread's: denies and records for a job that does not come back. seen is the phase on
 * which that was decided; when it has changed since, nothing is done.
 */
void notify_expire(struct exec_job *job, uint32_t seen);

#endif
