/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Code that is in no file. */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

static int writable_code(char **args)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)args;
	if (page == MAP_FAILED)
		return errno;
	(void)munmap(page, PAGE);
	return 0;
}

static int writable_data(char **args)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)args;
	return page == MAP_FAILED ? errno : 0;
}

/* Written first, run afterwards: never both at once. */
static int data_made_code(char **args)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)args;
	return page == MAP_FAILED ? errno : outcome_of(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
}

static int data_made_constant(char **args)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)args;
	return page == MAP_FAILED ? errno : outcome_of(mprotect(page, PAGE, PROT_READ));
}

/* A copy of this program, in memory alone. */
static int memory_program(char **args)
{
	char *const argv[] = { "setuid_binary", "benign", NULL };
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = memfd_create("escape", 0);
	struct stat st;
	char path[64];
	int status;

	(void)args;
	if (from < 0 || to < 0 || fstat(from, &st) < 0)
		return errno;
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		if (n <= 0)
			return n < 0 ? errno : EIO;
		left -= n;
	}
	(void)strcpy(path, "/proc/self/fd/");
	path[14] = (char)('0' + to / 10);
	path[15] = (char)('0' + to % 10);
	path[16] = 0;
	if (to < 10) {
		path[14] = (char)('0' + to);
		path[15] = 0;
	}
	status = run_program(path, argv);
	return status < 0 ? -status : status == 0 ? 0 : EPERM;
}

static int file_program(char **args)
{
	char *const argv[] = { "setuid_binary", "benign", NULL };
	char path[256];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	int status;

	(void)args;
	path[n > 0 ? n : 0] = 0;
	status = run_program(path, argv);
	return status < 0 ? -status : status == 0 ? 0 : EPERM;
}

/* ARGUMENT: more bytes than the profile lets one process have. */
static int much_memory(char **args)
{
	size_t size = (size_t)strtoull(text_of(args, 0, "0"), NULL, 10);
	void *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return at == MAP_FAILED ? errno : 0;
}

const struct hole memory_holes[] = {
	{ "writable_code", writable_code, writable_data },
	{ "data_made_code", data_made_code, data_made_constant },
	{ "memory_program", memory_program, file_program },
	{ "much_memory", much_memory, writable_data },
	{ NULL, NULL, NULL },
};
