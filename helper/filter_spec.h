/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_spec.h - what a profile says about system calls, in one canonical text.
 *
 * Equal filters have equal texts, so the text finds a filter that was made at build time, and is all
 * that the compiler (tools/swrap_filter.c) is told. Line by line, in this order, absent when not wanted:
 *
 *	filter 1
 *	architectures x86		i386 calls go through the same rules; else they kill
 *	error N|kill			what a refused call answers
 *	restrict NAME			realtime, personality, write-execute, suid-sgid, clock,
 *					kernel-modules, kernel-logs, threads, deny
 *	namespaces HEX			CLONE_NEW* bits that are refused
 *	families allow|refuse N ...	of socket(2)
 *	syscalls [~][?]NAME[:N] ...	the words of SystemCallFilter=
 */
#ifndef SWRAP_FILTER_SPEC_H
#define SWRAP_FILTER_SPEC_H

#include "../src/err.h"
#include "../src/profile.h"

enum { FILTER_SPEC_BYTES = 32 * 1024 };

#define FILTER_SPEC_HEAD "filter 1\n"

/*
 * Writes the spec into text. 0; -EINVAL: a word nobody knows, named with its directive; -E2BIG. Whether
 * a system call exists is the compiler's to say.
 */
int filter_spec(const struct profile *profile, char *text, size_t size, struct err *e);

#endif
