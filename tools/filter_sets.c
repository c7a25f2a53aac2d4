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
#include <sys/socket.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NO_CALLS NULL, 0
#define NO_RULES NULL, 0
#define REFUSE SCMP_ACT_ERRNO(EPERM)
#define ABSENT SCMP_ACT_ERRNO(ENOSYS)

/* The kernel takes these arguments as 32 bits: what is above must not change the verdict. */
#define IS32(argument, value) { argument, SCMP_CMP_MASKED_EQ, 0xffffffffu, (value) }
#define HAS_BITS(argument, bits) { argument, SCMP_CMP_MASKED_EQ, (bits), (bits) }
#define NO_BITS(argument, bits) { argument, SCMP_CMP_MASKED_EQ, (bits), 0 }

/* ---- what both profiles do ---- */

static const struct set_call exec_calls[] = {
	{ "execve execveat", "every exec is a question to the supervisor" },
};
static const struct call_set set_exec = {
	"@exec", "starting a program", SCMP_ACT_NOTIFY, exec_calls, COUNT(exec_calls), NO_RULES,
};

/* Strict refuses it. */
static const struct set_call root_change_calls[] = {
	{ "chroot", "always goes on; from then on paths are resolved beneath each process's own root" },
};
static const struct call_set set_root_change = {
	"@root-change", "the supervisor must know that it happens", SCMP_ACT_NOTIFY,
	root_change_calls, COUNT(root_change_calls), NO_RULES,
};

static const struct set_call tamper_calls[] = {
	{ "ptrace", "rewrites another process after it was judged" },
	{ "process_vm_readv process_vm_writev", "the same, without stopping it" },
	{ "pidfd_getfd", "takes descriptors out of another process" },
	{ "userfaultfd", "stalls whoever reads our memory, for as long as one likes" },
	{ "unshare setns", "namespaces of one's own give back every capability" },
	{ "mount umount umount2 pivot_root", "changes the tree the session was given" },
	{ "mount_setattr fsopen fsmount fsconfig fspick move_mount open_tree open_tree_attr=467",
	  "the same by the newer calls" },
	{ "bpf", "programs in the kernel" },
	{ "kexec_load kexec_file_load", "another kernel" },
};
static const struct call_set set_tamper = {
	"@tamper", "gets round the sandbox or its supervisor", REFUSE, tamper_calls,
	COUNT(tamper_calls), NO_RULES,
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
	root_calls, COUNT(root_calls), NO_RULES,
};

static const struct set_call absent_calls[] = {
	{ "clone3", "its flags are in memory, where no filter looks; libc falls back to clone" },
	{ "io_uring_setup io_uring_enter io_uring_register", "does other calls unseen by filters" },
};
static const struct call_set set_absent = {
	"@unfilterable", "seems absent, so that programs fall back", ABSENT,
	absent_calls, COUNT(absent_calls), NO_RULES,
};

#define NAMESPACE_FLAGS (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
			 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)
#define CLONE_REFUSED(flag, reason) { "clone", REFUSE, 1, { HAS_BITS(0, flag) }, reason }
static const struct set_rule namespace_rules[] = {
	CLONE_REFUSED(CLONE_NEWUSER, "all capabilities, in a place of one's own"),
	CLONE_REFUSED(CLONE_NEWNS, "mounts"),
	CLONE_REFUSED(CLONE_NEWPID, "hides processes from the session's init"),
	CLONE_REFUSED(CLONE_NEWNET, "network"),
	CLONE_REFUSED(CLONE_NEWIPC, "System V IPC"),
	CLONE_REFUSED(CLONE_NEWUTS, "host name"),
	CLONE_REFUSED(CLONE_NEWCGROUP, "control groups"),
	CLONE_REFUSED(CLONE_NEWTIME, "clock offsets; today only clone3 and unshare know it"),
};
static const struct call_set set_namespaces = {
	"@namespaces", "clone with a namespace flag", REFUSE, NO_CALLS, namespace_rules,
	COUNT(namespace_rules),
};

static const struct refused_value session_refused[] = {
	{ "ioctl", 1, TIOCSTI, "types into the terminal of whoever called su" },
	{ "ioctl", 1, 0x541c /* TIOCLINUX */, "pastes into the console" },
};

static const struct call_set *const login_sets[] = {
	&set_exec, &set_root_change, &set_tamper, &set_root, &set_absent, &set_namespaces,
};

/* ---- strict: what is not named does not exist ---- */

static const struct set_call file_calls[] = {
	{ "open openat openat2 creat close close_range name_to_handle_at", "opening" },
	{ "read pread64 readv preadv preadv2 readahead fadvise64", "reading" },
	{ "write pwrite64 writev pwritev pwritev2 fallocate truncate ftruncate", "writing" },
	{ "lseek fcntl flock dup dup2 dup3 ioctl", "descriptors; ioctl: see session_refused" },
	{ "pipe pipe2 sendfile splice tee vmsplice copy_file_range", "between descriptors" },
	{ "sync fsync fdatasync syncfs sync_file_range msync", "to the disk" },
	{ "stat lstat fstat newfstatat statx statfs fstatfs cachestat=451", "asking about files" },
	{ "access faccessat faccessat2 getcwd chdir fchdir umask", "where one is, what one may" },
	{ "getdents getdents64 readlink readlinkat", "directories" },
	{ "rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat", "names" },
	{ "mkdir mkdirat rmdir mknod mknodat", "directories and fifos; CAP_MKNOD is gone" },
	{ "chmod fchmod fchmodat fchmodat2=452 chown fchown lchown fchownat", "owner and mode" },
	{ "utime utimes futimesat utimensat file_getattr=468 file_setattr=469", "times" },
	{ "getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr", "reading attributes" },
	{ "setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr", "setting them" },
	{ "setxattrat=463 getxattrat=464 listxattrat=465 removexattrat=466", "the same, newer" },
	{ "inotify_init inotify_init1 inotify_add_watch inotify_rm_watch", "tail -f, editors" },
};
static const struct call_set set_files = {
	"@files", "files the user may reach anyway", SCMP_ACT_ALLOW, file_calls, COUNT(file_calls),
	NO_RULES,
};

static const struct set_call memory_calls[] = {
	{ "brk mmap munmap mprotect mremap madvise mincore membarrier", "every program" },
	{ "mlock mlock2 munlock mlockall munlockall", "keys in memory: gpg, ssh" },
	{ "pkey_mprotect pkey_alloc pkey_free map_shadow_stack=453 mseal=462", "hardening" },
	{ "shmget shmat shmdt shmctl semget semop semtimedop semctl", "of the session's own ipc" },
	{ "msgget msgsnd msgrcv msgctl mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify "
	  "mq_getsetattr", "likewise" },
};
static const struct call_set set_memory = {
	"@memory", "memory and System V IPC", SCMP_ACT_ALLOW, memory_calls, COUNT(memory_calls),
	NO_RULES,
};

static const struct set_call process_calls[] = {
	{ "fork vfork exit exit_group wait4 waitid", "children" },
	{ "getpid getppid gettid getpgid getpgrp setpgid getsid setsid", "job control" },
	{ "set_tid_address set_robust_list get_robust_list rseq arch_prctl", "libc's threads" },
	{ "futex futex_waitv futex_wake=454 futex_wait=455 futex_requeue=456", "locks" },
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
	{ "clone", SCMP_ACT_ALLOW, 1, { NO_BITS(0, NAMESPACE_FLAGS) }, "processes and threads" },
	{ "personality", SCMP_ACT_ALLOW, 1, { IS32(0, 0xffffffffu) }, "asks only" },
	{ "personality", SCMP_ACT_ALLOW, 1, { IS32(0, 0) }, "the plain one" },
	{ "personality", SCMP_ACT_ALLOW, 1, { IS32(0, ADDR_NO_RANDOMIZE) }, "setarch -R, builds" },
};
static const struct call_set set_processes = {
	"@processes", "processes, threads, identity", SCMP_ACT_ALLOW, process_calls,
	COUNT(process_calls), process_rules, COUNT(process_rules),
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
	"@events", "signals, waiting, time", SCMP_ACT_ALLOW, event_calls, COUNT(event_calls),
	NO_RULES,
};

static const struct set_call socket_calls[] = {
	{ "socketpair bind connect listen accept accept4 getsockname getpeername getsockopt "
	  "setsockopt shutdown", "connections" },
	{ "sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg",
	  "data; the exec listener itself crosses by one sendmsg after the filter is on" },
};
#define FAMILY_REFUSED(family) \
	{ "socket", SCMP_ACT_ERRNO(EAFNOSUPPORT), 1, { IS32(0, family) }, "seldom used code" }
static const struct set_rule socket_rules[] = {
	{ "socket", SCMP_ACT_ALLOW, 1, { IS32(0, AF_UNIX) }, "agents, X11, tmux" },
	{ "socket", SCMP_ACT_ALLOW, 1, { IS32(0, AF_INET) }, "the network" },
	{ "socket", SCMP_ACT_ALLOW, 1, { IS32(0, AF_INET6) }, "the network" },
	{ "socket", SCMP_ACT_ALLOW, 2, { IS32(0, AF_NETLINK), IS32(2, 0 /* NETLINK_ROUTE */) },
	  "getifaddrs, ip" },
	{ "socket", SCMP_ACT_ERRNO(EPROTONOSUPPORT), 2,
	  { IS32(0, AF_NETLINK), { 2, SCMP_CMP_NE, 0, 0 } }, "audit, netfilter, udev" },
	FAMILY_REFUSED(0), FAMILY_REFUSED(3), FAMILY_REFUSED(4), FAMILY_REFUSED(5),
	FAMILY_REFUSED(6), FAMILY_REFUSED(7), FAMILY_REFUSED(8), FAMILY_REFUSED(9),
	FAMILY_REFUSED(11), FAMILY_REFUSED(12), FAMILY_REFUSED(13), FAMILY_REFUSED(14),
	FAMILY_REFUSED(15),
	{ "socket", SCMP_ACT_ERRNO(EAFNOSUPPORT), 1, { { 0, SCMP_CMP_GT, AF_NETLINK, 0 } },
	  "packet, alg, vsock, xdp and what comes after them" },
};
static const struct call_set set_sockets = {
	"@sockets", "unix, internet and route sockets", SCMP_ACT_ALLOW, socket_calls,
	COUNT(socket_calls), socket_rules, COUNT(socket_rules),
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
	COUNT(strict_refused_calls), NO_RULES,
};

static const struct call_set *const strict_sets[] = {
	&set_exec, &set_tamper, &set_root, &set_absent, &set_namespaces, &set_strict_refused,
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
	{ "ptrace", SCMP_ACT_ALLOW, 1, { { 0, SCMP_CMP_EQ, (request), 0 } }, reason }
#define IOCTL_ALLOWED(request, reason) \
	{ "ioctl", SCMP_ACT_ALLOW, 1, { IS32(1, request) }, reason }
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
	{ "openat", SCMP_ACT_ALLOW, 1, { NO_BITS(2, O_ACCMODE | O_CREAT | O_TRUNC) },
	  "files of /proc, scripts: for reading" },
	{ "kill", SCMP_ACT_ALLOW, 1, { IS32(1, SIGKILL) },
	  "what was about to run something else, before its first instruction" },
	{ "fallocate", SCMP_ACT_ALLOW, 1, { IS32(1, FALLOC_FL_KEEP_SIZE) },
	  "sets space aside where an exec must be recorded" },
};
static const struct call_set set_supervisor = {
	"@supervisor", "receive, read, answer, write", SCMP_ACT_ALLOW, supervisor_calls,
	COUNT(supervisor_calls), supervisor_rules, COUNT(supervisor_rules),
};
static const struct call_set *const supervisor_sets[] = { &set_supervisor };

const struct filter_plan filter_plans[PLAN_COUNT] = {
	[PLAN_LOGIN] = {
		"login", "a deny list: everything a login does works", SCMP_ACT_ALLOW,
		login_sets, COUNT(login_sets), session_refused, COUNT(session_refused), 0,
	},
	[PLAN_STRICT] = {
		"strict", "an allow list: a call nobody thought of looks absent", ABSENT,
		strict_sets, COUNT(strict_sets), session_refused, COUNT(session_refused), 0,
	},
	[PLAN_SUPERVISOR] = {
		"supervisor", "an allow list: anything else is death", SCMP_ACT_KILL_PROCESS,
		supervisor_sets, COUNT(supervisor_sets), NULL, 0, 35,
	},
};
