/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * serve.h - the helper's one loop, from READY until nothing of the session is left.
 */
#ifndef SWRAP_SERVE_H
#define SWRAP_SERVE_H

#include "helper.h"

/* Returns when the session has ended and session.end is written. */
void serve(struct helper *h);

#endif
