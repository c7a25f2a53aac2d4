/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * step_record.h - the records of what was reached at open: "step" for each, then "session.ready".
 */
#ifndef SWRAP_STEP_RECORD_H
#define SWRAP_STEP_RECORD_H

#include "inner.h"
#include "plan.h"
#include "writer.h"

/* In the supervisor. A record that cannot be written is counted as lost by the writer. */
void step_records_put(struct records *w, const struct plan *plan, const struct inner_steps *steps);

#endif
