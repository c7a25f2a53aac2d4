/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec_record.h - what is known of one exec, made into its record. Of the worker that has the job.
 */
#ifndef SWRAP_EXEC_RECORD_H
#define SWRAP_EXEC_RECORD_H

#include "notify.h"

/* n bytes, or with a negative n: not known. Borrows text. */
struct record_text exec_record_text(const char *text, ssize_t n);

/* Fills job->record from what was read and resolved; the decision comes later. */
void exec_record_fill(struct exec_job *job);

/* The stopped process tgid runs exe: that becomes the record's file. */
void exec_record_image(struct exec_job *job, pid_t tgid, const struct stat *exe);

/* Writes it within the session's budget; what does not fit is counted as lost by the writer. */
void exec_record_write(struct exec_job *job);

#endif
