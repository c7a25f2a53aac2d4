/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe.h - what this host offers each step, found out without doing it.
 *
 * Asks the kernel and its files; makes no process, no mount and no namespace, so that a plan can be
 * judged before anything is started. The answers are about the calling process: its capabilities and
 * the filters it runs under count. "no" is said only of what cannot work; what can be told only by
 * doing it is "unknown", and the rehearsal tells.
 */
#ifndef SWRAP_PROBE_H
#define SWRAP_PROBE_H

#include "err.h"
#include "primitive.h"

#include <stdbool.h>

enum { PROBE_REASON_BYTES = 96 };

enum offer { OFFER_UNKNOWN, OFFER_NO, OFFER_YES, OFFER_COUNT };

enum probe_controller { CONTROLLER_CPU = 1, CONTROLLER_MEMORY = 2, CONTROLLER_PIDS = 4 };

/* How far the kernel is locked down; the order is that of strength. */
enum probe_lockdown { PROBE_LOCKDOWN_UNKNOWN, PROBE_LOCKDOWN_NONE, PROBE_LOCKDOWN_INTEGRITY,
		      PROBE_LOCKDOWN_CONFIDENTIALITY };

/* What of a step's offer depends on the profile. All zero: the step in its plainest form. */
struct probe_demand {
	unsigned int controllers;	/* enum probe_controller, or-ed */
	enum probe_lockdown lockdown;
	bool own_user_namespace;	/* the steps run with the capabilities of one */
};

struct probe {
	int root_fd;			/* "/", or the root of a tree that stands for it in a test */
	uint64_t capabilities;		/* effective, of the caller */
};

/* root: "/". 0 or -errno. probe_done() afterwards in any case. */
int probe_open(struct probe *p, const char *root, struct err *e);
void probe_done(struct probe *p);

/* One step. reason: PROBE_REASON_BYTES; what was found, for people; never empty for OFFER_NO. */
enum offer probe_step(const struct probe *p, enum step step, const struct probe_demand *demand,
		      char *reason);

/* "yes", "no", "unknown". */
const char *probe_offer_name(unsigned int offer);

/* Landlock's ABI; 0: none. */
int probe_landlock_abi(void);

#endif
