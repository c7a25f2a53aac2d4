/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memory.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * The kernel keeps a megabyte below a stack free of other mappings (stack_guard_gap), so nothing but
 * stack is in so much; where the stack does not reach, ENOMEM says so and the rest is done.
 */
enum { REACH_BYTES = 512 * 1024 };

/*
 * Not inlined: the frame is this function's own, and one page more is left for what it calls and for
 * the red zone.
 */
static __attribute__((noinline)) void give_back_stack(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = ((uintptr_t)__builtin_frame_address(0) & ~(page - 1)) - page;

	(void)madvise((void *)(end - REACH_BYTES), REACH_BYTES, MADV_DONTNEED);
}

void memory_give_back(void)
{
	(void)malloc_trim(0);
	give_back_stack();
}
