/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "writer.h"

#include "inner.h"
#include "syslog_line.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>

enum {
	CHECK_USEC = 1000 * 1000,
	LOW_DISK_PERCENT = 5,
	RESERVE_BYTES = 256 * 1024,
	SLACK_BYTES = 16 * 1024,	/* for the lines of other sessions meanwhile */
	TIGHT_DISK_BYTES = 64 * 1024 * 1024,
	CUT_RECORD_BYTES = 8 * 1024,	/* what a record with a cut argv hardly ever exceeds */
};

_Static_assert((int)RESERVE_BYTES >= (int)RECORD_LINE_BYTES,
	       "a record may need more than is set aside");

int records_open(struct records *w, int log_fd, int log_dir_fd, int helper_fd,
		const struct identity *identity, struct tally *tally, struct err *e)
{
	size_t bytes = 2 * RECORD_LINE_BYTES + sizeof(struct record_base);
	char *memory;

	memset(w, 0, sizeof(*w));
	w->log_fd = log_fd;
	w->log_dir_fd = log_dir_fd;
	w->helper_fd = helper_fd;
	w->identity = identity;
	w->tally = tally;
	/* Mapped, not allocated: only the pages that are used count. */
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return err_set(e, errno, "mmap", "record line");
	w->base = (struct record_base *)(void *)memory;
	w->line = memory + sizeof(struct record_base);
	w->rest = w->line + RECORD_LINE_BYTES;
	record_base_init(w->base, identity);
	if (fstat(log_fd, &w->log_stat) < 0)
		return err_set(e, errno, "fstat", "log");
	w->syslog_fd = syslog_line_open(); /* without it, nothing is lost but the lines */
	budget_init(&w->budget, io_now_usec());
	return -pthread_mutex_init(&w->lock, NULL);
}

static uint64_t lost_untold(const struct records *w)
{
	return atomic_load(&w->tally->lost) - w->lost_told;
}

/* Asks for the rotated log; a full socket means that the helper has been asked already. */
static void check_rotation(struct records *w)
{
	struct stat st;
	int r = fstatat(w->log_dir_fd, WRITER_LOG_NAME, &st, AT_SYMLINK_NOFOLLOW);

	if (r < 0 && errno != ENOENT)
		return;
	if (r == 0 && st.st_ino == w->log_stat.st_ino && st.st_dev == w->log_stat.st_dev)
		return;
	(void)channel_send(w->helper_fd, (enum wire_type)INNER_REOPEN, NULL, 0, NULL, 0);
}

static void check_disk(struct records *w)
{
	struct statfs fs;

	if (fstatfs(w->log_fd, &fs) < 0 || fs.f_blocks == 0)
		return;
	w->disk_low = fs.f_bavail < fs.f_blocks / 100 * LOW_DISK_PERCENT ||
		      fs.f_bavail == 0;
	w->disk_tight = w->disk_low || (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize < TIGHT_DISK_BYTES;
}

static void check_both(struct records *w, uint64_t now)
{
	/* While the disk is full every look is worth its price: space may be back. */
	if (!w->disk_low && w->checked_usec && now - w->checked_usec < CHECK_USEC)
		return;
	w->checked_usec = now;
	check_rotation(w);
	check_disk(w);
}

static ssize_t write_once(const struct records *w, const char *text, size_t n)
{
	ssize_t done;

	do {
		done = write(w->log_fd, text, n);
	} while (done < 0 && errno == EINTR);
	return done < 0 ? -errno : done;
}

/* What a full disk cut off: without it the line, and the one glued to it, could not be read. */
static int write_rest(struct records *w)
{
	ssize_t done;

	if (w->rest_n == 0)
		return 0;
	done = write_once(w, w->rest, w->rest_n);
	if (done < 0)
		return (int)done;
	w->rest_n -= (size_t)done;
	memmove(w->rest, w->rest + done, w->rest_n);
	return w->rest_n > 0 ? -ENOSPC : 0;
}

/* One record is one write. One that was written in part counts as written: its rest goes first. */
static int write_line(struct records *w, size_t n)
{
	ssize_t done = write_once(w, w->line, n);

	if (done == (ssize_t)n)
		return 0;
	w->checked_usec = 0; /* the disk is full: look again at the next record */
	if (done <= 0)
		return done < 0 ? (int)done : -ENOSPC;
	w->rest_n = n - (size_t)done;
	memcpy(w->rest, w->line + done, w->rest_n);
	return 0;
}

/*
 * Blocks behind the file's end, kept by the file: other sessions' records use them up as well.
 * EOPNOTSUPP: the file system cannot; then only the write itself tells.
 */
static int keep_blocks(const struct records *w, off_t end, off_t bytes)
{
	if (fallocate(w->log_fd, FALLOC_FL_KEEP_SIZE, end, bytes) == 0 || errno == EOPNOTSUPP)
		return 0;
	return -errno;
}

/*
 * Many sessions append to one file: a line that a full disk cuts in two would have another's between its
 * halves. So where the disk may be full before we look again, room for the line and for those of
 * others is made sure of first, and without it nothing is written.
 */
static int make_room(const struct records *w, size_t length)
{
	struct stat st;

	if (!w->disk_tight)
		return 0;
	if (fstat(w->log_fd, &st) < 0)
		return -errno;
	return keep_blocks(w, st.st_size, (off_t)length + SLACK_BYTES);
}

/* Numbers, makes and writes one record. */
static int put_record(struct records *w, const char *event, const char *members, size_t n)
{
	uint64_t seq = atomic_load(&w->tally->seq);
	size_t length;
	int ret = write_rest(w);

	if (ret < 0)
		return ret;
	length = record_line(w->base, seq, event, members, n, w->line, RECORD_LINE_BYTES);
	if (length == 0)
		return -EMSGSIZE;
	ret = make_room(w, length);
	if (ret == 0)
		ret = write_line(w, length);
	if (ret < 0)
		return ret;
	atomic_store(&w->tally->seq, seq + 1);
	(void)atomic_fetch_add(&w->tally->bytes, length);
	return 0;
}

/* Tells what was lost, before anything else is written. */
static int put_lost(struct records *w)
{
	uint64_t lost = lost_untold(w);
	char members[64];
	struct json j;
	int ret;

	if (lost == 0)
		return 0;
	json_init(&j, members, sizeof(members));
	json_uint(&j, "count", lost);
	ret = put_record(w, "lost", members, j.n);
	if (ret == 0)
		w->lost_told += lost;
	return ret;
}

/* The members are escaped already. */
static void put_syslog(struct records *w, const char *event, const char *members, size_t n,
		       unsigned int flags, uint64_t suppressed)
{
	struct syslog_line line;
	char count[24] = "";

	syslog_line_init(&line, (flags & WRITER_DENIAL) ? SYSLOG_NOTICE : SYSLOG_INFO, event);
	syslog_line_field(&line, "session", w->base->session);
	syslog_line_field(&line, "user", w->identity->user);
	syslog_line_field(&line, "service", w->identity->service);
	syslog_line_field(&line, "rhost", w->identity->rhost);
	if (suppressed > 0)
		(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)suppressed);
	syslog_line_field(&line, "suppressed", count);
	syslog_line_add(&line, " ", n > 0);
	syslog_line_add(&line, members, n);
	syslog_line_send(&line, w->syslog_fd);
}

static void tell_syslog(struct records *w, const char *event, const char *members, size_t n,
			unsigned int flags, uint64_t now)
{
	uint64_t suppressed = w->denials.suppressed;

	if (!(flags & WRITER_AUTHPRIV))
		return;
	if ((flags & WRITER_DENIAL) && !rate_take(&w->denials, now, &suppressed))
		return;
	w->denials.suppressed = 0; /* any line tells */
	put_syslog(w, event, members, n, flags, suppressed);
}

static int record_locked(struct records *w, const char *event, const char *members, size_t n,
			 unsigned int flags)
{
	uint64_t now = io_now_usec(), before = atomic_load(&w->tally->bytes);
	int ret;

	check_both(w, now);
	tell_syslog(w, event, members, n, flags, now);
	ret = w->disk_low && !(flags & WRITER_URGENT) ? -ENOSPC : put_lost(w);
	if (ret == 0)
		ret = put_record(w, event, members, n);
	if (ret < 0)
		(void)atomic_fetch_add(&w->tally->lost, 1);
	else if (flags & WRITER_FLOOD)
		budget_spend(&w->budget, atomic_load(&w->tally->bytes) - before);
	return ret;
}

int records_put(struct records *w, const char *event, const char *members, size_t n,
		  unsigned int flags)
{
	int ret;

	(void)pthread_mutex_lock(&w->lock);
	ret = record_locked(w, event, members, n, flags);
	(void)pthread_mutex_unlock(&w->lock);
	return ret;
}

enum budget_grant records_ask(struct records *w, size_t whole, size_t cut)
{
	size_t base = w->base->n + 128;
	enum budget_grant grant;

	(void)pthread_mutex_lock(&w->lock);
	grant = budget_ask(&w->budget, io_now_usec(), base + whole, base + cut);
	if (grant == BUDGET_COUNT)
		(void)atomic_fetch_add(&w->tally->lost, 1);
	(void)pthread_mutex_unlock(&w->lock);
	return grant;
}

static int set_aside(struct records *w)
{
	struct stat st;
	int r;

	if (fstat(w->log_fd, &st) < 0)
		return -errno;
	if ((uint64_t)st.st_size + RECORD_LINE_BYTES <= w->reserved)
		return 0;
	r = keep_blocks(w, st.st_size, RESERVE_BYTES);
	if (r == 0)
		w->reserved = (uint64_t)st.st_size + RESERVE_BYTES;
	return r;
}

static int reserve_locked(struct records *w)
{
	uint64_t now = io_now_usec();
	int ret;

	check_both(w, now);
	if (w->disk_low)
		return -ENOSPC;
	if (budget_ask(&w->budget, now, CUT_RECORD_BYTES, CUT_RECORD_BYTES) == BUDGET_COUNT)
		return -EDQUOT;
	ret = write_rest(w);
	if (ret == 0)
		ret = set_aside(w);
	return ret < 0 ? ret : put_lost(w);
}

int records_reserve(struct records *w)
{
	int ret;

	(void)pthread_mutex_lock(&w->lock);
	ret = reserve_locked(w);
	if (ret < 0)
		w->checked_usec = 0;
	(void)pthread_mutex_unlock(&w->lock);
	return ret;
}

/* The file is left, or the session ends. */
static void give_up_rest(struct records *w)
{
	if (write_rest(w) < 0)
		(void)atomic_fetch_add(&w->tally->lost, 1);
	w->rest_n = 0;
}

void records_reopen(struct records *w, int log_fd)
{
	struct stat st;

	if (fstat(log_fd, &st) < 0) {
		fd_close(&log_fd);
		return;
	}
	(void)pthread_mutex_lock(&w->lock);
	give_up_rest(w);
	fd_close(&w->log_fd);
	w->log_fd = log_fd;
	w->log_stat = st;
	w->reserved = 0;
	w->checked_usec = 0;
	(void)pthread_mutex_unlock(&w->lock);
}

int records_flush(struct records *w)
{
	int ret;

	(void)pthread_mutex_lock(&w->lock);
	give_up_rest(w);
	ret = put_lost(w);
	(void)pthread_mutex_unlock(&w->lock);
	return ret;
}

void records_counts(struct json *j, const struct tally *tally)
{
	json_uint(j, "execs", atomic_load(&tally->execs));
	json_uint(j, "denied", atomic_load(&tally->denied));
	json_uint(j, "gate_denied", atomic_load(&tally->gate_denied));
	json_uint(j, "attaches", atomic_load(&tally->attaches));
	json_uint(j, "lost", atomic_load(&tally->lost));
	json_uint(j, "bytes", atomic_load(&tally->bytes));
}
