/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_names.h"

#include "filter_sets.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAST_NUMBER = 600, ALIKE = 2 };

/* libseccomp's numbers for what i386 first had only through a multiplexer: -100 - call, -200 - call. */
enum { SOCKET_BASE = -100, IPC_BASE = -200, MULTIPLEXED_SPAN = 100 };

static const int socket_numbers[I386_MULTIPLEXED] = {
	[1] = 359 /* socket */, [2] = 361 /* bind */, [3] = 362 /* connect */, [4] = 363 /* listen */,
	[5] = 364 /* accept, by accept4 */, [6] = 367 /* getsockname */, [7] = 368 /* getpeername */,
	[8] = 360 /* socketpair */, [9] = 369 /* send, by sendto */, [10] = 371 /* recv, by recvfrom */,
	[11] = 369 /* sendto */, [12] = 371 /* recvfrom */, [13] = 373 /* shutdown */,
	[14] = 366 /* setsockopt */, [15] = 365 /* getsockopt */, [16] = 370 /* sendmsg */,
	[17] = 372 /* recvmsg */, [18] = 364 /* accept4 */, [19] = 337 /* recvmmsg */,
	[20] = 345 /* sendmmsg */,
};
static const int ipc_numbers[I386_MULTIPLEXED] = {
	[1] = 420 /* semop, by semtimedop_time64 */, [2] = 393 /* semget */, [3] = 394 /* semctl */,
	[4] = 420 /* semtimedop */, [11] = 400 /* msgsnd */, [12] = 401 /* msgrcv */,
	[13] = 399 /* msgget */, [14] = 402 /* msgctl */, [21] = 397 /* shmat */,
	[22] = 398 /* shmdt */, [23] = 395 /* shmget */, [24] = 396 /* shmctl */,
};

/* Calls of i386 that are another's under a name the suffixes below do not make. */
static const char *const i386_also[][2] = {
	{ "arch_prctl", "set_thread_area" }, { "arch_prctl", "get_thread_area" },
	{ "fadvise64", "fadvise64_64" },     { "getdents", "readdir" },
	{ "getrlimit", "ugetrlimit" },	     { "lseek", "_llseek" },
	{ "mmap", "mmap2" },		     { "newfstatat", "fstatat64" },
	{ "rt_sigaction", "sigaction" },     { "rt_sigaction", "signal" },
	{ "rt_sigpending", "sigpending" },   { "rt_sigprocmask", "sigprocmask" },
	{ "rt_sigreturn", "sigreturn" },     { "rt_sigsuspend", "sigsuspend" },
	{ "select", "_newselect" },	     { "setpriority", "nice" },
	{ "settimeofday", "stime" },	     { "umount2", "umount" },
	{ "uname", "olduname" },	     { "uname", "oldolduname" },
	{ "stat", "oldstat" },		     { "lstat", "oldlstat" },
	{ "fstat", "oldfstat" },	     { "wait4", "waitpid" },
};
static const char *const i386_suffixes[] = { "64", "32", "_time64" };

int call_multiplexed(int multiplexer, int call)
{
	const int *numbers = multiplexer == I386_SOCKETCALL ? socket_numbers : ipc_numbers;

	if (call <= 0 || call >= I386_MULTIPLEXED || numbers[call] == 0)
		return -1;
	return numbers[call];
}

/* The number libseccomp gave, made into one the kernel sees; < 0: there is none. */
static int real_number(uint32_t architecture, int number)
{
	if (number >= 0 || architecture != SCMP_ARCH_X86)
		return number;
	if (number < SOCKET_BASE && number > SOCKET_BASE - MULTIPLEXED_SPAN)
		return call_multiplexed(I386_SOCKETCALL, SOCKET_BASE - number);
	if (number < IPC_BASE && number > IPC_BASE - MULTIPLEXED_SPAN)
		return call_multiplexed(I386_IPC, IPC_BASE - number);
	return -1;
}

/* 0, with *ret < 0 when the architecture has no such call; -ENOENT: nobody knows the name. */
static int find_number(uint32_t architecture, const char *name, int *ret)
{
	int number = seccomp_syscall_resolve_name_arch(architecture, name);

	if (number != __NR_SCMP_ERROR) {
		*ret = real_number(architecture, number);
		return 0;
	}
	*ret = newer_call_find(name);
	return *ret < 0 ? -ENOENT : 0;
}

static int add_name(uint32_t architecture, const char *name, struct call_numbers *ret)
{
	int number, r = find_number(architecture, name, &number);

	for (size_t i = 0; r == 0 && i < ret->n; i++)
		if (ret->numbers[i] == number)
			return 0;
	if (r == 0 && number >= 0 && ret->n < CALL_NUMBERS)
		ret->numbers[ret->n++] = number;
	return r;
}

static void add_i386_names(const char *name, struct call_numbers *ret)
{
	char other[CALL_NAME_BYTES + 8];

	for (size_t i = 0; i < SET_COUNT(i386_suffixes); i++) {
		(void)snprintf(other, sizeof(other), "%.63s%s", name, i386_suffixes[i]);
		(void)add_name(SCMP_ARCH_X86, other, ret); /* most have no such */
	}
	for (size_t i = 0; i < SET_COUNT(i386_also); i++)
		if (strcmp(i386_also[i][0], name) == 0)
			(void)add_name(SCMP_ARCH_X86, i386_also[i][1], ret);
}

int call_resolve(uint32_t architecture, const char *name, struct call_numbers *ret)
{
	struct call_numbers numbers = { .n = 0 };
	int r = add_name(architecture, name, &numbers);

	if (r < 0)
		return r;
	if (architecture == SCMP_ARCH_X86)
		add_i386_names(name, &numbers);
	*ret = numbers;
	return 0;
}

/* How many letters must be put in, taken out or changed. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[CALL_NAME_BYTES + 1];
	size_t n = strnlen(b, CALL_NAME_BYTES);

	for (unsigned int j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned int i = 1; a[i - 1]; i++) {
		unsigned int diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			unsigned int change = diagonal + (a[i - 1] != b[j - 1]);
			unsigned int gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = change < gap ? change : gap;
		}
	}
	return row[n];
}

void call_nearest(const char *name, char *nearest)
{
	unsigned int best = ALIKE + 1;

	nearest[0] = 0;
	for (int number = 0; number < LAST_NUMBER && strlen(name) < CALL_NAME_BYTES; number++) {
		char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
		unsigned int d = known ? distance(name, known) : best;

		if (d < best) {
			best = d;
			(void)snprintf(nearest, CALL_NAME_BYTES, "%s", known);
		}
		free(known);
	}
}
