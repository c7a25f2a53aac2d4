/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * raw.h - the attach protocol (src/wire.h), spoken by hand and badly.
 */
#ifndef RAW_H
#define RAW_H

/*
 * Makes the named attack on the socket of the application's mount namespace and prints a line for
 * each answer: "answer PASS", "answer REFUSED 1 text", "closed", "silent". Called by the user's process.
 * Returns an exit status.
 */
int raw_attack(const char *name);

#endif
