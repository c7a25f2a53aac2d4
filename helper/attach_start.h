/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attach_start.h - turns what swrap-attach sent, and what the kernel says of it, into INNER_START.
 */
#ifndef SWRAP_ATTACH_START_H
#define SWRAP_ATTACH_START_H

#include "helper.h"

/*
 * Reads the ATTACH (or RUN) in h->message that came over socket_fd, and sends START to init. Returns
 * 0, or -errno with the reason in e (the user sees it): EPROTO malformed, EPERM an image that is no
 * shell of ours, ESRCH the peer died.
 */
int attach_start(struct helper *h, struct attach *a, int socket_fd, struct err *e);

#endif
