/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_restrict.h - the directives that forbid a part of some calls: sets that stand in front of what
 * SystemCallFilter= says. Names are those of the spec (helper/filter_spec.h).
 */
#ifndef SWRAP_FILTER_RESTRICT_H
#define SWRAP_FILTER_RESTRICT_H

#include "filter_sets.h"

/* The restriction of that name, "realtime"; NULL: there is none. */
const struct call_set *filter_restriction_find(const char *name);

/* Below the restrictions whose calls io_uring could make unseen. */
extern const struct call_set filter_restriction_ring;

/* clone3: its flags are in memory. */
extern const struct call_set filter_restriction_clone3;

#endif
