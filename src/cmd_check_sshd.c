/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sshd does some things for a user in its own process: no program is started, so there is nothing to
 * wrap or record. sshd itself says, by sshd -T, whether they are on.
 */
#include "cmd_findings.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

#define SSHD "/usr/sbin/sshd"

enum { LINE_BYTES = 4096 };

static const struct door {
	const char *keyword;
	const char *value;	/* the finding is there when it is this one, ... */
	bool other;		/* ... or, true, when it is any other */
	bool part;		/* value is one of the words */
	const char *text;
} doors[] = {
	{ "subsystem", "internal-sftp", false, true,
	  "internal-sftp runs inside sshd: files are read and written outside of the sandbox and unrecorded; "
	  "name the program sftp-server instead" },
	{ "forcecommand", "internal-sftp", false, true,
	  "internal-sftp runs inside sshd: outside of the sandbox and unrecorded" },
	{ "allowtcpforwarding", "no", true, false,
	  "sshd itself connects for the user: past the sandbox's network and unrecorded" },
	{ "allowstreamlocalforwarding", "no", true, false,
	  "sshd itself connects to sockets for the user: past the sandbox's files and unrecorded" },
	{ "permittunnel", "no", true, false, "sshd itself moves packets for the user" },
	{ "gatewayports", "no", true, false, "forwarded ports are open to other machines" },
	{ "permituserenvironment", "no", true, false,
	  "the user sets variables before the sandbox is there" },
	{ "chrootdirectory", "none", true, false,
	  "the shell inside of a ChrootDirectory is not ours: such a login is denied" },
	{ "usepam", "yes", true, false, "without PAM nobody calls the module: no login is wrapped" },
};

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
		size_t length = strcspn(text, " \t");

		if (length == n && strncasecmp(text, word, n) == 0)
			return true;
		text += length;
	}
	return false;
}

static bool is_open(const struct door *door, const char *value)
{
	bool same = door->part ? has_word(value, door->value) : strcasecmp(value, door->value) == 0;

	return same != door->other;
}

void check_sshd_line(struct findings *findings, const char *keyword, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(doors); i++) {
		char where[64];

		if (strcasecmp(keyword, doors[i].keyword) != 0 || !is_open(&doors[i], value))
			continue;
		(void)snprintf(where, sizeof(where), "sshd: %.40s", keyword);
		finding_add(findings, FINDING_WARNING, where, "%s", doors[i].text);
	}
}

/* ---- sshd -T ---- */

/* Its standard output to *ret_fd. 0 or -errno. */
static int start_sshd(const char *user, const char *config, int *ret_fd, pid_t *ret_pid)
{
	char about[600];
	char *argv[8] = { (char *)SSHD, (char *)"-T" };
	char *envp[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	posix_spawn_file_actions_t actions;
	int n = 2, fds[2], r;

	if (config) {
		argv[n++] = (char *)"-f";
		argv[n++] = (char *)(uintptr_t)config;
	}
	if (user) {
		(void)snprintf(about, sizeof(about), "user=%.512s,host=localhost,addr=127.0.0.1", user);
		argv[n++] = (char *)"-C";
		argv[n++] = about;
	}
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	(void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	r = posix_spawn(ret_pid, SSHD, &actions, NULL, argv, envp);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(fds[1]);
	if (r != 0)
		(void)close(fds[0]);
	else
		*ret_fd = fds[0];
	return -r;
}

static void read_sshd(struct findings *findings, int fd)
{
	_fclose_ FILE *in = fdopen(fd, "r");
	char line[LINE_BYTES];

	if (!in) {
		(void)close(fd);
		return;
	}
	while (fgets(line, sizeof(line), in)) {
		char *value = strpbrk(line, " \t\n");

		if (!value)
			continue;
		*value++ = 0;
		value[strcspn(value, "\n")] = 0;
		check_sshd_line(findings, line, value);
	}
}

void check_sshd(struct findings *findings, const char *user, const char *config)
{
	int fd = -1, status = 0, r;
	pid_t pid;

	if (access(SSHD, X_OK) < 0)
		return; /* no sshd, no door of its */
	if (geteuid() != 0) {
		finding_add(findings, FINDING_UNKNOWN, "sshd", "sshd -T tells its configuration to root only");
		return;
	}
	r = start_sshd(user, config, &fd, &pid);
	if (r < 0) {
		finding_add(findings, FINDING_UNKNOWN, "sshd", SSHD ": %s", strerrordesc_np(-r));
		return;
	}
	read_sshd(findings, fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		finding_add(findings, FINDING_UNKNOWN, "sshd", "sshd -T failed: see its message above");
}
