/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifetime.h"

#include "close.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void lifetime_begin(struct helper *h, uint64_t now)
{
	h->lifetime = (struct lifetime){ .active_usec = now };
	if (h->plan.runtime_max_usec)
		h->lifetime.end_usec = now + h->plan.runtime_max_usec;
}

void lifetime_note_terminal(struct attach *a, const int *fds, int n)
{
	for (int i = 0; i < n; i++) {
		struct stat st;

		if (!isatty(fds[i]) || fstat(fds[i], &st) < 0 ||
		    ttyname_r(fds[i], a->terminal, sizeof(a->terminal)) != 0)
			continue;
		a->terminal_dev = st.st_rdev;
		return;
	}
	a->terminal[0] = 0;
}

/* How long nobody has typed there. A name that means another terminal by now says nothing: busy. */
static uint64_t quiet_usec(const struct attach *a)
{
	struct timespec now;
	struct stat st;
	int64_t usec;

	if (!a->terminal[0] || stat(a->terminal, &st) < 0 || st.st_rdev != a->terminal_dev ||
	    clock_gettime(CLOCK_REALTIME, &now) < 0)
		return 0;
	usec = (int64_t)(now.tv_sec - st.st_atim.tv_sec) * 1000000 +
	       (now.tv_nsec - st.st_atim.tv_nsec) / 1000;
	return usec > 0 ? (uint64_t)usec : 0;
}

/* When something was last done, as far as it can be seen; now when nothing can. */
static uint64_t last_active(struct helper *h, uint64_t now)
{
	uint64_t quiet = UINT64_MAX;

	for (int i = 0; i < HELPER_ATTACHES; i++) {
		const struct attach *a = &h->attaches[i];
		uint64_t own = a->state == ATTACH_RUNNING ? quiet_usec(a) : 0;

		if (a->state != ATTACH_FREE && own < quiet)
			quiet = own;
	}
	if (quiet == UINT64_MAX || h->tally->execs != h->lifetime.execs)
		quiet = 0;
	h->lifetime.execs = h->tally->execs;
	if (quiet < now && now - quiet > h->lifetime.active_usec)
		h->lifetime.active_usec = now - quiet;
	return h->lifetime.active_usec;
}

static uint64_t idle_deadline(struct helper *h, uint64_t now)
{
	uint64_t due;

	if (!h->plan.idle_timeout_usec || h->phase != PHASE_SERVING)
		return 0;
	due = h->lifetime.active_usec + h->plan.idle_timeout_usec;
	if (now < due)
		return due;
	due = last_active(h, now) + h->plan.idle_timeout_usec;
	if (now < due)
		return due;
	close_by_force(h, ENDING_TIMEOUT, "IdleTimeoutSec");
	return 0;
}

uint64_t lifetime_deadline(struct helper *h, uint64_t now)
{
	uint64_t idle, end = h->lifetime.end_usec;

	if (h->phase != PHASE_SERVING && h->phase != PHASE_LINGERING)
		return 0;
	if (end && now >= end) {
		close_by_force(h, ENDING_TIMEOUT, "RuntimeMaxSec");
		return 0;
	}
	idle = idle_deadline(h, now);
	if (!end || (idle && idle < end))
		return idle;
	return end;
}
