/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mkfilter - writes the filters of the shipped profiles and the supervisor's own to standard output: C
 * arrays of classic BPF, each with its spec.
 *
 * Runs at build time, for the machine it runs on. Whatever is not understood ends the build.
 */
#include "filter_compile.h"

#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	SUPERVISOR_CALLS = 35,		/* it may make no more: it reads hostile memory */
	CALL_NUMBERS_END = 1024,
};

/* What profiles come to that no login should have to wait for: a unit test finds each shipped one. */
static const char *const specs[] = {
	"filter 1\n",
	"filter 1\nsyscalls @login\n",
	"filter 1\nsyscalls @strict\n",
	"filter 1\nrestrict write-execute\nrestrict suid-sgid\nsyscalls @strict\n",
};

static _Noreturn void fail(const char *text, ...) _printf_(1, 2);

static _Noreturn void fail(const char *text, ...)
{
	va_list args;

	va_start(args, text);
	(void)fputs("mkfilter: ", stderr);
	(void)vfprintf(stderr, text, args);
	(void)fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void print_array(const char *name, size_t index, const struct sock_filter *code, size_t n)
{
	printf("\nstatic const struct sock_filter %s%zu[] = {\n", name, index);
	for (size_t i = 0; i < n; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", code[i].code, code[i].jt, code[i].jf,
		       code[i].k);
	puts("};");
}

static size_t print_spec(size_t index)
{
	struct sock_filter code[BPF_MAXINSNS];
	struct err e = { 0 };
	size_t n = 0;

	if (filter_compile(specs[index], code, &n, &e) < 0)
		fail("%s: %s", e.what, e.about);
	print_array("session", index, code, n);
	return n;
}

static size_t print_supervisor(void)
{
	struct sock_filter code[BPF_MAXINSNS];
	struct err e = { 0 };
	size_t n = 0, calls = 0;

	if (filter_compile_policy(&filter_supervisor_policy, code, &n, &calls, &e) < 0)
		fail("%s: %s", e.what, e.about);
	if (calls > SUPERVISOR_CALLS)
		fail("the supervisor allows %zu calls, at most %d were agreed", calls, SUPERVISOR_CALLS);
	print_array("supervisor", 0, code, n);
	return n;
}

/* The kernel's struct has no const; nothing writes through it. */
static void print_program(const char *name, size_t index, size_t n)
{
	printf("{ %zu, (struct sock_filter *)(uintptr_t)%s%zu }", n, name, index);
}

static void print_text(const char *text)
{
	putchar('"');
	for (; *text; text++)
		if (*text == '\n')
			fputs("\\n", stdout);
		else
			putchar(*text);
	putchar('"');
}

/* So that records can name a call without a library. */
static void print_names(void)
{
	int last = 0;

	puts("\nconst char *const filter_call_names[] = {");
	for (int number = 0; number < CALL_NUMBERS_END; number++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

		if (name) {
			printf("\t[%d] = \"%s\",\n", number, name);
			last = number;
		}
		free(name);
	}
	printf("};\nconst size_t filter_call_names_n = %d;\n", last + 1);
}

int main(void)
{
	size_t lengths[SET_COUNT(specs)], supervisor;

	puts("/* made by mkfilter from tools/filter_sets.c */");
	puts("#include \"helper/filter_data.h\"\n\n#include <stdint.h>");
	for (size_t i = 0; i < SET_COUNT(specs); i++)
		lengths[i] = print_spec(i);
	supervisor = print_supervisor();
	puts("\nconst struct filter_prebuilt filter_prebuilts[] = {");
	for (size_t i = 0; i < SET_COUNT(specs); i++) {
		fputs("\t{ ", stdout);
		print_text(specs[i]);
		fputs(", ", stdout);
		print_program("session", i, lengths[i]);
		puts(" },");
	}
	printf("};\nconst size_t filter_prebuilts_n = %zu;\n\nconst struct sock_fprog filter_supervisor_data"
	       " = ", SET_COUNT(specs));
	print_program("supervisor", 0, supervisor);
	puts(";");
	print_names();
	if (fflush(stdout) != 0 || ferror(stdout))
		fail("cannot write");
	return 0;
}
