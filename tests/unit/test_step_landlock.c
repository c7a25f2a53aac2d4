/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each letter lets through and what it keeps out, tried as a user in a world of its own; and what
 * an older kernel, or one that lies, comes to.
 */
#include "child.h"

#include "helper/landlock.h"
#include "helper/step.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <termios.h>

#define DIR "/mnt/given"
#define OUT "/mnt/other"

enum { USER = 12345, NOT_SET = -1 };

/* What the kernel says of itself, and whether it does what it is told. */
static struct {
	int abi;
	bool lies;
} kernel = { .abi = NOT_SET };

long syscall(long number, ...)
{
	static long (*real)(long number, ...);
	long args[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	if (number == SYS_landlock_create_ruleset && !args[0] && kernel.abi != NOT_SET) {
		errno = EOPNOTSUPP;
		return kernel.abi == 0 ? -1 : kernel.abi;
	}
	if (number == SYS_landlock_restrict_self && kernel.lies)
		return 0;
	return real(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0L, 1L, 0L, 0L, 0L) >= LANDLOCK_ABI_IOCTL_DEV;
}

#define NEEDS_LANDLOCK() \
	SKIP_UNLESS(geteuid() == 0 && has_landlock(), "needs root and Landlock of ABI 5")

struct fixture {
	struct identity identity;
	struct profile profile;
	struct plan plan;
	struct step_context context;
	const char *letters;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->identity.uid = USER;
	(void)strcpy(f->identity.session, "0123456789abcdef");
	(void)strcpy(f->identity.home, "/mnt/home");
	profile_init(&f->profile);
	f->plan.identity = &f->identity;
	f->plan.profile = &f->profile;
	f->context.plan = &f->plan;
	kernel.abi = NOT_SET;
	kernel.lies = false;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	plan_done(&f->plan);
	profile_done(&f->profile);
	free(f);
	return 0;
}

/* ---- the world ---- */

static void make_file(const char *path, mode_t mode, uid_t owner)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);

	EXPECT(fd >= 0 && write(fd, "nothing\n", 8) == 8);
	EXPECT(fchmod(fd, mode) == 0 && fchown(fd, owner, owner) == 0);
	(void)close(fd);
}

static void make_dir(const char *path, uid_t owner)
{
	EXPECT(mkdir(path, 0755) == 0 && chown(path, owner, owner) == 0);
}

static void fill_tree(const char *top)
{
	EXPECT(chdir(top) == 0);
	make_dir("a", USER);
	make_dir("b", USER);
	make_dir("empty", USER);
	make_file("file", 0644, USER);
	make_file("second", 0644, USER);
	make_file("program", 0755, USER);
	make_file("a/inner", 0644, USER);
	EXPECT(mknod("device", S_IFCHR | 0666, makedev(1, 3)) == 0 && chmod("device", 0666) == 0);
	EXPECT(chdir("/") == 0);
}

static void make_world(void)
{
	EXPECT(mount("none", "/mnt", "tmpfs", 0, "mode=0755") == 0);
	make_dir("/mnt/home", USER);
	make_dir(DIR, USER);
	make_dir(OUT, USER);
	make_dir("/mnt/roots", 0);
	fill_tree(DIR);
	fill_tree(OUT);
	EXPECT(symlink(OUT, "/mnt/home/to-other") == 0);
	EXPECT(lchown("/mnt/home/to-other", USER, USER) == 0);
	EXPECT(symlink("../given/.", "/mnt/roots/to-given") == 0);
}

static void become_user(void)
{
	EXPECT(setresgid(USER, USER, USER) == 0 && setresuid(USER, USER, USER) == 0);
	EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
}

static void add_rule(struct fixture *f, const char *rule)
{
	EXPECT(text_list_add(&f->profile.landlock, rule) == 0);
}

static int restrict_self(struct fixture *f, struct err *e)
{
	int r = plan_landlock(&f->plan, e);

	if (r == 0)
		r = apply_landlock(&f->context, e);
	return r < 0 ? r : verify_landlock(&f->context, e);
}

/* ---- each letter ---- */

static int close_opened(int fd)
{
	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

static int done(int r)
{
	return r < 0 ? -errno : 0;
}

static int read_file(void) { return close_opened(open("file", O_RDONLY)); }
static int read_again(void)
{
	int fd = open("file", O_PATH); /* that much is always let through */
	char path[64];

	EXPECT(fd >= 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return close_opened(open(path, O_RDONLY));
}
static int list_dir(void) { return close_opened(open("a", O_RDONLY | O_DIRECTORY)); }
static int write_file(void) { return close_opened(open("file", O_WRONLY)); }
static int append_file(void) { return close_opened(open("file", O_WRONLY | O_APPEND)); }
static int cut_file(void) { return done(truncate("second", 1)); }
static int ask_device(void)
{
	struct termios modes;
	int fd = open("device", O_ACCMODE); /* neither to read nor to write */

	EXPECT(fd >= 0);
	return ioctl(fd, TCGETS, &modes) < 0 && errno == ENOTTY ? 0 : -errno;
}
static int execute(void)
{
	char *argv[] = { (char *)"program", NULL };

	(void)execve("program", argv, argv + 1);
	return errno == ENOEXEC ? 0 : -errno; /* it was opened; then it is no program */
}
static int make_regular(void) { return done(mknod("new", S_IFREG | 0600, 0)); }
static int make_directory(void) { return done(mkdir("new-dir", 0700)); }
static int make_link(void) { return done(symlink("file", "new-link")); }
static int make_second_name(void) { return done(link("file", "new-name")); }
static int make_pipe(void) { return done(mkfifo("new-pipe", 0600)); }
static int make_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "new-socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return done(bind(fd, (void *)&address, sizeof(address)));
}
static int make_node(void) { return done(mknod("new-node", S_IFCHR | 0600, makedev(1, 3))); }
static int remove_file(void) { return done(unlink("second")); }
static int remove_dir(void) { return done(rmdir("empty")); }
static int rename_here(void) { return done(rename("file", "renamed")); }
static int swap_here(void)
{
	return done(renameat2(AT_FDCWD, "program", AT_FDCWD, "file", RENAME_EXCHANGE));
}
static int move_away(void) { return done(rename("a/inner", "b/inner")); }
static int link_away(void) { return done(link("program", "b/program")); }

/* In an order in which none takes away what a later one needs. */
static const struct attempt {
	const char *name, *needs;	/* letters, or NULL: never */
	int (*try)(void);
	int denial;
} attempts[] = {
	{ "read a file", "r", read_file, -EACCES },
	{ "read by an O_PATH descriptor", "r", read_again, -EACCES },
	{ "list a directory", "r", list_dir, -EACCES },
	{ "write a file", "w", write_file, -EACCES },
	{ "append to a file", "w", append_file, -EACCES },
	{ "truncate by name", "w", cut_file, -EACCES },
	{ "control a device", "w", ask_device, -EACCES },
	{ "execute", "rx", execute, -EACCES },
	{ "make a file", "c", make_regular, -EACCES },
	{ "make a directory", "c", make_directory, -EACCES },
	{ "make a symbolic link", "c", make_link, -EACCES },
	{ "make a second name", "c", make_second_name, -EACCES },
	{ "make a pipe", "c", make_pipe, -EACCES },
	{ "make a socket", "c", make_socket, -EACCES },
	{ "make a device", NULL, make_node, -EACCES },
	{ "remove a file", "d", remove_file, -EACCES },
	{ "remove a directory", "d", remove_dir, -EACCES },
	{ "link to another directory", "cd", link_away, 0 }, /* EACCES, or EXDEV without REFER */
	{ "move to another directory", "cd", move_away, 0 },
	{ "exchange two names", "cd", swap_here, -EACCES },
	{ "rename", "cd", rename_here, -EACCES },
};

static bool is_given(const char *letters, const char *needs)
{
	return needs && strspn(needs, letters) == strlen(needs);
}

static void try_all(const char *dir, const char *letters)
{
	EXPECT(chdir(dir) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		const struct attempt *a = &attempts[i];
		int r = a->try();
		bool right = is_given(letters, a->needs) ?
				     r == 0 : r < 0 && (a->denial ? r == a->denial :
								 r == -EACCES || r == -EXDEV);

		if (!right)
			(void)dprintf(2, "%s with '%s': %s\n", a->name, letters, strerror(-r));
		EXPECT(right);
	}
}

static void with_letters(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };
	char rule[64];

	make_world();
	become_user();
	(void)snprintf(rule, sizeof(rule), "%s:%s", DIR, f->letters);
	add_rule(f, rule);
	EXPECT(restrict_self(f, &e) == 0);
	try_all(DIR, f->letters);
	try_all(OUT, "");
}

static void test_letters(void **state)
{
	static const char *const sets[] = { "r", "w", "x", "c", "d", "cd", "rw", "rx", "rwxcd" };
	struct fixture *f = *state;

	NEEDS_LANDLOCK();
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		f->letters = sets[i];
		assert_int_equal(child_run_in(0, with_letters, f), 0);
	}
}

/* The same attempts without Landlock: all go, but for the node, which takes a capability. */
static void without_landlock(void *context)
{
	(void)context;
	make_world();
	become_user();
	EXPECT(chdir(OUT) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		EXPECT(attempts[i].try() == (attempts[i].needs ? 0 : -EPERM));
}

static void test_without(void **state)
{
	NEEDS_LANDLOCK();
	assert_int_equal(child_run_in(0, without_landlock, *state), 0);
}

/* ---- between two places ---- */

static void across(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	make_world();
	become_user();
	add_rule(f, DIR ":rwcd");
	add_rule(f, OUT ":xcd");
	EXPECT(restrict_self(f, &e) == 0);
	/* What may be executed there would become writable here, and the other way round. */
	EXPECT(rename(OUT "/program", DIR "/stolen") == -1 && errno == EXDEV);
	EXPECT(link(OUT "/program", DIR "/stolen") == -1 && errno == EXDEV);
	EXPECT(rename(DIR "/file", OUT "/file-of-mine") == -1 && errno == EXDEV);
	EXPECT(renameat2(AT_FDCWD, OUT "/file", AT_FDCWD, DIR "/file", RENAME_EXCHANGE) == -1);
	EXPECT(errno == EXDEV);
	EXPECT(open(OUT "/file", O_RDONLY) == -1 && errno == EACCES);
	EXPECT(open(DIR "/../other/file", O_RDONLY) == -1 && errno == EACCES);
	EXPECT(open("/mnt/home/to-other/file", O_RDONLY) == -1 && errno == EACCES);
	EXPECT(open("/proc/self/root" OUT "/file", O_RDONLY) == -1 && errno == EACCES);
}

static void test_across(void **state)
{
	NEEDS_LANDLOCK();
	assert_int_equal(child_run_in(0, across, *state), 0);
}

/* A rule on a file is of that file alone. */
static void one_file(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	make_world();
	become_user();
	add_rule(f, DIR "/file:rc");
	EXPECT(restrict_self(f, &e) == 0);
	EXPECT(close_opened(open(DIR "/file", O_RDONLY)) == 0);
	EXPECT(open(DIR "/second", O_RDONLY) == -1 && errno == EACCES);
}

static void file_without_a_right(void *context)
{
	struct fixture *f = context;

	make_world();
	become_user();
	add_rule(f, DIR "/file:cd");
	EXPECT(restrict_self(f, NULL) == -ENOTDIR);
}

static void test_one_file(void **state)
{
	NEEDS_LANDLOCK();
	assert_int_equal(child_run_in(0, one_file, *state), 0);
	assert_int_equal(child_run_in(0, file_without_a_right, *state), 0);
}

/* ---- which path ---- */

static void links(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	make_world();
	become_user();
	add_rule(f, "/mnt/roots/to-given/a/..:r"); /* root's link, in a directory of root's */
	EXPECT(restrict_self(f, &e) == 0);
	EXPECT(close_opened(open(DIR "/file", O_RDONLY)) == 0);
	EXPECT(open(OUT "/file", O_RDONLY) == -1 && errno == EACCES);
}

static void link_of_the_user(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	make_world();
	become_user();
	add_rule(f, "%h/to-other:r");
	EXPECT(restrict_self(f, &e) == -ELOOP);
	EXPECT(strstr(e.about, "/mnt/home/to-other"));
}

static void test_links(void **state)
{
	NEEDS_LANDLOCK();
	assert_int_equal(child_run_in(0, links, *state), 0);
	assert_int_equal(child_run_in(0, link_of_the_user, *state), 0);
}

static void missing(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	make_world();
	become_user();
	add_rule(f, DIR ":r");
	add_rule(f, "/mnt/none:r");
	EXPECT(restrict_self(f, &e) == -ENOENT);
	EXPECT(strstr(e.about, "/mnt/none"));
}

static void missing_but_optional(void *context)
{
	struct fixture *f = context;

	make_world();
	become_user();
	add_rule(f, "-/mnt/none:r");
	add_rule(f, "-" DIR "/file/none:r");
	add_rule(f, DIR ":r");
	EXPECT(restrict_self(f, NULL) == 0);
}

static void test_missing(void **state)
{
	NEEDS_LANDLOCK();
	assert_int_equal(child_run_in(0, missing, *state), 0);
	assert_int_equal(child_run_in(0, missing_but_optional, *state), 0);
}

/* ---- other kernels ---- */

/* What it knows is in force all the same: that is what "prefer" is for. */
static void older(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	make_world();
	become_user();
	add_rule(f, DIR ":r");
	EXPECT(restrict_self(f, &e) == -ENOTSUP);
	EXPECT(strstr(e.about, kernel.abi < LANDLOCK_ABI_TRUNCATE ? "truncate" : "ioctl"));
	EXPECT(open(OUT "/file", O_RDONLY) == -1 && errno == EACCES);
	EXPECT((truncate(OUT "/file", 0) == 0) == (kernel.abi < LANDLOCK_ABI_TRUNCATE));
	EXPECT(rename(OUT "/a/inner", OUT "/b/inner") == -1);
}

static void newer(void *context)
{
	struct fixture *f = context;

	make_world();
	become_user();
	add_rule(f, DIR ":r");
	EXPECT(restrict_self(f, NULL) == 0);
}

static void without_any(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	make_world();
	become_user();
	add_rule(f, DIR ":r");
	EXPECT(restrict_self(f, &e) == -EOPNOTSUPP);
}

static void test_kernels(void **state)
{
	NEEDS_LANDLOCK();
	for (kernel.abi = 1; kernel.abi < LANDLOCK_ABI_IOCTL_DEV; kernel.abi++)
		assert_int_equal(child_run_in(0, older, *state), 0);
	for (; kernel.abi < LANDLOCK_ABI_LOG; kernel.abi++)
		assert_int_equal(child_run_in(0, newer, *state), 0);
	kernel.abi = 0;
	assert_int_equal(child_run_in(0, without_any, *state), 0);
}

/* It says that it restricts, and does not: seen where the user may write, and where / may be read. */
static void lied_to(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	make_world();
	if (f->letters)
		EXPECT(chown("/mnt/home", 0, 0) == 0);
	become_user();
	add_rule(f, DIR ":r");
	EXPECT(restrict_self(f, &e) == -EPERM);
	EXPECT(strstr(e.about, "not restricted"));
}

static void test_lies(void **state)
{
	struct fixture *f = *state;

	NEEDS_LANDLOCK();
	kernel.lies = true;
	assert_int_equal(child_run_in(0, lied_to, f), 0);
	f->letters = "the home is not the user's";
	assert_int_equal(child_run_in(0, lied_to, f), 0);
}

/* ---- the text ---- */

static const struct text {
	const char *rule;
	int result;
	uint64_t rights;
} texts[] = {
	{ "/a:r", 0, LANDLOCK_READ },
	{ "-/a:wx", 0, LANDLOCK_WRITE | LANDLOCK_ACCESS_FS_EXECUTE },
	{ "/a:b:c", 0, LANDLOCK_CREATE },
	{ "%h/x:cd", 0, LANDLOCK_CREATE | LANDLOCK_REMOVE | LANDLOCK_ACCESS_FS_REFER },
	{ "/a:rwxcd", 0, LANDLOCK_ALL & ~(LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK) },
	{ "/a:", -EINVAL, 0 },	   { "/a", -EINVAL, 0 },     { "a:r", -EINVAL, 0 },
	{ ":r", -EINVAL, 0 },	   { "/a:rr", -EINVAL, 0 },  { "/a:rz", -EINVAL, 0 },
	{ "--/a:r", -EINVAL, 0 },  { "/a: r", -EINVAL, 0 },  { "", -EINVAL, 0 },
};

static void test_texts(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct err e = { 0 };

		text_list_clear(&f->profile.landlock);
		plan_done(&f->plan);
		assert_int_equal(text_list_add(&f->profile.landlock, texts[i].rule), 0);
		assert_int_equal(plan_landlock(&f->plan, &e), texts[i].result);
		if (texts[i].result < 0)
			continue;
		assert_int_equal(f->plan.nlandlock, 1);
		assert_true(f->plan.landlock[0].rights == texts[i].rights);
		assert_int_equal(f->plan.landlock[0].optional, texts[i].rule[0] == '-');
	}
}

/* What it gives would be the whole tree. */
static void test_home_is_root(void **state)
{
	struct fixture *f = *state;

	text_list_clear(&f->profile.landlock);
	plan_done(&f->plan);
	(void)strcpy(f->identity.home, "/");
	assert_int_equal(text_list_add(&f->profile.landlock, "%h:rwxcd"), 0);
	assert_int_equal(text_list_add(&f->profile.landlock, "/usr:rx"), 0);
	assert_int_equal(plan_landlock(&f->plan, NULL), 0);
	assert_int_equal(f->plan.nlandlock, 1);
	assert_string_equal(f->plan.landlock[0].path, "/usr");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_letters), TEST(test_without), TEST(test_across), TEST(test_one_file),
		TEST(test_links),   TEST(test_missing), TEST(test_kernels), TEST(test_lies),
		TEST(test_texts),   TEST(test_home_is_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
