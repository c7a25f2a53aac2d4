/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_spec.h"

#include "../src/num.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

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

static const struct {
	const char *name;
	int number;
} errno_also[] = {
	{ "EWOULDBLOCK", EWOULDBLOCK }, { "EDEADLOCK", EDEADLOCK }, { "EOPNOTSUPP", EOPNOTSUPP },
	{ "ENOTSUP", ENOTSUP },
};

/* The number of "EPERM" or "1"; -1: neither. */
static int errno_find(const char *name)
{
	uint64_t number;

	if (num_parse_u64(name, 1, ERRNO_MAX, &number) == 0)
		return (int)number;
	for (size_t i = 0; i < ARRAY_SIZE(errno_also); i++)
		if (strcmp(errno_also[i].name, name) == 0)
			return errno_also[i].number;
	for (int n = 1; n <= ERRNO_MAX; n++) {
		const char *known = strerrorname_np(n);

		if (known && strcmp(known, name) == 0)
			return n;
	}
	return -1;
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

#define FAMILY(name) { #name, name }
static const struct {
	const char *name;
	int number;
} families[] = {
	FAMILY(AF_UNIX), FAMILY(AF_LOCAL), FAMILY(AF_INET), FAMILY(AF_AX25), FAMILY(AF_IPX),
	FAMILY(AF_APPLETALK), FAMILY(AF_NETROM), FAMILY(AF_BRIDGE), FAMILY(AF_ATMPVC), FAMILY(AF_X25),
	FAMILY(AF_INET6), FAMILY(AF_ROSE), FAMILY(AF_DECnet), FAMILY(AF_NETBEUI), FAMILY(AF_SECURITY),
	FAMILY(AF_KEY), FAMILY(AF_NETLINK), FAMILY(AF_ROUTE), FAMILY(AF_PACKET), FAMILY(AF_ASH),
	FAMILY(AF_ECONET), FAMILY(AF_ATMSVC), FAMILY(AF_RDS), FAMILY(AF_SNA), FAMILY(AF_IRDA),
	FAMILY(AF_PPPOX), FAMILY(AF_WANPIPE), FAMILY(AF_LLC), FAMILY(AF_IB), FAMILY(AF_MPLS),
	FAMILY(AF_CAN), FAMILY(AF_TIPC), FAMILY(AF_BLUETOOTH), FAMILY(AF_IUCV), FAMILY(AF_RXRPC),
	FAMILY(AF_ISDN), FAMILY(AF_PHONET), FAMILY(AF_IEEE802154), FAMILY(AF_CAIF), FAMILY(AF_ALG),
	FAMILY(AF_NFC), FAMILY(AF_VSOCK), FAMILY(AF_KCM), FAMILY(AF_QIPCRTR), FAMILY(AF_SMC),
	FAMILY(AF_XDP), { "AF_MCTP", 45 },
};

static int family_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (strcmp(families[i].name, name) == 0)
			return families[i].number;
	return -1;
}

static int put_families(struct spec *s, const struct text_list *words)
{
	bool refuse = words->n && words->items[0][0] == '~', listed[FAMILIES] = { false };
	int r;

	for (uint32_t i = 0; i < words->n; i++) {
		bool other = (words->items[i][0] == '~') != refuse;
		const char *name = words->items[i] + (words->items[i][0] == '~');
		int number = family_find(name);

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
