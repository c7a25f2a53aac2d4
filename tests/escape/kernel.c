/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of the kernel that a session has no business with. */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int use_keyring(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_keyctl, 0L, -3L, 0L)); /* GET_KEYRING_ID, the session's */
}

static int ask_time(char **args)
{
	(void)args;
	return outcome_of(syscall(SYS_gettid));
}

static int load_bpf(char **args)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
				.max_entries = 1 };

	(void)args;
	return outcome_of(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int count_events(char **args)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1, .exclude_hv = 1,
	};
	int r;

	(void)args;
	r = outcome_of(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
	return r == ENOENT || r == EOPNOTSUPP ? ESCAPE_ABSENT : r;
}

static int stall_reader(char **args)
{
	int r;

	(void)args;
	r = outcome_of(syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY | O_CLOEXEC));
	return r == ENOSYS ? ESCAPE_ABSENT : r;
}

/*
 * Opens a file by a ring: no filter sees which. One entry is submitted by hand, without liburing.
 */
struct ring {
	int fd;
	unsigned char *queue;
	struct io_uring_sqe *entries;
	struct io_uring_params params;
};

static int map_ring(struct ring *ring)
{
	const struct io_uring_params *p = &ring->params;

	ring->queue = mmap(NULL, p->sq_off.array + p->sq_entries * sizeof(uint32_t),
			   PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->entries = mmap(NULL, p->sq_entries * sizeof(*ring->entries), PROT_READ | PROT_WRITE,
			     MAP_SHARED, ring->fd, IORING_OFF_SQES);
	return ring->queue == MAP_FAILED || ring->entries == MAP_FAILED ? errno : 0;
}

static int open_by_ring(char **args)
{
	struct ring ring = { .fd = -1 };
	uint32_t *tail;

	ring.fd = (int)syscall(SYS_io_uring_setup, 1, &ring.params);
	if (ring.fd < 0)
		return errno;
	if (map_ring(&ring) != 0)
		return errno;
	ring.entries[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
		.addr = (uint64_t)(uintptr_t)text_of(args, 0, "/etc/passwd"), .open_flags = O_RDONLY,
	};
	tail = (uint32_t *)(void *)(ring.queue + ring.params.sq_off.tail);
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return outcome_of(syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
}

static int open_plainly(char **args)
{
	(void)args;
	return can_read("/etc/passwd");
}

#ifdef __x86_64__
/* Number 20 of the 32-bit table is getpid: with the filter of the 64-bit table it is writev. */
static int call_by_int80(char **args)
{
	long r;

	(void)args;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "r8", "r9", "r10", "r11", "memory");
	return r > 0 ? 0 : ENOSYS;
}

static int call_by_x32(char **args)
{
	int r;

	(void)args;
	r = outcome_of(syscall(0x40000000 + SYS_getpid));
	return r == ENOSYS ? ESCAPE_ABSENT : r;
}
#else
static int call_by_int80(char **args)
{
	(void)args;
	return ESCAPE_ABSENT;
}

static int call_by_x32(char **args)
{
	(void)args;
	return ESCAPE_ABSENT;
}
#endif

/* In a child: a filter answers with the end of the process. */
static int int80(char **args)
{
	return in_child(call_by_int80, args);
}

static int x32(char **args)
{
	int r = in_child(call_by_x32, args);

	return r == (ESCAPE_ABSENT & 0xff) ? ESCAPE_ABSENT : r;
}

static int packet_socket(char **args)
{
	int r;

	(void)args;
	r = outcome_of(socket(AF_ALG, SOCK_SEQPACKET, 0));
	return r == EAFNOSUPPORT ? ESCAPE_ABSENT : r;
}

static int unix_socket(char **args)
{
	(void)args;
	return outcome_of(socket(AF_UNIX, SOCK_STREAM, 0));
}

const struct hole kernel_holes[] = {
	{ "keyctl", use_keyring, ask_time },
	{ "bpf", load_bpf, ask_time },
	{ "perf", count_events, ask_time },
	{ "userfaultfd", stall_reader, ask_time },
	{ "io_uring", open_by_ring, open_plainly },
	{ "int80", int80, ask_time },
	{ "x32", x32, ask_time },
	{ "strange_socket", packet_socket, unix_socket },
	{ NULL, NULL, NULL },
};
