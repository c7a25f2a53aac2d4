/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd.h"

#include "num.h"
#include "run_command.h"
#include "run_helper.h"
#include "run_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

struct run_call {
	struct run_wish wish;
	bool has_uid, has_gid, verbose;
	char **command;		/* NULL-terminated, inside main's argv */
};

enum { OPT_PROFILE = 256, OPT_CONFIG, OPT_SET, OPT_USER, OPT_UID, OPT_GID, OPT_FAIL_POLICY, OPT_SHELL };

static const struct option options[] = {
	{ "profile", required_argument, NULL, OPT_PROFILE },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "set", required_argument, NULL, OPT_SET },
	{ "user", required_argument, NULL, OPT_USER },
	{ "user-uid", required_argument, NULL, OPT_UID },
	{ "user-gid", required_argument, NULL, OPT_GID },
	{ "fail-policy", required_argument, NULL, OPT_FAIL_POLICY },
	{ "shell", required_argument, NULL, OPT_SHELL },
	{ "verbose", no_argument, NULL, 'v' },
	{ NULL, 0, NULL, 0 },
};

/*
 * The policy is the authorizer's, for when it cannot be asked; whatever it says, COMMAND never runs
 * outside the sandbox. So it is checked here and changes nothing of what the helper is told.
 */
static int check_fail_policy(const char *text)
{
	if (strcmp(text, "open") == 0 || strcmp(text, "closed") == 0)
		return 0;
	return cmd_usage("run", "--fail-policy is open or closed, not '%s'", text);
}

static int take_id(const char *name, const char *text, uid_t *ret, bool *ret_has)
{
	if (num_parse_id(text, ret) < 0)
		return cmd_usage("run", "%s: '%s' is not an id", name, text);
	*ret_has = true;
	return 0;
}

static int take_config(struct run_call *call, const char *path)
{
	if (path[0] != '/')
		return cmd_usage("run", "--config: '%s' is not an absolute path", path);
	call->wish.config = path;
	return 0;
}

static int take_set(struct run_call *call, const char *text)
{
	if (text[0] == '=' || !strchr(text, '='))
		return cmd_usage("run", "--set: '%s' is not DIRECTIVE=VALUE", text);
	if (call->wish.nsets == RUN_SETS_MAX)
		return cmd_usage("run", "--set: more than %d of them", RUN_SETS_MAX);
	call->wish.sets[call->wish.nsets++] = text;
	return 0;
}

static int take_shell(struct run_call *call, const char *path)
{
	if (path[0] != '/')
		return cmd_usage("run", "--shell: '%s' is not an absolute path", path);
	call->wish.shell = path;
	return 0;
}

static int take_option(struct run_call *call, int option)
{
	switch (option) {
	case OPT_PROFILE:
		call->wish.profile = optarg;
		return 0;
	case OPT_CONFIG:
		return take_config(call, optarg);
	case OPT_SET:
		return take_set(call, optarg);
	case OPT_USER:
		call->wish.user = optarg;
		return 0;
	case OPT_UID:
		return take_id("--user-uid", optarg, &call->wish.uid, &call->has_uid);
	case OPT_GID:
		return take_id("--user-gid", optarg, &call->wish.gid, &call->has_gid);
	case OPT_FAIL_POLICY:
		return check_fail_policy(optarg);
	case OPT_SHELL:
		return take_shell(call, optarg);
	case 'v':
		call->verbose = true;
		return 0;
	default:
		return cmd_usage("run", "unknown option, or its value is missing");
	}
}

static int check_call(const struct run_call *call)
{
	if (!call->wish.user || !call->wish.user[0])
		return cmd_usage("run", "--user is missing");
	if (!call->has_uid)
		return cmd_usage("run", "--user-uid is missing");
	if (!call->has_gid)
		return cmd_usage("run", "--user-gid is missing");
	if (!call->command[0])
		return cmd_usage("run", "COMMAND is missing");
	return 0;
}

/* "+" stops at the first word that is no option: COMMAND's own are not ours. */
static int parse(int argc, char **argv, struct run_call *call)
{
	int option, status = 0;

	opterr = 0;
	while (status == 0 && (option = getopt_long(argc, argv, "+v", options, NULL)) != -1)
		status = take_option(call, option);
	call->command = argv + optind;
	return status ? status : check_call(call);
}

/* PATH -c COMMAND [ARG ...]; the caller frees the array, not its words. */
static char **with_shell(const struct run_call *call)
{
	size_t n = 0;
	char **argv;

	while (call->command[n])
		n++;
	argv = calloc(n + 3, sizeof(argv[0]));
	if (!argv)
		return NULL;
	argv[0] = (char *)(uintptr_t)call->wish.shell;
	argv[1] = (char *)(uintptr_t)"-c";
	memcpy(argv + 2, call->command, n * sizeof(argv[0]));
	return argv;
}

/*
 * Which of 0-2 the caller left open. The holes are filled, so that no descriptor of ours can land on
 * one and be handed on as the command's.
 */
static int note_open_fds(unsigned int *ret_open)
{
	*ret_open = 0;
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			*ret_open |= 1U << fd;
		else if (open("/dev/null", O_RDWR) != fd)
			return cmd_fail(CMD_FAILED, "/dev/null: %m");
	}
	return 0;
}

static void print_ready(const char *session, const struct run_ready *ready)
{
	(void)cmd_fail(0, "session %s, level %s", session, outcome_level_name(ready->level));
	for (uint32_t i = 0; i < ready->steps; i++) {
		const struct outcome *o = &ready->outcomes[i];
		const char *name = o->step < STEP_COUNT ? primitive_table[o->step].name : "unknown";

		(void)fprintf(stderr, "  %-20s %s%s%s\n", name, outcome_result_name(o->result),
			      o->num ? ": " : "", o->num ? strerror(o->num) : "");
	}
}

static int fail_by(int status, const struct err *e)
{
	char text[ERR_TEXT_BYTES];

	return cmd_fail(status, "%s", err_text(e, text, sizeof(text)));
}

/* Its text says "child setup failed", what, and why. */
static int fail_refused(const struct wire_refused *refused)
{
	return cmd_fail(CMD_FAILED, "%s", refused->text);
}

static int converse(const struct run_helper *helper, char *const argv[], unsigned int open_fds,
		    const struct run_signals *signals)
{
	struct wire_exited exited;
	struct wire_refused refused;
	struct err e = { 0 };
	int r = run_command_send(helper->fd, argv, open_fds, signals, &e);

	if (r == 0)
		r = run_command_mirror(helper->fd, signals, &exited, &refused, &e);
	if (r < 0)
		return fail_by(CMD_FAILED, &e);
	if (r > 0)
		return fail_refused(&refused);
	return exited.killed ? 128 + exited.status : exited.status;
}

/* From here on the caller's signals are the command's. *ret_served: the helper got as far as READY. */
static int run_in(struct run_helper *helper, const struct identity *id, const struct run_call *call,
		  unsigned int open_fds, bool *ret_served)
{
	_free_ char **shell_argv = call->wish.shell ? with_shell(call) : NULL;
	struct wire_refused refused;
	struct run_signals signals;
	struct run_ready ready;
	struct err e = { 0 };
	int r = run_helper_ask(helper, id, &ready, &refused, &e);

	if (r == 0)
		r = run_signals_take(&signals, &e);
	if (r < 0)
		return fail_by(CMD_FAILED, &e);
	if (r > 0)
		return fail_refused(&refused);
	if (call->wish.shell && !shell_argv)
		return cmd_fail(CMD_FAILED, "out of memory");
	if (call->verbose)
		print_ready(id->session, &ready);
	*ret_served = true;
	return converse(helper, shell_argv ? shell_argv : call->command, open_fds, &signals);
}

int cmd_run(int argc, char **argv)
{
	struct run_call call = { .wish = { .user = NULL } };
	struct run_helper helper = { .fd = -1 };
	bool served = false;
	unsigned int open_fds;
	struct identity id;
	struct err e = { 0 };
	int status = parse(argc, argv, &call);

	if (status == 0)
		status = note_open_fds(&open_fds);
	if (status)
		return status;
	if (run_identity(&call.wish, &id, &e) < 0)
		return fail_by(e.num == EPERM ? CMD_NOT_ALLOWED : CMD_FAILED, &e);
	if (run_helper_start(&helper, SWRAP_HELPER_PATH, &e) < 0)
		return fail_by(CMD_FAILED, &e);
	status = run_in(&helper, &id, &call, open_fds, &served);
	run_helper_done(&helper, !served);
	return status;
}
