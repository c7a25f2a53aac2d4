/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

#include "capture.h"
#include "listener.h"

#include "../src/channel.h"
#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define DATA_NAME "swrap_session"

enum { CLOSE_TIMEOUT_USEC = 3 * 1000 * 1000 };

struct session {
	pid_t opener;
	int control;
	dev_t dev;		/* of the control socket: is that number still ours? */
	ino_t ino;
	char id[IDENTITY_SESSION_BYTES];
};

/* A message is 64 kB: not on the stack of an application we know nothing about. */
static void message_drop(struct message **m)
{
	if (*m)
		message_done(*m);
	free(*m);
}
#define _message_drop_ _cleanup_(message_drop)

static struct message *message_new(struct err *e)
{
	struct message *m = malloc(sizeof(*m));

	if (m)
		message_init(m);
	else
		(void)err_set(e, ENOMEM, "malloc", "message");
	return m;
}

static int send_packed(int control, enum wire_type type, const struct identity *id,
		       int (*pack)(const struct identity *id, struct wire_writer *out), struct err *e)
{
	_free_ unsigned char *body = malloc(WIRE_MAX_BYTES);
	struct wire_writer w;
	int r;

	if (!body)
		return err_set(e, ENOMEM, "malloc", "identity");
	writer_init(&w, body, WIRE_MAX_BYTES);
	r = pack(id, &w);
	if (r == 0)
		r = channel_send(control, type, body, writer_length(&w), NULL, 0);
	/* A helper that is gone already has left its reason; whoever waits for READY reads it. */
	if (r == -EPIPE)
		return 0;
	return r < 0 ? err_set(e, -r, "send", "identity to swrap-helper") : 0;
}

/* The next message, or -errno: an end of the conversation is -EPIPE. */
static int receive(int control, struct message *m, uint64_t deadline_usec, const char *awaited,
		   struct err *e)
{
	int r = channel_receive_until(control, m, deadline_usec);

	if (r > 0)
		return 0;
	return err_set(e, r == 0 ? EPIPE : -r, "swrap-helper", "no %s", awaited);
}

/* The texts are the helper's, bounded here whatever it sent. */
static int refused(struct helper *helper, const struct message *m, struct err *e)
{
	const struct wire_refused *body = message_body(m, sizeof(*body));
	int num = body && body->num > 0 && body->num < 4096 ? body->num : EPROTO;

	if (!body)
		return err_set(e, EPROTO, "swrap-helper", "malformed REFUSED");
	helper->failed = false;
	return err_set(e, num, "refused", "%.*s %.*s", (int)sizeof(body->step), body->step,
		       (int)sizeof(body->text), body->text);
}

static int judge(struct helper *helper, const struct message *m, enum wire_type type, size_t size,
		 const char *name, struct err *e)
{
	helper->failed = true;
	if (m->head.type == WIRE_REFUSED)
		return refused(helper, m, e);
	if (m->head.type != type || m->head.length < size)
		return err_set(e, EPROTO, "swrap-helper", "message %u instead of %s",
			       (unsigned int)m->head.type, name);
	helper->failed = false;
	return 0;
}

/*
 * Waits for a message of that type with at least size bytes of body; REFUSED is the other answer.
 */
static int await(struct helper *helper, enum wire_type type, size_t size, const char *name,
		 uint64_t deadline_usec, struct err *e)
{
	_message_drop_ struct message *m = message_new(e);
	int r = m ? receive(helper->control, m, deadline_usec, name, e) : -ENOMEM;

	helper->failed = r < 0;
	return r < 0 ? r : judge(helper, m, type, size, name, e);
}

int session_identify(struct helper *helper, const struct identity *id, struct err *e)
{
	return send_packed(helper->control, WIRE_IDENTITY, id, identity_pack, e);
}

int session_send_groups(struct helper *helper, const struct identity *id, struct err *e)
{
	return send_packed(helper->control, WIRE_GROUPS, id, identity_pack_groups, e);
}

/* The name is the helper's: from a file of root's, but it must end where the message ends. */
static int answer_group(pam_handle_t *pamh, const struct helper *helper, const struct message *m,
			struct err *e)
{
	const char *name = (const char *)m->body;
	struct wire_group group = { 0 };
	gid_t gid = 0;
	int r;

	if (m->head.length == 0 || m->head.length > WIRE_GROUP_BYTES || name[m->head.length - 1])
		return err_set(e, EPROTO, "swrap-helper", "malformed ASK_GROUP");
	group.known = capture_group(pamh, name, &gid) == 1;
	group.gid = gid;
	r = channel_send(helper->control, WIRE_GROUP, &group, sizeof(group), NULL, 0);
	return r < 0 ? err_set(e, -r, "send", "GROUP to swrap-helper") : 0;
}

static int unwrapped(struct helper *helper, const struct message *m, char text[SESSION_TEXT_BYTES],
		     struct err *e)
{
	const struct wire_unwrapped *body = message_body(m, sizeof(*body));

	helper->failed = !body;
	if (!body)
		return err_set(e, EPROTO, "swrap-helper", "malformed UNWRAPPED");
	(void)snprintf(text, SESSION_TEXT_BYTES, "%.*s", (int)sizeof(body->text), body->text);
	return 1;
}

/* What comes before READY. 0, 1: it is the answer, or -errno. */
static int before_ready(pam_handle_t *pamh, struct helper *helper, const struct message *m, struct err *e)
{
	if (m->head.type == WIRE_ASK_GROUP)
		return answer_group(pamh, helper, m, e);
	if (m->head.type != WIRE_FAIL_OPEN)
		return 1;
	helper->fail_open = true;
	return 0;
}

/* Which outcomes READY carries is the helper's to judge and to record: a bad one is REFUSED. */
int session_await_ready(pam_handle_t *pamh, struct helper *helper, uint64_t deadline_usec,
			char text[SESSION_TEXT_BYTES], struct err *e)
{
	_message_drop_ struct message *m = message_new(e);
	int r = m ? 0 : -ENOMEM;

	helper->failed = true;
	while (r == 0) {
		r = receive(helper->control, m, deadline_usec, "READY", e);
		if (r == 0)
			r = before_ready(pamh, helper, m, e);
		if (r == 0)
			message_done(m);
	}
	if (r < 0)
		return r;
	if (m->head.type == WIRE_UNWRAPPED)
		return unwrapped(helper, m, text, e);
	return judge(helper, m, WIRE_READY, sizeof(struct wire_ready), "READY", e);
}

static int send_gate(int control, const struct shadow *shadow, const struct shell_list *shells,
		     int listener, struct err *e)
{
	_free_ unsigned char *body = malloc(WIRE_MAX_BYTES);
	const struct wire_gate gate = {
		.gated = listener >= 0,
		.shells = shells->n,
		.dev = shadow->dev,
		.ino = shadow->ino,
	};
	const int fds[3] = { shadow->listening, shadow->attach, listener };
	struct wire_writer w;
	int r;

	if (!body)
		return err_set(e, ENOMEM, "malloc", "gate");
	writer_init(&w, body, WIRE_MAX_BYTES);
	writer_bytes(&w, &gate, sizeof(gate));
	for (unsigned int i = 0; i < shells->n; i++)
		writer_text(&w, shells->items[i].path);
	if (!writer_ok(&w))
		return err_set(e, EMSGSIZE, "send", "GATE: the shells' paths are too long");
	r = channel_send(control, WIRE_GATE, body, writer_length(&w), fds, listener >= 0 ? 3 : 2);
	return r < 0 ? err_set(e, -r, "send", "GATE to swrap-helper") : 0;
}

int session_hand_over(struct helper *helper, const struct shadow *shadow,
		      const struct shell_list *shells, bool gate, uint64_t deadline_usec,
		      struct err *e)
{
	_close_ int listener = gate ? listener_open(e) : -1;
	int r;

	if (gate && listener < 0)
		return listener;
	r = send_gate(helper->control, shadow, shells, listener, e);
	/* Now the helper alone may hold it: were it ours too, its death would hang every exec. */
	fd_close(&listener);
	if (r == 0)
		r = await(helper, WIRE_GATED, 0, "GATED", deadline_usec, e);
	return r;
}

/* Has the application closed our socket behind our back, and is the number another file now? */
static bool is_ours(const struct session *s)
{
	struct stat st;

	return s->control >= 0 && fstat(s->control, &st) == 0 && st.st_dev == s->dev &&
	       st.st_ino == s->ino;
}

static void session_free(struct session *s)
{
	if (is_ours(s))
		(void)close(s->control); /* the descriptor is gone whatever it says */
	free(s);
}

/*
 * libpam calls this for pam_end, for a replaced value, and in forked children with
 * PAM_DATA_SILENT.
 */
static void session_cleanup(pam_handle_t *pamh, void *data, int status)
{
	struct session *s = data;

	(void)pamh;
	if (!s)
		return;
	if (!(status & PAM_DATA_SILENT) && s->opener == getpid() && is_ours(s))
		(void)channel_send(s->control, WIRE_CLOSE, NULL, 0, NULL, 0); /* EPIPE: gone */
	session_free(s);
}

/*
 * A copy with a high number: programs that redirect to fixed numbers use small ones. A tiny
 * RLIMIT_NOFILE has no 100; then what is free above 9, then above 2.
 */
static int duplicate_high(int fd)
{
	static const int floors[] = { 100, 10, 3 };
	int copy = -1;

	for (size_t i = 0; copy < 0 && i < ARRAY_SIZE(floors); i++)
		copy = fcntl(fd, F_DUPFD_CLOEXEC, floors[i]);
	return copy;
}

int session_keep(pam_handle_t *pamh, const struct helper *helper,
		 const char id[IDENTITY_SESSION_BYTES], struct err *e)
{
	_close_ int control = duplicate_high(helper->control);
	struct session *s = calloc(1, sizeof(*s));
	struct stat st;

	if (!s || control < 0 || fstat(control, &st) < 0) {
		free(s);
		return err_set(e, errno, "keep", "the control socket");
	}
	*s = (struct session){
		.opener = getpid(), .control = control, .dev = st.st_dev, .ino = st.st_ino,
	};
	memcpy(s->id, id, sizeof(s->id));
	if (pam_set_data(pamh, DATA_NAME, s, session_cleanup) != PAM_SUCCESS) {
		free(s);
		return err_set(e, ENOMEM, "pam_set_data", "%s", DATA_NAME);
	}
	(void)take_fd(&control); /* the handle's now */
	return 0;
}

static struct session *session_find(const pam_handle_t *pamh)
{
	const void *data = NULL;

	if (pam_get_data(pamh, DATA_NAME, &data) != PAM_SUCCESS)
		return NULL;
	/* The value is ours, libpam only hands it back as const. */
	return (struct session *)(uintptr_t)data;
}

void session_drop(pam_handle_t *pamh)
{
	/*
	 * Replacing the value runs session_cleanup(); it fails only when there is none to
	 * replace.
	 */
	if (session_find(pamh))
		(void)pam_set_data(pamh, DATA_NAME, NULL, NULL);
}

bool session_is_open(const pam_handle_t *pamh)
{
	return session_find(pamh) != NULL;
}

static int await_closed(int control, struct err *e)
{
	_message_drop_ struct message *m = message_new(e);
	const struct wire_closed *body;
	int r = m ? receive(control, m, io_now_usec() + CLOSE_TIMEOUT_USEC, "CLOSED", e) : -ENOMEM;

	if (r < 0)
		return r;
	body = message_body(m, sizeof(*body));
	if (m->head.type != WIRE_CLOSED || !body)
		return err_set(e, EPROTO, "swrap-helper", "message %u instead of CLOSED",
			       (unsigned int)m->head.type);
	return body->stuck ? err_set(e, EBUSY, "stuck", "a process could not be ended") : 1;
}

static int end_conversation(struct session *s, struct err *e)
{
	int r;

	if (!is_ours(s))
		return err_set(e, EBADF, "close", "the application closed the control socket");
	r = channel_send(s->control, WIRE_CLOSE, NULL, 0, NULL, 0);
	r = r < 0 ? err_set(e, -r, "send", "CLOSE to swrap-helper") : await_closed(s->control, e);
	fd_close(&s->control); /* so that the drop does not send CLOSE again */
	return r;
}

int session_close(pam_handle_t *pamh, char ret_id[IDENTITY_SESSION_BYTES], struct err *e)
{
	struct session *s = session_find(pamh);
	int r;

	if (!s || s->opener != getpid())
		return 0;
	memcpy(ret_id, s->id, sizeof(s->id));
	r = end_conversation(s, e);
	session_drop(pamh);
	return r;
}
