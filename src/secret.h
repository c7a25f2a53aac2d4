/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * secret.h - is what goes by this name a secret? Rule 1 of redact.h.
 */
#ifndef SWRAP_SECRET_H
#define SWRAP_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* The name of an option (without its dashes), a variable or a header. */
bool secret_name(const char *name, size_t size);

/* May this byte stand in such a name? */
bool secret_is_name(char c);

#endif
