/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The built module below a real libpam, with PAM files of its own: what it decides before it starts
 * anything. SWRAP_MODULE names it, else .libs/pam_swrap.so.
 */
#include "unit.h"

#include <limits.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64], module[PATH_MAX];

struct said {
	int errors, others;
	char last[256];
};

static int talk(int n, const struct pam_message **messages, struct pam_response **responses,
		void *context)
{
	struct said *said = context;

	*responses = calloc((size_t)n, sizeof(**responses));
	for (int i = 0; i < n; i++) {
		if (messages[i]->msg_style == PAM_ERROR_MSG)
			said->errors++;
		else
			said->others++;
		(void)snprintf(said->last, sizeof(said->last), "%s", messages[i]->msg);
	}
	return *responses ? PAM_SUCCESS : PAM_BUF_ERR;
}

static pam_handle_t *start(const char *service, const char *user, const char *arguments,
			   struct said *said)
{
	const struct pam_conv conv = { .conv = talk, .appdata_ptr = said };
	pam_handle_t *pamh = NULL;
	char path[PATH_MAX];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, service);
	file = fopen(path, "we");
	assert_non_null(file);
	(void)fprintf(file, "auth required %s\nsession required pam_permit.so\n", module);
	(void)fprintf(file, "session required %s %s\n", module, arguments);
	assert_int_equal(fclose(file), 0);
	*said = (struct said){ 0 };
	assert_int_equal(pam_start_confdir(service, user, &conv, directory, &pamh), PAM_SUCCESS);
	assert_int_equal(unlink(path), 0);
	return pamh;
}

static int open_once(const char *service, const char *user, const char *arguments, int flags,
		     struct said *said)
{
	pam_handle_t *pamh = start(service, user, arguments, said);
	int r = pam_open_session(pamh, flags);

	assert_int_equal(pam_end(pamh, r), PAM_SUCCESS);
	return r;
}

static void test_unknown_argument(void **state)
{
	struct said said;

	(void)state;
	assert_int_equal(open_once("swrap-t", "daemon", "bogus", 0, &said), PAM_SESSION_ERR);
	assert_int_equal(said.errors, 1);
	assert_int_equal(said.others, 0);
	assert_non_null(strstr(said.last, "session"));
	assert_int_equal(open_once("swrap-t", "daemon", "bogus fail=open", 0, &said),
			 PAM_SESSION_ERR);
	assert_int_equal(open_once("swrap-t", "daemon", "quiet bogus", 0, &said), PAM_SESSION_ERR);
	assert_int_equal(said.errors, 0);
	assert_int_equal(open_once("swrap-t", "daemon", "bogus", PAM_SILENT, &said),
			 PAM_SESSION_ERR);
	assert_int_equal(said.errors, 0);
}

/* Whatever the line says: root, and the group behind breakglass=. daemon is in its own group. */
static void test_nobody_is_locked_out(void **state)
{
	struct said said;

	(void)state;
	assert_int_equal(open_once("swrap-t", "root", "", 0, &said), PAM_SUCCESS);
	assert_int_equal(open_once("swrap-t", "root", "bogus", 0, &said), PAM_SUCCESS);
	assert_int_equal(open_once("swrap-t", "daemon", "bogus breakglass=daemon", 0, &said),
			 PAM_SUCCESS);
	assert_int_equal(open_once("swrap-t", "daemon", "bogus breakglass=no-such-group", 0, &said),
			 PAM_SESSION_ERR);
}

static void test_unknown_user(void **state)
{
	struct said said;

	(void)state;
	assert_int_equal(open_once("swrap-t", "no-such-user", "", 0, &said), PAM_SESSION_ERR);
	assert_int_equal(open_once("swrap-t", "no-such-user", "fail=open", 0, &said), PAM_SUCCESS);
	assert_int_equal(said.errors, 0);
}

static void test_exempt_service(void **state)
{
	struct said said;

	(void)state;
	assert_int_equal(open_once("cron", "daemon", "bogus", 0, &said), PAM_SUCCESS);
	assert_int_equal(open_once("gdm-password", "daemon", "bogus", 0, &said), PAM_SUCCESS);
}

static void test_close_without_open(void **state)
{
	struct said said;
	pam_handle_t *pamh = start("swrap-t", "daemon", "bogus", &said);

	(void)state;
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(said.errors + said.others, 0);
	assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
}

static void test_only_session(void **state)
{
	struct said said;
	pam_handle_t *pamh = start("swrap-t", "daemon", "", &said);
	int r = pam_authenticate(pamh, 0);

	(void)state;
	assert_int_equal(r, PAM_SERVICE_ERR);
	assert_int_equal(pam_end(pamh, r), PAM_SUCCESS);
}

static int setup(void **state)
{
	const char *path = getenv("SWRAP_MODULE");

	(void)state;
	strcpy(directory, "/tmp/swrap-pam-XXXXXX");
	/* With the module switched off every open is PAM_IGNORE: nothing to see here. */
	if (access(SWRAP_CONFIG_DIR "/disable", F_OK) == 0)
		return 1;
	return !realpath(path ? path : ".libs/pam_swrap.so", module) || !mkdtemp(directory);
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_argument),
		cmocka_unit_test(test_nobody_is_locked_out),
		cmocka_unit_test(test_unknown_user),
		cmocka_unit_test(test_exempt_service),
		cmocka_unit_test(test_close_without_open),
		cmocka_unit_test(test_only_session),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
