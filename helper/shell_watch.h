/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shell_watch.h - keeps the shells of an application without a gate shadowed.
 *
 * With fail=open, and for break-glass users, no exec is asked about: a package upgrade that replaces a
 * shell under a live connection would leave every later channel outside. So the files are watched, and
 * shadowed again as soon as one is replaced; a channel that comes in that very moment is not caught.
 */
#ifndef SWRAP_SHELL_WATCH_H
#define SWRAP_SHELL_WATCH_H

#include "gate.h"
#include "helper.h"

/* Begins: config.listener is not used. 0 or -errno; h->shell_watch is what to poll. */
int shell_watch_begin(struct helper *h, const struct gate_config *config, struct err *e);

/* h->shell_watch.fd can be read. */
void shell_watch_handle(struct helper *h);

#endif
