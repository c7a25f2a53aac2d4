/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tally.h - the counts of a session, in a page that helper and supervisor share.
 *
 * Shared so that whichever of the two is left can number and write session.end truthfully.
 */
#ifndef SWRAP_TALLY_H
#define SWRAP_TALLY_H

#include <stdatomic.h>
#include <stdint.h>

struct tally {
	_Atomic uint64_t seq;		/* of the next record */
	_Atomic uint64_t execs;		/* notified execs of the session, the rehearsal's not counted */
	_Atomic uint64_t denied;	/* execs answered with an errno by a decision or an error of ours */
	_Atomic uint64_t gate_denied;
	_Atomic uint64_t lost;		/* records that could not be written */
	_Atomic uint64_t bytes;		/* of records written */
	_Atomic uint32_t attaches;
};

#endif
