/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * refused_call.h - Mode=permissive: what the enforcing filter would have refused is recorded, and done.
 */
#ifndef SWRAP_REFUSED_CALL_H
#define SWRAP_REFUSED_CALL_H

#include "notify.h"

/*
 * Records the call of the job if the session is permissive and its profile's filter would have refused
 * it: the first few of each call, then at every power of two, with how many there were. Before the answer,
 * so that the process is still the one. Any worker.
 */
void refused_call_note(struct exec_job *job);

#endif
