/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inherit.h"

#include "peer.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int check_ids(bool *ret_privileged, struct err *e)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0)
		return err_set(e, errno, "getresuid", "%s", "");
	if (ruid != euid || suid != euid || rgid != egid || sgid != egid)
		return err_set(e, EPERM, "ids", "uid %u/%u/%u gid %u/%u/%u must be one", ruid, euid,
			       suid, rgid, egid, sgid);
	*ret_privileged = euid == 0;
	return 0;
}

static int check_fds(struct err *e)
{
	int type = 0;
	socklen_t size = sizeof(type);

	for (int fd = 0; fd <= INHERIT_CONTROL_FD; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return err_set(e, errno, "descriptor", "%d is closed", fd);
	if (getsockopt(INHERIT_CONTROL_FD, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
		return err_set(e, errno, "control socket", "descriptor 3");
	if (type != SOCK_SEQPACKET)
		return err_set(e, ENOTSOCK, "control socket", "type %d", type);
	if (fcntl(INHERIT_CONTROL_FD, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(e, errno, "fcntl", "descriptor 3");
	if (syscall(SYS_close_range, INHERIT_CONTROL_FD + 1, UINT_MAX, 0) < 0)
		return err_set(e, errno, "close_range", "%s", "");
	return 0;
}

bool inherit_is_ignored(int signo)
{
	return signo == SIGXFSZ || signo == SIGXCPU || signo == SIGPIPE;
}

static int reset_signals(struct err *e)
{
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++) {
		struct sigaction action = { .sa_handler = SIG_DFL };

		if (inherit_is_ignored(signo))
			action.sa_handler = SIG_IGN;
		(void)sigaction(signo, &action, NULL); /* EINVAL for KILL, STOP and libc's own */
	}
	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return err_set(e, errno, "sigprocmask", "%s", "");
	return 0;
}

/* What a user could have starved us with; pam_limits ran before us. */
static const struct safe_limit {
	int resource;
	rlim_t value;
} safe_limits[] = {
	{ RLIMIT_FSIZE, RLIM_INFINITY }, { RLIMIT_CPU, RLIM_INFINITY },
	{ RLIMIT_AS, RLIM_INFINITY },	 { RLIMIT_DATA, RLIM_INFINITY },
	{ RLIMIT_NOFILE, 1024 },	 { RLIMIT_NPROC, RLIM_INFINITY },
	{ RLIMIT_STACK, 8 << 20 },	 { RLIMIT_CORE, 0 },
};

/*
 * The hard limit is raised where CAP_SYS_RESOURCE allows; without it the soft one goes as high as it
 * may. What is then still too small fails later, closed, at the call that needs it.
 */
static void set_safe_limits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(safe_limits); i++) {
		struct rlimit now, want;

		if (getrlimit(safe_limits[i].resource, &now) < 0)
			continue;
		want = (struct rlimit){ safe_limits[i].value, now.rlim_max };
		if (want.rlim_max < want.rlim_cur)
			want.rlim_max = want.rlim_cur;
		if (setrlimit(safe_limits[i].resource, &want) == 0)
			continue;
		want = (struct rlimit){ now.rlim_max, now.rlim_max };
		if (safe_limits[i].value < want.rlim_cur)
			want.rlim_cur = safe_limits[i].value;
		(void)setrlimit(safe_limits[i].resource, &want); /* EPERM cannot be: nothing rises */
	}
}

/*
 * What could not be raised and is too little: a child would fail half-way where nobody hears why, or
 * records would be torn. 64 attaches have a socket each; the log grows to what logrotate lets it.
 */
static const struct safe_limit needed_limits[] = {
	{ RLIMIT_NOFILE, 128 },
	{ RLIMIT_FSIZE, (rlim_t)1 << 30 },
};

static int check_limits(struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed_limits); i++) {
		const struct safe_limit *need = &needed_limits[i];
		struct rlimit now;

		if (getrlimit(need->resource, &now) < 0)
			return err_set(e, errno, "getrlimit", "%d", need->resource);
		if (now.rlim_cur < need->value)
			return err_set(e, need->resource == RLIMIT_NOFILE ? EMFILE : EFBIG,
				       need->resource == RLIMIT_NOFILE ? "RLIMIT_NOFILE" : "RLIMIT_FSIZE",
				       "hard limit %llu, needed %llu", (unsigned long long)now.rlim_max,
				       (unsigned long long)need->value);
	}
	return 0;
}

static int check_caller(struct inherited *in, struct err *e)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (getsockopt(INHERIT_CONTROL_FD, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		return err_set(e, errno, "SO_PEERCRED", "control socket");
	if (cred.uid != geteuid())
		return err_set(e, EPERM, "caller", "uid %u, not %u", cred.uid, geteuid());
	in->app = cred.pid;
	in->app_uid = cred.uid;
	in->app_pidfd = peer_pidfd(INHERIT_CONTROL_FD, cred.pid, e);
	return in->app_pidfd < 0 ? in->app_pidfd : 0;
}

int inherit_undumpable(struct err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set(e, errno, "PR_SET_DUMPABLE", "%s", "");
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(e, EPERM, "PR_GET_DUMPABLE", "still dumpable");
	return 0;
}

int inherit_nothing(struct inherited *ret, struct err *e)
{
	struct inherited in = { .app_pidfd = -1 };
	int r;

	clearenv();
	r = reset_signals(e);
	if (r == 0)
		r = check_ids(&in.privileged, e);
	if (r == 0)
		r = check_fds(e);
	if (r < 0)
		return r;
	set_safe_limits();
	(void)umask(077);
	if (chdir("/") < 0)
		return err_set(e, errno, "chdir", "/");
	(void)setsid(); /* EPERM: leads one already; the terminal's signals must not reach us */
	/* EACCES without CAP_SYS_RESOURCE: then we are as likely to be killed as the application. */
	(void)io_write_file("/proc/self/oom_score_adj", "-900");
	r = inherit_undumpable(e);
	if (r == 0)
		r = check_limits(e);
	if (r == 0)
		r = check_caller(&in, e);
	if (r < 0)
		return r;
	*ret = in;
	return 0;
}
