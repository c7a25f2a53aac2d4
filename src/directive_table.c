/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "directive.h"

#include "attr.h"

#include <sys/resource.h>

#define WORDS(...) (const struct directive_word[]){ __VA_ARGS__, { NULL, 0 } }
#define AT(field) .offset = offsetof(struct profile, field)
#define SANDBOX .section = "Sandbox"
#define FILTER .section = "Filter"
#define SESSION .section = "Session"
#define EXEC .section = "Exec"
#define BOOLEAN(directive, field, standard, text) \
	.name = directive, .type = TYPE_BOOLEAN, AT(field), .fallback = standard, .doc = text, \
	.example = "yes"
#define TEXTS(directive, kind, field, text, sample) \
	.name = directive, .type = kind, AT(field), .fallback = "", .doc = text, .example = sample
#define LIMIT(directive, resource, text, sample) \
	SANDBOX, .name = directive, .type = TYPE_LIMIT, AT(limits[resource]), .low = resource, \
	.fallback = "", .doc = text, .example = sample

const struct directive directive_table[] = {
	/* namespaces */
	{ SANDBOX, BOOLEAN("PrivatePIDs", private_pids, "yes",
		"The session sees and signals its own processes only.") },
	{ SANDBOX, BOOLEAN("PrivateMounts", private_mounts, "yes",
		"Mounts made inside stay inside; every directive about files needs it.") },
	{ SANDBOX, BOOLEAN("PrivateIPC", private_ipc, "no",
		"System V IPC and POSIX message queues of its own.") },
	{ SANDBOX, BOOLEAN("PrivateNetwork", private_network, "no",
		"A network of its own, with a loopback device and nothing else.") },
	{ SANDBOX, TEXTS("NetworkNamespacePath", TYPE_PATH, network_namespace_path,
		"The network namespace to join, such as ip-netns(8) makes. Only root may be able to write to any "
		"directory on the way, and no link is followed. Not together with PrivateUsers=.", "/run/netns/guests") },
	{ SANDBOX, BOOLEAN("ProtectHostname", protect_hostname, "no",
		"A host name of its own, which begins as the host's; changes inside stay inside.") },
	{ SANDBOX, .name = "PrivateUsers", .type = TYPE_WORD, AT(private_users), .fallback = "no",
	  .words = WORDS({ "no", PRIVATE_USERS_NO }, { "self", PRIVATE_USERS_SELF },
			 { "yes", PRIVATE_USERS_SELF }, { "identity", PRIVATE_USERS_IDENTITY },
			 { "full", PRIVATE_USERS_IDENTITY }),
	  .doc = "A user namespace of its own: no capability inside counts outside, though root's files stay root's. "
		 "With self root, the user and the user's groups exist in it, and everybody else is nobody; with identity "
		 "everybody, so that su and sudo work. No terminal can be taken from an application that leads its "
		 "session, so a login at a console has no job control; ping needs PrivateNetwork=yes, too. A "
		 "private /dev in it makes no new terminals unless devpts is mounted with ptmxmode=666.",
	  .example = "self" },

	/* files */
	{ SANDBOX, .name = "ProtectSystem", .type = TYPE_WORD, AT(protect_system), .fallback = "no",
	  .words = WORDS({ "no", PROTECT_SYSTEM_NO }, { "yes", PROTECT_SYSTEM_YES },
			 { "full", PROTECT_SYSTEM_FULL }, { "strict", PROTECT_SYSTEM_STRICT }),
	  .doc = "Read-only: with yes /usr, /boot and /efi, with full also /etc, with strict the whole tree but "
		 "/dev, /proc and /sys.",
	  .example = "strict" },
	{ SANDBOX, .name = "ProtectHome", .type = TYPE_WORD, AT(protect_home), .fallback = "no",
	  .words = WORDS({ "no", PROTECT_HOME_NO }, { "yes", PROTECT_HOME_YES },
			 { "read-only", PROTECT_HOME_READ_ONLY }, { "tmpfs", PROTECT_HOME_TMPFS }),
	  .doc = "/home, /root and /run/user: inaccessible, read-only, or empty and forgotten at the end.",
	  .example = "read-only" },
	{ SANDBOX, BOOLEAN("PrivateTmp", private_tmp, "no",
		"/tmp and /var/tmp of its own, each of at most a tenth of the memory, forgotten at the end. The "
		"sockets of a forwarded ssh-agent and of a local display are there, too.") },
	{ SANDBOX, BOOLEAN("PrivateDevices", private_devices, "no",
		"A /dev with null, zero, full, random, urandom, tty and the terminals, and nothing else.") },
	{ SANDBOX, .name = "ProtectProc", .type = TYPE_WORD, AT(protect_proc), .fallback = "default",
	  .words = WORDS({ "default", PROTECT_PROC_DEFAULT }, { "noaccess", PROTECT_PROC_NOACCESS },
			 { "invisible", PROTECT_PROC_INVISIBLE }, { "ptraceable", PROTECT_PROC_PTRACEABLE }),
	  .doc = "What /proc shows of the processes of other users: hidepid= of proc(5).",
	  .example = "invisible" },
	{ SANDBOX, .name = "ProcSubset", .type = TYPE_WORD, AT(proc_subset), .fallback = "all",
	  .words = WORDS({ "all", PROC_SUBSET_ALL }, { "pid", PROC_SUBSET_PID }),
	  .doc = "With pid /proc has the processes and nothing else.", .example = "pid" },
	{ SANDBOX, BOOLEAN("ProtectKernelTunables", protect_kernel_tunables, "no",
		"/proc/sys and its like are read-only, also for root inside.") },
	{ SANDBOX, BOOLEAN("ProtectKernelModules", protect_kernel_modules, "no",
		"No kernel module can be loaded or removed, and none is seen in /usr/lib/modules.") },
	{ SANDBOX, BOOLEAN("ProtectKernelLogs", protect_kernel_logs, "no",
		"The kernel's log can neither be read nor written.") },
	{ SANDBOX, BOOLEAN("ProtectClock", protect_clock, "no", "No clock can be set.") },
	{ SANDBOX, .name = "ProtectControlGroups", .type = TYPE_WORD, AT(protect_control_groups),
	  .fallback = "no",
	  .words = WORDS({ "no", PROTECT_CONTROL_GROUPS_NO }, { "yes", PROTECT_CONTROL_GROUPS_YES },
			 { "strict", PROTECT_CONTROL_GROUPS_STRICT }),
	  .doc = "/sys/fs/cgroup is read-only, also for root inside; with strict the session's group looks like the "
		 "root of all.",
	  .example = "strict" },
	{ SANDBOX, TEXTS("ReadOnlyPaths", TYPE_PATHS, read_only_paths,
		"These stay as they are. A path may begin with - (it need not be there) or %h, the home, and may "
		"hold %u, the user's name, %U, the number, or %%.", "/srv -/opt") },
	{ SANDBOX, TEXTS("ReadWritePaths", TYPE_PATHS, read_write_paths,
		"These are writable in a tree that is read-only else. What %h gives, here and in other directives, a "
		"user whose home is / does not get.", "%h -/srv/shared") },
	{ SANDBOX, TEXTS("InaccessiblePaths", TYPE_PATHS, inaccessible_paths,
		"Nobody inside can enter or read these; root neither, unless CapabilityBoundingSet= leaves it "
		"CAP_SYS_ADMIN and SystemCallFilter= umount.", "-/srv/secret") },
	{ SANDBOX, TEXTS("NoExecPaths", TYPE_PATHS, no_exec_paths, "No program runs from here.", "%h -/srv") },
	{ SANDBOX, TEXTS("ExecPaths", TYPE_PATHS, exec_paths,
		"Programs run from here although NoExecPaths= covers it.", "-%h/bin") },
	{ SANDBOX, TEXTS("BindPaths", TYPE_BINDS, bind_paths,
		"Another place of the host's tree, at the same place inside or at the one named.",
		"-/srv/data:/mnt") },
	{ SANDBOX, TEXTS("BindReadOnlyPaths", TYPE_BINDS, bind_read_only_paths, "Likewise, and read-only.",
		"-/srv/data:/mnt") },
	{ SANDBOX, TEXTS("TemporaryFileSystem", TYPE_TEMPORARY, temporary_file_system,
		"Empty at first and forgotten at the end.", "/mnt:ro,size=10M") },
	{ SANDBOX, .name = "RootDirectory", .type = TYPE_ROOT, AT(root_directory), .fallback = "",
	  .doc = "The tree of files: a directory of the host, minimal (programs, libraries and what they need, "
		 "read-only) or empty (what BindPaths= and its like put there).",
	  .example = "minimal" },
	{ SANDBOX, TEXTS("LoadCredential", TYPE_CREDENTIALS, load_credential,
		"A file of the host, readable by the session's user under $CREDENTIALS_DIRECTORY.",
		"token:/etc/hostname") },
	{ SANDBOX, TEXTS("Landlock", TYPE_LANDLOCK, landlock,
		"What may be done below a path, for root inside too; what no line allows is denied. Rights: r read, "
		"w write and control of devices, x execute (with r), c create, d delete; c and d also move to "
		"another directory. A path may begin with -, as above; one that the user cannot reach counts as "
		"missing, and no link is followed that the user could have made. A login shell needs rx for "
		"/usr, /bin, /lib and /lib64, r for /etc and /proc and rw for /dev.", "/:rx %h:rwxcd -/tmp:rwcd /dev:rw") },

	/* privileges */
	{ SANDBOX, BOOLEAN("NoNewPrivileges", no_new_privileges, "no",
		"No program gains by its setuid bit or file capabilities: su, sudo and ping stop working.") },
	{ SANDBOX, .name = "CapabilityBoundingSet", .type = TYPE_CAPABILITIES, AT(bounding), .fallback = "~",
	  .doc = "Capabilities a program inside can ever have, root inside included. After ~ all but those; nothing "
		 "is none.",
	  .example = "CAP_SETUID CAP_SETGID CAP_CHOWN" },
	{ SANDBOX, .name = "AmbientCapabilities", .type = TYPE_CAPABILITIES, AT(ambient), .fallback = "",
	  .doc = "Capabilities the user has inside without being root; CapabilityBoundingSet= must have them, too.", .example = "CAP_NET_BIND_SERVICE" },
	{ SANDBOX, BOOLEAN("RestrictSUIDSGID", restrict_suid_sgid, "no",
		"No file can be given a setuid or setgid bit.") },
	{ SANDBOX, .name = "RequireLockdown", .type = TYPE_WORD, AT(require_lockdown), .fallback = "no",
	  .words = WORDS({ "no", LOCKDOWN_NO }, { "integrity", LOCKDOWN_INTEGRITY },
			 { "confidentiality", LOCKDOWN_CONFIDENTIALITY }),
	  .doc = "The session is refused unless the kernel is locked down so far: kernel_lockdown(7).",
	  .example = "no" },

	/* resources */
	{ LIMIT("LimitCPU", RLIMIT_CPU, "Processor time of one process.", "10min:1h") },
	{ LIMIT("LimitFSIZE", RLIMIT_FSIZE, "Size of one file.", "2G") },
	{ LIMIT("LimitDATA", RLIMIT_DATA, "Data of one process.", "4G") },
	{ LIMIT("LimitSTACK", RLIMIT_STACK, "Stack of one process.", "8M:64M") },
	{ LIMIT("LimitCORE", RLIMIT_CORE, "Size of a core file.", "0") },
	{ LIMIT("LimitRSS", RLIMIT_RSS, "Without effect in Linux since 2.4.30.", "infinity") },
	{ LIMIT("LimitNOFILE", RLIMIT_NOFILE, "Open files of one process.", "1024") },
	{ LIMIT("LimitAS", RLIMIT_AS, "Address space of one process; a share of the machine's memory is never less "
		"than 4 GiB.", "800%") },
	{ LIMIT("LimitNPROC", RLIMIT_NPROC, "Processes of the user on the whole machine: TasksMax= counts those of "
		"the session.", "4096") },
	{ LIMIT("LimitMEMLOCK", RLIMIT_MEMLOCK, "Memory locked by one process.", "64K") },
	{ LIMIT("LimitLOCKS", RLIMIT_LOCKS, "Without effect in Linux since 2.4.25.", "infinity") },
	{ LIMIT("LimitSIGPENDING", RLIMIT_SIGPENDING, "Signals queued for the user.", "4096") },
	{ LIMIT("LimitMSGQUEUE", RLIMIT_MSGQUEUE, "Bytes in POSIX message queues of the user.", "800K") },
	{ LIMIT("LimitNICE", RLIMIT_NICE, "How far the nice value may be lowered: +N or -N, or the kernel's own "
		"count.", "+0") },
	{ LIMIT("LimitRTPRIO", RLIMIT_RTPRIO, "Highest real-time priority.", "0") },
	{ LIMIT("LimitRTTIME", RLIMIT_RTTIME, "Processor time of a real-time process between two system calls that "
		"block.", "200ms") },
	{ SANDBOX, .name = "UMask", .type = TYPE_MODE, AT(umask), .fallback = "",
	  .doc = "Permissions that new files do not get.", .example = "0077" },
	{ SANDBOX, .name = "Nice", .type = TYPE_NUMBER, AT(nice), .low = -20, .high = 19, .fallback = "",
	  .doc = "The scheduling priority.", .example = "5" },
	{ SANDBOX, .name = "OOMScoreAdjust", .type = TYPE_NUMBER, AT(oom_score_adjust), .low = -1000,
	  .high = 1000, .fallback = "",
	  .doc = "Which process is ended first when memory is short: the highest.", .example = "200" },
	{ SANDBOX, .name = "TasksMax", .type = TYPE_COUNT, AT(tasks_max), .fallback = "",
	  .doc = "Processes and threads of the session.", .example = "512" },
	{ SANDBOX, .name = "MemoryMax", .type = TYPE_SIZE, AT(memory_max), .fallback = "",
	  .doc = "Memory of the session; above it a process of it is ended.", .example = "2G" },
	{ SANDBOX, .name = "MemoryHigh", .type = TYPE_SIZE, AT(memory_high), .fallback = "",
	  .doc = "Memory of the session above which it is slowed down.", .example = "50%" },
	{ SANDBOX, .name = "CPUQuota", .type = TYPE_QUOTA, AT(cpu_quota), .fallback = "",
	  .doc = "Processor time of the session, of one processor.", .example = "200%" },
	{ SANDBOX, .name = "CgroupParent", .type = TYPE_CGROUP, AT(cgroup_parent), .fallback = "",
	  .doc = "Where the session's control group is made, below the root of all; never one that systemd has not "
		 "delegated.",
	  .example = "swrap.slice" },

	/* environment */
	{ SANDBOX, TEXTS("Environment", TYPE_ASSIGNMENTS, environment,
		"Variables to set; at most 256 and 128 KiB.", "LANG=C.UTF-8 \"PS1=inside> \"") },
	{ SANDBOX, TEXTS("PassEnvironment", TYPE_VARIABLES, pass_environment,
		"Only these variables of the login come inside. Without it all do, but those that tell the loader what "
		"to load.", "TERM LANG SSH_AUTH_SOCK") },
	{ SANDBOX, TEXTS("UnsetEnvironment", TYPE_VARIABLES_OUT, unset_environment,
		"These do not come inside, whoever set them.", "MAIL DEBUG=1") },

	/* the filter */
	{ FILTER, TEXTS("SystemCallFilter", TYPE_CALLS, system_call_filter,
		"Calls that are allowed, or after ~ denied: names, @sets, name:ERROR for what a denied one answers, "
		"?name for one that a machine may not know. @login or @strict as the first word is that "
		"profile's list; the last word about a call holds. execve always asks the supervisor.", "~@strict-refused ptrace:ENOSYS") },
	{ FILTER, .name = "SystemCallErrorNumber", .type = TYPE_ERROR, AT(system_call_error_number),
	  .fallback = "",
	  .doc = "What a call that is denied answers: EPERM for a list of denied calls and ENOSYS for one of allowed "
		 "calls unless set; kill ends the process.",
	  .example = "EPERM" },
	{ FILTER, TEXTS("SystemCallArchitectures", TYPE_ARCHITECTURES, system_call_architectures,
		"The binary interfaces that are allowed; a call by another one ends the process.", "native") },
	{ FILTER, TEXTS("RestrictNamespaces", TYPE_NAMESPACES, restrict_namespaces,
		"yes: no namespace can be made or joined; names: only these, or after ~ all but these.", "~user") },
	{ FILTER, TEXTS("RestrictAddressFamilies", TYPE_FAMILIES, restrict_address_families,
		"Families a socket may have, or after ~ may not; none: no socket at all.",
		"AF_UNIX AF_INET AF_INET6") },
	{ FILTER, BOOLEAN("RestrictRealtime", restrict_realtime, "no", "No real-time scheduling.") },
	{ FILTER, BOOLEAN("LockPersonality", lock_personality, "no", "The execution domain cannot be changed.") },
	{ FILTER, BOOLEAN("MemoryDenyWriteExecute", memory_deny_write_execute, "no",
		"No memory is both written and executed, and no program runs from memory alone: compilers at run "
		"time, such as those of node and java, stop working.") },

	/* the session */
	{ SESSION, .name = "Mode", .type = TYPE_WORD, AT(mode), .fallback = "enforce",
	  .words = WORDS({ "enforce", MODE_ENFORCE }, { "permissive", MODE_PERMISSIVE }),
	  .doc = "With permissive nothing confines, and what would have been denied is recorded.",
	  .example = "permissive" },
	{ SESSION, .name = "Fail", .type = TYPE_WORD, AT(fail), .fallback = "closed",
	  .words = WORDS({ "closed", FAIL_CLOSED }, { "open", FAIL_OPEN }),
	  .doc = "When the sandbox cannot be set up: no session, or one without it. fail= on the PAM line beats it.",
	  .example = "closed" },
	{ SESSION, .name = "Require", .type = TYPE_STEPS, AT(require), .fallback = "",
	  .doc = "Steps without which there is no session. Every one that a directive asks for is such a step, "
		 "unless Prefer= names it; memfd-noexec, which MemoryDenyWriteExecute= brings along where the kernel "
		 "has it, and a cgroup that only cleans up are not.",
	  .example = "memfd-noexec" },
	{ SESSION, .name = "Prefer", .type = TYPE_STEPS, AT(prefer), .fallback = "",
	  .doc = "Steps that may fail: the session goes on and its level is partial.",
	  .example = "cgroup landlock" },
	{ SESSION, .name = "Linger", .type = TYPE_LINGER, AT(linger), .fallback = "keep",
	  .doc = "What is left behind at logout: ended, ended after a time, or kept and supervised until it ends.",
	  .example = "grace:30" },
	{ SESSION, .name = "Tasks", .type = TYPE_WORD, AT(tasks), .fallback = "any",
	  .words = WORDS({ "any", TASKS_ANY }, { "descendants", TASKS_DESCENDANTS },
			 { "threads", TASKS_THREADS }, { "deny", TASKS_DENY }),
	  .doc = "New tasks: any; only such as stay in the session; threads but no processes; none.",
	  .example = "descendants" },
	{ SESSION, .name = "Home", .type = TYPE_HOME, AT(home), .fallback = "ignore",
	  .doc = "The home must be there, is waited for that many seconds, or does not matter.",
	  .example = "wait:10" },
	{ SESSION, .name = "RuntimeMaxSec", .type = TYPE_SPAN, AT(runtime_max_usec), .fallback = "infinity",
	  .doc = "The session is ended after that time.", .example = "12h" },
	{ SESSION, .name = "IdleTimeoutSec", .type = TYPE_SPAN, AT(idle_timeout_usec), .fallback = "infinity",
	  .doc = "The session is ended when its terminals have been still for that time.", .example = "30min" },

	/* programs */
	{ EXEC, .name = "Verify", .type = TYPE_WORD, AT(verify), .fallback = "none",
	  .words = WORDS({ "none", EXEC_VERIFY_NONE }, { "exact", EXEC_VERIFY_EXACT }),
	  .doc = "With exact a program is judged by the image and the arguments that the kernel has taken, not by "
		 "those that were in memory before. Needs ReadOnlyPaths=/proc.",
	  .example = "exact" },
	{ EXEC, .name = "Unrecorded", .type = TYPE_WORD, AT(unrecorded), .fallback = "run",
	  .words = WORDS({ "run", UNRECORDED_RUN }, { "deny", UNRECORDED_DENY }),
	  .doc = "A program whose record cannot be written, as on a full disk: it runs and is counted as lost, or "
		 "does not run.",
	  .example = "deny" },
};

const size_t directive_count = ARRAY_SIZE(directive_table);

_Static_assert(ARRAY_SIZE(directive_table) <= DIRECTIVE_MAX, "DIRECTIVE_MAX is too small");
