/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory.h - what only the beginning needed goes back to the kernel: a session lives for days.
 */
#ifndef SWRAP_MEMORY_H
#define SWRAP_MEMORY_H

/*
 * Gives back the free pages of the heap and those of the main thread's stack below the caller, where
 * deeper calls have been. Only on that thread. Nothing can fail that would change what is seen.
 */
void memory_give_back(void);

#endif
