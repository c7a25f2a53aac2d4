/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * descendants.h - reaches a tree of processes that has no pid namespace of its own.
 */
#ifndef SWRAP_DESCENDANTS_H
#define SWRAP_DESCENDANTS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Sends signo to every descendant of pid, deepest first. Reads /proc/PID/task/TID/children; a process
 * that forks meanwhile may be missed, so the caller repeats it until nothing is left. For a subreaper:
 * every orphan comes back to it.
 */
void descendants_signal(pid_t pid, int signo);

/*
 * Kills every child of the calling thread but spared (0: none is), with all that is below, and reaps
 * what is dead. Returns whether there was any: repeat until not. For a subreaper, too.
 */
bool descendants_end(pid_t spared);

#endif
