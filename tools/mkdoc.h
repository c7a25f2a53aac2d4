/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mkdoc.h - between the parts of mkdoc, the program that writes what the manual says of directives.
 *
 * Runs at build time; whatever cannot be read or written ends the build by mkdoc_fail().
 */
#ifndef SWRAP_MKDOC_H
#define SWRAP_MKDOC_H

#include "../src/attr.h"
#include "../src/directive.h"

enum { MKDOC_VALUE_BYTES = 8192, MKDOC_PROFILES = 5 };

/* What the page is made of. */
struct mkdoc_sources {
	const char *template_path, *profiles_dir, *programs_path;
};

_Noreturn void mkdoc_fail(const char *text, ...) _printf_(1, 2);

/* The whole of a file, with a NUL; the caller frees it. */
char *mkdoc_read(const char *path, size_t *ret_size);

/* "boolean; default no", "one of no, self, identity; default no", for a comment and for the manual. */
void mkdoc_put_kind(const struct directive *directive);

/* ---- mkdoc_page.c: mdoc(7) ---- */

/* The template, with what its lines "@directives SECTION@", "@profiles@" and "@programs@" stand for. */
void mkdoc_page(const struct mkdoc_sources *from);

/* Text of a line, so that roff takes none of it for a request or an escape. */
void mkdoc_put_roff(const char *text);

/* ---- mkdoc_profiles.c ---- */

/* The shipped ones, from the least to the most. */
extern const char *const mkdoc_profile_names[MKDOC_PROFILES];

/* Which shipped profile says what, as a table of mdoc(7). */
void mkdoc_profiles(const char *profiles_dir);

/* ---- mkdoc_programs.c ---- */

/* Which program works under which shipped profile, and what lets it, likewise. */
void mkdoc_programs(const char *table_path);

#endif
