/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of files in a /run of its own: /run/vendor and /run/admin (see tests/Makefile.inc). As root.
 */
#include "world.h"

#include "src/attr.h"
#include "src/configuration.h"
#include "src/io.h"

static struct err failure;

/* "/run/" before the path; "[Sandbox]\n" before the text, and directories are made. */
static void put(const char *name, const char *text)
{
	char path[256], whole[512];

	(void)snprintf(path, sizeof(path), "/run/%s", name);
	for (char *slash = path + 5; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = 0;
		world_dir(path);
	}
	world_file(path);
	(void)snprintf(whole, sizeof(whole), "[Sandbox]\n%s\n", text);
	EXPECT(truncate(path, 0) == 0 && io_write_file(path, whole) == 0);
}

static struct profile profile;

static int read_profile(const char *admin, const char *name, const char *set)
{
	_cleanup_(config_close) struct config config = CONFIG_INIT;
	char *items[] = { (char *)set };
	struct text_list sets = { set != NULL, items };
	int r;

	failure = (struct err){ 0 };
	profile_done(&profile);
	r = config_open(&config, admin, &failure);
	return r < 0 ? r : config_profile(&config, name, &sets, &profile, &failure);
}

static void expect_about(int r, int num, const char *about)
{
	if (r != -num || strcmp(failure.about, about) != 0) {
		(void)dprintf(1, "          %d, %s\n", r, failure.about);
		_exit(1);
	}
}

static void expect_nice(const char *name, int nice)
{
	if (read_profile(NULL, name, NULL) != 0 || profile.nice.value != nice) {
		(void)dprintf(1, "          %lld, not %d; %s\n", (long long)profile.nice.value, nice,
			      failure.about);
		_exit(1);
	}
}

static void begin(void)
{
	world_tmpfs("/run");
	put("vendor/profiles/p.conf", "Nice=1\nReadOnlyPaths=/v");
}

/* ---- which file it is ---- */

static void override(void *context)
{
	(void)context;
	begin();
	expect_nice("p", 1);
	EXPECT(strcmp(profile.name, "p") == 0 && strlen(profile.digest) == 64);
	put("admin/profiles/p.conf", "Nice=2");
	expect_nice("p", 2);
	EXPECT(profile.read_only_paths.n == 0); /* the whole file stands in for the vendor's */
	put("admin/profiles/mine.conf", "Nice=3");
	expect_nice("mine", 3);
	EXPECT(truncate("/run/admin/profiles/p.conf", 0) == 0);
	expect_nice("p", 0);
	expect_about(read_profile(NULL, "q", NULL), ENOENT, "there is no profile q");
}

static void drop_ins(void *context)
{
	(void)context;
	begin();
	put("vendor/profiles/p.conf.d/50-v.conf", "Nice=4\nReadOnlyPaths=/50");
	put("admin/profiles/p.conf.d/40-a.conf", "Nice=5\nReadOnlyPaths=/40");
	expect_nice("p", 4);
	EXPECT(profile.read_only_paths.n == 3 && strcmp(profile.read_only_paths.items[1], "/40") == 0);
	put("admin/profiles/p.conf.d/60-a.conf", "Nice=6");
	put("admin/profiles/p.conf.d/70-a.conf~", "Nice=7");
	put("admin/profiles/p.conf.d/.80-a.conf", "Nice=8");
	expect_nice("p", 6);
	EXPECT(unlink("/run/admin/profiles/p.conf.d/60-a.conf") == 0);
	put("admin/profiles/p.conf.d/50-v.conf", ""); /* the vendor's of that name is masked */
	expect_nice("p", 5);
	EXPECT(profile.read_only_paths.n == 2);
	put("admin/profiles/p.conf", "Nice=9"); /* drop-ins go with the name, whoever has the file */
	expect_nice("p", 5);
}

static void named_directory(void *context)
{
	(void)context;
	begin();
	put("other/profiles/p.conf", "Nice=7");
	put("admin/profiles/p.conf", "Nice=2");
	EXPECT(read_profile("/run/other", "p", NULL) == 0 && profile.nice.value == 7);
	expect_about(read_profile("/run/missing", "p", NULL), ENOENT, "/run/missing is not there");
	expect_about(read_profile("other", "p", NULL), EINVAL, "other is no absolute path");
	EXPECT(rename("/run/vendor", "/run/away") == 0);
	expect_nice("p", 2);
	EXPECT(rename("/run/admin", "/run/away-too") == 0);
	expect_about(read_profile(NULL, "p", NULL), ENOENT, "there is no profile p");
}

/* ---- what is refused: never passed over ---- */

static void names(void *context)
{
	static const char *const bad[] = { "", ".", "..", ".p", "a/b", "../p", "a b", "a\n", "p\xc3\xa4" };
	char name[PROFILE_NAME_BYTES + 1];

	(void)context;
	begin();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT(read_profile(NULL, bad[i], NULL) == -EINVAL);
	memset(name, 'a', sizeof(name));
	name[PROFILE_NAME_BYTES - 1] = 0;
	EXPECT(read_profile(NULL, name, NULL) == -ENOENT);
	name[PROFILE_NAME_BYTES - 1] = 'a';
	name[PROFILE_NAME_BYTES] = 0;
	EXPECT(read_profile(NULL, name, NULL) == -EINVAL);
}

static void contents(void *context)
{
	(void)context;
	begin();
	put("admin/profiles/p.conf.d/a.conf", "Nice=5\nNise=6");
	expect_about(read_profile(NULL, "p", NULL), EINVAL,
		     "/run/admin/profiles/p.conf.d/a.conf:3: there is no directive Nise; did you mean Nice?");
	put("admin/profiles/p.conf.d/a.conf", "Nice=5\nNice=6");
	expect_about(read_profile(NULL, "p", NULL), EINVAL,
		     "/run/admin/profiles/p.conf.d/a.conf:3: Nice is set already, by line 2");
	put("admin/profiles/p.conf.d/a.conf", "AmbientCapabilities=CAP_KILL\nCapabilityBoundingSet=");
	expect_about(read_profile(NULL, "p", NULL), EINVAL,
		     "profile p: AmbientCapabilities= has some that CapabilityBoundingSet= has not");
}

static void files(void *context)
{
	(void)context;
	begin();
	put("admin/profiles/p.conf", "Nice=2");
	EXPECT(chmod("/run/admin/profiles/p.conf", 0666) == 0);
	expect_about(read_profile(NULL, "p", NULL), EPERM,
		     "/run/admin/profiles/p.conf can be written by others than root");
	EXPECT(unlink("/run/admin/profiles/p.conf") == 0);
	EXPECT(symlink("/run/vendor/profiles/p.conf", "/run/admin/profiles/p.conf") == 0);
	expect_about(read_profile(NULL, "p", NULL), ELOOP, "/run/admin/profiles/p.conf is a symlink");
	EXPECT(unlink("/run/admin/profiles/p.conf") == 0 && chown("/run/admin/profiles", 12345, 0) == 0);
	expect_about(read_profile(NULL, "p", NULL), EPERM, "/run/admin/profiles is not root's");
	EXPECT(chown("/run/admin/profiles", 0, 0) == 0);
	world_dir("/run/admin/profiles/p.conf.d");
	EXPECT(chmod("/run/admin/profiles/p.conf.d", 0775) == 0);
	expect_about(read_profile(NULL, "p", NULL), EPERM,
		     "/run/admin/profiles/p.conf.d can be written by others than root");
	EXPECT(chmod("/run/admin/profiles/p.conf.d", 0755) == 0);
	expect_nice("p", 1);
	EXPECT(chmod("/run/admin", 0775) == 0);
	expect_about(read_profile(NULL, "p", NULL), EPERM, "/run/admin can be written by others than root");
}

static void too_many(void *context)
{
	char name[64];

	(void)context;
	begin();
	for (int i = 0; i <= CONFIG_FILES; i++) {
		(void)snprintf(name, sizeof(name), "admin/profiles/p.conf.d/%d.conf", i);
		put(name, "");
	}
	expect_about(read_profile(NULL, "p", NULL), E2BIG, "/run/admin/profiles/p.conf.d holds too many files");
}

static void too_large(void *context)
{
	(void)context;
	begin();
	EXPECT(truncate("/run/vendor/profiles/p.conf", CONFIG_FILE_BYTES + 1) == 0);
	expect_about(read_profile(NULL, "p", NULL), EFBIG, "/run/vendor/profiles/p.conf is too large");
}

/* ---- the digest ---- */

static void digest_of(char digest[PROFILE_DIGEST_BYTES], const char *set)
{
	EXPECT(read_profile(NULL, "p", set) == 0);
	(void)strcpy(digest, profile.digest);
}

static void digest(void *context)
{
	char first[PROFILE_DIGEST_BYTES], second[PROFILE_DIGEST_BYTES];

	(void)context;
	begin();
	digest_of(first, NULL);
	digest_of(second, NULL);
	EXPECT(strcmp(first, second) == 0);
	digest_of(second, "Nice=1");
	EXPECT(profile.nice.value == 1 && strcmp(first, second) != 0);
	put("admin/profiles/p.conf.d/a.conf", "# nothing");
	digest_of(second, NULL);
	EXPECT(strcmp(first, second) != 0);
	EXPECT(strspn(second, "0123456789abcdef") == 64);
}

static void sets(void *context)
{
	(void)context;
	begin();
	put("admin/profiles/p.conf.d/a.conf", "Nice=5");
	EXPECT(read_profile(NULL, "p", "Nice=6") == 0 && profile.nice.value == 6);
	expect_about(read_profile(NULL, "p", "Nice=x"), EINVAL,
		     "set=:1: Nice: expected a number from -20 to 19, not x");
}

/* ---- other files ---- */

static int collect(void *data, struct config_file *file, struct err *e)
{
	char *text = data;

	(void)e;
	(void)strcat(text, file->path);
	(void)strcat(text, " ");
	return strstr(file->path, "stop") ? -ECANCELED : 0;
}

static void merged(void *context)
{
	_cleanup_(config_close) struct config config = CONFIG_INIT;
	char text[1024] = "";

	(void)context;
	begin();
	put("vendor/rules.d/b.conf", "");
	put("vendor/rules.d/d.conf", "");
	put("admin/rules.d/a.conf", "");
	put("admin/rules.d/d.conf", "");
	put("admin/rules.d/c.rules", "");
	EXPECT(config_open(&config, NULL, &failure) == 0);
	EXPECT(config_files(&config, "rules.d", ".conf", collect, text, &failure) == 0);
	EXPECT(strcmp(text, "/run/admin/rules.d/a.conf /run/vendor/rules.d/b.conf "
			    "/run/admin/rules.d/d.conf ") == 0);
	text[0] = 0;
	put("vendor/rules.d/a-stop.conf", "");
	EXPECT(config_files(&config, "rules.d", ".conf", collect, text, &failure) == -ECANCELED);
	EXPECT(strcmp(text, "/run/vendor/rules.d/a-stop.conf ") == 0);
	EXPECT(config_files(&config, "nothing.d", ".conf", collect, text, &failure) == 0);
}

static void one_file(void *context)
{
	_cleanup_(config_close) struct config config = CONFIG_INIT;
	_cleanup_(config_file_done) struct config_file file = { .text = NULL };

	(void)context;
	begin();
	put("vendor/rules.conf", "vendor");
	world_dir("/run/admin");
	EXPECT(config_open(&config, NULL, &failure) == 0);
	EXPECT(config_read(&config, "nothing.conf", &file, &failure) == -ENOENT && failure.num == 0);
	EXPECT(config_read(&config, "rules.conf", &file, &failure) == 0);
	EXPECT(strcmp(file.path, "/run/vendor/rules.conf") == 0);
	EXPECT(strcmp(file.text, "[Sandbox]\nvendor\n") == 0 && file.size == strlen(file.text));
	config_file_done(&file);
	put("admin/rules.conf", "admin");
	EXPECT(config_read(&config, "rules.conf", &file, &failure) == 0);
	EXPECT(strcmp(file.path, "/run/admin/rules.conf") == 0);
}

static void run(child_body *body)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNS, body, NULL), 0);
}

#define WORLD_TEST(body) \
	static void test_##body(void **state) \
	{ \
		(void)state; \
		run(body); \
	}

WORLD_TEST(override)
WORLD_TEST(drop_ins)
WORLD_TEST(named_directory)
WORLD_TEST(names)
WORLD_TEST(contents)
WORLD_TEST(files)
WORLD_TEST(too_many)
WORLD_TEST(too_large)
WORLD_TEST(digest)
WORLD_TEST(sets)
WORLD_TEST(merged)
WORLD_TEST(one_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_override), cmocka_unit_test(test_drop_ins),
		cmocka_unit_test(test_named_directory), cmocka_unit_test(test_names),
		cmocka_unit_test(test_contents), cmocka_unit_test(test_files),
		cmocka_unit_test(test_too_many), cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_digest),	 cmocka_unit_test(test_sets),
		cmocka_unit_test(test_merged),	 cmocka_unit_test(test_one_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
