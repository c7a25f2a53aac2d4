/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mkfilter - writes the system call filters to standard output: C arrays of classic BPF.
 *
 * Runs at build time, for the machine it runs on. Whatever is not understood ends the build: a
 * filter with a rule missing would load just as well.
 */
#include "filter_sets.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NAME_BYTES = 64, MAX_CALLS = 512, NOTIFY_API_LEVEL = 5 };

/* Low half of an argument: offset within its eight bytes. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_HALF 0
#else
#define LOW_HALF 4
#endif

struct builder {
	scmp_filter_ctx context;
	const struct filter_plan *plan;
	int allowed[MAX_CALLS];		/* distinct calls that may be allowed */
	size_t nallowed;
};

static _Noreturn void fail(const char *text, ...) __attribute__((format(printf, 1, 2)));

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

/* The number of a call here; < 0 when this architecture does not have it. */
static int call_number(const char *name, int fallback)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR && fallback > 0)
		return fallback;
	if (number == __NR_SCMP_ERROR)
		fail("libseccomp knows no system call \"%s\"", name);
	return number;
}

static void note_allowed(struct builder *b, int number)
{
	for (size_t i = 0; i < b->nallowed; i++)
		if (b->allowed[i] == number)
			return;
	if (b->nallowed == MAX_CALLS)
		fail("%s: more than %d calls", b->plan->name, MAX_CALLS);
	b->allowed[b->nallowed++] = number;
}

static void add(struct builder *b, const char *name, int fallback, unsigned int action,
		unsigned int n, const struct scmp_arg_cmp *compare)
{
	int number = call_number(name, fallback);
	int r;

	if (number < 0 || action == b->plan->action) /* libseccomp refuses to repeat the default */
		return;
	if (action == SCMP_ACT_ALLOW)
		note_allowed(b, number);
	r = seccomp_rule_add_exact_array(b->context, action, number, n, compare);
	if (r < 0)
		fail("%s: rule for %s: %s", b->plan->name, name, strerror(-r));
}

/* One word of a names list: "name" or "name=number". */
static void add_word(struct builder *b, const char *word, size_t length, unsigned int action)
{
	char name[NAME_BYTES];
	char *equals;

	if (length == 0 || length >= sizeof(name))
		fail("%s: bad name at \"%s\"", b->plan->name, word);
	memcpy(name, word, length);
	name[length] = 0;
	equals = strchr(name, '=');
	if (equals)
		*equals = 0;
	add(b, name, equals ? atoi(equals + 1) : 0, action, 0, NULL);
}

static void add_names(struct builder *b, const char *names, unsigned int action)
{
	for (;;) {
		size_t length = strcspn(names, " ");

		add_word(b, names, length, action);
		if (names[length] == 0)
			return;
		names += length + 1;
	}
}

static void add_set(struct builder *b, const struct call_set *set)
{
	for (size_t i = 0; i < set->ncalls; i++)
		add_names(b, set->calls[i].names, set->action);
	for (size_t i = 0; i < set->nrules; i++) {
		const struct set_rule *rule = &set->rules[i];

		add(b, rule->name, 0, rule->action, rule->n, rule->compare);
	}
}

static void set_attribute(struct builder *b, enum scmp_filter_attr attribute, uint32_t value)
{
	int r = seccomp_attr_set(b->context, attribute, value);

	if (r < 0)
		fail("%s: attribute %d: %s", b->plan->name, (int)attribute, strerror(-r));
}

static void build(struct builder *b)
{
	b->context = seccomp_init(b->plan->action);
	if (!b->context)
		fail("%s: seccomp_init", b->plan->name);
	/* int 0x80 would otherwise be a way round every number below. */
	set_attribute(b, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* A tree instead of a list. It changes no verdict, so a library without it will do. */
	(void)seccomp_attr_set(b->context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < b->plan->nsets; i++)
		add_set(b, b->plan->sets[i]);
	if (b->plan->max_calls && b->nallowed > b->plan->max_calls)
		fail("%s allows %zu calls, at most %zu were agreed", b->plan->name, b->nallowed,
		     b->plan->max_calls);
}

/* libseccomp writes the program to a descriptor; the caller frees the result. */
static struct sock_filter *export(struct builder *b, size_t *ret_n)
{
	int fd = memfd_create("bpf", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : seccomp_export_bpf(b->context, fd);
	off_t bytes = r < 0 ? 0 : lseek(fd, 0, SEEK_END);
	struct sock_filter *code;

	if (bytes <= 0 || (size_t)bytes % sizeof(*code) != 0)
		fail("%s: seccomp_export_bpf: %s", b->plan->name, strerror(-r));
	code = malloc((size_t)bytes);
	if (!code || pread(fd, code, (size_t)bytes, 0) != bytes)
		fail("%s: cannot read the program back", b->plan->name);
	(void)close(fd);
	*ret_n = (size_t)bytes / sizeof(*code);
	return code;
}

static void print_one(struct sock_filter s)
{
	printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", s.code, s.jt, s.jf, s.k);
}

/*
 * "If it is this call of this architecture and the low half of that argument is this value: EPERM",
 * before libseccomp's program: an allow list cannot say "any value but these" of 32 bits out of 64.
 * libseccomp's part loads what it needs itself, so nothing is left over for it here.
 */
static size_t print_refused(const struct refused_value *refused)
{
	unsigned int argument = (unsigned int)offsetof(struct seccomp_data, args[0]) +
				8 * refused->argument + LOW_HALF;
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call_number(refused->name, 0), 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused->value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};

	printf("\t/* %s argument %u = 0x%x: %s */\n", refused->name, refused->argument,
	       refused->value, refused->reason);
	for (size_t i = 0; i < sizeof(code) / sizeof(code[0]); i++)
		print_one(code[i]);
	return sizeof(code) / sizeof(code[0]);
}

static void print_plan(const struct filter_plan *plan, size_t *ret_n)
{
	struct builder b = { .plan = plan };
	struct sock_filter *code;
	size_t n = 0, refused = 0;

	build(&b);
	code = export(&b, &n);
	printf("\n/* %s: %s */\nstatic const struct sock_filter %s[] = {\n", plan->name, plan->doc,
	       plan->name);
	for (size_t i = 0; i < plan->nrefused; i++)
		refused += print_refused(&plan->refused[i]);
	for (size_t i = 0; i < n; i++)
		print_one(code[i]);
	puts("};");
	free(code);
	seccomp_release(b.context);
	*ret_n = n + refused;
	if (*ret_n > BPF_MAXINSNS)
		fail("%s: %zu instructions, the kernel takes %d", plan->name, *ret_n, BPF_MAXINSNS);
}

static void print_table(const size_t lengths[PLAN_COUNT])
{
	static const char *const index[PLAN_COUNT] = {
		"FILTER_DATA_LOGIN", "FILTER_DATA_STRICT", "FILTER_DATA_SUPERVISOR",
	};

	/* The kernel's struct has no const; nothing writes through it. */
	puts("\nconst struct sock_fprog filter_data[FILTER_DATA_COUNT] = {");
	for (int i = 0; i < PLAN_COUNT; i++)
		printf("\t[%s] = { %zu, (struct sock_filter *)(uintptr_t)%s },\n", index[i],
		       lengths[i], filter_plans[i].name);
	puts("};");
}

int main(void)
{
	size_t lengths[PLAN_COUNT];

	/* What the build machine's kernel can do does not matter: the programs are only written. */
	if (seccomp_api_set(NOTIFY_API_LEVEL) < 0)
		fail("libseccomp has no user notification: 2.5 is needed");
	puts("/* made by mkfilter from tools/filter_sets.c */");
	puts("#include \"helper/filter_data.h\"\n\n#include <stdint.h>");
	for (int i = 0; i < PLAN_COUNT; i++)
		print_plan(&filter_plans[i], &lengths[i]);
	print_table(lengths);
	if (fflush(stdout) != 0 || ferror(stdout))
		fail("cannot write");
	return 0;
}
