/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inner.h - the messages between the processes of swrap-helper: helper, init, session process,
 * supervisor. They are forks of one image; the header is that of wire.h.
 *
 *   init socket        helper <-> init; a session process answers on init's end
 *   supervisor socket  helper <-> supervisor
 *   listener socket    session process -> supervisor, one way
 */
#ifndef SWRAP_INNER_H
#define SWRAP_INNER_H

#include "../src/outcome.h"
#include "../src/wire.h"

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum inner_type {
	/* helper -> init */
	INNER_START = WIRE_INNER,	/* struct inner_start; fds: memfd (absent in the rehearsal), 0..2 */
	INNER_SIGNAL,			/* struct inner_signal: to the session process of that id */
	INNER_END,			/* struct inner_signal: id ignored; HUP, TERM or KILL to everything */
	INNER_SOCKET,			/* struct inner_socket; fd: its mount, detached. Before the START */
	/* init -> helper */
	INNER_READY = WIRE_INNER + 16,	/* struct outcome_list of init's own steps */
	INNER_STARTED,			/* struct inner_status: value = pid inside */
	INNER_STATUS,			/* struct inner_status: stopped, exited or killed */
	INNER_EMPTY,			/* empty: no process but init is left */
	/* session process -> helper */
	INNER_OUTCOMES,			/* struct inner_outcomes; once, right before exec or at the failure */
	INNER_EXEC_FAILED,		/* struct inner_status: value = errno of the exec */
	/* session process -> supervisor */
	INNER_LISTENER = WIRE_INNER + 32, /* struct inner_listener; fd: the listener */
	/* helper -> supervisor */
	INNER_RECORD,			/* struct inner_record, then the JSON members as text */
	INNER_STEPS,			/* struct inner_steps: one "step" record each, then session.ready */
	INNER_LOG,			/* fd: the log file, opened anew */
	INNER_SESSION_ROOT,		/* struct inner_root: session init is there */
	INNER_FINISH,			/* empty: write what is pending, answer FINISHED and exit */
	/* supervisor -> helper */
	INNER_REHEARSED = WIRE_INNER + 48, /* struct inner_rehearsed */
	INNER_REOPEN,			/* empty: the log's inode changed, send LOG */
	INNER_FAULT,			/* struct inner_rehearsed: cannot go on; the session must end */
	INNER_FINISHED,			/* empty */
};

struct inner_start {
	uint32_t id;			/* of the attach; 0 = the rehearsal */
	uint32_t tty;			/* enum tty_mode */
	uint32_t tty_fd;		/* 0..2: the descriptor that was judged, for TTY_STEAL */
	uint32_t open_fds;		/* bit N: descriptor N follows */
	int32_t nice;			/* of the peer, from the kernel; the next four likewise */
	int32_t oom_score_adj;
	uint32_t umask;
	struct rlimit limits[RLIM_NLIMITS];
	uint64_t ignored, blocked;	/* the user's own signal state */
	uint32_t argc, envc;
	uint64_t bytes;			/* of the memfd */
	uint32_t gid;			/* of the peer: SO_PEERCRED */
	uint32_t ngroups;		/* of the peer: SO_PEERGROUPS; gid_t[ngroups] follow the struct */
	char path[4096];		/* what to exec: the shadowed shell, as the kernel names it */
};

/* How the session process gets its controlling terminal: DESIGN, "Controlling tty". */
enum tty_mode {
	TTY_PASS,			/* none is set; the descriptors are handed on */
	TTY_RELEASE,			/* attach led and gave it up: TIOCSCTTY(0) */
	TTY_STEAL,			/* the application leads: TIOCSCTTY(1), before the drop */
	TTY_RELAY,			/* a pty of attach's own: TIOCSCTTY(0) */
};

/* A socket of the login for the private /tmp: /tmp/DIR/NAME. */
struct inner_socket {
	char dir[64], name[64];
};

struct inner_signal {
	uint32_t id;
	int32_t signo;
};

struct inner_status {
	uint32_t id;
	int32_t code;			/* CLD_STOPPED, CLD_EXITED, CLD_KILLED, CLD_DUMPED; 0 for STARTED */
	int32_t value;			/* signal, exit code, pid inside */
	uint32_t pad;
};

struct inner_outcomes {
	uint32_t id;
	uint32_t stdio_replaced; /* bit N: descriptor N of 0..2 carried no bytes: it is /dev/null now */
	struct outcome_list list;
};

struct inner_listener {
	uint32_t id;			/* 0: the rehearsal's; its exec is judged, answered, not recorded */
	uint32_t pad;
};

struct inner_root {
	int32_t init;			/* pid of session init, outside */
	uint32_t pad;
};

struct inner_record {
	char event[32];			/* "session.start", "step", "gate.deny", ... */
	uint32_t urgent;		/* 1: written even when the disk is nearly full */
	uint32_t authpriv;		/* 1: also one line to syslog */
};

struct inner_steps {
	uint8_t levels[STEP_COUNT];	/* what was asked: enum step_level */
	uint32_t level;			/* enum sandbox_level */
	struct outcome_list list;
};

struct inner_rehearsed {
	int32_t num;			/* 0: seen, read, resolved (and verified); else errno */
	uint32_t pad;
	char about[120];
};

#endif
