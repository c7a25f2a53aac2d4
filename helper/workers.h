/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * workers.h - the threads that answer notifications, and the clock that watches them.
 *
 * Exactly one worker receives; it does each job to its end itself and then receives again. A job
 * that takes longer than WORKERS_SOFT_USEC loses the receiver's role to another worker, so that one
 * slow read stalls nobody; one that takes longer than WORKERS_HARD_USEC is denied by the control
 * thread, and its worker counts as stuck until it comes back. The clock runs only while there are
 * jobs: one timer for all, armed by the first job and looked after by the control thread.
 */
#ifndef SWRAP_WORKERS_H
#define SWRAP_WORKERS_H

#include "notify.h"

#include <pthread.h>

enum {
	WORKERS = 4,
	WORKERS_LISTENERS = 128,	/* 64 attaches, and what earlier ones left behind */
	WORKERS_STACK_BYTES = 128 * 1024,
	WORKERS_SOFT_USEC = 20 * 1000,
	WORKERS_HARD_USEC = 2 * 1000 * 1000,
};

struct workers {
	struct supervision *shared;
	int epoll_fd;
	int watch_fd;				/* readable: call workers_watch */
	_Atomic bool watching;			/* watch_fd is armed, or about to be read */
	pthread_mutex_t lock;			/* of the next three */
	pthread_cond_t changed;
	bool role_free;				/* nobody receives */
	unsigned int ready;			/* threads that have started */
	int start_error;			/* of any of them */
	struct exec_job *jobs[WORKERS];
	struct listener listeners[WORKERS_LISTENERS];
};

/* Before the cut: memory and descriptors. Borrows shared. 0 or -errno. */
int workers_open(struct workers *w, struct supervision *shared, struct err *e);

/*
 * After the cut of rights, before that of calls: makes the threads and waits until all are ready.
 */
int workers_start(struct workers *w, struct err *e);

/* Takes a listener of the session. 0, or -errno: it is closed, and what is below it gets ENOSYS. */
int workers_add(struct workers *w, int listener_fd, bool rehearsal);

/* When watch_fd is readable. False: all workers are stuck, the session must end. */
bool workers_watch(struct workers *w);

/* Waits until no job is in hand, so that every record is written, at most usec. */
void workers_drain(struct workers *w, uint64_t usec);

#endif
