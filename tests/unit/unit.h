/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unit.h - what every cmocka test includes, in the order cmocka wants it.
 */
#ifndef SWRAP_UNIT_H
#define SWRAP_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
