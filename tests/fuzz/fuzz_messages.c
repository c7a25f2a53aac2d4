/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every message the helper takes while it serves, from the application, attach, session init and the
 * supervisor, in any order: one packet is a byte of who, a byte of type, two of length, the body.
 * Descriptors come along by the body's first byte. Nothing may crash, hang, or act on a message of a type
 * or length that is not agreed.
 */
#include "fuzz.h"

#include "../../helper/serve.c"

#include "helper/attaches.h"
#include "helper/filter.h"

#include <sys/mman.h>
#include <sys/socket.h>

enum { WHO_APPLICATION, WHO_ATTACH, WHO_INIT, WHO_SUPERVISOR, WHO_COUNT, MAX_PACKETS = 32 };

struct world {
	struct helper h;
	struct tally tally;
	int ours[WHO_COUNT];
};

static void pair(int *theirs, int *ours)
{
	int fds[2];

	HOLDS(channel_pair(fds) == 0);
	*theirs = fds[0];
	*ours = fds[1];
	HOLDS(fcntl(*theirs, F_SETFL, O_NONBLOCK) == 0 && fcntl(*ours, F_SETFL, O_NONBLOCK) == 0);
}

static void open_helper(struct world *w)
{
	struct helper *h = &w->h;

	h->init_fd = h->init_pidfd = h->supervisor_fd = h->supervisor_pidfd = h->listener_fd = -1;
	h->notify_fd = h->log_dir_fd = h->listen_fd = h->attach_fd = h->mount_ns_fd = h->root_fd = -1;
	h->signal_fd = h->context.proc_fd = h->in.app_pidfd = -1;
	for (int i = 0; i < HELPER_ATTACHES; i++)
		h->attaches[i].socket = -1;
	cgroup_init(&h->cgroup);
	message_init(&h->message);
	h->tally = &w->tally;
	h->in.app = getpid();
	h->identity.uid = geteuid() ? geteuid() : 12345;
	h->plan.identity = &h->identity;
	h->phase = PHASE_SERVING;
	pair(&h->control_fd, &w->ours[WHO_APPLICATION]);
	pair(&h->init_fd, &w->ours[WHO_INIT]);
	pair(&h->supervisor_fd, &w->ours[WHO_SUPERVISOR]);
	pair(&h->attaches[0].socket, &w->ours[WHO_ATTACH]);
	h->attaches[0].state = ATTACH_ASKED;
	h->attaches[0].id = h->next_id = 1;
}

static void send_packet(struct world *w, int who, uint8_t type, const uint8_t *body, size_t length)
{
	int fds[WIRE_MAX_FDS], n = length ? body[0] % (WIRE_MAX_FDS + 1) : 0;

	for (int i = 0; i < n; i++)
		fds[i] = i ? dup(2) : memfd_create("strings", MFD_CLOEXEC);
	if (n > 0)
		HOLDS(ftruncate(fds[0], 4096) == 0);
	(void)channel_send(w->ours[who], (enum wire_type)type, body, length, fds, n); /* full, or gone */
	for (int i = 0; i < n; i++)
		(void)close(fds[i]);
}

static void drain(struct world *w)
{
	char buffer[256];

	for (int who = 0; who < WHO_COUNT; who++)
		while (recv(w->ours[who], buffer, sizeof(buffer), MSG_DONTWAIT | MSG_TRUNC) > 0)
			;
}

static void take(struct world *w, int who)
{
	struct helper *h = &w->h;

	if (who == WHO_APPLICATION && h->control_fd >= 0)
		control_message(h);
	else if (who == WHO_INIT && h->init_fd >= 0)
		(void)init_message(h);
	else if (who == WHO_SUPERVISOR && h->supervisor_fd >= 0)
		supervisor_message(h);
	else if (who == WHO_ATTACH && h->attaches[0].socket >= 0)
		attaches_receive(h, &h->attaches[0]);
	drain(w);
}

static void close_helper(struct world *w)
{
	int *const fds[] = {
		&w->h.control_fd, &w->h.init_fd, &w->h.supervisor_fd, &w->h.listen_fd, &w->h.attach_fd,
		&w->h.mount_ns_fd, &w->h.root_fd,
	};

	attaches_close(&w->h);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fd_close(fds[i]);
	for (int who = 0; who < WHO_COUNT; who++)
		(void)close(w->ours[who]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_free_ struct world *w = calloc(1, sizeof(*w));

	HOLDS(w);
	open_helper(w);
	for (int packets = 0; size >= 4 && packets < MAX_PACKETS; packets++) {
		size_t length = data[2] | (size_t)data[3] << 8;
		int who = data[0] % WHO_COUNT;
		uint8_t type = data[1];

		data += 4;
		size -= 4;
		if (length > size)
			length = size;
		send_packet(w, who, type, data, length);
		take(w, who);
		data += length;
		size -= length;
	}
	close_helper(w);
	return 0;
}
