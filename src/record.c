/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

#include "io.h"
#include "json.h"
#include "num.h"
#include "redact.h"

#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

enum { TIME_BYTES = sizeof("1970-01-01T00:00:00.000000Z") };

_Static_assert(RECORD_SCRATCH_BYTES >= RECORD_ARGV_BYTES + REDACT_HOLES * sizeof(REDACT_MARK),
	       "a redacted argument does not fit");

static void trim(char *text, ssize_t n)
{
	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
}

static void add_boot_id(struct json *j)
{
	char text[64];
	ssize_t n = io_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof(text));

	trim(text, n);
	if (n > 0)
		json_text(j, "boot_id", text);
	else
		json_null(j, "boot_id");
}

/* The kernel's -1 is "nobody has logged in". Without audit the file is missing. */
static void add_audit(struct json *j, const char *key, const char *path)
{
	char text[32];
	uint64_t value;
	ssize_t n = io_read_file(AT_FDCWD, path, text, sizeof(text));

	trim(text, n);
	if (n <= 0 || num_parse_u64(text, 0, UINT32_MAX, &value) < 0)
		json_null(j, key);
	else if (value == UINT32_MAX)
		json_text(j, key, "unset");
	else
		json_uint(j, key, value);
}

void record_base_init(struct record_base *base, const struct identity *identity)
{
	struct utsname name;
	struct json j;

	memcpy(base->session, identity->session, sizeof(base->session));
	json_init(&j, base->members, sizeof(base->members));
	add_boot_id(&j);
	if (uname(&name) == 0)
		json_text(&j, "host", name.nodename);
	else
		json_null(&j, "host");
	json_text(&j, "user", identity->user);
	json_uint(&j, "uid", identity->uid);
	add_audit(&j, "auid", "/proc/self/loginuid");
	add_audit(&j, "ses", "/proc/self/sessionid");
	json_text(&j, "service", identity->service);
	json_text(&j, "tty", identity->tty);
	json_text(&j, "rhost", identity->rhost);
	json_text(&j, "ruser", identity->ruser);
	base->n = j.n;
}

static void put_digits(char *out, size_t width, uint64_t value)
{
	while (width > 0) {
		out[--width] = (char)('0' + value % 10);
		value /= 10;
	}
}

/*
 * gmtime_r would read the time zone file the first time, which the supervisor's filter does not let
 * it do. Days since 1970 to a date: eras of 400 years that begin in March.
 */
static void put_date(char *out, uint64_t days)
{
	uint64_t shifted = days + 719468, era = shifted / 146097, of_era = shifted % 146097;
	uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * of_year + 2) / 153;

	put_digits(out + 8, 2, of_year - (153 * month + 2) / 5 + 1);
	put_digits(out + 5, 2, month < 10 ? month + 3 : month - 9);
	put_digits(out, 4, year + era * 400 + (month >= 10));
}

static void put_time(char out[TIME_BYTES], const struct timespec *now)
{
	uint64_t second = (uint64_t)now->tv_sec % 86400;

	memcpy(out, "0000-00-00T00:00:00.000000Z", TIME_BYTES);
	put_date(out, (uint64_t)now->tv_sec / 86400);
	put_digits(out + 11, 2, second / 3600);
	put_digits(out + 14, 2, second / 60 % 60);
	put_digits(out + 17, 2, second % 60);
	put_digits(out + 20, 6, (uint64_t)now->tv_nsec / 1000);
}

size_t record_line(const struct record_base *base, uint64_t seq, const char *event,
		   const char *members, size_t n, char *out, size_t size)
{
	char time_text[TIME_BYTES];
	struct timespec now;
	struct json j;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	put_time(time_text, &now);
	json_init(&j, out, size);
	json_object_begin(&j, NULL);
	json_uint(&j, "v", RECORD_VERSION);
	json_text(&j, "event", event);
	json_text(&j, "session", base->session);
	json_uint(&j, "seq", seq);
	json_text(&j, "ts", time_text);
	json_members(&j, base->members, base->n);
	json_members(&j, members, n);
	json_object_end(&j);
	if (j.overflow || j.n + 1 >= j.size)
		return 0;
	out[j.n++] = '\n';
	return j.n;
}

static const char *const decision_names[] = {
	[RECORD_ALLOW] = "allow",
	[RECORD_DENY] = "deny",
	[RECORD_ERROR] = "error",
};

static void add_text(struct json *j, const char *key, struct record_text text)
{
	if (text.at)
		json_bytes(j, key, text.at, text.n);
	else
		json_null(j, key);
}

static void add_argument(struct json *j, struct redact *r, const char *arg, size_t n, size_t keep,
			 char *scratch)
{
	struct redact_hole holes[REDACT_HOLES];
	size_t nholes = redact_argument(r, arg, n, holes);

	/* A hole that begins behind the cut is not seen; one that crosses it ends there. */
	while (nholes > 0 && holes[nholes - 1].from >= keep)
		nholes--;
	if (nholes == 0) {
		json_bytes(j, NULL, arg, keep);
		return;
	}
	if (holes[nholes - 1].to > keep)
		holes[nholes - 1].to = keep;
	json_bytes(j, NULL, scratch, redact_copy(arg, keep, holes, nholes, scratch));
}

/* Returns how much of argv was written; an argument that crosses the limit is cut. */
static size_t add_argv(struct json *j, const struct record_exec *exec, size_t limit, char *scratch)
{
	struct redact redact;
	size_t at = 0;

	redact_begin(&redact);
	json_array_begin(j, "argv");
	while (at < exec->argv_bytes && at < limit) {
		const char *arg = exec->argv + at;
		size_t n = strnlen(arg, exec->argv_bytes - at);
		size_t keep = n < limit - at ? n : limit - at;

		add_argument(j, &redact, arg, n, keep, scratch);
		at += keep < n ? keep : n + 1;
	}
	json_array_end(j);
	return at;
}

static void add_whole_argv(struct json *j, const struct record_exec *exec, size_t limit,
			   char *scratch)
{
	size_t written;

	if (!exec->argv_known) {
		json_null(j, "argv");
		return;
	}
	written = add_argv(j, exec, limit < RECORD_ARGV_BYTES ? limit : RECORD_ARGV_BYTES, scratch);
	if (written >= exec->argv_bytes && !exec->argv_more)
		return;
	json_bool(j, "argv_truncated", true);
	if (exec->argv_total > 0)
		json_uint(j, "argv_bytes", exec->argv_total);
	else
		json_null(j, "argv_bytes");
}

static void add_file(struct json *j, const struct record_exec *exec)
{
	add_text(j, "path", exec->path);
	if (!exec->path.at) {
		json_null(j, "dev");
		json_null(j, "ino");
		return;
	}
	json_uint(j, "dev", exec->dev);
	json_uint(j, "ino", exec->ino);
}

static void add_process(struct json *j, const struct record_exec *exec)
{
	json_int(j, "pid", exec->pid);
	if (exec->pid_inside > 0)
		json_int(j, "pid_inside", exec->pid_inside);
	else
		json_null(j, "pid_inside");
	if (exec->euid_known)
		json_uint(j, "euid", exec->euid);
	else
		json_null(j, "euid");
}

size_t record_exec(const struct record_exec *exec, size_t argv_limit, char *scratch, char *out,
		   size_t size)
{
	struct json j;

	json_init(&j, out, size);
	json_text(&j, "decision", decision_names[exec->decision]);
	json_text(&j, "source", exec->source);
	if (exec->reason)
		json_text(&j, "reason", exec->reason);
	if (exec->num)
		json_int(&j, "errno", exec->num);
	add_text(&j, "requested", exec->requested);
	add_file(&j, exec);
	add_whole_argv(&j, exec, argv_limit, scratch);
	add_text(&j, "cwd", exec->cwd);
	add_process(&j, exec);
	json_text(&j, "verified", exec->verified);
	if (exec->argv_verified)
		json_text(&j, "argv_verified", exec->argv_verified);
	return j.n;
}
