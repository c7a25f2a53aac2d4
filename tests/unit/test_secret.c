/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/secret.h"

#include "src/attr.h"

#include <string.h>

static const char *const secrets[] = {
	"password", "Password", "db-password", "db_password", "DBPassword", "dbpassword",
	"PGPASSWORD",
	"passwd", "pass", "user.pass", "userPass", "passphrase", "client-secret", "token",
	"accessToken",
	"api-key", "apiKey", "apikey", "AWS_SECRET_ACCESS_KEY", "DEPLOY_KEY", "MYSQL_PWD", "auth",
	"proxy-auth", "Authorization", "X-Api-Key", "credentials",
};

static const char *const others[] = {
	"", "-", "keyboard", "key", "KEY", "monkey", "public-key", "sort_key", "pwd", "PWD",
	"OLDPWD",
	"author", "authority", "auth-type", "password-file", "passwords", "compass", "bypass",
	"tokenize",
	"secretary", "no-password", "no-pass", "ask-pass", "ask-become-pass", "keypass-file",
};

static void test_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		if (!secret_name(secrets[i], strlen(secrets[i])))
			fail_msg("%s is a secret", secrets[i]);
	}
}

static void test_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (secret_name(others[i], strlen(others[i])))
			fail_msg("%s is no secret", others[i]);
	}
}

/* Names stand within other text: what follows does not count. */
static void test_size(void **state)
{
	(void)state;
	assert_true(secret_name("tokenize", 5));
	assert_false(secret_name("password", 7));
	assert_true(secret_is_name('-') && secret_is_name('_') && secret_is_name('9'));
	assert_false(secret_is_name('=') || secret_is_name(' ') || secret_is_name(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
