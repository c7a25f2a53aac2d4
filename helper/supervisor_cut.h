/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervisor_cut.h - takes from the supervisor everything it does not need, and asks the kernel
 * whether it is gone.
 *
 * It reads hostile memory, so it runs under its own uid with three capabilities and its own list of
 * system calls. What needs more rights (log, /proc, syslog socket) is opened before. Two parts,
 * because threads take on the ids of the thread that makes them, and making them is not on the
 * list.
 *
 * Its calls, all in the filter of tools/filter_sets.c, each with its reason there:
 *   asked questions  ioctl (NOTIF_RECV SEND ID_VALID SET_FLAGS, the pid of a namespace) epoll_wait
 *                    (epoll_pwait) epoll_ctl
 *   looks            process_vm_readv openat (read-only) openat2 read fstat newfstatat readlinkat
 *                    close
 *   judges           ptrace (seven requests) wait4 kill gettid timer_settime rt_sigreturn
 *   writes           write fallocate (KEEP_SIZE) fstatfs sendmsg recvmsg
 *   waits            poll (ppoll) futex timerfd_settime restart_syscall clock_nanosleep
 *   ends             exit_group
 *   without a vdso   clock_gettime
 */
#ifndef SWRAP_SUPERVISOR_CUT_H
#define SWRAP_SUPERVISOR_CUT_H

#include "supervisor.h"

#include "../src/err.h"

/*
 * Needs: root (or unprivileged), one thread. Leaves: uid and gid of the supervisor, no groups,
 * CAP_SYS_PTRACE, CAP_KILL and CAP_DAC_READ_SEARCH permitted and effective, nothing else in any
 * set, no_new_privs, not dumpable, SIGTERM when the helper dies. 0 or -errno; then the process must
 * end.
 */
int cut_rights(const struct supervisor_start *start, struct err *e);

/* Needs: all threads made. Leaves: the filter, in each of them. 0 or -errno. */
int cut_calls(struct err *e);

#endif
