/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process_stat.h - what /proc/PID/stat says of a process; the one reader of that file.
 */
#ifndef SWRAP_PROCESS_STAT_H
#define SWRAP_PROCESS_STAT_H

#include <stdint.h>
#include <sys/types.h>

struct process_stat {
	char state;		/* 'R', 'S', ..., 'Z' and 'X': dead */
	pid_t session;
	dev_t tty;		/* the controlling terminal, 0 = none */
	uint64_t start;		/* in clock ticks since boot: with the pid the name of one process */
};

/* 0; -ENOENT or -ESRCH: no such process; -EPROTO: not what the kernel writes; or another -errno. */
int process_stat_read(pid_t pid, struct process_stat *ret);

/* The same for a text of that file. 0 or -EPROTO. */
int process_stat_parse(const char *text, struct process_stat *ret);

#endif
