/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gc_scan.h"

#include "gc_record.h"
#include "io.h"
#include "num.h"
#include "process_stat.h"
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <string.h>
#include <sys/stat.h>

_Static_assert((int)GC_LINE_BYTES > (int)RECORD_LINE_BYTES, "a record would look too long");

static const char *const file_names[GC_FILES] = { "events.ndjson.1", "events.ndjson" };

/* ---- one line ---- */

struct line {
	const char *text;
	size_t length;
	int file;
	off_t offset;
};

static bool is_session_id(const char *text)
{
	return strspn(text, "0123456789abcdef") == 16 && !text[16];
}

/* ---- the sessions that are open ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct gc_session *)a)->id, ((const struct gc_session *)b)->id);
}

static struct gc_session *find_open(const struct gc_scan *scan, const char *id)
{
	struct gc_session key = { .helper = 0 };
	void *const *node;

	(void)snprintf(key.id, sizeof(key.id), "%s", id);
	node = tfind(&key, &scan->open, compare);
	return node ? *node : NULL;
}

static int add_open(struct gc_scan *scan, const struct gc_session *session)
{
	struct gc_session *copy = malloc(sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = *session;
	if (!tsearch(copy, &scan->open, compare)) {
		free(copy);
		return -ENOMEM;
	}
	scan->nopen++;
	return 0;
}

/* Who ended a session by fault may not have been able to remove its control group: gc looks for it. */
static void end_open(struct gc_scan *scan, struct gc_session *session, bool fault)
{
	if (session->has_ended)
		return;
	scan->nopen--;
	if (fault && session->has_group && session->is_this_boot) {
		session->has_ended = true;
		scan->nended++;
		return;
	}
	(void)tdelete(session, &scan->open, compare);
	free(session);
}

static int take_start(struct gc_scan *scan, struct json_object *record, const struct line *line)
{
	struct gc_session session = {
		.file = line->file, .offset = line->offset, .length = line->length,
		.is_this_boot = strcmp(gc_text(record, "boot_id"), scan->boot_id) == 0,
		.has_group = gc_text(record, "cgroup")[0] != 0,
	};
	uint64_t helper;

	if (!gc_number(record, "helper_pid", &helper) || helper == 0 || helper > INT32_MAX ||
	    !gc_number(record, "helper_start", &session.helper_start) ||
	    scan->nopen + scan->nended >= GC_MAX_SESSIONS) {
		scan->unfollowed++;
		return 0;
	}
	session.helper = (pid_t)helper;
	(void)snprintf(session.id, sizeof(session.id), "%s", gc_text(record, "session"));
	return add_open(scan, &session);
}

static bool is_end(const char *event)
{
	return strcmp(event, "session.end") == 0 || strcmp(event, "session.refused") == 0;
}

static int take_record(struct gc_scan *scan, struct json_object *record, const struct line *line)
{
	const char *event = gc_text(record, "event");
	struct gc_session *session = find_open(scan, gc_text(record, "session"));
	uint64_t seq = 0;
	int r = 0;

	if (!session && strcmp(event, "session.start") == 0) {
		r = take_start(scan, record, line);
		session = find_open(scan, gc_text(record, "session"));
	}
	if (session && gc_number(record, "seq", &seq) && seq > session->seq)
		session->seq = seq;
	if (session && is_end(event))
		end_open(scan, session, strcmp(gc_text(record, "outcome"), "fault") == 0);
	return r;
}

static int take_line(struct gc_scan *scan, const struct line *line)
{
	_json_ struct json_object *record = gc_parse(line->text, line->length);

	if (!record || !is_session_id(gc_text(record, "session"))) {
		scan->skipped++;
		return 0;
	}
	return take_record(scan, record, line);
}

/* ---- the files ---- */

/* A window on the file: whole lines are taken from its front, what is left moves there. */
struct window {
	char *bytes;		/* GC_LINE_BYTES */
	size_t n;
	off_t offset;		/* of bytes[0] in the file */
	bool too_long;		/* the line that began before the window has not ended yet */
};

static int take_lines(struct gc_scan *scan, struct window *w, int file)
{
	size_t at = 0;
	const char *end;
	int r = 0;

	while (r == 0 && (end = memchr(w->bytes + at, '\n', w->n - at))) {
		struct line line = { w->bytes + at, (size_t)(end - w->bytes) - at, file,
				     w->offset + (off_t)at };

		if (w->too_long)
			scan->skipped++;
		else
			r = take_line(scan, &line);
		w->too_long = false;
		at += line.length + 1;
	}
	w->n -= at;
	w->offset += (off_t)at;
	memmove(w->bytes, w->bytes + at, w->n);
	return r;
}

static void drop_too_long(struct window *w)
{
	if (w->n < GC_LINE_BYTES)
		return;
	w->too_long = true;
	w->offset += (off_t)w->n;
	w->n = 0;
}

static int scan_file(struct gc_scan *scan, int file, char *buffer)
{
	struct window w = { .bytes = buffer };
	ssize_t n = 1;
	int r = 0;

	while (r == 0 && n > 0) {
		n = pread(scan->fds[file], w.bytes + w.n, GC_LINE_BYTES - w.n,
			  w.offset + (off_t)w.n);
		if (n < 0)
			return -errno;
		w.n += (size_t)n;
		r = take_lines(scan, &w, file);
		drop_too_long(&w);
	}
	if (w.n || w.too_long)
		scan->skipped++;	/* cut by a crash or a full disk */
	scan->ends_in_newline = !w.n && !w.too_long;
	return r;
}

static int open_file(int dir, const char *name)
{
	_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? take_fd(&fd) : -EINVAL;
}

static int scan_one(struct gc_scan *scan, int dir, int file, char *buffer, struct err *e)
{
	int r = open_file(dir, file_names[file]);

	if (r == -ENOENT)
		return 0;
	scan->fds[file] = r;
	if (r >= 0)
		r = scan_file(scan, file, buffer);
	return r < 0 ? err_set(e, -r, "event log", "%s", file_names[file]) : 0;
}

static int read_boot_id(char out[GC_BOOT_ID_BYTES])
{
	char text[64];
	ssize_t n = io_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof(text));

	if (n < 0)
		return (int)n;
	text[strcspn(text, "\n")] = 0;
	if (strlen(text) != GC_BOOT_ID_BYTES - 1)
		return -EINVAL;
	memcpy(out, text, GC_BOOT_ID_BYTES);
	return 0;
}

int gc_scan_log(struct gc_scan *scan, int dir, struct err *e)
{
	_free_ char *buffer = malloc(GC_LINE_BYTES);
	int r;

	*scan = (struct gc_scan){ .fds = { -1, -1 }, .ends_in_newline = true };
	if (!buffer)
		return err_set(e, ENOMEM, "event log", "%s", "");
	r = read_boot_id(scan->boot_id);
	if (r < 0)
		return err_set(e, -r, "boot_id", "%s", "");
	for (int file = 0; r == 0 && file < GC_FILES; file++)
		r = scan_one(scan, dir, file, buffer, e);
	return r;
}

void gc_scan_done(struct gc_scan *scan)
{
	tdestroy(scan->open, free);
	scan->open = NULL;
	for (int file = 0; file < GC_FILES; file++)
		fd_close(&scan->fds[file]);
}

/* ---- which are lost ---- */

bool gc_is_alive(pid_t pid, uint64_t start)
{
	struct process_stat st;
	int r = process_stat_read(pid, &st);

	if (r < 0) /* what cannot be read may well be alive */
		return r != -ENOENT && r != -ESRCH;
	return st.start == start && st.state != 'Z' && st.state != 'X';
}

struct lost_walk {
	void (*each)(const struct gc_session *session, void *context);
	void *context;
	bool groups;		/* else ends */
};

static bool is_wanted(const struct lost_walk *walk, const struct gc_session *session)
{
	return walk->groups ? session->has_group && session->is_this_boot : !session->has_ended;
}

static void visit(const void *node, VISIT which, void *closure)
{
	const struct gc_session *session = *(struct gc_session *const *)node;
	const struct lost_walk *walk = closure;

	if ((which != postorder && which != leaf) || !is_wanted(walk, session))
		return;
	if (!session->is_this_boot || !gc_is_alive(session->helper, session->helper_start))
		walk->each(session, walk->context);
}

void gc_scan_lost(const struct gc_scan *scan,
		  void (*each)(const struct gc_session *session, void *context), void *context)
{
	struct lost_walk walk = { each, context, false };

	twalk_r(scan->open, visit, &walk);
}

void gc_scan_groups(const struct gc_scan *scan,
		    void (*each)(const struct gc_session *session, void *context), void *context)
{
	struct lost_walk walk = { each, context, true };

	twalk_r(scan->open, visit, &walk);
}
