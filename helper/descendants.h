/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * descendants.h - reaches a tree of processes that has no pid namespace of its own.
 */
#ifndef SWRAP_DESCENDANTS_H
#define SWRAP_DESCENDANTS_H

#include <sys/types.h>

/*
 * Sends signo to every descendant of pid, deepest first. Reads /proc/PID/task/TID/children; a process
 * that forks meanwhile may be missed, so the caller repeats it until nothing is left. For a subreaper:
 * every orphan comes back to it.
 */
void descendants_signal(pid_t pid, int signo);

#endif
