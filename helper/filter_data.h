/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_data.h - the generated programs; helper/filter_data.c is made by mkfilter.
 */
#ifndef SWRAP_FILTER_DATA_H
#define SWRAP_FILTER_DATA_H

#include <linux/filter.h>

enum { FILTER_DATA_LOGIN, FILTER_DATA_STRICT, FILTER_DATA_SUPERVISOR, FILTER_DATA_COUNT };

extern const struct sock_fprog filter_data[FILTER_DATA_COUNT];

#endif
