/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_check.h - may a filter that another program made be trusted?
 */
#ifndef SWRAP_FILTER_CHECK_H
#define SWRAP_FILTER_CHECK_H

#include "../src/err.h"

#include <linux/filter.h>
#include <stdbool.h>

/*
 * Is this a program the kernel would take, whose every way ends, with the verdicts no session is
 * without? Every exec is a question; the listener's sendmsg, write and exit_group are allowed; a foreign
 * architecture kills, and so do x32 and, without i386, i386. 0 or -EBADMSG with what is wrong.
 */
int filter_check(const struct sock_fprog *program, bool i386, struct err *e);

#endif
