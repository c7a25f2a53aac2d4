/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/cmd.h"
#include "src/cmd_findings.h"

#include <json-c/json.h>
#include <string.h>

static int set_up(void **state)
{
	struct findings *findings = calloc(1, sizeof(*findings));

	findings->list = json_object_new_array();
	*state = findings;
	return 0;
}

static int tear_down(void **state)
{
	struct findings *findings = *state;

	(void)json_object_put(findings->list);
	free(findings);
	return 0;
}

static void assert_finds(struct findings *findings, const char *keyword, const char *value, bool wanted)
{
	unsigned int before = findings->n[FINDING_WARNING];

	check_sshd_line(findings, keyword, value);
	assert_int_equal(findings->n[FINDING_WARNING] - before, wanted);
}

static void test_lines(void **state)
{
	struct findings *f = *state;

	assert_finds(f, "subsystem", "sftp internal-sftp", true);
	assert_finds(f, "subsystem", "sftp internal-sftp -l INFO", true);
	assert_finds(f, "subsystem", "sftp /usr/lib/openssh/sftp-server", false);
	assert_finds(f, "subsystem", "sftp /opt/not-internal-sftp", false);
	assert_finds(f, "forcecommand", "internal-sftp", true);
	assert_finds(f, "forcecommand", "none", false);
	assert_finds(f, "allowtcpforwarding", "yes", true);
	assert_finds(f, "AllowTcpForwarding", "local", true);
	assert_finds(f, "allowtcpforwarding", "no", false);
	assert_finds(f, "allowstreamlocalforwarding", "yes", true);
	assert_finds(f, "permittunnel", "no", false);
	assert_finds(f, "permittunnel", "point-to-point", true);
	assert_finds(f, "chrootdirectory", "none", false);
	assert_finds(f, "chrootdirectory", "/srv/%u", true);
	assert_finds(f, "usepam", "yes", false);
	assert_finds(f, "usepam", "no", true);
	assert_finds(f, "port", "22", false);
}

static void test_status(void **state)
{
	struct findings *f = *state;

	assert_int_equal(findings_status(f), CMD_OK);
	finding_add(f, FINDING_UNKNOWN, "", "%s", "x");
	assert_int_equal(findings_status(f), CMD_CANNOT_TELL);
	finding_add(f, FINDING_WARNING, "a", "%d", 1);
	assert_int_equal(findings_status(f), CMD_FINDINGS);
	assert_string_equal(json_object_to_json_string_ext(f->list, JSON_C_TO_STRING_PLAIN),
			    "[{\"kind\":\"unknown\",\"where\":\"\",\"text\":\"x\"},"
			    "{\"kind\":\"warning\",\"where\":\"a\",\"text\":\"1\"}]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_lines), TEST(test_status) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
