/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_sets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#define NO_CALLS NULL, 0
#define NO_RULES NULL, 0
#define REFUSE SET_REFUSE
#define ABSENT SET_ABSENT

/* ---- what both profiles do ---- */

static const struct set_call tamper_calls[] = {
	{ "ptrace", "rewrites another process after it was judged" },
	{ "process_vm_readv process_vm_writev", "the same, without stopping it" },
	{ "pidfd_getfd", "takes descriptors out of another process" },
	{ "userfaultfd", "stalls whoever reads our memory, for as long as one likes" },
	{ "unshare setns", "namespaces of one's own give back every capability" },
	{ "mount umount umount2 pivot_root", "changes the tree the session was given" },
	{ "mount_setattr fsopen fsmount fsconfig fspick move_mount open_tree open_tree_attr",
	  "the same by the newer calls" },
	{ "bpf", "programs in the kernel" },
	{ "kexec_load kexec_file_load", "another kernel" },
};
static const struct call_set set_tamper = {
	"@tamper", "gets round the sandbox or its supervisor", REFUSE, tamper_calls,
	SET_COUNT(tamper_calls), NO_RULES,
};

static const struct set_call root_calls[] = {
	{ "init_module finit_module delete_module", "CAP_SYS_MODULE is gone" },
	{ "reboot", "CAP_SYS_BOOT is gone" },
	{ "swapon swapoff", "CAP_SYS_ADMIN is gone" },
	{ "acct", "CAP_SYS_PACCT is gone" },
	{ "iopl ioperm", "CAP_SYS_RAWIO is gone" },
	{ "settimeofday clock_settime", "CAP_SYS_TIME is gone" },
};
static const struct call_set set_root = {
	"@root", "needs a capability no session has: less of the kernel to attack", REFUSE,
	root_calls, SET_COUNT(root_calls), NO_RULES,
};

static const struct set_call absent_calls[] = {
	{ "clone3", "its flags are in memory, where no filter looks; libc falls back to clone" },
	{ "io_uring_setup io_uring_enter io_uring_register", "does other calls unseen by filters" },
};
const struct call_set filter_set_absent = {
	"@unfilterable", "seems absent, so that programs fall back", ABSENT,
	absent_calls, SET_COUNT(absent_calls), NO_RULES,
};

#define NAMESPACE_FLAGS (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
			 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)
static const struct set_rule namespace_rules[] = {
	{ "clone", REFUSE, 1, { ANY_BIT(0, NAMESPACE_FLAGS) },
	  "all capabilities in a place of one's own, mounts, processes hidden from init; CLONE_NEWTIME "
	  "is known today only to clone3 and unshare" },
};
static const struct call_set set_namespaces = {
	"@namespaces", "clone with a namespace flag", REFUSE, NO_CALLS, namespace_rules,
	SET_COUNT(namespace_rules),
};

static const struct set_rule terminal_rules[] = {
	{ "ioctl", REFUSE, 1, { IS32(1, TIOCSTI) }, "types into the terminal of whoever called su" },
	{ "ioctl", REFUSE, 1, { IS32(1, 0x541c /* TIOCLINUX */) }, "pastes into the console" },
};
static const struct call_set set_terminal = {
	"@terminal-input", "input that nobody typed", REFUSE, NO_CALLS, terminal_rules,
	SET_COUNT(terminal_rules),
};

static const struct call_set *const login_sets[] = {
	&set_tamper, &set_root, &filter_set_absent, &set_namespaces, &set_terminal,
};

/* ---- strict: what is not named does not exist ---- */

static const struct set_call file_calls[] = {
	{ "open openat openat2 creat close close_range name_to_handle_at", "opening" },
	{ "read pread64 readv preadv preadv2 readahead fadvise64", "reading" },
	{ "write pwrite64 writev pwritev pwritev2 fallocate truncate ftruncate", "writing" },
	{ "lseek fcntl flock dup dup2 dup3 ioctl", "descriptors; ioctl: see @terminal-input" },
	{ "pipe pipe2 sendfile splice tee vmsplice copy_file_range", "between descriptors" },
	{ "sync fsync fdatasync syncfs sync_file_range msync", "to the disk" },
	{ "stat lstat fstat newfstatat statx statfs fstatfs cachestat", "asking about files" },
	{ "access faccessat faccessat2 getcwd chdir fchdir umask", "where one is, what one may" },
	{ "getdents getdents64 readlink readlinkat", "directories" },
	{ "rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat", "names" },
	{ "mkdir mkdirat rmdir mknod mknodat", "directories and fifos; CAP_MKNOD is gone" },
	{ "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat", "owner and mode" },
	{ "utime utimes futimesat utimensat file_getattr file_setattr", "times" },
	{ "getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr", "reading attributes" },
	{ "setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr", "setting them" },
	{ "setxattrat getxattrat listxattrat removexattrat", "the same, newer" },
	{ "inotify_init inotify_init1 inotify_add_watch inotify_rm_watch", "tail -f, editors" },
};
static const struct call_set set_files = {
	"@files", "files the user may reach anyway", VERDICT_ALLOW, file_calls, SET_COUNT(file_calls),
	NO_RULES,
};

static const struct set_call memory_calls[] = {
	{ "brk mmap munmap mprotect mremap madvise mincore membarrier", "every program" },
	{ "mlock mlock2 munlock mlockall munlockall", "keys in memory: gpg, ssh" },
	{ "pkey_mprotect pkey_alloc pkey_free map_shadow_stack mseal", "hardening" },
	{ "shmget shmat shmdt shmctl semget semop semtimedop semctl", "of the session's own ipc" },
	{ "msgget msgsnd msgrcv msgctl mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify "
	  "mq_getsetattr", "likewise" },
};
static const struct call_set set_memory = {
	"@memory", "memory and System V IPC", VERDICT_ALLOW, memory_calls, SET_COUNT(memory_calls),
	NO_RULES,
};

static const struct set_call process_calls[] = {
	{ "fork vfork exit exit_group wait4 waitid", "children" },
	{ "getpid getppid gettid getpgid getpgrp setpgid getsid setsid", "job control" },
	{ "set_tid_address set_robust_list get_robust_list rseq arch_prctl", "libc's threads" },
	{ "futex futex_waitv futex_wake futex_wait futex_requeue", "locks" },
	{ "prctl seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self",
	  "hardening oneself further; a second exec listener is refused by the kernel" },
	{ "getuid geteuid getgid getegid getresuid getresgid getgroups capget", "who one is" },
	{ "setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset",
	  "fails in the kernel without capabilities; our own last steps try it" },
	{ "getrlimit setrlimit prlimit64 getrusage times sysinfo uname getcpu getrandom", "facts" },
	{ "sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam "
	  "sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min "
	  "sched_rr_get_interval sched_getattr sched_setattr", "nice, nproc, thread pools" },
	{ "getpriority setpriority ioprio_get ioprio_set get_mempolicy", "the same" },
	{ "pidfd_open pidfd_send_signal", "python and newer libc" },
};
static const struct set_rule process_rules[] = {
	{ "clone", VERDICT_ALLOW, 1, { NO_BITS(0, NAMESPACE_FLAGS) }, "processes and threads" },
	{ "personality", VERDICT_ALLOW, 1, { IS32(0, 0xffffffffu) }, "asks only" },
	{ "personality", VERDICT_ALLOW, 1, { IS32(0, 0) }, "the plain one" },
	{ "personality", VERDICT_ALLOW, 1, { IS32(0, ADDR_NO_RANDOMIZE) }, "setarch -R, builds" },
};
static const struct call_set set_processes = {
	"@processes", "processes, threads, identity", VERDICT_ALLOW, process_calls,
	SET_COUNT(process_calls), process_rules, SET_COUNT(process_rules),
};

static const struct set_call event_calls[] = {
	{ "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait "
	  "rt_sigqueueinfo rt_tgsigqueueinfo sigaltstack restart_syscall pause", "signals" },
	{ "kill tkill tgkill", "the pid namespace holds nobody else's processes" },
	{ "signalfd signalfd4 eventfd eventfd2", "event loops" },
	{ "poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait "
	  "epoll_pwait2", "event loops" },
	{ "time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep", "clocks" },
	{ "alarm getitimer setitimer timer_create timer_settime timer_gettime timer_getoverrun "
	  "timer_delete timerfd_create timerfd_settime timerfd_gettime", "timers" },
};
static const struct call_set set_events = {
	"@events", "signals, waiting, time", VERDICT_ALLOW, event_calls, SET_COUNT(event_calls),
	NO_RULES,
};

static const struct set_call socket_calls[] = {
	{ "socketpair bind connect listen accept accept4 getsockname getpeername getsockopt "
	  "setsockopt shutdown", "connections" },
	{ "sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg",
	  "data; the exec listener itself crosses by one sendmsg after the filter is on" },
};
static const struct set_rule socket_rules[] = {
	{ "socket", VERDICT_ALLOW, 1, { IS32(0, AF_UNIX) }, "agents, X11, tmux" },
	{ "socket", VERDICT_ALLOW, 1, { IS32(0, AF_INET) }, "the network" },
	{ "socket", VERDICT_ALLOW, 1, { IS32(0, AF_INET6) }, "the network" },
	{ "socket", VERDICT_ALLOW, 2, { IS32(0, AF_NETLINK), IS32(2, 0 /* NETLINK_ROUTE */) },
	  "getifaddrs, ip" },
	{ "socket", VERDICT_ERRNO(EPROTONOSUPPORT), 1, { IS32(0, AF_NETLINK) },
	  "audit, netfilter, udev" },
	{ "socket", VERDICT_ERRNO(EAFNOSUPPORT), 0, { { 0, 0, 0, false } },
	  "packet, alg, vsock, xdp, old families and what comes after them" },
};
static const struct call_set set_sockets = {
	"@sockets", "unix, internet and route sockets", VERDICT_ALLOW, socket_calls,
	SET_COUNT(socket_calls), socket_rules, SET_COUNT(socket_rules),
};

static const struct set_call strict_refused_calls[] = {
	{ "add_key request_key keyctl", "keys of other logins of the same user" },
	{ "chroot", "a tree without our masks is one bind away" },
	{ "memfd_create memfd_secret", "a program that is in no file" },
	{ "open_by_handle_at", "goes round every mask" },
	{ "perf_event_open kcmp process_madvise process_mrelease", "looks into other processes" },
	{ "syslog quotactl quotactl_fd sethostname setdomainname vhangup", "the administrator's" },
	{ "adjtimex clock_adjtime fanotify_init fanotify_mark", "the administrator's" },
	{ "modify_ldt lookup_dcookie", "old kernel code with a past" },
};
static const struct call_set set_strict_refused = {
	"@strict-refused", "known, and not for this profile", REFUSE, strict_refused_calls,
	SET_COUNT(strict_refused_calls), NO_RULES,
};

static const struct call_set *const strict_sets[] = {
	&set_tamper, &set_root, &filter_set_absent, &set_namespaces, &set_terminal, &set_strict_refused,
	&set_files, &set_memory, &set_processes, &set_events, &set_sockets,
};

/* ---- the supervisor's own: it reads hostile memory, so it may do nothing else ---- */

static const struct set_call supervisor_calls[] = {
	{ "read", "the head of a script, a command line, a status file; the clock and the signal" },
	{ "write", "one record a call" },
	{ "close", "listeners, files of the session" },
	/* Its flags are in memory, unseen here: uid _swrap can open nothing of interest for writing. */
	{ "openat2", "resolves beneath the root of the process" },
	{ "fstat", "device and inode" },
	{ "newfstatat", "has the log been rotated; the image at the exec stop" },
	{ "fstatfs", "is the disk nearly full" },
	{ "readlinkat", "the working directory, the resolved path" },
	{ "epoll_wait", "the receiver; absent on newer architectures" },
	{ "epoll_pwait", "the receiver" },
	{ "epoll_ctl", "a listener comes or goes" },
	{ "poll", "the control loop; absent on newer architectures" },
	{ "ppoll", "the control loop" },
	{ "sendmsg", "the helper, syslog" },
	{ "recvmsg", "the helper, listeners" },
	{ "process_vm_readv", "path and argv" },
	{ "wait4", "exec stops, and reaping what was killed" },
	{ "futex", "locks between the threads" },
	{ "timerfd_settime", "the clock over the workers" },
	{ "timer_settime", "bounds the wait for an exec stop" },
	{ "rt_sigreturn", "after that timer's signal" },
	{ "clock_gettime", "where the vdso cannot" },
	{ "restart_syscall", "a wait that was stopped and continued" },
	{ "exit_group", "the end" },
};
#define PTRACE_ALLOWED(request, reason) \
	{ "ptrace", VERDICT_ALLOW, 1, { { 0, UINT64_MAX, (request), false } }, reason }
#define IOCTL_ALLOWED(request, reason) \
	{ "ioctl", VERDICT_ALLOW, 1, { IS32(1, request) }, reason }
static const struct set_rule supervisor_rules[] = {
	PTRACE_ALLOWED(PTRACE_SEIZE, "an exec to be judged"),
	PTRACE_ALLOWED(PTRACE_INTERRUPT, "makes a stop certain"),
	PTRACE_ALLOWED(PTRACE_CONT, "a signal on its way"),
	PTRACE_ALLOWED(PTRACE_LISTEN, "a group stop on its way"),
	PTRACE_ALLOWED(PTRACE_DETACH, "judged"),
	PTRACE_ALLOWED(PTRACE_GETEVENTMSG, "which thread it was"),
	PTRACE_ALLOWED(PTRACE_GETSIGINFO, "group stop or signal"),
	IOCTL_ALLOWED(SECCOMP_IOCTL_NOTIF_RECV, "a question"),
	IOCTL_ALLOWED(SECCOMP_IOCTL_NOTIF_SEND, "an answer"),
	IOCTL_ALLOWED(SECCOMP_IOCTL_NOTIF_ID_VALID, "is it still the same process"),
	IOCTL_ALLOWED(_IOW('!', 4, uint64_t), "SET_FLAGS: wake on the same processor"),
	IOCTL_ALLOWED(_IOR(0xb7, 9, int), "NS_GET_TGID_IN_PIDNS: ids of a process, out and inside"),
	{ "openat", VERDICT_ALLOW, 1, { NO_BITS(2, O_ACCMODE | O_CREAT | O_TRUNC) },
	  "files of /proc, scripts: for reading" },
	{ "kill", VERDICT_ALLOW, 1, { IS32(1, SIGKILL) },
	  "what was about to run something else, before its first instruction" },
	{ "fallocate", VERDICT_ALLOW, 1, { IS32(1, FALLOC_FL_KEEP_SIZE) },
	  "sets space aside where an exec must be recorded" },
};
static const struct call_set set_supervisor = {
	"@supervisor", "receive, read, answer, write", VERDICT_ALLOW, supervisor_calls,
	SET_COUNT(supervisor_calls), supervisor_rules, SET_COUNT(supervisor_rules),
};
static const struct call_set *const supervisor_sets[] = { &set_supervisor };

/* ---- the lists ---- */

const struct filter_policy filter_login = {
	"@login", "a deny list: everything a login does works", VERDICT_ALLOW, login_sets,
	SET_COUNT(login_sets),
};
const struct filter_policy filter_strict = {
	"@strict", "an allow list: a call nobody thought of looks absent", ABSENT, strict_sets,
	SET_COUNT(strict_sets),
};
const struct filter_policy filter_supervisor_policy = {
	"@supervisor", "an allow list: anything else is death", VERDICT_KILL, supervisor_sets,
	SET_COUNT(supervisor_sets),
};

static const struct set_call default_calls[] = {
	{ "exit exit_group rt_sigreturn sigreturn restart_syscall", "ends of programs and of handlers" },
	{ "getrlimit clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep time", "time" },
};
const struct call_set filter_set_default = {
	"@default", "always allowed beside an allow list", VERDICT_ALLOW, default_calls,
	SET_COUNT(default_calls), NO_RULES,
};

static const struct call_set *const all_sets[] = {
	&filter_set_default, &set_tamper, &set_root, &filter_set_absent, &set_namespaces,
	&set_terminal, &set_strict_refused, &set_files, &set_memory, &set_processes, &set_events,
	&set_sockets,
};

const struct call_set *filter_set_find(const char *name)
{
	for (size_t i = 0; i < SET_COUNT(all_sets); i++)
		if (strcmp(all_sets[i]->name, name) == 0)
			return all_sets[i];
	return NULL;
}

const struct filter_policy *filter_policy_find(const char *name)
{
	if (strcmp(name, filter_login.name) == 0)
		return &filter_login;
	return strcmp(name, filter_strict.name) == 0 ? &filter_strict : NULL;
}

static const struct newer_call newer_calls[] = {
	{ "cachestat", 451 }, { "fchmodat2", 452 }, { "map_shadow_stack", 453 },
	{ "futex_wake", 454 }, { "futex_wait", 455 }, { "futex_requeue", 456 },
	{ "statmount", 457 }, { "listmount", 458 }, { "lsm_get_self_attr", 459 },
	{ "lsm_set_self_attr", 460 }, { "lsm_list_modules", 461 }, { "mseal", 462 },
	{ "setxattrat", 463 }, { "getxattrat", 464 }, { "listxattrat", 465 },
	{ "removexattrat", 466 }, { "open_tree_attr", 467 }, { "file_getattr", 468 },
	{ "file_setattr", 469 },
};

int newer_call_find(const char *name)
{
	for (size_t i = 0; i < SET_COUNT(newer_calls); i++)
		if (strcmp(newer_calls[i].name, name) == 0)
			return newer_calls[i].number;
	return -1;
}
