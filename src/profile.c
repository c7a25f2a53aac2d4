/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile.h"

#include "attr.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#define ALL_CAPABILITIES ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)
#define CAP(name) (UINT64_C(1) << (name))

void profile_init(struct profile *profile)
{
	*profile = (struct profile){
		.private_pids = true,
		.private_mounts = true,
		.bounding = ALL_CAPABILITIES,
		.linger = { LINGER_KEEP, 0 },
	};
}

void profile_done(struct profile *profile)
{
	struct text_list *const lists[] = {
		&profile->read_only_paths, &profile->read_write_paths, &profile->inaccessible_paths,
		&profile->no_exec_paths, &profile->exec_paths, &profile->bind_paths,
		&profile->bind_read_only_paths, &profile->temporary_file_system, &profile->landlock,
		&profile->load_credential, &profile->environment, &profile->pass_environment,
		&profile->unset_environment, &profile->system_call_filter,
		&profile->system_call_architectures, &profile->restrict_namespaces,
		&profile->restrict_address_families,
	};
	char *const texts[] = {
		profile->network_namespace_path, profile->root_directory, profile->cgroup_parent,
		profile->system_call_error_number,
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		text_list_clear(lists[i]);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	*profile = (struct profile){ 0 };
}

/*
 * Left to programs that become root inside by su or sudo. Not here, so dropped: what reads other
 * users' files whatever their mode, makes device nodes, mounts, traces, changes the kernel, the
 * clock, the network or the audit trail.
 */
#define LOGIN_BOUNDING \
	(CAP(CAP_CHOWN) | CAP(CAP_DAC_OVERRIDE) | CAP(CAP_FOWNER) | CAP(CAP_FSETID) | CAP(CAP_KILL) | \
	 CAP(CAP_SETGID) | CAP(CAP_SETUID) | CAP(CAP_SETPCAP) | CAP(CAP_NET_BIND_SERVICE) | \
	 CAP(CAP_NET_BROADCAST) | CAP(CAP_NET_RAW) | CAP(CAP_IPC_LOCK) | CAP(CAP_IPC_OWNER) | \
	 CAP(CAP_SYS_CHROOT) | CAP(CAP_SYS_NICE) | CAP(CAP_SYS_RESOURCE) | CAP(CAP_SYS_TTY_CONFIG) | \
	 CAP(CAP_LEASE) | CAP(CAP_AUDIT_WRITE) | CAP(CAP_SETFCAP) | CAP(CAP_BLOCK_SUSPEND))

static int make_login(struct profile *p)
{
	p->bounding = LOGIN_BOUNDING;
	p->protect_kernel_tunables = true;
	p->protect_control_groups = PROTECT_CONTROL_GROUPS_YES;
	return text_list_add(&p->system_call_filter, "@login");
}

static int make_strict(struct profile *p)
{
	p->private_ipc = true;
	p->protect_hostname = true;
	p->no_new_privileges = true;
	p->memory_deny_write_execute = true;
	p->bounding = 0;
	p->protect_system = PROTECT_SYSTEM_STRICT;
	p->private_tmp = true;
	p->private_devices = true;
	p->protect_kernel_tunables = true;
	p->protect_control_groups = PROTECT_CONTROL_GROUPS_YES;
	p->limits[RLIMIT_AS] = (struct profile_limit){ LIMIT_MEMORY, 800, 800 };
	p->limits[RLIMIT_NOFILE] = (struct profile_limit){ LIMIT_VALUE, 1024, 1024 };
	p->limits[RLIMIT_CORE] = (struct profile_limit){ LIMIT_VALUE, 0, 0 };
	p->linger.kind = LINGER_KILL;
	p->verify = EXEC_VERIFY_EXACT;
	p->unrecorded = UNRECORDED_DENY;
	if (text_list_add(&p->read_write_paths, "%h") < 0 || text_list_add(&p->read_only_paths, "/proc") < 0)
		return -ENOMEM;
	return text_list_add(&p->system_call_filter, "@strict");
}

static const struct {
	const char *name;
	int (*make)(struct profile *profile);
} builtins[] = { { "login", make_login }, { "strict", make_strict } };

int profile_builtin(struct profile *profile, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++) {
		if (strcmp(name[0] ? name : "login", builtins[i].name) != 0)
			continue;
		(void)strcpy(profile->name, builtins[i].name);
		return builtins[i].make(profile);
	}
	return -ENOENT;
}
