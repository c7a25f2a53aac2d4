/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * choose.h - which profile a session gets: the word of the PAM line, or the first rule that matches.
 *
 * Root, and services that start no login shell, are only ever wrapped by a rule that names them;
 * profile= then says with what. For everybody else profile= stands in for the rules.
 */
#ifndef SWRAP_CHOOSE_H
#define SWRAP_CHOOSE_H

#include "../src/configuration.h"
#include "../src/identity.h"
#include "../src/rules.h"

struct choice {
	bool wrapped;
	char profile[RULES_PROFILE_BYTES];	/* when wrapped */
	char file[PATH_MAX];			/* of the rule; "" when no rule decided */
	uint32_t line;
	bool by_line;				/* profile= decided, or --profile */
};

/*
 * The rules of rules.d, in order of the names of its files, then of rules.conf. 0, or -errno as
 * config_files() and rules_parse(); rules_done() afterwards in any case.
 */
int choose_read(const struct config *config, struct rules *ret, struct err *e);

/* What may have to be asked for, and only is when a rule needs it. */
struct choose_questions {
	int (*groups)(void *context, struct err *e);	/* fills the groups of the identity; 0 or -errno */
	rules_group group;
	void *context;
};

/* Fills *ret. 0 or -errno; what cannot be read or answered decides nothing. */
int choose_profile(const struct config *config, const struct identity *id,
		   const struct choose_questions *questions, struct choice *ret, struct err *e);

/* For a log: "rules.conf:3 leaves it alone", or that there is no rule. Writes into text, returns it. */
const char *choose_text(const struct choice *choice, const struct identity *id, char *text, size_t size);

/* ---- questions to the application ---- */

/* A rules_group(): context is this. One question for each name, however many rules have it. */
struct choose_asker {
	int control_fd;
	uint64_t deadline_usec;
	struct message *message;	/* room for the answers; borrowed */
	struct choose_group *groups;	/* what is known; choose_asker_done() frees it */
	uint32_t ngroups;
};

int choose_ask_group(void *context, const char *name, gid_t *ret, struct err *e);
void choose_asker_done(struct choose_asker *asker);

#endif
