/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/redact.h"

#include <stdint.h>
#include <string.h>

enum { ARGUMENTS = 8 };
#define R REDACT_MARK

/* The secret is always SECRET (or contains it); what is not secret is never that. */
struct redact_case {
	const char *in[ARGUMENTS], *out[ARGUMENTS];
};

static const struct redact_case cases[] = {
	/* rule 2: long options */
	{ { "x", "--password=SECRET", "y" }, { "x", "--password=" R, "y" } },
	{ { "x", "--password", "SECRET", "y" }, { "x", "--password", R, "y" } },
	{ { "x", "--db-password", "SECRET of two words" }, { "x", "--db-password", R } },
	{ { "x", "--PASSWD=SECRET" }, { "x", "--PASSWD=" R } },
	{ { "x", "--adminPassword=SECRET" }, { "x", "--adminPassword=" R } },
	{ { "x", "-passphrase", "SECRET" }, { "x", "-passphrase", R } },
	{ { "x", "--client-secret", "SECRET" }, { "x", "--client-secret", R } },
	{ { "x", "--auth-token=SECRET" }, { "x", "--auth-token=" R } },
	{ { "x", "--api-key", "SECRET" }, { "x", "--api-key", R } },
	{ { "x", "--apikey=SECRET" }, { "x", "--apikey=" R } },
	{ { "x", "--secret_access_key=SECRET" }, { "x", "--secret_access_key=" R } },
	{ { "x", "--credentials", "SECRET" }, { "x", "--credentials", R } },
	{ { "x", "--auth", "SECRET" }, { "x", "--auth", R } },
	{ { "x", "--token=" }, { "x", "--token=" } },
	{ { "x", "--password", "--verbose", "y" }, { "x", "--password", "--verbose", "y" } },
	{ { "x", "--password", "", "y" }, { "x", "--password", "", "y" } },
	{ { "x", "--password", "-SECRET" }, { "x", "--password", R } },
	/* what is not secret */
	{ { "x", "--keyboard", "us" }, { "x", "--keyboard", "us" } },
	{ { "x", "--keyboard=us" }, { "x", "--keyboard=us" } },
	{ { "x", "--author=me" }, { "x", "--author=me" } },
	{ { "x", "--authority", "a" }, { "x", "--authority", "a" } },
	{ { "x", "--key", "file.pem" }, { "x", "--key", "file.pem" } },
	{ { "x", "--public-key=abc" }, { "x", "--public-key=abc" } },
	{ { "x", "--sort-key=name" }, { "x", "--sort-key=name" } },
	{ { "x", "--password-file=/x" }, { "x", "--password-file=/x" } },
	{ { "x", "--no-password", "db" }, { "x", "--no-password", "db" } },
	{ { "x", "--ask-pass", "host" }, { "x", "--ask-pass", "host" } },
	{ { "x", "--compass=north", "--bypass=1" }, { "x", "--compass=north", "--bypass=1" } },
	{ { "passwd", "alice" }, { "passwd", "alice" } },
	{ { "ls", "password", "token" }, { "ls", "password", "token" } },
	/* rule 3: variables */
	{ { "env", "PGPASSWORD=SECRET", "psql" }, { "env", "PGPASSWORD=" R, "psql" } },
	{ { "env", "PG_PASSWORD=SECRET", "psql" }, { "env", "PG_PASSWORD=" R, "psql" } },
	{ { "env", "AWS_SECRET_ACCESS_KEY=SECRET" }, { "env", "AWS_SECRET_ACCESS_KEY=" R } },
	{ { "env", "DEPLOY_KEY=SECRET" }, { "env", "DEPLOY_KEY=" R } },
	{ { "env", "GITHUB_TOKEN=SECRET=x" }, { "env", "GITHUB_TOKEN=" R } },
	{ { "env", "MYSQL_PWD=SECRET" }, { "env", "MYSQL_PWD=" R } },
	{ { "env", "PWD=/home", "OLDPWD=/" }, { "env", "PWD=/home", "OLDPWD=/" } },
	{ { "env", "MONKEY=banana", "KEY=F1" }, { "env", "MONKEY=banana", "KEY=F1" } },
	{ { "env", "sort_key=name" }, { "env", "sort_key=name" } },
	/* rule 4: URLs and headers */
	{ { "curl", "https://me:SECRET@host/p?x" }, { "curl", "https://me:" R "@host/p?x" } },
	{ { "git", "http://a:SECRET@h", "ftp://h:21/" },
	  { "git", "http://a:" R "@h", "ftp://h:21/" } },
	{ { "x", "u=amqp://a:SECRET@h,v=amqp://b:SECRET@i" },
	  { "x", "u=amqp://a:" R "@h,v=amqp://b:" R "@i" } },
	{ { "x", "http://a:SECRET@h http://b:SECRET@i" },
	  { "x", "http://a:" R "@h http://b:" R "@i" } },
	{ { "x", "https://host:443/a:b@c" }, { "x", "https://host:443/a:b@c" } },
	{ { "x", "https://me@host/" }, { "x", "https://me@host/" } },
	{ { "curl", "-H", "Authorization: Bearer SECRET" }, { "curl", "-H", "Authorization: " R } },
	{ { "curl", "-H", "X-Api-Key: SECRET" }, { "curl", "-H", "X-Api-Key: " R } },
	{ { "curl", "-H", "Accept: text/html" }, { "curl", "-H", "Accept: text/html" } },
	/* rule 5: short options of known programs */
	{ { "mysql", "-pSECRET", "-uroot" }, { "mysql", "-p" R, "-uroot" } },
	{ { "/usr/bin/mysqldump", "-pSECRET" }, { "/usr/bin/mysqldump", "-p" R } },
	{ { "mysql", "-p", "database" }, { "mysql", "-p", "database" } },
	{ { "sshpass", "-p", "SECRET", "ssh" }, { "sshpass", "-p", R, "ssh" } },
	{ { "sshpass", "-pSECRET", "ssh", "-p", "22" }, { "sshpass", "-p" R, "ssh", "-p", R } },
	{ { "sudo", "mysql", "-pSECRET" }, { "sudo", "mysql", "-p" R } },
	{ { "curl", "-u", "me:SECRET" }, { "curl", "-u", "me:" R } },
	{ { "curl", "-ume:SECRET" }, { "curl", "-ume:" R } },
	{ { "curl", "-u", "me" }, { "curl", "-u", "me" } },
	{ { "smbclient", "-U", "me%SECRET" }, { "smbclient", "-U", "me%" R } },
	{ { "ldapsearch", "-w", "SECRET" }, { "ldapsearch", "-w", R } },
	{ { "ldappasswd", "-s", "SECRET", "-a", "SECRET" }, { "ldappasswd", "-s", R, "-a", R } },
	{ { "mkdir", "-p", "dir" }, { "mkdir", "-p", "dir" } },
	{ { "ssh", "-p", "22" }, { "ssh", "-p", "22" } },
	/* rule 6: scripts */
	{ { "sh", "-c", "mysql -pSECRET db" }, { "sh", "-c", "mysql -p" R " db" } },
	{ { "bash", "-lc", "x --token SECRET; y" }, { "bash", "-lc", "x --token " R "; y" } },
	{ { "sh", "-c", "DB_PASSWORD='SECRET two' run" }, { "sh", "-c", "DB_PASSWORD=" R " run" } },
	{ { "sh", "-c", "DB_PASSWORD=SECRET; rm -rf /" },
	  { "sh", "-c", "DB_PASSWORD=" R "; rm -rf /" } },
	{ { "sh", "-c", "curl -H 'Authorization: SECRET' u" },
	  { "sh", "-c", "curl -H 'Authorization: " R "' u" } },
	{ { "sh", "-c", "x --password=SECRET; y http://u:SECRET@h; DB_TOKEN=SECRET z" },
	  { "sh", "-c", "x --password=" R "; y http://u:" R "@h; DB_TOKEN=" R " z" } },
	{ { "sh", "-c", "x http://u:SECRET@h --token=http://u:SECRET@h" },
	  { "sh", "-c", "x http://u:" R "@h --token=" R } },
	{ { "sh", "-c", "echo a b", "--x" }, { "sh", "-c", "echo a b", "--x" } },
	{ { "" }, { "" } },
};

static void check(const struct redact_case *c)
{
	struct redact r;

	redact_begin(&r);
	for (size_t i = 0; i < ARGUMENTS && c->in[i]; i++) {
		struct redact_hole holes[REDACT_HOLES];
		char out[512];
		size_t n = redact_argument(&r, c->in[i], strlen(c->in[i]), holes);

		out[redact_copy(c->in[i], strlen(c->in[i]), holes, n, out)] = 0;
		assert_string_equal(out, c->out[i]);
	}
}

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(&cases[i]);
}

/* More holes than there is room for: the last one hides the rest. */
static void test_many_holes(void **state)
{
	struct redact_hole holes[REDACT_HOLES];
	struct redact r;
	char arg[REDACT_HOLES * 4 * 16], out[sizeof(arg) + REDACT_HOLES * sizeof(REDACT_MARK)];
	size_t size = 0, n;

	(void)state;
	for (int i = 0; i < REDACT_HOLES * 3; i++) {
		memcpy(arg + size, "a://b:SECRET@c ", 15);
		size += 15;
	}
	redact_begin(&r);
	(void)redact_argument(&r, "x", 1, holes);
	n = redact_argument(&r, arg, size, holes);
	assert_int_equal(n, REDACT_HOLES);
	out[redact_copy(arg, size, holes, n, out)] = 0;
	assert_null(strstr(out, "SECRET"));

	/* the rules go over the argument one after the other: the one without room is in front */
	size = 0;
	memcpy(arg, "a://b:SECRET@c ", 15);
	for (size = 15; size + 17 < sizeof(arg); size += 17)
		memcpy(arg + size, "--token=SECRET ; ", 17);
	redact_begin(&r);
	(void)redact_argument(&r, "sh", 2, holes);
	(void)redact_argument(&r, "-c", 2, holes);
	n = redact_argument(&r, arg, size, holes);
	out[redact_copy(arg, size, holes, n, out)] = 0;
	assert_null(strstr(out, "SECRET"));
	assert_int_equal(n, 1);
}

/* Whatever bytes: the holes are in order, apart and inside. */
static void test_hostile_bytes(void **state)
{
	static const char alphabet[] = "-=:/@ '\"%cpPASSWORDtoken_;\xff";
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		struct redact_hole holes[REDACT_HOLES];
		struct redact r;
		char arg[48];
		size_t n, size = 0, last = 0;

		for (; size < sizeof(arg); size++) {
			seed = seed * 1103515245 + 12345;
			arg[size] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		redact_begin(&r);
		(void)redact_argument(&r, "curl", 4, holes);
		(void)redact_argument(&r, "-c", 2, holes);
		r.script_next = round % 2;
		n = redact_argument(&r, arg, size, holes);
		assert_true(n <= REDACT_HOLES);
		for (size_t i = 0; i < n; i++) {
			assert_true(holes[i].from >= last && holes[i].to > holes[i].from);
			assert_true(holes[i].to <= size);
			last = holes[i].to;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_many_holes),
		cmocka_unit_test(test_hostile_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
