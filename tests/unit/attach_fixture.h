/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attach_fixture.h - what swrap-attach sends, played by the test itself: its image is the one shell.
 */
#ifndef SWRAP_ATTACH_FIXTURE_H
#define SWRAP_ATTACH_FIXTURE_H

#include "helper_fixture.h"

#include "helper/attaches.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>

static const char attach_strings[] = "-sh\0HOME=/\0TERM=x\0/";

struct attach_call {
	struct wire_attach body;
	int fds[4];
	int nfds;
};

static inline void attach_shadow(struct fixture *f)
{
	ssize_t n = readlink("/proc/self/exe", f->h.shell_text, PATH_MAX - 1);

	assert_true(n > 0);
	f->h.shell_text[n] = 0;
	f->h.shells[0] = f->h.shell_text;
	f->h.nshells = 1;
	fd_close(&f->h.root_fd);
	f->h.root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->h.root_fd >= 0);
}

static inline void attach_call_init(struct attach_call *call)
{
	int fd = memfd_create("attach", MFD_CLOEXEC);

	assert_int_equal(io_write_full(fd, attach_strings, sizeof(attach_strings)), 0);
	*call = (struct attach_call){
		.body = { .open_fds = 7, .argc = 1, .envc = 2, .bytes = sizeof(attach_strings),
			  .ignored = 2, .blocked = 4 },
		.fds = { fd, 0, 1, 2 },
		.nfds = 4,
	};
}

static inline void attach_call_done(struct attach_call *call)
{
	(void)close(call->fds[0]);
}

static inline void attach_send(int fd, enum wire_type type, const struct attach_call *call)
{
	assert_int_equal(channel_send(fd, type, &call->body, sizeof(call->body), call->fds, call->nfds),
			 0);
}

/* ---- one attach at a time, in the first slot ---- */

static inline struct attach *slot(struct fixture *f)
{
	return &f->h.attaches[0];
}

static inline int accept_user(struct fixture *f)
{
	int fd;

	if (f->h.listen_fd < 0)
		fixture_listen(f);
	fd = fixture_connect(f, fixture_uid());
	attaches_accept(&f->h);
	return fd;
}

/* An attach whose session process init has been asked for: STARTING. */
static inline int start_user(struct fixture *f)
{
	struct attach_call call;
	int fd = accept_user(f);

	attach_shadow(f);
	attach_call_init(&call);
	attach_send(fd, WIRE_ATTACH, &call);
	attaches_receive(&f->h, slot(f));
	attach_call_done(&call);
	assert_int_equal(slot(f)->state, ATTACH_STARTING);
	(void)fixture_expect(f, f->init, INNER_START, 0);
	return fd;
}

static inline void init_says(struct fixture *f, enum inner_type type, const void *body, size_t size)
{
	assert_int_equal(channel_send(f->init, (enum wire_type)type, body, size, NULL, 0), 0);
	assert_int_equal(channel_receive(f->h.init_fd, &f->h.message, MSG_DONTWAIT), 1);
	attaches_status(&f->h, &f->h.message);
	message_done(&f->h.message);
}

static inline void init_says_status(struct fixture *f, enum inner_type type, int code, int value)
{
	struct inner_status body = { .id = slot(f)->id, .code = code, .value = value };

	init_says(f, type, &body, sizeof(body));
}

static inline void init_says_outcomes(struct fixture *f, bool good)
{
	struct inner_outcomes body = { .id = slot(f)->id };

	for (int step = STEP_SESSION_FIRST; step <= STEP_SESSION_LAST; step++)
		outcome_add(&body.list, (enum step)step, RESULT_SKIPPED, NULL);
	if (!good)
		body.list.n--;
	init_says(f, INNER_OUTCOMES, &body, sizeof(body));
}

static inline int run_user(struct fixture *f)
{
	int fd = start_user(f);

	init_says_outcomes(f, true);
	assert_int_equal(slot(f)->state, ATTACH_RUNNING);
	(void)fixture_expect(f, fd, WIRE_STARTED, 0);
	return fd;
}

static inline void expect_signal(struct fixture *f, int signo)
{
	const struct inner_signal *s = fixture_expect(f, f->init, INNER_SIGNAL, sizeof(*s));

	assert_int_equal(s->id, slot(f)->id);
	assert_int_equal(s->signo, signo);
}

#endif
