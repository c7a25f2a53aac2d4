/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain.h - the plan as text, for swrap explain and swrap check: nothing is started for it.
 */
#ifndef SWRAP_EXPLAIN_H
#define SWRAP_EXPLAIN_H

#include "helper.h"

enum { EXPLAIN_BYTES = 60 * 1024 };	/* fits into one message */

/*
 * One JSON object about what open_session would do: of h->choice, and of h->plan when planned; e is why
 * the session would be refused, e->num 0 when it would not. Returns its length, NUL-terminated, or 0 when
 * text is too small.
 */
size_t explain_text(const struct helper *h, bool planned, const struct err *e, char *text, size_t size);

/*
 * Makes the plan of the session that the rules chose, and sends the text to whoever asked. 1: that was all;
 * or -errno.
 */
int explain(struct helper *h, struct err *e);

#endif
