/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz.h - one target a file: libFuzzer calls it with any bytes. What must hold is checked by HOLDS, which
 * ends the process as a sanitizer does.
 */
#ifndef SWRAP_FUZZ_H
#define SWRAP_FUZZ_H

#include "src/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition) \
	do { \
		if (!(condition)) { \
			(void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* A copy of the input that ends in a NUL: a byte further is found by the sanitizer. Never NULL. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	HOLDS(text);
	memcpy(text, data, size);
	text[size] = 0;
	return text;
}

#endif
