/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attach_start.h"

#include "app_shell.h"
#include "lifetime.h"
#include "peer.h"
#include "report.h"
#include "tmp_socket.h"

#include "../src/process_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The message is the user's. Nothing in it decides who or what: only how much follows. */
static int check_message(const struct message *m, const struct wire_attach *w, struct err *e)
{
	struct stat st;

	if (!w || w->open_fds > 7 || w->bytes > WIRE_ATTACH_MAX_BYTES || w->bytes == 0 ||
	    w->argc > w->bytes || w->envc > w->bytes)
		return err_set(e, EPROTO, "attach", "malformed");
	if (m->nfds != 1 + __builtin_popcount(w->open_fds))
		return err_set(e, EPROTO, "attach", "%d descriptors", m->nfds);
	if (fstat(m->fds[0], &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size < w->bytes)
		return err_set(e, EPROTO, "attach", "memfd");
	return 0;
}

static int check_image(struct helper *h, pid_t pid, struct inner_start *start, struct err *e)
{
	_close_ int image = -1;
	const char *shell;
	int r = peer_image(pid, start->path, sizeof(start->path), e);

	if (r < 0 || h->identity.direct)
		return r;
	image = peer_open_image(pid, e);
	if (image < 0)
		return image;
	shell = app_shell_find(h->root_fd, h->shells, h->nshells, image);
	if (!shell)
		return err_set(e, EPERM, "attach", "%.80s is not a shadowed shell", start->path);
	(void)snprintf(start->path, sizeof(start->path), "%s", shell);
	return 0;
}

static bool leader_has_tty(pid_t pid, pid_t leader, dev_t tty)
{
	struct process_stat st;

	return process_stat_read(pid, &st) == 0 && st.session == leader && st.tty == tty;
}

/* The number of the i-th descriptor that came along. */
static uint32_t number_of(uint32_t open_fds, int i)
{
	uint32_t number = 0;

	for (; number < 3; number++)
		if ((open_fds & (1u << number)) && i-- == 0)
			break;
	return number;
}

static bool is_own_users(const struct helper *h)
{
	return h->plan.namespaces & CLONE_NEWUSER;
}

/* Only the terminal that is judged here may be stolen: another descriptor may be somebody else's. */
static void choose_tty(const struct helper *h, const struct wire_attach *w, pid_t pid,
		       struct inner_start *start)
{
	const struct message *m = &h->message;

	start->tty = TTY_PASS;
	if (w->flags & WIRE_ATTACH_RELEASED)
		start->tty = TTY_RELEASE;
	else if (w->flags & WIRE_ATTACH_RELAY)
		start->tty = TTY_RELAY;
	/* In a user namespace nobody has the right to take one away: then there is no job control. */
	for (int i = 1; i < m->nfds && start->tty == TTY_PASS && !is_own_users(h); i++) {
		struct stat st;

		if (fstat(m->fds[i], &st) < 0 || !S_ISCHR(st.st_mode) || !isatty(m->fds[i]) ||
		    (fcntl(m->fds[i], F_GETFL) & O_ACCMODE) == O_WRONLY ||
		    !leader_has_tty(pid, h->in.app, st.st_rdev))
			continue;
		start->tty = TTY_STEAL;
		start->tty_fd = number_of(w->open_fds, i - 1);
	}
}

struct start_body {
	struct inner_start start;
	gid_t groups[IDENTITY_GROUPS];
};

static void fill(struct start_body *body, const struct helper *h, const struct attach *a,
		 const struct wire_attach *w, const struct peer *peer)
{
	struct inner_start *start = &body->start;

	start->id = a->id;
	if (!h->identity.direct) /* else TTY_PASS */
		choose_tty(h, w, peer->pid, start);
	start->open_fds = w->open_fds;
	start->ignored = w->ignored;
	start->blocked = w->blocked;
	start->argc = w->argc;
	start->envc = w->envc;
	start->bytes = w->bytes;
	start->gid = h->identity.direct ? h->identity.gid : peer->gid;
	start->ngroups = h->identity.direct ? h->identity.ngroups : peer->ngroups;
	memcpy(body->groups, h->identity.direct ? h->identity.groups : peer->groups,
	       start->ngroups * sizeof(gid_t));
}

/* ---- sockets that the private /tmp would hide ---- */

/* A socket that is refused is on record, and not there: the shell runs without it. */
static void offer_socket(struct helper *h, const struct attach *a, int tmp,
			 const struct inner_socket *place)
{
	char text[ERR_TEXT_BYTES];
	struct err e = { 0 };
	_close_ int tree = tmp_socket_open(tmp, place, h->identity.uid, &e);
	int r = tree;

	if (tree >= 0)
		r = channel_send(h->init_fd, (enum wire_type)INNER_SOCKET, place, sizeof(*place), &tree, 1);
	if (tree >= 0 && r < 0)
		(void)err_set(&e, -r, "init", "%s", "");
	report_socket(h, a, place, r < 0 ? err_text(&e, text, sizeof(text)) : NULL);
}

static void offer_sockets(struct helper *h, const struct attach *a, const struct wire_attach *w)
{
	struct inner_socket places[TMP_SOCKET_KINDS] = { 0 };
	_close_ int tmp = -1;
	_free_ char *text = NULL;
	ssize_t n;
	int count;

	if (!tmp_socket_is_wanted(&h->plan))
		return;
	tmp = open("/tmp", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	text = malloc(w->bytes);
	n = text ? pread(h->message.fds[0], text, w->bytes, 0) : -1;
	if (tmp < 0 || n <= 0)
		return;
	count = tmp_socket_wishes(text, (size_t)n, w->argc, w->envc, places);
	for (int i = 0; i < count; i++)
		offer_socket(h, a, tmp, &places[i]);
}

static int send_start(struct helper *h, const struct start_body *body, struct err *e)
{
	size_t size = sizeof(body->start) + body->start.ngroups * sizeof(gid_t);
	int r = channel_send(h->init_fd, (enum wire_type)INNER_START, body, size, h->message.fds,
			     h->message.nfds);

	return r < 0 ? err_set(e, -r, "init", "is gone") : 0;
}

int attach_start(struct helper *h, struct attach *a, int socket_fd, struct err *e)
{
	const struct wire_attach *w = message_body(&h->message, sizeof(*w));
	_free_ struct start_body *body = calloc(1, sizeof(*body));
	_free_ struct peer *peer = calloc(1, sizeof(*peer));
	_close_ int pidfd = -1;
	int r;

	if (!body || !peer)
		return err_set(e, ENOMEM, "attach", "%s", "");
	r = check_message(&h->message, w, e);
	if (r == 0)
		r = peer_identity(socket_fd, peer, e);
	if (r < 0)
		return r;
	pidfd = peer_pidfd(socket_fd, peer->pid, e);
	if (pidfd < 0)
		return pidfd;
	r = peer_manners(peer->pid, &body->start, e);
	if (r == 0)
		r = check_image(h, peer->pid, &body->start, e);
	if (r < 0)
		return r;
	fill(body, h, a, w, peer);
	lifetime_note_terminal(a, h->message.fds + 1, h->message.nfds - 1);
	if (!peer_alive(pidfd)) /* else what was read may be another's */
		return err_set(e, ESRCH, "attach", "the peer is gone");
	offer_sockets(h, a, w);
	r = send_start(h, body, e);
	if (r == 0)
		report_attach(h, a, &body->start, peer->pid);
	return r;
}
