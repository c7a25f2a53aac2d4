/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * doors - tries to become somebody else, to type into a terminal, to call the kernel by other
 * numbers.
 *
 * Usage: doors NAME...   (attempt.h)
 */
#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#ifndef TIOCLINUX
#define TIOCLINUX 0x541c
#endif
#define GARBAGE 0xdeadbeef00000000ul

/* ---- identity ---- */

static int try_setuid(void) { return result(setuid(0)); }
static int try_seteuid(void) { return result(setresuid(-1, 0, -1)); }
static int try_setgid(void) { return result(setresgid(0, 0, 0)); }
static int try_setgroups(void)
{
	gid_t group = 0;

	return result(syscall(SYS_setgroups, 1, &group));
}
static int try_new_listener(void)
{
	/* A filter that lets all pass, with a second listener below the first. */
	struct { unsigned short code; unsigned char jt, jf; unsigned int k; } code = {
		0x06, 0, 0, 0x7fff0000
	};
	struct { unsigned short n; void *at; } program = { 1, &code };

	if (syscall(SYS_prctl, 38 /* PR_SET_NO_NEW_PRIVS */, 1, 0, 0, 0) < 0)
		return errno;
	return result(syscall(SYS_seccomp, 1, 8 /* NEW_LISTENER */, &program));
}

/* ---- terminals ---- */

/* A terminal of our own that controls us: there typing into it is anybody's right. */
static int own_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	const char *name = master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ?
				   NULL : ptsname(master);
	int slave = name ? open(name, O_RDWR | O_NOCTTY) : -1;

	if (slave < 0 || setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		return -1;
	return slave;
}

static int on_terminal(unsigned long request)
{
	int tty = own_terminal();
	char byte = 'x';

	return tty < 0 ? ENOTTY : result(syscall(SYS_ioctl, tty, request, &byte));
}

static int try_tiocsti(void) { return on_terminal(TIOCSTI); }
static int try_tiocsti_garbage(void) { return on_terminal(TIOCSTI | GARBAGE); }
static int try_tioclinux(void) { return on_terminal(TIOCLINUX); }
static int try_tioclinux_garbage(void) { return on_terminal(TIOCLINUX | GARBAGE); }

/* ---- other ways into the kernel ---- */

#ifdef __x86_64__
static long int80(long number, unsigned int a, unsigned int b, unsigned int c)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(number), "b"(a), "c"(b), "d"(c) :
			 "memory", "r8", "r9", "r10", "r11");
	return r;
}

/* execve of 32-bit programs' table (11): the path must lie below 4 GiB. */
static int try_int80_exec(void)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long r;

	if (low == MAP_FAILED)
		return errno;
	strcpy(low, "/bin/true");
	r = int80(11, (unsigned int)(uintptr_t)low, 0, 0);
	return (int)-r;
}

static int try_int80_getpid(void) { return int80(20, 0, 0, 0) > 0 ? 0 : ENOSYS; }
static int try_x32_getpid(void) { return result(syscall(0x40000000 + SYS_getpid)); }
static int try_x32_exec(void)
{
	return result(syscall(0x40000000 + 520 /* execve of x32 */, "/bin/true", NULL, NULL));
}
#endif

/* ---- the table ---- */

static const struct attempt attempts[] = {
	{ "setuid", try_setuid }, { "seteuid", try_seteuid }, { "setgid", try_setgid },
	{ "setgroups", try_setgroups }, { "new_listener", try_new_listener },
	{ "tiocsti", try_tiocsti }, { "tiocsti_garbage", try_tiocsti_garbage },
	{ "tioclinux", try_tioclinux }, { "tioclinux_garbage", try_tioclinux_garbage },
#ifdef __x86_64__
	{ "int80_exec", try_int80_exec }, { "int80_getpid", try_int80_getpid },
	{ "x32_getpid", try_x32_getpid }, { "x32_exec", try_x32_exec },
#endif
};

int main(int argc, char **argv)
{
	return attempt_all(attempts, sizeof(attempts) / sizeof(attempts[0]), argc, argv);
}
