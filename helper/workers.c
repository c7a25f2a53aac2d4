/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "workers.h"

#include "../src/io.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/timerfd.h>

/* Linux 6.6: the answer wakes the process on the processor of who answers. */
#define LISTENER_SET_FLAGS _IOW('!', 4, uint64_t)
#define LISTENER_SYNC_WAKE_UP 1UL

int workers_open(struct workers *w, struct supervision *shared, struct err *e)
{
	*w = (struct workers){ .shared = shared, .role_free = true };
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	w->watch_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->epoll_fd < 0 || w->watch_fd < 0)
		return err_set(e, errno, "epoll", "workers");
	for (unsigned int i = 0; i < WORKERS_LISTENERS; i++)
		w->listeners[i].fd = -1;
	for (unsigned int i = 0; i < WORKERS; i++) {
		void *memory = mmap(NULL, sizeof(struct exec_job), PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			return err_set(e, errno, "mmap", "worker");
		w->jobs[i] = memory;
		w->jobs[i]->shared = shared;
	}
	(void)pthread_mutex_init(&w->lock, NULL); /* neither can fail on Linux */
	(void)pthread_cond_init(&w->changed, NULL);
	return 0;
}

/* ---- listeners ---- */

static void listener_release(struct listener *l)
{
	int fd = l->fd;

	/* From the last one's leaving on the slot may be used again, so the number was kept. */
	if (atomic_fetch_sub(&l->users, 1) == 1)
		fd_close(&fd);
}

/* Nobody below it is left. */
static void listener_retire(struct workers *w, struct listener *l)
{
	(void)epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, l->fd, NULL);
	listener_release(l);
}

static struct listener *free_slot(struct workers *w)
{
	for (unsigned int i = 0; i < WORKERS_LISTENERS; i++) {
		if (atomic_load(&w->listeners[i].users) == 0)
			return &w->listeners[i];
	}
	return NULL;
}

int workers_add(struct workers *w, int listener_fd, bool rehearsal)
{
	_close_ int fd = listener_fd;
	struct listener *l = free_slot(w);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = l };

	if (!l)
		return -EMFILE;
	/* EINVAL: before 6.6; only slower. */
	(void)ioctl(fd, LISTENER_SET_FLAGS, LISTENER_SYNC_WAKE_UP);
	l->fd = fd;
	l->rehearsal = rehearsal;
	atomic_store(&l->rehearsed, false);
	atomic_store(&l->users, 1);
	if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		atomic_store(&l->users, 0);
		return -errno;
	}
	(void)take_fd(&fd);
	return 0;
}

/* ---- the clock ---- */

static void arm(struct workers *w)
{
	const struct itimerspec soon = { .it_value.tv_nsec = WORKERS_SOFT_USEC * 1000L };

	(void)timerfd_settime(w->watch_fd, 0, &soon, NULL); /* cannot fail with these arguments */
}

static bool is_working(uint32_t phase)
{
	return (phase & JOB_PHASES) > JOB_RECEIVING;
}

static bool any_working(struct workers *w)
{
	for (unsigned int i = 0; i < WORKERS; i++) {
		if (is_working(atomic_load(&w->jobs[i]->phase)))
			return true;
	}
	return false;
}

/* The receiver is slow: the next idle worker receives in its place. */
static void steal_role(struct workers *w, struct exec_job *job, uint32_t phase)
{
	if (phase & JOB_STOLEN || !atomic_compare_exchange_strong(&job->phase, &phase,
								   phase | JOB_STOLEN))
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->role_free = true;
	(void)pthread_cond_signal(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
}

/* True: it is stuck. */
static bool watch_job(struct workers *w, struct exec_job *job, uint64_t now)
{
	uint32_t phase = atomic_load(&job->phase), later;
	uint64_t started = atomic_load(&job->started_usec);

	if (!is_working(phase) || now < started + WORKERS_SOFT_USEC)
		return false;
	steal_role(w, job, phase);
	if (now < started + WORKERS_HARD_USEC)
		return false;
	later = atomic_load(&job->phase);
	if ((later | JOB_STOLEN) == (phase | JOB_STOLEN))
		notify_expire(job, later);
	return true;
}

bool workers_watch(struct workers *w)
{
	unsigned int stuck = 0;
	uint64_t ticks, now = io_now_usec();

	if (read(w->watch_fd, &ticks, sizeof(ticks)) < 0)
		return true; /* EAGAIN: armed again since poll */
	for (unsigned int i = 0; i < WORKERS; i++)
		stuck += watch_job(w, w->jobs[i], now);
	/* First off, then look: a job that begins now sees that nobody watches, and arms. */
	atomic_store(&w->watching, false);
	if (any_working(w) && !atomic_exchange(&w->watching, true))
		arm(w);
	return stuck < WORKERS;
}

void workers_drain(struct workers *w, uint64_t usec)
{
	uint64_t end = io_now_usec() + usec;

	while (any_working(w) && io_now_usec() < end)
		(void)poll(NULL, 0, 1);
}

/* ---- the threads ---- */

struct thread_start {
	struct workers *workers;
	struct exec_job *job;
};

static void await_role(struct workers *w, struct exec_job *job)
{
	uint32_t generation = atomic_load(&job->phase) & ~(uint32_t)(JOB_GENERATION - 1);

	(void)pthread_mutex_lock(&w->lock);
	while (!w->role_free)
		(void)pthread_cond_wait(&w->changed, &w->lock);
	w->role_free = false;
	atomic_store(&job->phase, generation | JOB_RECEIVING);
	(void)pthread_mutex_unlock(&w->lock);
}

/* The job is done. True: this thread goes on receiving. */
static bool keep_role(struct exec_job *job)
{
	uint32_t phase = atomic_load(&job->phase), base;

	for (;;) {
		base = phase & ~(uint32_t)(JOB_GENERATION - 1);
		if (phase & JOB_STOLEN) {
			atomic_store(&job->phase, base | JOB_IDLE);
			return false;
		}
		if (atomic_compare_exchange_weak(&job->phase, &phase, base | JOB_RECEIVING))
			return true;
	}
}

static void work(struct workers *w, struct exec_job *job, struct listener *l)
{
	int r = notify_receive(job, l);

	if (r < 0) {
		/* ENOENT: it died first. Anything else would come again for ever. */
		if (r != -ENOENT && r != -EINTR)
			listener_retire(w, l);
		return;
	}
	if (!atomic_load(&w->watching) && !atomic_exchange(&w->watching, true))
		arm(w);
	notify_handle(job);
}

/* One round of the receiver. False: the role is gone. */
static bool receive(struct workers *w, struct exec_job *job)
{
	struct epoll_event event;
	struct listener *l;

	if (epoll_wait(w->epoll_fd, &event, 1, -1) != 1)
		return true; /* EINTR */
	l = event.data.ptr;
	if (!(event.events & EPOLLIN)) {
		listener_retire(w, l);
		return true;
	}
	(void)atomic_fetch_add(&l->users, 1);
	work(w, job, l);
	listener_release(l);
	return keep_role(job);
}

static void report_ready(struct workers *w, int error)
{
	(void)pthread_mutex_lock(&w->lock);
	w->ready++;
	if (error)
		w->start_error = error;
	(void)pthread_cond_broadcast(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
}

static void *thread_main(void *argument)
{
	struct thread_start *start = argument;
	struct workers *w = start->workers;
	struct exec_job *job = start->job;
	int r = verify_watch_open(&job->watch, NULL);

	report_ready(w, r); /* start is gone from here on */
	for (;;) {
		await_role(w, job);
		while (receive(w, job))
			;
	}
	return NULL;
}

static int start_one(const pthread_attr_t *attributes, struct thread_start *start)
{
	pthread_t thread;

	return -pthread_create(&thread, attributes, thread_main, start);
}

int workers_start(struct workers *w, struct err *e)
{
	struct thread_start starts[WORKERS];
	pthread_attr_t attributes;
	unsigned int started = 0;
	int r = 0;

	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setstacksize(&attributes, WORKERS_STACK_BYTES);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	while (started < WORKERS && r == 0) {
		starts[started] = (struct thread_start){ w, w->jobs[started] };
		r = start_one(&attributes, &starts[started]);
		started += r == 0;
	}
	(void)pthread_attr_destroy(&attributes);
	(void)pthread_mutex_lock(&w->lock);
	while (w->ready < started)
		(void)pthread_cond_wait(&w->changed, &w->lock);
	(void)pthread_mutex_unlock(&w->lock);
	if (r == 0)
		r = w->start_error;
	return r < 0 ? err_set(e, -r, "pthread_create", "worker") : 0;
}
