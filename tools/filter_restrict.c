/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_restrict.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/stat.h>

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif
#define POLICY_BITS (0xffffffffu & ~(unsigned int)SCHED_RESET_ON_FORK)
#define POLICY_IS(policy) { 1, POLICY_BITS, (policy), false }
#define ALWAYS { { 0, 0, 0, false } }
#define PASS VERDICT_PASS
#define REFUSE SET_REFUSE
#define RULES(rules) NULL, 0, rules, SET_COUNT(rules)
#define CALLS(calls) calls, SET_COUNT(calls), NULL, 0

/* ---- RestrictRealtime= ---- */

static const struct set_rule realtime_rules[] = {
	{ "sched_setscheduler", PASS, 1, { POLICY_IS(SCHED_NORMAL) }, "the plain one" },
	{ "sched_setscheduler", PASS, 1, { POLICY_IS(SCHED_BATCH) }, "gets less" },
	{ "sched_setscheduler", PASS, 1, { POLICY_IS(SCHED_IDLE) }, "gets least" },
	{ "sched_setscheduler", REFUSE, 0, ALWAYS, "FIFO, RR, and what is to come" },
	{ "sched_setattr", REFUSE, 0, ALWAYS, "its policy is in memory; deadlines have no other call" },
};

/* ---- LockPersonality= ---- */

static const struct set_rule personality_rules[] = {
	{ "personality", PASS, 1, { IS32(0, 0xffffffffu) }, "asks only" },
	{ "personality", PASS, 1, { IS32(0, PER_LINUX) }, "the one a session has" },
	{ "personality", REFUSE, 0, ALWAYS, "old layouts weaken a program, or its successor" },
};

/* ---- MemoryDenyWriteExecute= ---- */

static const struct set_rule write_execute_rules[] = {
	{ "mmap", REFUSE, 1, { HAS_BITS(2, PROT_WRITE | PROT_EXEC) }, "both at once" },
	{ "mprotect", REFUSE, 1, { HAS_BITS(2, PROT_EXEC) }, "one after the other" },
	{ "pkey_mprotect", REFUSE, 1, { HAS_BITS(2, PROT_EXEC) }, "likewise" },
	{ "shmat", REFUSE, 1, { HAS_BITS(2, SHM_EXEC) }, "a segment is attached twice" },
	{ "personality", PASS, 1, { IS32(0, 0xffffffffu) }, "asks only" },
	{ "personality", REFUSE, 1, { HAS_BITS(0, READ_IMPLIES_EXEC) }, "then all that is read runs" },
};

/* ---- RestrictSUIDSGID= ---- */

#define SPECIAL (S_ISUID | S_ISGID)
#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)
static const struct set_rule suid_sgid_rules[] = {
	{ "chmod", REFUSE, 1, { ANY_BIT(1, SPECIAL) }, "" },
	{ "fchmod", REFUSE, 1, { ANY_BIT(1, SPECIAL) }, "" },
	{ "fchmodat", REFUSE, 1, { ANY_BIT(2, SPECIAL) }, "" },
	{ "fchmodat2", REFUSE, 1, { ANY_BIT(2, SPECIAL) }, "" },
	{ "mknod", REFUSE, 1, { ANY_BIT(1, SPECIAL) }, "makes regular files, too" },
	{ "mknodat", REFUSE, 1, { ANY_BIT(2, SPECIAL) }, "likewise" },
	{ "creat", REFUSE, 1, { ANY_BIT(1, SPECIAL) }, "" },
	/* Without these flags nobody sets the mode: it is what was left in the register. */
	{ "open", REFUSE, 2, { ANY_BIT(1, O_CREAT | TMPFILE_BIT), ANY_BIT(2, SPECIAL) }, "" },
	{ "openat", REFUSE, 2, { ANY_BIT(2, O_CREAT | TMPFILE_BIT), ANY_BIT(3, SPECIAL) }, "" },
	{ "openat2", SET_ABSENT, 0, ALWAYS, "its mode is in memory; programs fall back" },
};

/* ---- Tasks= ---- */

static const struct set_rule threads_rules[] = {
	{ "fork", REFUSE, 0, ALWAYS, "" },
	{ "vfork", REFUSE, 0, ALWAYS, "" },
	{ "clone", REFUSE, 1, { NO_BITS(0, CLONE_THREAD) }, "no thread" },
};

static const struct set_call task_calls[] = {
	{ "fork vfork clone", "processes and threads alike" },
};

/* ---- what is in memory ---- */

static const struct set_call clone3_calls[] = {
	{ "clone3", "its flags are in memory, where no filter looks; libc falls back to clone" },
};
const struct call_set filter_restriction_clone3 = {
	"clone3", "seems absent", SET_ABSENT, CALLS(clone3_calls),
};
static const struct set_call ring_calls[] = {
	{ "io_uring_setup io_uring_enter io_uring_register", "opens files and sockets unseen" },
};
const struct call_set filter_restriction_ring = {
	"io_uring", "seems absent", SET_ABSENT, CALLS(ring_calls),
};

/* ---- Protect*= ---- */

static const struct set_call clock_calls[] = {
	{ "adjtimex clock_adjtime clock_settime settimeofday stime", "sets or bends the clock" },
};
static const struct set_call module_calls[] = {
	{ "init_module finit_module delete_module", "code in the kernel" },
};
static const struct set_call log_calls[] = { { "syslog", "the kernel's log" } };

static const struct call_set restrictions[] = {
	{ "realtime", "RestrictRealtime=", REFUSE, RULES(realtime_rules) },
	{ "personality", "LockPersonality=", REFUSE, RULES(personality_rules) },
	{ "write-execute", "MemoryDenyWriteExecute=", REFUSE, RULES(write_execute_rules) },
	{ "suid-sgid", "RestrictSUIDSGID=", REFUSE, RULES(suid_sgid_rules) },
	{ "clock", "ProtectClock=", REFUSE, CALLS(clock_calls) },
	{ "kernel-modules", "ProtectKernelModules=", REFUSE, CALLS(module_calls) },
	{ "kernel-logs", "ProtectKernelLogs=", REFUSE, CALLS(log_calls) },
	{ "threads", "Tasks=threads", REFUSE, RULES(threads_rules) },
	{ "deny", "Tasks=deny", REFUSE, CALLS(task_calls) },
};

const struct call_set *filter_restriction_find(const char *name)
{
	for (size_t i = 0; i < SET_COUNT(restrictions); i++)
		if (strcmp(restrictions[i].name, name) == 0)
			return &restrictions[i];
	return NULL;
}
