/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inject - runs a program and makes chosen system calls of it and of its descendants fail, or lie:
 * the call is not made, and returns what was chosen.
 *
 *   inject [-p COMM] [-c CALL] [-a NUMBER] [-b NUMBER] [-s TEXT] [-k K] [-n N] [-r RESULT] [-o FILE]
 *          PROGRAM [ARGS]
 *     -p  only in processes of that name (/proc/PID/comm), or of several, with commas between
 *     -c  that call, by name (the table below)      -a, -b  with that first, second argument
 *     -s  with TEXT in its first or second argument, a string
 *     -k  only in the Kth process that makes such a call
 *     -n  only the Nth match, counted over all processes; else every match
 *     -r  what it returns: a negative errno (-1, EPERM, by default) or the lie (0)
 *     -o  writes there, at the end, how many calls matched but for -n
 *
 * strace(1) can do most of it, but counts each process apart and cannot look at arguments. Installed
 * in the helper's place the program keeps descriptors 0-3; ours is then a copy of 3, and is closed.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 256 };

static const struct call {
	const char *name;
	long number;
} calls[] = {
	{ "capset", SYS_capset }, { "chdir", SYS_chdir }, { "close_range", SYS_close_range },
	{ "dup3", SYS_dup3 }, { "execve", SYS_execve }, { "fsmount", SYS_fsmount },
	{ "getcwd", SYS_getcwd }, { "mount_setattr", SYS_mount_setattr },
	{ "newfstatat", SYS_newfstatat }, { "openat", SYS_openat },
	{ "process_vm_readv", SYS_process_vm_readv },
	{ "pivot_root", SYS_pivot_root }, { "prctl", SYS_prctl }, { "prlimit64", SYS_prlimit64 },
	{ "seccomp", SYS_seccomp }, { "setgroups", SYS_setgroups },
	{ "sethostname", SYS_sethostname }, { "setpriority", SYS_setpriority },
	{ "setresgid", SYS_setresgid }, { "setresuid", SYS_setresuid }, { "setsid", SYS_setsid },
	{ "move_mount", SYS_move_mount }, { "umount2", SYS_umount2 },
	{ "fsopen", SYS_fsopen }, { "open_tree", SYS_open_tree },
	{ "mkdirat", SYS_mkdirat }, { "socket", SYS_socket },
	{ "landlock_add_rule", SYS_landlock_add_rule },
	{ "landlock_create_ruleset", SYS_landlock_create_ruleset },
	{ "ioctl", SYS_ioctl }, { "memfd_create", SYS_memfd_create }, { "setns", SYS_setns },
	{ "unshare", SYS_unshare }, { "write", SYS_write },
	{ "landlock_restrict_self", SYS_landlock_restrict_self },
#ifdef SYS_dup2
	{ "dup2", SYS_dup2 },
#else
	{ "dup2", SYS_dup3 },
#endif
};

static struct rule {
	const char *comm, *text, *out;
	long call;		/* -1 = any */
	bool has_number[2];
	unsigned long number[2];
	unsigned int kth, processes;	/* kth 0 = in every process */
	unsigned long nth, seen;	/* nth 0 = every */
	long result;
} rule = { .call = -1, .result = -EPERM };

static struct process {
	pid_t pid;
	bool known, pending;	/* pending: the call that is running is ours to answer */
	unsigned int ordinal;	/* among those that make such calls, from 1 */
} processes[PROCESSES];

static struct process *find(pid_t pid)
{
	for (int i = 0; i < PROCESSES; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	for (int i = 0; i < PROCESSES; i++)
		if (!processes[i].pid) {
			processes[i] = (struct process){ .pid = pid };
			return &processes[i];
		}
	fprintf(stderr, "inject: too many processes\n");
	exit(70);
}

static bool has_comm(pid_t pid)
{
	char path[64], comm[32] = "";
	FILE *file;

	if (!rule.comm)
		return true;
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(comm, sizeof(comm), file))
		comm[0] = 0;
	(void)fclose(file);
	comm[strcspn(comm, "\n")] = 0;
	return comm[0] && strstr(rule.comm, comm);
}

static bool holds_text(pid_t pid, unsigned long address)
{
	char text[256] = "";
	struct iovec here = { text, sizeof(text) - 1 };
	struct iovec there = { (void *)address, sizeof(text) - 1 };

	/* Near the end of a page less can be read. */
	while (there.iov_len > 0 && process_vm_readv(pid, &here, 1, &there, 1, 0) < 0)
		there.iov_len /= 2;
	return there.iov_len > 0 && strstr(text, rule.text);
}

static bool has_arguments(pid_t pid, const uint64_t *args)
{
	for (int i = 0; i < 2; i++)
		if (rule.has_number[i] && args[i] != rule.number[i])
			return false;
	return !rule.text || holds_text(pid, args[0]) || holds_text(pid, args[1]);
}

static bool matches(struct process *p, const struct __ptrace_syscall_info *info)
{
	if (rule.call >= 0 && (long)info->entry.nr != rule.call)
		return false;
	if (!has_arguments(p->pid, info->entry.args) || !has_comm(p->pid))
		return false;
	if (!p->ordinal)
		p->ordinal = ++rule.processes;
	if (rule.kth && p->ordinal != rule.kth)
		return false;
	rule.seen++;
	return rule.nth == 0 || rule.seen == rule.nth;
}

#if defined(__x86_64__)
static void skip_call(pid_t pid)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
}

static void set_result(pid_t pid, long result)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), result);
}
#elif defined(__aarch64__)
static void skip_call(pid_t pid)
{
	int none = -1;
	struct iovec part = { &none, sizeof(none) };

	(void)ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &part);
}

static void set_result(pid_t pid, long result)
{
	struct user_regs_struct regs;
	struct iovec part = { &regs, sizeof(regs) };

	(void)ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part);
	regs.regs[0] = (unsigned long)result;
	(void)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
}
#endif

static void at_call(struct process *p)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY && matches(p, &info)) {
		p->pending = true;
		skip_call(p->pid);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && p->pending) {
		p->pending = false;
		set_result(p->pid, rule.result);
	}
}

/* What to deliver when it goes on. */
static int at_stop(struct process *p, int status)
{
	int signo = WSTOPSIG(status);

	if (signo == (SIGTRAP | 0x80)) {
		at_call(p);
		return 0;
	}
	if (status >> 16)
		return 0;
	if (!p->known && signo == SIGSTOP) {
		p->known = true; /* how a new one says that it is ours */
		return 0;
	}
	return signo;
}

static int trace(pid_t child)
{
	int status, ret = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		struct process *p = find(pid);

		if (!WIFSTOPPED(status)) {
			if (pid == child)
				ret = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			*p = (struct process){ 0 };
			continue;
		}
		(void)ptrace(PTRACE_SYSCALL, pid, 0L, (long)at_stop(p, status));
	}
	return ret;
}

static void report(void)
{
	FILE *file = rule.out ? fopen(rule.out, "w") : NULL;

	if (!file)
		return;
	(void)fprintf(file, "%lu\n", rule.seen);
	(void)fclose(file);
}

static long call_number(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].number;
	fprintf(stderr, "inject: %s is not in the table\n", name);
	exit(64);
}

static void take_option(int option, char *value)
{
	switch (option) {
	case 'p': rule.comm = value; break;
	case 's': rule.text = value; break;
	case 'c': rule.call = call_number(value); break;
	case 'o': rule.out = value; break;
	case 'k': rule.kth = (unsigned int)strtoul(value, NULL, 0); break;
	case 'n': rule.nth = strtoul(value, NULL, 0); break;
	case 'r': rule.result = strtol(value, NULL, 0); break;
	case 'a':
	case 'b':
		rule.number[option - 'a'] = strtoul(value, NULL, 0);
		rule.has_number[option - 'a'] = true;
		break;
	default: exit(64);
	}
}

int main(int argc, char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int option, status;
	pid_t child;

	while ((option = getopt(argc, argv, "+p:c:a:b:s:k:n:r:o:")) != -1)
		take_option(option, optarg);
	if (optind == argc)
		return 64;
	child = fork();
	if (child == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, 0L, 0L);
		(void)raise(SIGSTOP);
		(void)execv(argv[optind], argv + optind);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child ||
	    ptrace(PTRACE_SETOPTIONS, child, 0L, options) < 0)
		return 71;
	(void)close(3); /* else the application would not hear of the helper's end */
	find(child)->known = true;
	(void)ptrace(PTRACE_SYSCALL, child, 0L, 0L);
	status = trace(child);
	report();
	return status;
}
