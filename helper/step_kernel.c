/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel is told for one pid namespace, and what must be true of the whole kernel.
 */
#include "step.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U	/* Linux 6.3 */
#endif

enum { TEXT_BYTES = 128 };

/*
 * The session's own /proc may be read-only; the one that is mounted nowhere is not. Which pid namespace
 * the setting is of depends on who writes it, not on the /proc.
 */
static int open_memfd_noexec(const struct step_context *c, int flags, struct err *e)
{
	int fd = c->proc_fd >= 0 ? openat(c->proc_fd, "sys/vm/memfd_noexec", flags | O_CLOEXEC) :
				   open("/proc/sys/vm/memfd_noexec", flags | O_CLOEXEC);

	return fd < 0 ? err_set(e, errno, "open", "vm.memfd_noexec") : fd;
}

/* 2: who asks for a memfd that can be executed is refused, and what does not ask gets none. */
int apply_memfd_noexec(struct step_context *c, struct err *e)
{
	_close_ int fd = open_memfd_noexec(c, O_WRONLY, e);

	if (fd < 0)
		return fd;
	return write(fd, "2", 1) != 1 ? err_set(e, errno, "write", "vm.memfd_noexec") : 0;
}

int verify_memfd_noexec(struct step_context *c, struct err *e)
{
	_close_ int fd = open_memfd_noexec(c, O_RDONLY, e), memory = -1;
	char value[4] = "";

	if (fd < 0)
		return fd;
	if (read(fd, value, sizeof(value) - 1) < 1 || value[0] != '2')
		return err_set(e, EPERM, "vm.memfd_noexec", "is %.1s", value);
	memory = memfd_create("swrap-test", MFD_EXEC | MFD_CLOEXEC);
	if (memory >= 0 || errno != EACCES)
		return err_set(e, EPERM, "memfd_create", "gave one that can be executed");
	return 0;
}

/* ---- lockdown ---- */

static const char *const lockdown_words[] = {
	[LOCKDOWN_NO] = "[none]",
	[LOCKDOWN_INTEGRITY] = "[integrity]",
	[LOCKDOWN_CONFIDENTIALITY] = "[confidentiality]",
};

void step_note_lockdown(struct step_context *c)
{
	char text[TEXT_BYTES];

	c->lockdown = -1;
	if (io_read_file(AT_FDCWD, "/sys/kernel/security/lockdown", text, sizeof(text)) < 0)
		return;
	for (int i = 0; i < (int)ARRAY_SIZE(lockdown_words); i++)
		if (strstr(text, lockdown_words[i]))
			c->lockdown = i;
}

/* The kernel goes from one state to a stricter one only, so that what was noted still holds. */
int apply_lockdown(struct step_context *c, struct err *e)
{
	if (c->lockdown < 0)
		return err_set(e, ENOTSUP, "lockdown", "the kernel does not show it");
	return 0;
}

int verify_lockdown(struct step_context *c, struct err *e)
{
	if (c->lockdown < (int)c->plan->lockdown)
		return err_set(e, EPERM, "lockdown", "is %s, not %s", lockdown_words[c->lockdown],
			       lockdown_words[c->plan->lockdown]);
	return 0;
}
