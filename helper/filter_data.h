/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_data.h - the generated programs; helper/filter_data.c is made by mkfilter.
 */
#ifndef SWRAP_FILTER_DATA_H
#define SWRAP_FILTER_DATA_H

#include <linux/filter.h>
#include <stddef.h>

/* A session's filter, with the spec it was made from (filter_spec.h). */
struct filter_prebuilt {
	const char *spec;
	struct sock_fprog program;
};

extern const struct filter_prebuilt filter_prebuilts[];
extern const size_t filter_prebuilts_n;

extern const struct sock_fprog filter_supervisor_data;

/* The calls of this architecture by number; NULL where libseccomp knows none. */
extern const char *const filter_call_names[];
extern const size_t filter_call_names_n;

#endif
