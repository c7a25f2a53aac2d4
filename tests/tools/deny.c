/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * deny - runs a program on a kernel that seems to lack something newer than Linux 5.14.
 *
 *   deny CASE PROGRAM [ARGS]        the cases are in the table below
 *
 * An outer filter gives the answer an older kernel gives, to the program and all that it starts.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARGUMENT(n) ((uint32_t)offsetof(struct seccomp_data, args[n]))
#define NOTIF_SET_FLAGS 0x40082104u /* SECCOMP_IOCTL_NOTIF_SET_FLAGS, since 6.6 */

/* The low half of an argument, masked, must equal value; mask 0: any. */
static const struct denial {
	const char *name;
	long call;
	int error;
	struct condition {
		uint32_t argument, mask, value;
	} conditions[2];
} denials[] = {
	{ "wait-killable", SYS_seccomp, EINVAL, { { ARGUMENT(1), 1 << 5, 1 << 5 } } },
	{ "peer-pidfd", SYS_getsockopt, ENOPROTOOPT,
	  { { ARGUMENT(1), ~0u, SOL_SOCKET }, { ARGUMENT(2), ~0u, 77 } } },
	{ "sync-wake-up", SYS_ioctl, EINVAL, { { ARGUMENT(1), ~0u, NOTIF_SET_FLAGS } } },
	{ "set-group", SYS_move_mount, EINVAL, { { ARGUMENT(4), 0x100, 0x100 } } },
	{ "close-range", SYS_close_range, ENOSYS, { { 0 } } },
	{ "clone3", SYS_clone3, ENOSYS, { { 0 } } },
	{ "mount-setattr", SYS_mount_setattr, ENOSYS, { { 0 } } },
	{ "statmount", 457, ENOSYS, { { 0 } } },
	{ "nothing", -1, 0, { { 0 } } },
};

static size_t add(struct sock_filter *program, size_t n, uint16_t code, uint32_t k, uint8_t no)
{
	program[n] = (struct sock_filter){ code, 0, no, k };
	return n + 1;
}

static size_t build(const struct denial *d, struct sock_filter *program)
{
	size_t conditions = 0, n = 0;
	uint8_t left;

	while (conditions < 2 && d->conditions[conditions].mask)
		conditions++;
	left = (uint8_t)(3 * conditions + 1); /* from behind the first test to the last return */
	n = add(program, n, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0);
	n = add(program, n, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)d->call, left);
	for (size_t i = 0; i < conditions; i++) {
		const struct condition *c = &d->conditions[i];

		left = (uint8_t)(left - 3);
		n = add(program, n, BPF_LD | BPF_W | BPF_ABS, c->argument, 0);
		n = add(program, n, BPF_ALU | BPF_AND | BPF_K, c->mask, 0);
		n = add(program, n, BPF_JMP | BPF_JEQ | BPF_K, c->value, left);
	}
	n = add(program, n, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)d->error, 0);
	return add(program, n, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0);
}

static int load(const struct denial *d)
{
	struct sock_filter filter[16];
	struct sock_fprog program = { .filter = filter };

	if (d->call < 0)
		return 0;
	program.len = (unsigned short)build(d, filter);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < sizeof(denials) / sizeof(denials[0]); i++) {
		if (strcmp(denials[i].name, argv[1]) != 0)
			continue;
		if (load(&denials[i]) < 0) {
			perror("deny: seccomp");
			return 71;
		}
		(void)execvp(argv[2], argv + 2);
		perror("deny: exec");
		return 127;
	}
	fprintf(stderr, "usage: deny CASE PROGRAM [ARGS]\n");
	return 64;
}
