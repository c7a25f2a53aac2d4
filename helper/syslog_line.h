/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * syslog_line.h - one line to the system log, by datagram to /dev/log: what libc's syslog() would open
 * and allocate is not there after the cut.
 *
 * No time in the line: receivers set their own, and the local one would need the time zone file.
 * What does not fit is cut off.
 */
#ifndef SWRAP_SYSLOG_LINE_H
#define SWRAP_SYSLOG_LINE_H

#include <stddef.h>

enum { SYSLOG_LINE_BYTES = 1024 };	/* what RFC 3164 receivers take */

/* Of facility authpriv. */
enum syslog_severity { SYSLOG_NOTICE = 5, SYSLOG_INFO = 6 };

struct syslog_line {
	char text[SYSLOG_LINE_BYTES];	/* not terminated */
	size_t n;
};

/* "<PRIORITY>swrap: EVENT". */
void syslog_line_init(struct syslog_line *line, enum syslog_severity severity, const char *event);

/* A text that is free of control characters already. */
void syslog_line_add(struct syslog_line *line, const char *text, size_t n);

/* " KEY=TEXT", with TEXT escaped; nothing for an empty one. */
void syslog_line_field(struct syslog_line *line, const char *key, const char *text);

/* A socket that does not block, for syslog_line_send(). The descriptor, owned, or -errno. */
int syslog_line_open(void);

/*
 * Nothing waits for the system log and nobody is told when there is none (ECONNREFUSED, ENOENT) or it
 * does not keep up (EAGAIN): the record is what counts.
 */
void syslog_line_send(const struct syslog_line *line, int fd);

#endif
