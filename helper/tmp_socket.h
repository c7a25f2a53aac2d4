/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tmp_socket.h - sockets of the login that a private /tmp would hide: the forwarded ssh-agent, and that of
 * a local display.
 *
 * They appear after the tree was built, when the application already runs. What the environment says is a
 * wish: the helper takes only a socket of the user's (or, for a display, root's) in a place that nobody
 * else can have made, and hands it to session init as a detached, read-only mount of that one socket.
 */
#ifndef SWRAP_HELPER_TMP_SOCKET_H
#define SWRAP_HELPER_TMP_SOCKET_H

#include "inner.h"
#include "plan.h"

enum { TMP_SOCKET_KINDS = 2 };

/* Does the plan hide /tmp? */
bool tmp_socket_is_wanted(const struct plan *plan);

/*
 * What the login's environment asks for, from the strings of an attach: argc arguments, then envc entries
 * NAME=value, each with its NUL; text is hostile. Fills at most one place of each kind; returns how many.
 */
int tmp_socket_wishes(const char *text, size_t size, uint32_t argc, uint32_t envc,
		      struct inner_socket ret[TMP_SOCKET_KINDS]);

/*
 * A detached mount of that socket below tmp (an O_PATH descriptor), which the caller owns; or -errno: EPERM
 * when it is another's or no socket, ELOOP and EXDEV when the way leads elsewhere.
 */
int tmp_socket_open(int tmp, const struct inner_socket *place, uid_t uid, struct err *e);

/* In session init: puts it there. 0; also when it is there already, by an earlier channel; or -errno. */
int tmp_socket_place(int tree, const struct inner_socket *place, struct err *e);

#endif
