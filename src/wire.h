/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire.h - the messages between the programs: formats only, no functions.
 *
 * SOCK_SEQPACKET, one message a packet: a header, then a body whose length the header repeats. Each
 * type has one sender and is allowed in one state of the receiver; anything else ends the
 * conversation. swrap-attach is built without a C library and includes this file alone, so it
 * needs nothing but stdint.h. All programs are of one build and one machine: native byte order.
 *
 *   control   pam_swrap.so or swrap run (APP)  <->  swrap-helper (HELPER)
 *   attach    swrap-attach (ATTACH)            <->  swrap-helper (HELPER)
 * The messages inside swrap-helper are its own (helper/inner.h) and use the same header.
 */
#ifndef SWRAP_WIRE_H
#define SWRAP_WIRE_H

#include <stdint.h>

#define WIRE_MAGIC 0x70617277u /* "wrap" */

enum { WIRE_VERSION = 1, WIRE_MAX_BYTES = 64 * 1024, WIRE_MAX_FDS = 5 };

enum wire_type {
	/* control */
	WIRE_IDENTITY = 1,	/* APP -> HELPER: identity_pack() */
	WIRE_READY,		/* HELPER -> APP: struct wire_ready */
	WIRE_REFUSED,		/* HELPER -> APP or ATTACH: struct wire_refused; the sender is done */
	WIRE_GATE,		/* APP -> HELPER: struct wire_gate + shells; fds: see there */
	WIRE_GATED,		/* HELPER -> APP: empty; the gate is served from here on */
	WIRE_RUN,		/* APP -> HELPER, instead of GATE when direct: as WIRE_ATTACH */
	WIRE_CLOSE,		/* APP -> HELPER: empty */
	WIRE_CLOSED,		/* HELPER -> APP: struct wire_closed */
	WIRE_UNWRAPPED,		/* HELPER -> APP, for READY: struct wire_unwrapped; the sender is done */
	WIRE_PLAN,		/* HELPER -> APP, for READY, when asked to explain: a JSON object; it is done */
	WIRE_ASK_GROUP,		/* HELPER -> APP, before READY: the name of a group, NUL-terminated */
	WIRE_GROUP,		/* APP -> HELPER: struct wire_group */
	WIRE_FAIL_OPEN,		/* HELPER -> APP, before READY: empty; the profile says so, and no fail= */
	WIRE_GROUPS,		/* APP -> HELPER, right after IDENTITY: identity_pack_groups() */
	/* attach */
	WIRE_ATTACH = 32,	/* ATTACH -> HELPER: struct wire_attach; fds: memfd, then 0..2 as open */
	WIRE_PASS,		/* HELPER -> ATTACH: empty; exec the real shell yourself */
	WIRE_STARTED,		/* HELPER -> ATTACH: empty; the session process runs */
	WIRE_SIGNAL,		/* ATTACH -> HELPER: struct wire_signal; for the session process */
	WIRE_STOPPED,		/* HELPER -> ATTACH: struct wire_signal; it was stopped by that */
	WIRE_EXITED,		/* HELPER -> ATTACH or direct APP: struct wire_exited */
	/* from here on: helper/inner.h */
	WIRE_INNER = 64,
};

struct wire_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
	uint32_t length;	/* of the body, in bytes */
	uint32_t pad;
};

struct wire_ready {
	uint32_t level;		/* enum sandbox_level */
	uint32_t steps;		/* how many outcomes follow: all of them */
};

struct wire_refused {
	int32_t num;		/* errno, positive */
	char step[32];		/* the step that failed, or empty */
	char text[512];		/* for the log and, by WIRE_REFUSED to attach, for the user's stderr */
};

/* No rule wraps this session. */
struct wire_unwrapped {
	char text[192];		/* which rule says so, or that there is none; for the log */
};

/* The helper is static and has no user database: it asks, one name at a time. */
struct wire_group {
	uint32_t known;		/* 0: there is no such group */
	uint32_t gid;
};

enum { WIRE_GROUP_BYTES = 257 };	/* of a group's name, with its NUL */

/*
 * fds: the listening socket for attach (SOCK_SEQPACKET), an O_PATH descriptor of the mounted attach,
 * and, when gated, the seccomp listener.
 */
struct wire_gate {
	uint32_t gated;		/* 0: shadowed only */
	uint32_t shells;	/* number of NUL-terminated absolute paths that follow: the shadowed files */
	uint64_t dev, ino;	/* of attach, as fstat of the mounted descriptor says */
};

struct wire_closed {
	uint32_t stuck;		/* 1: a process could not be killed in time; the helper stays */
};

/*
 * The memfd holds argc strings, then envc strings, then the cwd, each NUL-terminated. It is read only
 * by the session process, after it has dropped its privileges.
 */
struct wire_attach {
	uint32_t open_fds;	/* bit N: descriptor N of 0..2 is open and follows, in order */
	uint32_t flags;		/* WIRE_ATTACH_* */
	uint32_t argc, envc;
	uint64_t bytes;		/* length of the memfd */
	uint64_t ignored;	/* signals ignored at attach's start, bit signo-1 */
	uint64_t blocked;	/* signals blocked at attach's start */
};

enum {
	WIRE_ATTACH_RELEASED = 1,	/* attach led its session and has given up the terminal */
	WIRE_ATTACH_RELAY = 2,		/* fds 0..2 that were the terminal are attach's own pty */
	WIRE_ATTACH_MAX_BYTES = 8 * 1024 * 1024,
};

struct wire_signal {
	int32_t signo;
	uint32_t pad;
};

struct wire_exited {
	uint32_t killed;	/* 1: status is the signal; 0: it is the exit code */
	int32_t status;
	char text[120];		/* why nothing ran ("child setup failed: ..."), or empty */
};

#define CGROUP_PREFIX "swrap-"		/* of a control group's name, before the session id */
#define WIRE_RUN_DIR "/run/swrap"
#define WIRE_ATTACH_SOCKET WIRE_RUN_DIR "/attach"	/* in the application's private mount namespace */
#define WIRE_ROOT_MARKER WIRE_RUN_DIR "/root"		/* there: hand root's execs over too */
#define WIRE_REAL_DIR WIRE_RUN_DIR "/real"		/* the shadowed shells, below by their full path */
#define WIRE_INSIDE_MARKER WIRE_RUN_DIR "/inside"	/* in the session's own: holds the session id */

#endif
