/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "name.h"

#include "attr.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* Second names; the kernel's own list has one a number. */
static const struct {
	const char *name;
	int number;
} errno_also[] = {
	{ "EWOULDBLOCK", EWOULDBLOCK },
	{ "EDEADLOCK", EDEADLOCK },
	{ "EOPNOTSUPP", EOPNOTSUPP },
	{ "ENOTSUP", ENOTSUP },
};

int name_errno(const char *name)
{
	enum { LAST = 133 };

	for (size_t i = 0; i < ARRAY_SIZE(errno_also); i++)
		if (strcmp(errno_also[i].name, name) == 0)
			return errno_also[i].number;
	for (int i = 1; i <= LAST; i++) {
		const char *known = strerrorname_np(i);

		if (known && strcmp(known, name) == 0)
			return i;
	}
	return -EINVAL;
}

static const char *const capabilities[] = {
	[CAP_CHOWN] = "CAP_CHOWN",
	[CAP_DAC_OVERRIDE] = "CAP_DAC_OVERRIDE",
	[CAP_DAC_READ_SEARCH] = "CAP_DAC_READ_SEARCH",
	[CAP_FOWNER] = "CAP_FOWNER",
	[CAP_FSETID] = "CAP_FSETID",
	[CAP_KILL] = "CAP_KILL",
	[CAP_SETGID] = "CAP_SETGID",
	[CAP_SETUID] = "CAP_SETUID",
	[CAP_SETPCAP] = "CAP_SETPCAP",
	[CAP_LINUX_IMMUTABLE] = "CAP_LINUX_IMMUTABLE",
	[CAP_NET_BIND_SERVICE] = "CAP_NET_BIND_SERVICE",
	[CAP_NET_BROADCAST] = "CAP_NET_BROADCAST",
	[CAP_NET_ADMIN] = "CAP_NET_ADMIN",
	[CAP_NET_RAW] = "CAP_NET_RAW",
	[CAP_IPC_LOCK] = "CAP_IPC_LOCK",
	[CAP_IPC_OWNER] = "CAP_IPC_OWNER",
	[CAP_SYS_MODULE] = "CAP_SYS_MODULE",
	[CAP_SYS_RAWIO] = "CAP_SYS_RAWIO",
	[CAP_SYS_CHROOT] = "CAP_SYS_CHROOT",
	[CAP_SYS_PTRACE] = "CAP_SYS_PTRACE",
	[CAP_SYS_PACCT] = "CAP_SYS_PACCT",
	[CAP_SYS_ADMIN] = "CAP_SYS_ADMIN",
	[CAP_SYS_BOOT] = "CAP_SYS_BOOT",
	[CAP_SYS_NICE] = "CAP_SYS_NICE",
	[CAP_SYS_RESOURCE] = "CAP_SYS_RESOURCE",
	[CAP_SYS_TIME] = "CAP_SYS_TIME",
	[CAP_SYS_TTY_CONFIG] = "CAP_SYS_TTY_CONFIG",
	[CAP_MKNOD] = "CAP_MKNOD",
	[CAP_LEASE] = "CAP_LEASE",
	[CAP_AUDIT_WRITE] = "CAP_AUDIT_WRITE",
	[CAP_AUDIT_CONTROL] = "CAP_AUDIT_CONTROL",
	[CAP_SETFCAP] = "CAP_SETFCAP",
	[CAP_MAC_OVERRIDE] = "CAP_MAC_OVERRIDE",
	[CAP_MAC_ADMIN] = "CAP_MAC_ADMIN",
	[CAP_SYSLOG] = "CAP_SYSLOG",
	[CAP_WAKE_ALARM] = "CAP_WAKE_ALARM",
	[CAP_BLOCK_SUSPEND] = "CAP_BLOCK_SUSPEND",
	[CAP_AUDIT_READ] = "CAP_AUDIT_READ",
	[CAP_PERFMON] = "CAP_PERFMON",
	[CAP_BPF] = "CAP_BPF",
	[CAP_CHECKPOINT_RESTORE] = "CAP_CHECKPOINT_RESTORE",
};

_Static_assert(ARRAY_SIZE(capabilities) == NAME_CAPABILITIES, "every capability has its name");

static const char *const families[] = {
	[AF_UNIX] = "AF_UNIX",		   [AF_INET] = "AF_INET",
	[AF_AX25] = "AF_AX25",		   [AF_IPX] = "AF_IPX",
	[AF_APPLETALK] = "AF_APPLETALK",   [AF_NETROM] = "AF_NETROM",
	[AF_BRIDGE] = "AF_BRIDGE",	   [AF_ATMPVC] = "AF_ATMPVC",
	[AF_X25] = "AF_X25",		   [AF_INET6] = "AF_INET6",
	[AF_ROSE] = "AF_ROSE",		   [AF_DECnet] = "AF_DECnet",
	[AF_NETBEUI] = "AF_NETBEUI",	   [AF_SECURITY] = "AF_SECURITY",
	[AF_KEY] = "AF_KEY",		   [AF_NETLINK] = "AF_NETLINK",
	[AF_PACKET] = "AF_PACKET",	   [AF_ASH] = "AF_ASH",
	[AF_ECONET] = "AF_ECONET",	   [AF_ATMSVC] = "AF_ATMSVC",
	[AF_RDS] = "AF_RDS",		   [AF_SNA] = "AF_SNA",
	[AF_IRDA] = "AF_IRDA",		   [AF_PPPOX] = "AF_PPPOX",
	[AF_WANPIPE] = "AF_WANPIPE",	   [AF_LLC] = "AF_LLC",
	[AF_IB] = "AF_IB",		   [AF_MPLS] = "AF_MPLS",
	[AF_CAN] = "AF_CAN",		   [AF_TIPC] = "AF_TIPC",
	[AF_BLUETOOTH] = "AF_BLUETOOTH",   [AF_IUCV] = "AF_IUCV",
	[AF_RXRPC] = "AF_RXRPC",	   [AF_ISDN] = "AF_ISDN",
	[AF_PHONET] = "AF_PHONET",	   [AF_IEEE802154] = "AF_IEEE802154",
	[AF_CAIF] = "AF_CAIF",		   [AF_ALG] = "AF_ALG",
	[AF_NFC] = "AF_NFC",		   [AF_VSOCK] = "AF_VSOCK",
	[AF_KCM] = "AF_KCM",		   [AF_QIPCRTR] = "AF_QIPCRTR",
	[AF_SMC] = "AF_SMC",		   [AF_XDP] = "AF_XDP",
	[45] = "AF_MCTP",
};

_Static_assert(ARRAY_SIZE(families) == NAME_FAMILIES, "NAME_FAMILIES is out of date");

const char *name_of_capability(unsigned int number)
{
	return number < ARRAY_SIZE(capabilities) ? capabilities[number] : NULL;
}

const char *name_of_family(unsigned int number)
{
	return number < ARRAY_SIZE(families) ? families[number] : NULL;
}

int name_capability(const char *name)
{
	const char *tail = strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;

	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++)
		if (capabilities[i] && strcasecmp(capabilities[i] + 4, tail) == 0)
			return (int)i;
	return -EINVAL;
}

int name_family(const char *name)
{
	if (strcmp(name, "AF_LOCAL") == 0)
		return AF_UNIX;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (families[i] && strcmp(families[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

/* ---- what may have been meant ---- */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Of the first i letters of a and the first j of b, when all smaller ones are known. */
static size_t distance_of(size_t rows[][NAME_BYTES + 1], const char *a, size_t i, const char *b, size_t j)
{
	size_t best;

	if (i == 0 || j == 0)
		return i + j;
	best = rows[i - 1][j - 1] + !same_letter(a[i - 1], b[j - 1]);
	best = smaller(best, smaller(rows[i - 1][j], rows[i][j - 1]) + 1);
	if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
		best = smaller(best, rows[i - 2][j - 2] + 1);
	return best;
}

size_t name_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), rows[NAME_BYTES + 1][NAME_BYTES + 1];

	if (n > NAME_BYTES || m > NAME_BYTES)
		return SIZE_MAX;
	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= m; j++)
			rows[i][j] = distance_of(rows, a, i, b, j);
	return rows[n][m];
}

const char *name_nearest(const char *word, const char *(*name)(unsigned int number), unsigned int n)
{
	size_t best = strlen(word) / 4 + 2;
	const char *nearest = NULL;

	for (unsigned int i = 0; i < n; i++) {
		const char *candidate = name(i);
		size_t distance = candidate ? name_distance(word, candidate) : SIZE_MAX;

		if (distance < best) {
			best = distance;
			nearest = candidate;
		}
	}
	return nearest;
}
