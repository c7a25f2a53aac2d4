/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

#include "../src/io.h"
#include "../src/json.h"
#include "../src/process_stat.h"
#include "../src/record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#define LOG_NAME "events.ndjson"

enum { MEMBERS_BYTES = 24 * 1024, FINISH_USEC = 1000000, URGENT_MSEC = 1000 };

static const char *const ending_names[ENDING_COUNT] = {
	[ENDING_COMPLETED] = "completed", [ENDING_FAILED] = "failed",
	[ENDING_DENIED] = "denied",	  [ENDING_TIMEOUT] = "timeout",
	[ENDING_KILLED] = "killed",	  [ENDING_UNSUPPORTED] = "unsupported",
	[ENDING_FAULT] = "fault",
};

const char *report_ending_name(enum ending ending)
{
	return ending < ENDING_COUNT ? ending_names[ending] : "fault";
}

/* ---- the log file ---- */

static int open_log(const struct helper *h)
{
	mode_t mask = umask(027);
	int fd = openat(h->log_dir_fd, LOG_NAME,
			O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640);
	int num = errno;
	struct stat st;

	(void)umask(mask);
	if (fd < 0)
		return -num;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return -EINVAL;
	}
	return fd;
}

/* An ordinary user's own swrap run keeps its records below the user's home. */
static int open_directory(struct helper *h, struct err *e)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s%s", h->in.privileged ? "" : h->identity.home,
			 h->in.privileged ? SWRAP_LOG_DIR : "/.local/state/swrap");

	if (n >= (int)sizeof(path))
		return err_set(e, ENAMETOOLONG, "log", "%.60s", h->identity.home);
	for (char *slash = strchr(path + 1, '/'); slash && !h->in.privileged;
	     slash = strchr(slash + 1, '/')) {
		*slash = 0;
		(void)mkdir(path, 0700); /* EEXIST */
		*slash = '/';
	}
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return err_set(e, errno, "mkdir", "%s", path);
	h->log_dir_fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return h->log_dir_fd < 0 ? err_set(e, errno, "open", "%s", path) : 0;
}

int report_open_log(struct helper *h, struct err *e)
{
	int fd, r = open_directory(h, e);

	if (r < 0)
		return r;
	fd = open_log(h);
	return fd < 0 ? err_set(e, -fd, "open", SWRAP_LOG_DIR "/" LOG_NAME) : fd;
}

void report_reopen(struct helper *h)
{
	_close_ int fd = open_log(h);

	if (fd >= 0) /* else the supervisor keeps the old one and asks again */
		(void)channel_send(h->supervisor_fd, (enum wire_type)INNER_LOG, NULL, 0, &fd, 1);
}

/* ---- records ---- */

struct report {
	struct json json;
	char members[MEMBERS_BYTES];
};

static void begin(struct report *r)
{
	json_init(&r->json, r->members, sizeof(r->members));
}

/* The supervisor is gone: one line, written by us, numbered by the page both had. */
static void write_directly(struct helper *h, const char *event, const struct report *r)
{
	struct record_base base;
	_close_ int fd = open_log(h);
	_free_ char *line = malloc(RECORD_BASE_BYTES + MEMBERS_BYTES + 512);
	size_t n;

	if (fd < 0 || !line)
		return; /* nothing is left to say it with; swrap gc writes the end */
	record_base_init(&base, &h->identity);
	n = record_line(&base, h->tally ? h->tally->seq++ : 0, event, r->members, r->json.n, line,
			RECORD_BASE_BYTES + MEMBERS_BYTES + 512);
	if (n > 0)
		(void)io_write_full(fd, line, n); /* a full disk: swrap gc writes the end later */
}

/* Its socket does not block; what must not be lost waits a second for room. 0 or -errno. */
static int send_to_supervisor(struct helper *h, enum inner_type type, const void *body, size_t size,
			      bool urgent)
{
	struct pollfd p = { .fd = h->supervisor_fd, .events = POLLOUT };
	int r = -EPIPE;

	if (h->supervisor_fd >= 0)
		r = channel_send(h->supervisor_fd, (enum wire_type)type, body, size, NULL, 0);
	if (r != -EAGAIN || !urgent || poll(&p, 1, URGENT_MSEC) <= 0)
		return r;
	return channel_send(h->supervisor_fd, (enum wire_type)type, body, size, NULL, 0);
}

static void send_record(struct helper *h, const char *event, bool authpriv, const struct report *r)
{
	unsigned char body[sizeof(struct inner_record) + MEMBERS_BYTES];
	struct inner_record head = { .urgent = authpriv, .authpriv = authpriv };

	(void)snprintf(head.event, sizeof(head.event), "%s", event);
	memcpy(body, &head, sizeof(head));
	memcpy(body + sizeof(head), r->members, r->json.n);
	if (send_to_supervisor(h, INNER_RECORD, body, sizeof(head) + r->json.n, authpriv) == 0)
		return;
	if (authpriv && h->log_dir_fd >= 0)
		write_directly(h, event, r);
	else if (h->tally)
		h->tally->lost++;
}

static uint64_t own_start_time(void)
{
	struct process_stat st;

	return process_stat_read(getpid(), &st) == 0 ? st.start : 0;
}

/* Which rule chose the profile; without one the PAM line or the command line did. */
static void add_rule(struct json *j, const struct choice *choice)
{
	if (!choice->file[0])
		return;
	json_object_begin(j, "rule");
	json_text(j, "file", choice->file);
	json_uint(j, "line", choice->line);
	json_object_end(j);
}

void report_start(struct helper *h)
{
	struct report r;

	begin(&r);
	json_text(&r.json, "profile", h->plan.profile->name);
	add_rule(&r.json, &h->choice);
	json_text(&r.json, "fail", h->identity.fail_open ? "open" : "closed");
	if (h->cgroup.leaf_fd >= 0)
		json_text(&r.json, "cgroup", h->cgroup.path);
	json_bool(&r.json, "breakglass", h->identity.breakglass);
	if (h->identity.mode == IDENTITY_CHECK)
		json_bool(&r.json, "check", true); /* by swrap check: no shell will come */
	json_int(&r.json, "app_pid", h->in.app);
	json_uint(&r.json, "requester", h->identity.requester);
	json_int(&r.json, "helper_pid", getpid());
	json_uint(&r.json, "helper_start", own_start_time());
	send_record(h, "session.start", true, &r);
}

void report_steps(struct helper *h)
{
	struct inner_steps body = { .level = h->level, .list = h->outcomes };

	if (h->steps_reported)
		return;
	h->steps_reported = true;
	memcpy(body.levels, h->plan.levels, sizeof(body.levels));
	(void)send_to_supervisor(h, INNER_STEPS, &body, sizeof(body), true); /* EPIPE: the end says so */
}

void report_refused(struct helper *h, const char *step, int num, const char *text)
{
	struct report r;

	begin(&r);
	json_text(&r.json, "step", step);
	json_int(&r.json, "errno", num);
	json_text(&r.json, "reason", text);
	send_record(h, "session.refused", true, &r);
}

void report_unwrapped(struct helper *h, const char *text)
{
	struct report r;

	begin(&r);
	json_text(&r.json, "level", outcome_level_name(SANDBOX_NONE));
	json_text(&r.json, "fail", "open");
	json_bool(&r.json, "breakglass", h->identity.breakglass);
	json_text(&r.json, "reason", text);
	send_record(h, "session.start", true, &r);
}

void report_attach(struct helper *h, const struct attach *a, const struct inner_start *start, pid_t pid)
{
	static const char *const tty_names[] = { "pass", "release", "steal", "relay" };
	struct report r;

	begin(&r);
	json_uint(&r.json, "attach", a->id);
	json_text(&r.json, "path", start->path);
	json_text(&r.json, "controlling_tty", tty_names[start->tty]);
	json_int(&r.json, "pid", pid);
	json_uint(&r.json, "gid", start->gid);
	json_bool(&r.json, "gid_differs", start->gid != h->identity.gid);
	json_bool(&r.json, "groups_differ",
		  start->ngroups != h->identity.ngroups ||
			  memcmp(start + 1, h->identity.groups, start->ngroups * sizeof(gid_t)) != 0);
	send_record(h, "attach", false, &r);
}

void report_stdio(struct helper *h, const struct attach *a, uint32_t replaced)
{
	struct report r;

	begin(&r);
	json_uint(&r.json, "attach", a->id);
	json_text(&r.json, "reason", "no file, pipe or socket: replaced by /dev/null");
	json_array_begin(&r.json, "descriptors");
	for (uint32_t number = 0; number < 3; number++)
		if (replaced & 1u << number)
			json_uint(&r.json, NULL, number);
	json_array_end(&r.json);
	send_record(h, "attach.stdio", false, &r);
}

void report_reshadow(struct helper *h, const char *shell, bool weak)
{
	struct report r;

	begin(&r);
	json_text(&r.json, "path", shell);
	json_bool(&r.json, "weak", weak);
	send_record(h, "gate.reshadow", true, &r);
}

void report_socket(struct helper *h, const struct attach *a, const struct inner_socket *place,
		   const char *refused)
{
	char path[sizeof(*place) + sizeof("/tmp//")];
	struct report r;

	(void)snprintf(path, sizeof(path), "/tmp/%s/%s", place->dir, place->name);
	begin(&r);
	json_uint(&r.json, "attach", a->id);
	json_text(&r.json, "path", path);
	json_bool(&r.json, "offered", !refused);
	if (refused)
		json_text(&r.json, "reason", refused);
	send_record(h, "attach.socket", false, &r);
}

void report_attach_refused(struct helper *h, pid_t pid, uid_t uid, const char *text)
{
	struct report r;

	begin(&r);
	json_int(&r.json, "pid", pid);
	json_uint(&r.json, "peer_uid", uid);
	json_text(&r.json, "reason", text);
	send_record(h, "attach.refused", false, &r);
}

static void put_usage(struct report *r, const char *name, int64_t value)
{
	if (value >= 0)
		json_uint(&r->json, name, (uint64_t)value);
	else
		json_text(&r->json, name, "unmeasured");
}

static void cgroup_members(const struct helper *h, struct report *r)
{
	if (!h->cgroup.name[0])
		return;
	json_text(&r->json, "cgroup", h->cgroup.path);
	put_usage(r, "memory_peak_bytes", h->usage.memory_peak_bytes);
	put_usage(r, "tasks_peak", h->usage.tasks_peak);
	put_usage(r, "cpu_usec", h->usage.cpu_usec);
}

static void end_members(const struct helper *h, struct report *r)
{
	const struct tally *t = h->tally;

	begin(r);
	json_text(&r->json, "outcome", report_ending_name(h->ending));
	if (h->reason[0])
		json_text(&r->json, "reason", h->reason);
	json_bool(&r->json, "attached", t && t->attaches > 0);
	if (t && t->attaches > 0) {
		json_bool(&r->json, "killed", h->exit_killed);
		json_int(&r->json, "exit", h->exit_status);
	} else {
		json_null(&r->json, "exit");
	}
	json_uint(&r->json, "attaches", t ? t->attaches : 0);
	json_uint(&r->json, "execs", t ? t->execs : 0);
	json_uint(&r->json, "denied", t ? t->denied : 0);
	json_uint(&r->json, "gate_denied", t ? t->gate_denied : 0);
	json_uint(&r->json, "lost", t ? t->lost : 0);
	cgroup_members(h, r);
}

/* Everything before FINISHED is read and dropped: nothing of it can matter any more. */
static void await_supervisor(struct helper *h)
{
	uint64_t deadline = io_now_usec() + FINISH_USEC;

	if (send_to_supervisor(h, INNER_FINISH, NULL, 0, true) < 0)
		return;
	while (channel_receive_until(h->supervisor_fd, &h->message, deadline) == 1) {
		bool finished = h->message.head.type == INNER_FINISHED;

		message_done(&h->message);
		if (finished)
			return;
	}
}

void report_end(struct helper *h)
{
	struct report r;

	end_members(h, &r);
	send_record(h, "session.end", true, &r);
	if (h->supervisor_fd >= 0)
		await_supervisor(h);
	fd_close(&h->supervisor_fd);
}
