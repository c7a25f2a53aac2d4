/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_spec.h"

#include "../src/name.h"
#include "../src/num.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

enum { ERRNO_MAX = 4095, FAMILIES = 64 };

struct spec {
	char *text;
	size_t n, size;
	struct err *e;
};

static int put(struct spec *s, const char *format, ...) _printf_(2, 3);

static int put(struct spec *s, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(s->text + s->n, s->size - s->n, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= s->size - s->n)
		return err_set(s->e, E2BIG, "filter", "more than %zu bytes", s->size);
	s->n += (size_t)n;
	return 0;
}

static int unknown(struct spec *s, const char *directive, const char *word)
{
	return err_set(s->e, EINVAL, directive, "\"%.80s\" is not known", word);
}

/* ---- SystemCallArchitectures= ---- */

/* What this machine's own is called; libseccomp's spelling and systemd's. */
#if defined(__x86_64__)
static const char *const native_names[] = { "native", "x86-64", "x86_64" };
#else
static const char *const native_names[] = { "native", "arm64", "aarch64" };
#endif

static bool is_native(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(native_names); i++)
		if (strcmp(native_names[i], name) == 0)
			return true;
	return false;
}

static int put_architectures(struct spec *s, const struct text_list *names)
{
	bool x86 = false;

	for (uint32_t i = 0; i < names->n; i++) {
		if (strcmp(names->items[i], "x86") == 0)
			x86 = true;
		else if (!is_native(names->items[i]))
			return unknown(s, "SystemCallArchitectures", names->items[i]);
	}
	return x86 ? put(s, "architectures x86\n") : 0;
}

/* ---- error numbers ---- */

/* The number of "EPERM" or "1"; -EINVAL. */
static int errno_find(const char *name)
{
	uint64_t number;

	return num_parse_u64(name, 1, ERRNO_MAX, &number) == 0 ? (int)number : name_errno(name);
}

/* A number, or "kill". */
static int put_error(struct spec *s, const char *directive, const char *name, const char *end)
{
	int number;

	if (strcmp(name, "kill") == 0)
		return put(s, "kill%s", end);
	number = errno_find(name);
	return number < 0 ? unknown(s, directive, name) : put(s, "%d%s", number, end);
}

/* ---- what is on or off ---- */

static int put_restrictions(struct spec *s, const struct profile *p)
{
	const struct {
		bool wanted;
		const char *name;
	} all[] = {
		{ p->restrict_realtime, "realtime" },
		{ p->lock_personality, "personality" },
		{ p->memory_deny_write_execute, "write-execute" },
		{ p->restrict_suid_sgid, "suid-sgid" },
		{ p->protect_clock, "clock" },
		{ p->protect_kernel_modules, "kernel-modules" },
		{ p->protect_kernel_logs, "kernel-logs" },
		{ p->tasks == TASKS_THREADS, "threads" },
		{ p->tasks == TASKS_DENY, "deny" },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all) && r == 0; i++)
		if (all[i].wanted)
			r = put(s, "restrict %s\n", all[i].name);
	return r;
}

/* ---- RestrictNamespaces= ---- */

static const struct namespace_name {
	const char *name;
	uint32_t flag;
} namespace_names[] = {
	{ "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC },	  { "net", CLONE_NEWNET },
	{ "mnt", CLONE_NEWNS },	       { "pid", CLONE_NEWPID },	  { "user", CLONE_NEWUSER },
	{ "uts", CLONE_NEWUTS },       { "time", CLONE_NEWTIME },
};

static uint32_t every_namespace(void)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(namespace_names); i++)
		flags |= namespace_names[i].flag;
	return flags;
}

/* 0: no such. */
static uint32_t namespace_flag(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespace_names); i++)
		if (strcmp(namespace_names[i].name, name) == 0)
			return namespace_names[i].flag;
	return 0;
}

/* The first word says whether the list is of those that may be used or, with "~", that may not. */
static int put_namespaces(struct spec *s, const struct text_list *words)
{
	uint32_t refused = words->n && words->items[0][0] != '~' ? every_namespace() : 0;

	for (uint32_t i = 0; i < words->n; i++) {
		bool refuse = words->items[i][0] == '~';
		const char *name = words->items[i] + refuse;
		uint32_t flags = namespace_flag(name);

		if (strcmp(name, "yes") == 0 || strcmp(name, "no") == 0) {
			refuse = name[0] == 'y';
			flags = every_namespace();
		}
		if (!flags)
			return unknown(s, "RestrictNamespaces", name);
		refused = refuse ? refused | flags : refused & ~flags;
	}
	return refused ? put(s, "namespaces %x\n", refused) : 0;
}

/* ---- RestrictAddressFamilies= ---- */

static int put_families(struct spec *s, const struct text_list *words)
{
	bool refuse = words->n && words->items[0][0] == '~', listed[FAMILIES] = { false };
	int r;

	for (uint32_t i = 0; i < words->n; i++) {
		bool other = (words->items[i][0] == '~') != refuse;
		const char *name = words->items[i] + (words->items[i][0] == '~');
		int number = name_family(name);

		if (number < 0 && strcmp(name, "none") == 0 && i == 0)
			continue;
		if (number < 0 || number >= FAMILIES)
			return unknown(s, "RestrictAddressFamilies", name);
		listed[number] = !other;
	}
	if (words->n == 0)
		return 0;
	r = put(s, "families %s", refuse ? "refuse" : "allow");
	for (int i = 0; i < FAMILIES && r == 0; i++)
		if (listed[i])
			r = put(s, " %d", i);
	return r < 0 ? r : put(s, "\n");
}

/* ---- SystemCallFilter= ---- */

/* A name of letters, digits, "_" and "-"; in front of it "~", "?" and "@". */
static bool is_word(const char *word, size_t n)
{
	size_t at = 0;

	at += at < n && word[at] == '~';
	at += at < n && word[at] == '?';
	at += at < n && word[at] == '@';
	return at < n && strspn(word + at, "abcdefghijklmnopqrstuvwxyz0123456789_-") >= n - at;
}

static int put_words(struct spec *s, const struct text_list *words)
{
	int r = words->n ? put(s, "syscalls") : 0;

	for (uint32_t i = 0; i < words->n && r == 0; i++) {
		const char *word = words->items[i], *colon = strchr(word, ':');
		size_t n = colon ? (size_t)(colon - word) : strlen(word);

		if (!is_word(word, n))
			return unknown(s, "SystemCallFilter", word);
		r = put(s, " %.*s%s", (int)n, word, colon ? ":" : "");
		if (r == 0 && colon)
			r = put_error(s, "SystemCallFilter", colon + 1, "");
	}
	return words->n && r == 0 ? put(s, "\n") : r;
}

int filter_spec(const struct profile *p, char *text, size_t size, struct err *e)
{
	struct spec s = { .text = text, .size = size, .e = e };
	int r = put(&s, FILTER_SPEC_HEAD);

	if (r == 0)
		r = put_architectures(&s, &p->system_call_architectures);
	if (r == 0 && p->system_call_error_number) {
		r = put(&s, "error ");
		if (r == 0)
			r = put_error(&s, "SystemCallErrorNumber", p->system_call_error_number, "\n");
	}
	if (r == 0)
		r = put_restrictions(&s, p);
	if (r == 0)
		r = put_namespaces(&s, &p->restrict_namespaces);
	if (r == 0)
		r = put_families(&s, &p->restrict_address_families);
	return r < 0 ? r : put_words(&s, &p->system_call_filter);
}
