/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notify.h"

#include "call.h"
#include "exec_record.h"
#include "inner.h"
#include "refused_call.h"

#include "../src/channel.h"
#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

int notify_check_sizes(struct err *e)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return err_set(e, errno, "seccomp", "GET_NOTIF_SIZES");
	if (sizes.seccomp_notif > NOTIFICATION_BYTES ||
	    sizes.seccomp_notif_resp > sizeof(struct seccomp_notif_resp))
		return err_set(e, E2BIG, "seccomp", "notification of %u bytes",
			       sizes.seccomp_notif);
	return 0;
}

static void begin_phase(struct exec_job *job)
{
	uint32_t generation = atomic_load(&job->phase) / JOB_GENERATION + 1;

	atomic_store(&job->phase, generation * JOB_GENERATION | JOB_BUSY);
}

int notify_receive(struct exec_job *job, struct listener *listener)
{
	memset(&job->received, 0, sizeof(job->received));
	atomic_store(&job->path_ready, false);
	if (ioctl(listener->fd, SECCOMP_IOCTL_NOTIF_RECV, &job->received) < 0)
		return -errno;
	job->listener = listener;
	job->id = job->received.notif.id;
	atomic_store(&job->started_usec, io_now_usec());
	begin_phase(job);
	return 0;
}

/* Moves JOB_BUSY to another phase: who succeeds may answer. Flags and generation stay. */
static bool change_phase(struct exec_job *job, uint32_t seen, enum job_phase phase)
{
	if ((seen & JOB_PHASES) != JOB_BUSY)
		return false;
	return atomic_compare_exchange_strong(&job->phase, &seen,
					      (seen & ~(uint32_t)JOB_PHASES) | phase);
}

/* By the job's own thread. It is tried again when only the flag has changed. */
static bool claim(struct exec_job *job)
{
	uint32_t seen;

	do {
		seen = atomic_load(&job->phase);
		if (change_phase(job, seen, JOB_ANSWERED))
			return true;
	} while ((seen & JOB_PHASES) == JOB_BUSY);
	return false;
}

/*
 * Too late: before anything of the job is used again, the control thread must be through with it.
 */
static void await_expired(struct exec_job *job)
{
	while ((atomic_load(&job->phase) & JOB_PHASES) == JOB_EXPIRING)
		(void)poll(NULL, 0, 1);
}

/* num 0: go on. Returns 0 or -errno; -ENOENT: the process is gone. */
static int answer(const struct exec_job *job, int num)
{
	struct seccomp_notif_resp response = {
		.id = job->id,
		.error = -num,
		.flags = num ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	if (ioctl(job->listener->fd, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0)
		return -errno;
	return 0;
}

/* ---- facts ---- */

static void read_memory(struct exec_job *job)
{
	const struct seccomp_data *call = &job->received.notif.data;
	bool at = call_of(call) == CALL_EXECVEAT;
	uint64_t path = call->args[at ? 1 : 0], argv = call->args[at ? 2 : 1];
	int r;

	job->dirfd = at ? (int)call->args[0] : AT_FDCWD;
	job->flags = at ? (int)call->args[4] : 0;
	job->argv.text = job->argv_text;
	reader_begin(&job->reader, (pid_t)job->received.notif.pid, call_pointer_bytes(call), job->pages);
	reader_prefetch(&job->reader, path, argv);
	job->path_n = reader_string(&job->reader, path, job->path, sizeof(job->path));
	atomic_store(&job->path_ready, true);
	r = reader_argv(&job->reader, argv, &job->argv);
	job->argv_known = r == 0;
}

static void resolve(struct exec_job *job)
{
	struct resolver *resolver = job->shared->resolver;

	process_init(&job->process);
	resolved_init(&job->file);
	if (job->listener->rehearsal)
		resolver_note_root(job->shared->resolver, (pid_t)job->received.notif.pid);
	if (process_look(resolver, (pid_t)job->received.notif.pid, &job->process) < 0)
		return;
	if (job->path_n >= 0)
		(void)resolve_file(resolver, &job->process, job->dirfd, job->path,
				   (size_t)job->path_n, job->flags, &job->file);
}

/* ---- records ---- */

static void tell_rehearsed(struct exec_job *job, int num, const char *about)
{
	struct inner_rehearsed body = { .num = num };

	if (atomic_exchange(&job->listener->rehearsed, true))
		return;
	(void)snprintf(body.about, sizeof(body.about), "%s", about);
	(void)channel_send(job->shared->helper_fd, (enum wire_type)INNER_REHEARSED, &body,
			   sizeof(body), NULL, 0);
}

/* The end of every job that was answered. */
static void conclude(struct exec_job *job, enum record_decision decision, const char *source,
		     const char *reason, int num)
{
	if (job->listener->rehearsal) {
		tell_rehearsed(job, decision == RECORD_ALLOW ? 0 : num ? num : EPERM,
			       reason ? reason : "");
		return;
	}
	(void)atomic_fetch_add(&job->shared->tally->execs, 1);
	if (decision != RECORD_ALLOW)
		(void)atomic_fetch_add(&job->shared->tally->denied, 1);
	job->record.decision = decision;
	job->record.source = source;
	job->record.reason = reason;
	job->record.num = num;
	exec_record_write(job);
}

static void deny(struct exec_job *job, enum record_decision decision, const char *source,
		 const char *reason, int num)
{
	if (answer(job, num) == 0)
		conclude(job, decision, source, reason, num);
}

/* ---- decisions ---- */

/* 0: the record of this exec can be written. */
static int check_recordable(struct exec_job *job, const char **ret_source)
{
	int r;

	if (job->shared->plan->unrecorded != UNRECORDED_DENY || job->listener->rehearsal)
		return 0;
	if (job->shared->records->identity->breakglass) /* never refused: who repairs a full disk? */
		return 0;
	r = records_reserve(job->shared->records);
	*ret_source = r == -EDQUOT ? "budget" : "log";
	return r;
}

/* What the rehearsal must have seen: a path, its arguments and the file. */
static const char *incomplete(const struct exec_job *job)
{
	if (job->path_n < 0)
		return "path not readable";
	if (!job->argv_known)
		return "arguments not readable";
	if (job->file.fd < 0)
		return "file not resolved";
	return NULL;
}

/* Unreadable memory is left to the kernel: it says EFAULT by itself. */
static void let_go(struct exec_job *job)
{
	const char *reason = job->path_n < 0 || !job->argv_known ? "unreadable" : NULL;

	if (answer(job, 0) < 0)
		return;
	if (job->listener->rehearsal && incomplete(job))
		tell_rehearsed(job, EIO, incomplete(job));
	conclude(job, RECORD_ALLOW, "record", reason, 0);
}

/* Anything may run: what it is becomes the record's. */
static int note_image(pid_t tgid, const struct stat *exe, void *context)
{
	exec_record_image(context, tgid, exe);
	return 0;
}

/*
 * A name we cannot follow, as one through /proc/self: beneath the session's root there is no way for us to
 * go it. So that the record says all the same what ran, it is read at the exec stop.
 */
static void watch_image(struct exec_job *job)
{
	struct verify_job v = {
		.listener = job->listener->fd,
		.id = job->id,
		.tid = (pid_t)job->received.notif.pid,
		.watch = &job->watch,
		.judge = note_image,
		.context = job,
	};

	switch (verify_exec(&v, NULL)) {
	case VERIFY_EXACT:
		conclude(job, RECORD_ALLOW, "image", NULL, 0);
		return;
	case VERIFY_RACED:
		conclude(job, RECORD_DENY, "image", "raced", 0);
		return;
	case VERIFY_NO_EXEC:
		conclude(job, RECORD_ALLOW, "image", "failed", 0);
		return;
	case VERIFY_GONE:
		return;
	case VERIFY_ERROR: /* traced by another, or it took too long: as for any other */
		let_go(job);
		return;
	}
}

static int judge(pid_t tgid, const struct stat *exe, void *context)
{
	struct exec_job *job = context;
	char name[SCRIPT_NAME_BYTES];

	script_name(name, job->dirfd, job->path);
	if (!job->script.known || exe->st_dev != job->script.dev || exe->st_ino != job->script.ino)
		return -EPERM;
	return script_check_argv(&job->script, job->shared->resolver, tgid, name, &job->argv);
}

static void verified(struct exec_job *job)
{
	if (job->argv.more)
		job->record.argv_verified = "prefix"; /* more than we can hold */
	else if (!job->shared->plan->proc_read_only)
		job->record.argv_verified = "at-exec";
	job->record.verified = "exact";
	conclude(job, RECORD_ALLOW, "verify", NULL, 0);
}

static void verify(struct exec_job *job)
{
	struct verify_job v = {
		.listener = job->listener->fd,
		.id = job->id,
		.tid = (pid_t)job->received.notif.pid,
		.watch = &job->watch,
		.judge = judge,
		.context = job,
	};
	struct err e = { 0 };

	switch (verify_exec(&v, &e)) {
	case VERIFY_EXACT:
		verified(job);
		return;
	case VERIFY_RACED:
		conclude(job, RECORD_DENY, "verify", job->script.known ? "raced" : "unresolved", 0);
		return;
	case VERIFY_NO_EXEC:
		conclude(job, RECORD_ALLOW, "verify", "failed", 0);
		return;
	case VERIFY_GONE:
		return;
	case VERIFY_ERROR:
		if (e.num == ETIMEDOUT)
			conclude(job, RECORD_ERROR, "verify", "timeout", 0);
		else
			deny(job, RECORD_ERROR, "verify", "untraceable", EPERM);
		return;
	}
}

static void decide(struct exec_job *job)
{
	bool exact = job->shared->plan->verify == EXEC_VERIFY_EXACT;
	const char *source = NULL;
	int r = check_recordable(job, &source);

	if (r < 0) {
		deny(job, RECORD_DENY, source, "unrecorded", ENOSPC);
	} else if (!exact && job->file.fd < 0 && job->path_n >= 0 && !job->listener->rehearsal) {
		watch_image(job);
	} else if (!exact) {
		let_go(job);
	} else if (job->path_n < 0 || !job->argv_known) {
		deny(job, RECORD_ERROR, "verify", "unreadable", EPERM);
	} else {
		script_follow(&job->script, job->shared->resolver, &job->process, &job->file);
		verify(job);
	}
}

/* num 0: goes on. */
static void answer_plainly(struct exec_job *job, int num)
{
	if (claim(job))
		(void)answer(job, num); /* ENOENT: the process is gone */
	else
		await_expired(job);
}

static void handle_exec(struct exec_job *job)
{
	read_memory(job);
	resolve(job);
	exec_record_fill(job);
	if (claim(job))
		decide(job);
	else
		await_expired(job);
	resolved_done(&job->file);
}

/*
 * Not an exec, of a chroot only that it happens is of interest: it is noted before it can have happened. No
 * other call is asked about, but in a session that is only watched.
 */
void notify_handle(struct exec_job *job)
{
	refused_call_note(job);
	switch (call_of(&job->received.notif.data)) {
	case CALL_EXECVE:
	case CALL_EXECVEAT:
		handle_exec(job);
		return;
	case CALL_CHROOT:
		resolver_note_chroot(job->shared->resolver);
		answer_plainly(job, 0);
		return;
	case CALL_OTHER:
		answer_plainly(job, job->shared->plan->verdicts ? 0 : EPERM);
		return;
	}
}

/* The job's thread may still be at work: nothing is used here but what it has let go of. */
static void record_expired(struct exec_job *job)
{
	char members[5 * PATH_MAX + 1024], scratch[1];
	bool known = atomic_load(&job->path_ready);
	struct record_exec record = {
		.decision = RECORD_ERROR,
		.source = "supervisor",
		.reason = "unreadable",
		.num = EPERM,
		.requested = exec_record_text(job->path, known ? job->path_n : -1),
		.pid = (pid_t)job->received.notif.pid,
		.verified = "none",
	};
	size_t n = record_exec(&record, 0, scratch, members, sizeof(members));

	(void)atomic_fetch_add(&job->shared->tally->execs, 1);
	(void)atomic_fetch_add(&job->shared->tally->denied, 1);
	if (records_ask(job->shared->records, n, n) != BUDGET_COUNT)
		(void)records_put(job->shared->records, "exec", members, n,
				  WRITER_FLOOD | WRITER_URGENT | WRITER_AUTHPRIV | WRITER_DENIAL);
}

static void deny_expired(struct exec_job *job)
{
	if (answer(job, EPERM) < 0)
		return;
	if (job->listener->rehearsal)
		tell_rehearsed(job, ETIMEDOUT, "path or arguments not readable in time");
	else
		record_expired(job);
}

void notify_expire(struct exec_job *job, uint32_t seen)
{
	if (!change_phase(job, seen, JOB_EXPIRING))
		return;
	deny_expired(job);
	/* Only the flag can have changed meanwhile, and only by this thread. */
	(void)atomic_fetch_add(&job->phase, JOB_EXPIRED - JOB_EXPIRING);
}
