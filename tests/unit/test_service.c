/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/attr.h"
#include "src/service.h"

static void test_service(void **state)
{
	static const char *const exempt[] = {
		"systemd-user", "cron",		"crond",	    "atd",     "sudo",	  "sudo-i",
		"polkit-1",	"gdm-password", "gdm-launch-environment", "lightdm", "sddm-greeter",
	};
	static const char *const wrapped[] = {
		"sshd", "login", "su", "su-l", "remote", "cron2", "sudo-x", "systemd", "xgdm", "",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(exempt); i++)
		assert_true(service_is_exempt(exempt[i]));
	for (size_t i = 0; i < ARRAY_SIZE(wrapped); i++)
		assert_false(service_is_exempt(wrapped[i]));
	assert_false(service_is_exempt(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_service) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
