/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * args - execs /bin/true in ways that no shell does. Usage: args CASE; the cases are in the table below.
 * Its status is true's, 0, or 100 + errno when the exec failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROGRAM "/bin/true"

static char *none[] = { NULL };

static int no_argv(void)
{
	return (int)syscall(SYS_execve, PROGRAM, NULL, none);
}

static int empty_argv(void)
{
	return (int)syscall(SYS_execve, PROGRAM, none, none);
}

static int no_envp(void)
{
	char *argv[] = { "no-envp", NULL };

	return (int)syscall(SYS_execve, PROGRAM, argv, NULL);
}

static int empty_first(void)
{
	char *argv[] = { "", "second", NULL };

	return execve(PROGRAM, argv, none);
}

/* Strings of 100 kB up to what the kernel takes in all: a quarter of the stack's limit. */
static int two_megabytes(void)
{
	enum { STRING = 100 * 1000, STRINGS = 20 };
	static char string[STRING + 1];
	static char *argv[STRINGS + 2] = { "two-megabytes" };

	memset(string, 'a', STRING);
	for (int i = 1; i <= STRINGS; i++)
		argv[i] = string;
	return execve(PROGRAM, argv, none);
}

static int many_arguments(void)
{
	enum { STRINGS = 150 * 1000 };
	static char *argv[STRINGS + 2] = { "many-arguments" };

	for (int i = 1; i <= STRINGS; i++)
		argv[i] = "x";
	return execve(PROGRAM, argv, none);
}

static int one_long(void)
{
	enum { STRING = 128 * 1024 - 1 };	/* MAX_ARG_STRLEN with its NUL */
	static char string[STRING + 1];
	char *argv[] = { "one-long", string, NULL };

	memset(string, 'b', STRING);
	return execve(PROGRAM, argv, none);
}

static int too_long(void)
{
	static char string[128 * 1024 + 1];
	char *argv[] = { "too-long", string, NULL };

	memset(string, 'c', sizeof(string) - 1);
	return execve(PROGRAM, argv, none);
}

static int no_utf8(void)
{
	char *argv[] = { "no-utf8", "\xff\xfe\x80", "caf\xe9", "\xc3\xa9", "\xed\xa0\x80", NULL };

	return execve(PROGRAM, argv, none);
}

static int bad_pointer(void)
{
	char *argv[] = { "bad-pointer", (char *)8, NULL };

	return (int)syscall(SYS_execve, PROGRAM, argv, none);
}

static int bad_argv(void)
{
	return (int)syscall(SYS_execve, PROGRAM, (char **)8, none);
}

static int bad_path(void)
{
	char *argv[] = { "bad-path", NULL };

	return (int)syscall(SYS_execve, (char *)8, argv, none);
}

/* The last string ends where the mapping does. */
static int page_end(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *argv[] = { "page-end", page + 4092, NULL };

	if (page == MAP_FAILED || munmap(page + 4096, 4096) < 0)
		return -1;
	memcpy(page + 4092, "end", 4);
	return execve(PROGRAM, argv, none);
}

static int by_descriptor(void)
{
	char *argv[] = { "by-descriptor", NULL };

	return (int)syscall(SYS_execveat, open(PROGRAM, O_PATH | O_CLOEXEC), "", argv, none, AT_EMPTY_PATH);
}

static int relative(void)
{
	char *argv[] = { "relative", NULL };

	return (int)syscall(SYS_execveat, open("/bin", O_PATH | O_DIRECTORY | O_CLOEXEC), "true", argv,
			    none, 0);
}

static int long_path(void)
{
	static char path[4096];
	char *argv[] = { "long-path", NULL };

	/* 4095 bytes: /././.../bin/true */
	for (size_t i = 0; i + 1 < sizeof(path); i++)
		path[i] = i % 2 ? '.' : '/';
	memcpy(path + sizeof(path) - 1 - sizeof("/bin/true") + 1, "/bin/true", sizeof("/bin/true"));
	return execve(path, argv, none);
}

static const struct {
	const char *name;
	int (*run)(void);
} cases[] = {
	{ "no-argv", no_argv },		{ "empty-argv", empty_argv }, { "no-envp", no_envp },
	{ "empty-first", empty_first }, { "two-megabytes", two_megabytes },
	{ "many-arguments", many_arguments }, { "one-long", one_long }, { "too-long", too_long },
	{ "no-utf8", no_utf8 },		{ "bad-pointer", bad_pointer }, { "bad-argv", bad_argv },
	{ "bad-path", bad_path },	{ "page-end", page_end }, { "by-descriptor", by_descriptor },
	{ "relative", relative },	{ "long-path", long_path },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(cases[i].name, argv[1]) == 0) {
			(void)cases[i].run();
			return 100 + errno;
		}
	fprintf(stderr, "usage: args CASE\n");
	return 64;
}
