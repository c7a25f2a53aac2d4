/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * deadfs - mounts a FUSE file system whose daemon never answers: who looks into it sleeps where no signal
 * reaches, until this program ends. Usage: deadfs DIRECTORY; prints "mounted".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static int answer_init(int fd, const struct fuse_in_header *in)
{
	struct {
		struct fuse_out_header head;
		struct fuse_init_out init;
	} out;

	memset(&out, 0, sizeof(out));
	out.head.len = sizeof(out);
	out.head.unique = in->unique;
	out.init.major = FUSE_KERNEL_VERSION;
	out.init.minor = FUSE_KERNEL_MINOR_VERSION;
	out.init.max_write = 4096;
	return write(fd, &out, sizeof(out)) == (ssize_t)sizeof(out) ? 0 : -1;
}

int main(int argc, char **argv)
{
	static _Alignas(struct fuse_in_header) char request[256 * 1024];
	const struct fuse_in_header *in = (const void *)request;
	char options[128];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (argc != 2 || fd < 0) {
		perror("/dev/fuse");
		return 69;
	}
	(void)snprintf(options, sizeof(options),
		       "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
	if (mount("deadfs", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
		perror("mount");
		return 69;
	}
	for (;;) {
		ssize_t n = read(fd, request, sizeof(request));

		if (n < 0 && errno != EINTR && errno != EAGAIN && errno != ENOENT)
			return 1;
		/* A request that was read can no longer be taken back by a signal. */
		if (n >= (ssize_t)sizeof(*in) && in->opcode == FUSE_INIT && answer_init(fd, in) == 0) {
			(void)puts("mounted");
			(void)fflush(stdout);
		}
	}
}
