/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * helper.h - all that one helper knows: one session, from IDENTITY to session.end.
 */
#ifndef SWRAP_HELPER_H
#define SWRAP_HELPER_H

#include "choose.h"
#include "gate.h"
#include "inherit.h"
#include "inner.h"
#include "plan.h"
#include "step.h"
#include "tally.h"

#include "../src/channel.h"

enum {
	HELPER_ATTACHES = 64,
	HELPER_SHELLS = 64,
	HELPER_OPEN_USEC = 60 * 1000000, /* the module's own timeout is shorter and kills us */
	HELPER_ATTACH_USEC = 10 * 1000000,
};

enum phase {
	PHASE_OPENING,		/* IDENTITY .. READY */
	PHASE_SERVING,		/* the application lives */
	PHASE_LINGERING,	/* closed; what survived logout runs on, supervised */
	PHASE_ENDING,		/* HUP, TERM, KILL are under way */
};

/* session.end's outcome. */
enum ending {
	ENDING_COMPLETED, ENDING_FAILED, ENDING_DENIED, ENDING_TIMEOUT, ENDING_KILLED,
	ENDING_UNSUPPORTED, ENDING_FAULT, ENDING_COUNT,
};

enum attach_state { ATTACH_FREE, ATTACH_ASKED, ATTACH_STARTING, ATTACH_RUNNING, ATTACH_ORPHAN };

/* One channel of the application: swrap-attach on one side, a session process on the other. */
struct attach {
	enum attach_state state;
	uint32_t id;
	int socket;		/* -1 once it is gone: then the state is ORPHAN until the process ends */
	uint64_t deadline_usec;	/* ASKED: for ATTACH; ORPHAN: for KILL; 0 = none */
	char text[120];		/* why the exec failed, for EXITED */
	char terminal[32];	/* name of its terminal, or empty */
	dev_t terminal_dev;
};

/* When the session ends by itself: lifetime.h. */
struct lifetime {
	uint64_t end_usec;	/* RuntimeMaxSec=; 0 = none */
	uint64_t active_usec;	/* when something was last seen to be done */
	uint64_t execs;		/* of the tally, when that was looked at */
};

/* shell_watch.h. */
struct shell_watch {
	int fd;			/* of inotify; -1: the application has a gate */
	struct gate_config config;
};


struct helper {
	struct inherited in;
	struct identity identity;
	bool groups_known;		/* GROUPS has come */
	struct config config;
	struct choice choice;
	struct profile profile;
	struct plan plan;
	struct cgroup cgroup;
	struct cgroup_usage usage;	/* at the end */
	struct step_context context;
	struct tally *tally;
	struct outcome_list outcomes;
	enum sandbox_level level;
	enum phase phase;
	enum ending ending;
	char reason[128];		/* of the ending, when it is not COMPLETED */
	int control_fd;			/* to the application; -1 when it is gone */
	int init_fd, init_pidfd;
	pid_t init_pid;
	int supervisor_fd, supervisor_pidfd;
	pid_t supervisor_pid;
	int listener_fd, notify_fd;	/* session processes' and supervisor's end, until they have them */
	int log_dir_fd;
	int listen_fd;			/* where attach connects */
	int attach_fd, mount_ns_fd;	/* for the gate's re-shadowing */
	int root_fd;			/* O_PATH of the application's root: there its shells are */
	int signal_fd;
	struct gate *gate;		/* prepared; NULL once it has started, or is not wanted */
	bool gated;
	struct shell_watch shell_watch;	/* without a gate */
	bool closed_sent;
	bool steps_reported;
	bool empty;			/* no session process and no orphan is left */
	uint32_t end_stage;		/* how many of HUP, TERM, KILL were sent */
	uint64_t end_usec;		/* when the next is due; LINGERING: the end of grace, or 0 */
	struct lifetime lifetime;
	bool exit_killed;		/* of the last session process that ended */
	int32_t exit_status;
	uint32_t next_id;
	struct attach attaches[HELPER_ATTACHES];
	uint32_t nshells;
	const char *shells[HELPER_SHELLS];
	char shell_text[HELPER_SHELLS * 256];
	struct message message;
};

#endif
