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

enum { MKDOC_VALUE_BYTES = 8192 };

_Noreturn void mkdoc_fail(const char *text, ...) _printf_(1, 2);

/* The whole of a file, with a NUL; the caller frees it. */
char *mkdoc_read(const char *path, size_t *ret_size);

/* "boolean; default no", "one of no, self, identity; default no", for a comment and for the manual. */
void mkdoc_put_kind(const struct directive *directive);

/* ---- mkdoc_page.c: mdoc(7) ---- */

/* The template, with what its lines "@directives SECTION@" and "@profiles@" stand for. */
void mkdoc_page(const char *template_path, const char *profiles_dir);

/* Text of a line, so that roff takes none of it for a request or an escape. */
void mkdoc_put_roff(const char *text);

/* ---- mkdoc_profiles.c ---- */

/* Which shipped profile says what, as a table of mdoc(7). */
void mkdoc_profiles(const char *profiles_dir);

#endif
