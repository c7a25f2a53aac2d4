/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * directive.h - every directive of a profile, once: its section, name, type, default, text and example.
 *
 * The parser, profile_init(), profile_done(), swrap explain and the manual come from this table, so that
 * none of them can know another set than the others. A directive that is in it must be honoured by
 * the plan: nothing is taken and then passed over.
 */
#ifndef SWRAP_DIRECTIVE_H
#define SWRAP_DIRECTIVE_H

#include "profile.h"

#include <stdbool.h>
#include <stddef.h>

enum directive_type {
	/* scalars */
	TYPE_BOOLEAN,
	TYPE_WORD,		/* one of words */
	TYPE_PATH,
	TYPE_ROOT,		/* a path, "minimal" or "empty" */
	TYPE_CGROUP,		/* a path below the root of the control groups */
	TYPE_ERROR,		/* the name of an error, or "kill" */
	TYPE_LIMIT,		/* low: RLIMIT_* */
	TYPE_NUMBER,		/* low to high */
	TYPE_MODE,		/* octal */
	TYPE_COUNT,		/* or a share, or infinity */
	TYPE_SIZE,		/* bytes, or a share, or infinity */
	TYPE_QUOTA,		/* a share of one processor */
	TYPE_SPAN,
	TYPE_LINGER,
	TYPE_HOME,
	/* lists */
	TYPE_SCALARS,
	TYPE_CAPABILITIES = TYPE_SCALARS,
	TYPE_STEPS,
	TYPE_PATHS,
	TYPE_BINDS,		/* SOURCE[:DESTINATION[:rbind|norbind]] */
	TYPE_TEMPORARY,		/* PATH[:OPTIONS] */
	TYPE_LANDLOCK,		/* PATH:rwxcd */
	TYPE_CREDENTIALS,	/* ID:PATH */
	TYPE_ASSIGNMENTS,	/* NAME=value */
	TYPE_VARIABLES,		/* NAME */
	TYPE_VARIABLES_OUT,	/* NAME or NAME=value */
	TYPE_CALLS,
	TYPE_ARCHITECTURES,
	TYPE_FAMILIES,
	TYPE_NAMESPACES,
	TYPE_COUNT_OF_TYPES,
};

/* A word and what it means; the first of those with one meaning is the one that is printed. */
struct directive_word {
	const char *name;	/* NULL: the end */
	unsigned int value;
};

struct directive {
	const char *section, *name;
	enum directive_type type;
	size_t offset;			/* of its field in struct profile */
	int low, high;
	const struct directive_word *words;
	const char *fallback;		/* the default, as a file would say it; "": unset or empty */
	const char *doc;		/* a sentence or two for the manual */
	const char *example;		/* what may stand behind the "=" */
};

enum { DIRECTIVE_MAX = 128, DIRECTIVE_REASON_BYTES = 192, DIRECTIVE_LIST = 1024 };

/* In the order of the manual. */
extern const struct directive directive_table[];
extern const size_t directive_count;

/* By its name, exactly; or NULL. Names are unique over all sections. */
const struct directive *directive_find(const char *name);

/* The name that is nearest to one that does not exist, or NULL when none is near. */
const char *directive_nearest(const char *name);

/* Lists append, and an empty value empties them; a scalar is set once a file, and an empty value resets it. */
bool directive_is_list(const struct directive *directive);

/* "boolean", "list of paths": for the manual. */
const char *directive_type_name(const struct directive *directive);

/*
 * Takes what a file says behind the "=", which is cut up. 0; -ENOMEM; -EINVAL with what was expected in
 * reason: the field may then have a part of it, the profile is of no use.
 */
int directive_set(const struct directive *directive, struct profile *profile, char *value,
		  char reason[DIRECTIVE_REASON_BYTES]);

/* Frees what the field holds and sets the default; the second frees only. */
void directive_reset(const struct directive *directive, struct profile *profile);
void directive_done(const struct directive *directive, struct profile *profile);

/*
 * The field as a file would say it, so that directive_set() of it makes an equal one. 0, or -ENOSPC with
 * as much as there was room for.
 */
int directive_format(const struct directive *directive, const struct profile *profile, char *text,
		     size_t size);

#endif
