/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "helper/script.h"
#include "src/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

struct line_case {
	const char *line;
	int script;
	const char *path, *argument;
};

static const struct line_case line_cases[] = {
	{ "#!/bin/sh\n", 1, "/bin/sh", "" },
	{ "#!/bin/sh", 1, "/bin/sh", "" },
	{ "#! \t /bin/sh \t\n", 1, "/bin/sh", "" },
	{ "#!/usr/bin/env -S a b \nrest", 1, "/usr/bin/env", "-S a b" },
	{ "#!/bin/sh\t-e\n", 1, "/bin/sh", "-e" },
	{ "#!relative x\n", 1, "relative", "x" },
	{ "#!/bin/sh\r\n", 1, "/bin/sh\r", "" },
	{ "#!\n", 0, NULL, NULL },
	{ "#!   \n", 0, NULL, NULL },
	{ "#", 0, NULL, NULL },
	{ "", 0, NULL, NULL },
	{ "\177ELF", 0, NULL, NULL },
	{ " #!/bin/sh\n", 0, NULL, NULL },
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(line_cases); i++) {
		char line[SCRIPT_LINE_BYTES] = { 0 }, path[SCRIPT_LINE_BYTES],
		     argument[SCRIPT_LINE_BYTES];

		memcpy(line, line_cases[i].line, strlen(line_cases[i].line));
		assert_int_equal(script_parse(line, path, argument), line_cases[i].script);
		if (!line_cases[i].script)
			continue;
		assert_string_equal(path, line_cases[i].path);
		assert_string_equal(argument, line_cases[i].argument);
	}
}

/* A line longer than the kernel reads: the argument is cut, a name that may be cut is none. */
static void test_parse_long(void **state)
{
	char line[SCRIPT_LINE_BYTES], path[SCRIPT_LINE_BYTES], argument[SCRIPT_LINE_BYTES];

	(void)state;
	memset(line, 'a', sizeof(line));
	memcpy(line, "#!/bin/sh ", 10);
	assert_int_equal(script_parse(line, path, argument), 1);
	assert_string_equal(path, "/bin/sh");
	assert_int_equal(strlen(argument), SCRIPT_LINE_BYTES - 1 - 10);
	memset(line, 'a', sizeof(line));
	memcpy(line, "#!/", 3);
	assert_int_equal(script_parse(line, path, argument), 0);
	memset(line, ' ', sizeof(line));
	memcpy(line, "#!", 2);
	assert_int_equal(script_parse(line, path, argument), 0);
}

static void test_name(void **state)
{
	char out[SCRIPT_NAME_BYTES];

	(void)state;
	script_name(out, AT_FDCWD, "./x");
	assert_string_equal(out, "./x");
	script_name(out, 7, "/x");
	assert_string_equal(out, "/x");
	script_name(out, 7, "x/y");
	assert_string_equal(out, "/dev/fd/7/x/y");
	script_name(out, 12, "");
	assert_string_equal(out, "/dev/fd/12");
}

/* ---- against what the kernel really does ---- */

struct fixture {
	struct resolver resolver;
	char dir[64], first[128], second[128];
};

static void write_script(const char *path, const char *text)
{
	_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char text[256];

	(void)strcpy(f->dir, "/tmp/swrap-script-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->first, sizeof(f->first), "%s/first", f->dir);
	(void)snprintf(f->second, sizeof(f->second), "%s/second", f->dir);
	write_script(f->first, "#!/bin/sh -e\nexit 0\n");
	(void)snprintf(text, sizeof(text), "#! %s  two words \n", f->first);
	write_script(f->second, text);
	assert_int_equal(resolver_init(&f->resolver, NULL), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->first);
	(void)unlink(f->second);
	(void)rmdir(f->dir);
	(void)close(f->resolver.proc_fd);
	(void)close(f->resolver.self_fds);
	(void)close(f->resolver.own_pidns);
	free(f);
	return 0;
}

/* A child that is stopped at its exec of path, argv {a, b, c} unless without arguments. */
static pid_t stopped_at_exec(const char *path, bool no_arguments)
{
	char *const argv[] = { (char *)"a", (char *)"b", (char *)"c", NULL };
	char *const none[] = { NULL };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, 0, 0);
		(void)execv(path, no_arguments ? none : argv);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status));
	return pid;
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* Follows path for our own process and compares with the child's command line. */
static int check(struct fixture *f, pid_t child, const char *path, const char *argv, size_t n,
		 bool more, struct script *script)
{
	struct process_facts self;
	struct resolved_file file;
	struct reader_argv vector = { .text = (char *)(uintptr_t)argv, .bytes = n, .more = more };

	process_init(&self);
	resolved_init(&file);
	assert_int_equal(process_look(&f->resolver, getpid(), &self), 0);
	assert_int_equal(resolve_file(&f->resolver, &self, AT_FDCWD, path, strlen(path), 0, &file),
			 0);
	script_follow(script, &f->resolver, &self, &file);
	resolved_done(&file);
	assert_true(script->known);
	return script_check_argv(script, &f->resolver, child, path, &vector);
}

static void assert_image(pid_t child, const struct script *script)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", child);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_dev, script->dev);
	assert_int_equal(st.st_ino, script->ino);
}

static void try_path(struct fixture *f, const char *path, unsigned int depth)
{
	pid_t child = stopped_at_exec(path, false);
	struct script script;

	assert_int_equal(check(f, child, path, "a\0b\0c", 6, false, &script), 0);
	assert_int_equal(script.depth, depth);
	assert_image(child, &script);
	/* something else, less, more, and a cut reading of it */
	assert_int_equal(check(f, child, path, "a\0b\0d", 6, false, &script), -EPERM);
	assert_int_equal(check(f, child, path, "a\0b", 4, false, &script), -EPERM);
	assert_int_equal(check(f, child, path, "a\0b\0c\0d", 8, false, &script), -EPERM);
	assert_int_equal(check(f, child, path, "a\0b", 3, true, &script), 0);
	end(child);
}

static void test_program(void **state)
{
	try_path(*state, "/bin/true", 0);
}

static void test_script(void **state)
{
	struct fixture *f = *state;

	try_path(f, f->first, 1);
}

static void test_script_of_script(void **state)
{
	struct fixture *f = *state;

	try_path(f, f->second, 2);
}

static void test_no_arguments(void **state)
{
	struct fixture *f = *state;
	struct script script;
	pid_t child = stopped_at_exec("/bin/true", true);

	assert_int_equal(check(f, child, "/bin/true", "", 0, false, &script), 0);
	assert_int_equal(check(f, child, "/bin/true", "x", 2, false, &script), -EPERM);
	end(child);
	child = stopped_at_exec(f->first, true);
	assert_int_equal(check(f, child, f->first, "", 0, false, &script), 0);
	end(child);
}

/* A chain that cannot be followed is not known. */
static void test_unknown(void **state)
{
	struct fixture *f = *state;
	struct process_facts self;
	struct resolved_file file;
	struct script script;

	write_script(f->first, "#!/nowhere/at/all\n");
	process_init(&self);
	resolved_init(&file);
	assert_int_equal(process_look(&f->resolver, getpid(), &self), 0);
	script_follow(&script, &f->resolver, &self, &file); /* not resolved */
	assert_false(script.known);
	assert_int_equal(
		resolve_file(&f->resolver, &self, AT_FDCWD, f->first, strlen(f->first), 0, &file),
		0);
	script_follow(&script, &f->resolver, &self, &file);
	assert_false(script.known);
	resolved_done(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_long),
		cmocka_unit_test(test_name),
		cmocka_unit_test_setup_teardown(test_program, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_script, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_script_of_script, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_arguments, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unknown, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
