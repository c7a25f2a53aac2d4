/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan_stops.h - what will not work in a session: one table for swrap explain and the man page.
 *
 * Each row asks the plan, and the plan's filter itself, not the name of a profile.
 */
#ifndef SWRAP_PLAN_STOPS_H
#define SWRAP_PLAN_STOPS_H

#include "plan.h"

enum { PLAN_STOPS = 15 };

struct plan_stop {
	const char *programs;		/* what stops working */
	const char *why;
	const char *relax;		/* the directive that brings it back; NULL: none does */
	bool (*holds)(const struct plan *plan);
};

extern const struct plan_stop plan_stops[PLAN_STOPS];

#endif
