/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec_record.h"

#include <stdio.h>

struct record_text exec_record_text(const char *text, ssize_t n)
{
	return (struct record_text){ n >= 0 ? text : NULL, n >= 0 ? (size_t)n : 0 };
}

void exec_record_fill(struct exec_job *job)
{
	const struct resolved_file *file = &job->file;
	bool resolved = file->fd >= 0 && file->path_n >= 0;

	job->record = (struct record_exec){
		.requested = exec_record_text(job->path, job->path_n),
		.path = exec_record_text(file->path, resolved ? file->path_n : -1),
		.cwd = exec_record_text(job->process.cwd, job->process.cwd_n),
		.argv = job->argv_text,
		.argv_bytes = job->argv.bytes,
		.argv_known = job->argv_known,
		.argv_more = job->argv.more,
		.argv_total = job->argv.total,
		.dev = resolved ? file->st.st_dev : 0,
		.ino = resolved ? file->st.st_ino : 0,
		.pid = job->process.pid > 0 ? job->process.pid : (pid_t)job->received.notif.pid,
		.pid_inside = job->process.pid_inside,
		.euid_known = job->process.euid_known,
		.euid = job->process.euid,
		.verified = "none",
	};
}

void exec_record_image(struct exec_job *job, pid_t tgid, const struct stat *exe)
{
	struct resolved_file *file = &job->file;
	char name[32];

	(void)snprintf(name, sizeof(name), "%d/exe", (int)tgid);
	file->path_n = readlinkat(job->shared->resolver->proc_fd, name, file->path,
				  sizeof(file->path) - 1);
	job->record.path = exec_record_text(file->path, file->path_n);
	job->record.dev = exe->st_dev;
	job->record.ino = exe->st_ino;
}

void exec_record_write(struct exec_job *job)
{
	struct records *records = job->shared->records;
	bool denied = job->record.decision != RECORD_ALLOW;
	unsigned int flags = WRITER_FLOOD;
	size_t n = record_exec(&job->record, RECORD_ARGV_BYTES, job->scratch, job->members,
			       sizeof(job->members));
	size_t cut = n < RECORD_ARGV_CUT_BYTES * 4 ? n : RECORD_ARGV_CUT_BYTES * 4;
	enum budget_grant grant = records_ask(records, n, cut);

	if (grant == BUDGET_COUNT)
		return;
	if (grant == BUDGET_CUT)
		n = record_exec(&job->record, RECORD_ARGV_CUT_BYTES, job->scratch, job->members,
				sizeof(job->members));
	if (denied)
		flags |= WRITER_URGENT | WRITER_AUTHPRIV | WRITER_DENIAL;
	(void)records_put(records, "exec", job->members, n, flags);
}
