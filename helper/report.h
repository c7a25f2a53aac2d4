/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * report.h - the helper's own records. They go through the supervisor, the session's only writer; when
 * it is gone the helper writes session.end, and the refusal that led there, itself.
 */
#ifndef SWRAP_REPORT_H
#define SWRAP_REPORT_H

#include "helper.h"

/*
 * Opens the log directory and events.ndjson (0640, created when missing). Sets h->log_dir_fd and
 * returns the log's descriptor, or -errno.
 */
int report_open_log(struct helper *h, struct err *e);

/* Opens events.ndjson anew and sends it to the supervisor, which saw its inode change. */
void report_reopen(struct helper *h);

/* gate.reshadow: as the gate records it, of an application that has none. */
void report_reshadow(struct helper *h, const char *shell, bool weak);

void report_start(struct helper *h);
/*
 * One "step" each, then "session.ready", once: after the application has been answered, since they
 * take longer to write than the answer.
 */
void report_steps(struct helper *h);
void report_refused(struct helper *h, const char *step, int num, const char *text);
/* fail=open or break-glass: the login goes on without a sandbox, level none. */
void report_unwrapped(struct helper *h, const char *text);
void report_attach(struct helper *h, const struct attach *a, const struct inner_start *start,
		   pid_t pid);
/* Descriptors of the login (bit N) that could not be handed on as they were. */
void report_stdio(struct helper *h, const struct attach *a, uint32_t replaced);
/* refused: why the socket is not offered, or NULL. */
void report_socket(struct helper *h, const struct attach *a, const struct inner_socket *place,
		   const char *refused);
void report_attach_refused(struct helper *h, pid_t pid, uid_t uid, const char *text);
/* session.end, then the supervisor's exit is waited for, at most a second. */
void report_end(struct helper *h);

const char *report_ending_name(enum ending ending);

#endif
