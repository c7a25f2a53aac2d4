/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_names.h - the numbers behind a call's name, by architecture.
 *
 * On i386 one name may mean several calls: those of 32-bit times, ids and offsets, and their wider
 * successors. A name stands for all of them, so that a rule for chown holds for chown32.
 */
#ifndef SWRAP_FILTER_NAMES_H
#define SWRAP_FILTER_NAMES_H

#include <stddef.h>
#include <stdint.h>

enum { CALL_NUMBERS = 8, CALL_NAME_BYTES = 64 };

/* i386: calls that take a call's number and a pointer to its arguments, and one with a pointer alone. */
enum { I386_SOCKETCALL = 102, I386_IPC = 117, I386_OLD_MMAP = 90, I386_MULTIPLEXED = 25 };

struct call_numbers {
	size_t n;			/* 0: the architecture does not have it */
	int numbers[CALL_NUMBERS];
};

/* architecture is a SCMP_ARCH_*. 0, or -ENOENT: nobody knows a call of that name. */
int call_resolve(uint32_t architecture, const char *name, struct call_numbers *ret);

/* The call of i386 that the multiplexer's call number means, or -1. */
int call_multiplexed(int multiplexer, int call);

/* The known name that looks most like it, into nearest (CALL_NAME_BYTES); empty when none does. */
void call_nearest(const char *name, char *nearest);

#endif
