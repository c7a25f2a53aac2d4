/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "refused_call.h"

#include "call.h"
#include "filter_ask.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { WHOLE = 4, EXE_BYTES = PATH_MAX, MEMBERS_BYTES = 5 * PATH_MAX + 1024 };

/* Two calls may share a count: then one of them is recorded less often. */
static uint32_t count(struct refused_calls *calls, const struct seccomp_data *data)
{
	uint32_t at = ((uint32_t)data->nr ^ data->arch * 31) % REFUSED_CALLS;

	return atomic_fetch_add(&calls->counts[at], 1) + 1;
}

static bool is_recorded(uint32_t n)
{
	return n <= WHOLE || (n & (n - 1)) == 0;
}

static void add_verdict(struct json *j, uint32_t verdict)
{
	bool kills = (verdict & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO;

	json_text(j, "verdict", kills ? "kill" : "errno");
	if (!kills)
		json_uint(j, "errno", verdict & SECCOMP_RET_DATA);
}

static void add_call(struct json *j, const struct seccomp_data *data)
{
	const char *name = call_name(data);
	char text[24];

	if (name)
		json_text(j, "call", name);
	else
		json_null(j, "call");
	json_int(j, "number", data->nr);
	json_text(j, "arch", call_architecture(data));
	json_array_begin(j, "args");
	for (int i = 0; i < 6; i++) {
		(void)snprintf(text, sizeof(text), "0x%llx", (unsigned long long)data->args[i]);
		json_text(j, NULL, text);
	}
	json_array_end(j);
}

static void add_process(struct json *j, struct exec_job *job)
{
	pid_t tid = (pid_t)job->received.notif.pid;
	char name[32], exe[EXE_BYTES];
	ssize_t n;

	process_init(&job->process);
	(void)process_look(job->shared->resolver, tid, &job->process); /* then it is not known */
	(void)snprintf(name, sizeof(name), "%d/exe", (int)tid);
	n = readlinkat(job->shared->resolver->proc_fd, name, exe, sizeof(exe));
	if (n >= 0)
		json_bytes(j, "exe", exe, (size_t)n);
	else
		json_null(j, "exe");
	json_int(j, "pid", job->process.pid > 0 ? job->process.pid : tid);
	if (job->process.pid_inside > 0)
		json_int(j, "pid_inside", job->process.pid_inside);
	else
		json_null(j, "pid_inside");
}

static void write_record(struct exec_job *job, uint32_t verdict, uint32_t n)
{
	struct records *records = job->shared->records;
	char members[MEMBERS_BYTES];
	struct json j;

	json_init(&j, members, sizeof(members));
	add_call(&j, &job->received.notif.data);
	add_verdict(&j, verdict);
	json_uint(&j, "count", n);
	add_process(&j, job);
	if (records_ask(records, j.n, j.n) != BUDGET_COUNT)
		(void)records_put(records, "permitted", members, j.n, WRITER_FLOOD);
}

void refused_call_note(struct exec_job *job)
{
	const struct sock_fprog *verdicts = job->shared->plan->verdicts;
	const struct seccomp_data *data = &job->received.notif.data;
	uint32_t verdict, action, n;

	if (!verdicts || job->listener->rehearsal)
		return;
	verdict = filter_answer(verdicts, data);
	action = verdict & SECCOMP_RET_ACTION_FULL;
	if (action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_USER_NOTIF)
		return;
	n = count(job->shared->refused, data);
	if (is_recorded(n))
		write_record(job, verdict, n);
}
