/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * session.h - the conversation with swrap-helper, and what the PAM handle keeps of it until close.
 */
#ifndef SWRAP_PAM_SESSION_H
#define SWRAP_PAM_SESSION_H

#include "shadow.h"
#include "spawn.h"

#include "../src/identity.h"

#include <security/pam_modules.h>

enum { SESSION_TEXT_BYTES = 192 };

/*
 * IDENTITY: the helper builds the sandbox from here on. GROUPS, right after it: the helper waits for them
 * before the rehearsal. 0 or -errno.
 */
int session_identify(struct helper *helper, const struct identity *id, struct err *e);
int session_send_groups(struct helper *helper, const struct identity *id, struct err *e);

/*
 * Waits for READY until the deadline (io_now_usec), and tells the helper about the groups it asks for. What
 * the helper tells of the profile before is in helper->fail_open, whatever comes of the rest. 0;
 * 1: no rule wraps this session, text says which or that there is none, and the helper ends; or -errno:
 * the helper's own for REFUSED, with the step and text it gave, and it ends by itself; -ETIMEDOUT,
 * -EPIPE (it died) or -EPROTO otherwise, and then helper->failed is set.
 */
int session_await_ready(pam_handle_t *pamh, struct helper *helper, uint64_t deadline_usec,
			char text[SESSION_TEXT_BYTES], struct err *e);

/*
 * Hands the shadow over, and with gate the listener, which is put on here: the last act. Waits
 * for GATED until the deadline. Fails like session_await_ready(); a gate that is on stays on: every
 * exec fails.
 */
int session_hand_over(struct helper *helper, const struct shadow *shadow,
		      const struct shell_list *shells, bool gate, uint64_t deadline_usec,
		      struct err *e);

/*
 * Keeps a copy of the helper's control socket in the handle, for close_session. Its end by pam_end
 * without a close tells the helper; in a forked child (PAM_DATA_SILENT) it only frees. 0 or -errno.
 */
int session_keep(pam_handle_t *pamh, const struct helper *helper,
		 const char id[IDENTITY_SESSION_BYTES], struct err *e);

/* Undoes session_keep(): ends the session without waiting for it. */
void session_drop(pam_handle_t *pamh);

/* Is a session kept in this handle? */
bool session_is_open(const pam_handle_t *pamh);

/*
 * Sends CLOSE and waits at most 3 s for CLOSED, then drops it. Harmless without a session, twice,
 * and in any process but the one that opened. Returns 1 when there was a session and it is
 * closed, 0 when there was none, or -errno for the log: -ETIMEDOUT and -EBUSY (the helper says
 * stuck) mean that a process of the session could not be ended yet.
 */
int session_close(pam_handle_t *pamh, char ret_id[IDENTITY_SESSION_BYTES], struct err *e);

#endif
