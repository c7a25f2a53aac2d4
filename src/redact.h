/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * redact.h - finds the secrets in a command line, so that the record of it holds none.
 *
 * Pure. The rules, each tested:
 *  1. An option or variable is secret when the last word of its name ends in password passwd
 *     passwort passphrase secret token credential(s); or is pass passcode apikey auth
 *     authorization; or is "pwd" behind another word; or "key" behind a word of a list (api-key,
 *     secret-key, ...; a variable in capitals: anything_KEY). Words end at - _ . and where a
 *     capital follows a small letter. So --keyboard, --author, --password-file and PWD stay. Names that
 *     begin with no- or ask- take no value.
 *  2. --name=value, -name=value: the value. --name value, -name value: the next argument, unless
 *     that begins with --.
 *  3. NAME=value: the value.
 *  4. scheme://user:pass@host: pass. "Authorization: ..." and other headers whose name is secret:
 *     the value.
 *  5. Short options of the programs in a table (mysql -pX, sshpass -p X, curl -u user:X, ...).
 *  6. The argument after -c (or -lc and the like) is a script: the rules hold for each of its
 *     words.
 * Not found: secrets a program takes by position, and names nobody would guess.
 */
#ifndef SWRAP_REDACT_H
#define SWRAP_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#define REDACT_MARK "[REDACTED]"

enum { REDACT_HOLES = 8 };

/* What of one argument is hidden: from..to of its bytes, in order. */
struct redact_hole {
	size_t from, to;
};

struct redact_program; /* a row of the table */

/* State from one argument to the next. */
struct redact {
	const struct redact_program *program;	/* or NULL: none with secret short options */
	bool secret_next;			/* the next word is a value */
	bool secret_tail;			/* of that, only what follows the first ':' */
	bool script_next;
	bool first;				/* the next argument is argv[0] */
};

void redact_begin(struct redact *r);

/*
 * Looks at the next argument (the first is argv[0]). Returns the number of holes, 0 when nothing is
 * hidden. When there are more than REDACT_HOLES, the last reaches to the end.
 */
size_t redact_argument(struct redact *r, const char *arg, size_t size,
		       struct redact_hole holes[REDACT_HOLES]);

/*
 * Copies the argument with each hole replaced by REDACT_MARK. out must hold
 * size + REDACT_HOLES * sizeof(REDACT_MARK) bytes. Returns the length.
 */
size_t redact_copy(const char *arg, size_t size, const struct redact_hole *holes, size_t n,
		   char *out);

#endif
