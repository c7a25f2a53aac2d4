/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handover.h"
#include "sys.h"
#include "text.h"

#include <asm/termios.h>
#include <linux/memfd.h>
#include <linux/un.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U	/* 6.3 */
#endif

/* ---- the state at the start ---- */

static uint64_t ignored_signals(void)
{
	struct sys_sigaction action;
	uint64_t ignored = 0;

	for (int signo = 1; signo <= SYS_SIGNALS; signo++)
		if (sys_sigaction(signo, NULL, &action) == 0 && action.handler == (void *)SIG_IGN)
			ignored |= sys_bit(signo);
	return ignored;
}

void handover_note(struct handover *h)
{
	*h = (struct handover){ .memfd = -1, .tty = -1 };
	for (int fd = 0; fd <= 2; fd++) {
		bool open = sys_fcntl(fd, F_GETFD, 0) >= 0;

		h->give[fd] = open ? fd : -1;
		if (open)
			h->message.open_fds |= 1u << fd;
	}
	h->message.ignored = ignored_signals();
	(void)sys_sigprocmask(SIG_BLOCK, NULL, &h->message.blocked);
}

/* ---- the connection ---- */

static int check_peer(int sock)
{
	struct sys_ucred peer = { .uid = ~0u };
	int size = sizeof(peer);
	int r = sys_getsockopt(sock, SO_PEERCRED, &peer, &size);

	if (r < 0)
		return r;
	return size == sizeof(peer) && peer.uid == 0 ? 0 : -EPERM;
}

int handover_connect(void)
{
	static const struct sockaddr_un address = { .sun_family = SYS_AF_UNIX,
						    .sun_path = WIRE_ATTACH_SOCKET };
	int sock = sys_raise_fd(sys_socket(SYS_AF_UNIX, SYS_SOCK_SEQPACKET | O_CLOEXEC));
	int r;

	if (sock < 0)
		return sock;
	r = sys_connect(sock, &address, sizeof(address));
	if (r == 0)
		r = check_peer(sock);
	if (r < 0) {
		sys_close(sock);
		return r;
	}
	return sock;
}

/* ---- the memfd ---- */

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		long n = sys_write(fd, data, size);

		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Strings that lie one behind the other, as the kernel lays them out, are written as one. */
struct run {
	int fd;
	const char *start;
	size_t size;
	uint64_t total;
};

static int run_flush(struct run *run)
{
	int r = write_all(run->fd, run->start, run->size);

	run->size = 0;
	return r;
}

static int run_add(struct run *run, const char *s)
{
	size_t size = text_length(s) + 1;
	int r = 0;

	run->total += size;
	if (run->total > WIRE_ATTACH_MAX_BYTES)
		return -E2BIG;
	if (run->size > 0 && run->start + run->size != s)
		r = run_flush(run);
	if (run->size == 0)
		run->start = s;
	run->size += size;
	return r;
}

static int run_add_all(struct run *run, char **strings, int count)
{
	for (int i = 0; i < count; i++) {
		int r = run_add(run, strings[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int write_strings(int fd, const struct start *s, uint64_t *ret_bytes)
{
	struct run run = { .fd = fd };
	char cwd[SYS_PATH_MAX];
	bool reachable = sys_getcwd(cwd, sizeof(cwd)) > 0 && cwd[0] == '/';
	int r = run_add_all(&run, s->argv, s->argc);

	if (r == 0)
		r = run_add_all(&run, s->envp, s->envc);
	if (r == 0)
		r = run_add(&run, reachable ? cwd : "/");
	if (r == 0)
		r = run_flush(&run);
	if (r == 0)
		*ret_bytes = run.total;
	return r;
}

/* At most so many bytes will write_strings() write. */
static uint64_t bytes_needed(const struct start *s)
{
	char cwd[SYS_PATH_MAX];
	long length = sys_getcwd(cwd, sizeof(cwd)); /* with its NUL */
	uint64_t bytes = length > 0 ? (uint64_t)length : sizeof("/");

	for (int i = 0; i < s->argc; i++)
		bytes += text_length(s->argv[i]) + 1;
	for (int i = 0; i < s->envc; i++)
		bytes += text_length(s->envp[i]) + 1;
	return bytes;
}

/*
 * RLIMIT_FSIZE holds for a memfd as well, and its excess is a deadly signal. The soft limit is
 * taken out of the way for the moment of writing; a hard one stays, and is an error by name.
 */
static int write_unlimited(int fd, const struct start *s, uint64_t *ret_bytes)
{
	struct rlimit64 saved, wide;
	int r = sys_prlimit(RLIMIT_FSIZE, NULL, &saved);

	if (r < 0)
		return r;
	if (saved.rlim_cur >= WIRE_ATTACH_MAX_BYTES)
		return write_strings(fd, s, ret_bytes);
	wide = (struct rlimit64){ .rlim_cur = saved.rlim_max, .rlim_max = saved.rlim_max };
	if (wide.rlim_max < bytes_needed(s))
		return -EFBIG;
	r = sys_prlimit(RLIMIT_FSIZE, &wide, NULL);
	if (r == 0)
		r = write_strings(fd, s, ret_bytes);
	(void)sys_prlimit(RLIMIT_FSIZE, &saved, NULL);	/* below the hard limit: cannot fail */
	return r;
}

/* vm.memfd_noexec=2 wants MFD_NOEXEC_SEAL, kernels before 6.3 do not know it. */
static int make_memfd(void)
{
	int fd = sys_memfd_create("swrap", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd == -EINVAL)
		fd = sys_memfd_create("swrap", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return sys_raise_fd(fd);
}

int handover_pack(struct handover *h, const struct start *s)
{
	const long seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	int r;

	h->memfd = make_memfd();
	if (h->memfd < 0)
		return h->memfd;
	h->message.argc = (uint32_t)s->argc;
	h->message.envc = (uint32_t)s->envc;
	r = write_unlimited(h->memfd, s, &h->message.bytes);
	return r < 0 ? r : sys_fcntl(h->memfd, F_ADD_SEALS, seals);
}

/* ---- the terminal ---- */

/*
 * TIOCGSID answers for the caller's controlling terminal only, so this is also the question "is
 * it?".
 */
static bool is_controlling(int fd)
{
	int sid = -1;

	return fd >= 0 && sys_ioctl(fd, TIOCGSID, &sid) == 0 && sid == sys_getsid();
}

static int find_terminal(const struct handover *h)
{
	for (int fd = 0; fd <= 2; fd++)
		if (is_controlling(h->give[fd]))
			return fd;
	return -1;
}

static int open_relay(struct handover *h, struct relay *relay)
{
	bool pipeline = !is_controlling(h->give[1]);
	int r = relay_open(relay, h->tty, pipeline);

	if (r < 0)
		return r;
	for (int fd = 0; fd <= 2; fd++)
		if (is_controlling(h->give[fd]))
			h->give[fd] = relay->slave;
	h->message.flags |= WIRE_ATTACH_RELAY;
	return 0;
}

int handover_terminal(struct handover *h, struct relay *relay)
{
	int leader = sys_getsid();

	h->tty = find_terminal(h);
	if (h->tty < 0)
		return 0;
	if (leader == sys_getpid()) {
		h->message.flags |= WIRE_ATTACH_RELEASED;	/* done by handover_send */
		return 0;
	}
	/* The application leads (login): the helper takes the terminal from it for the session. */
	if (leader == sys_getppid() && leader > 0)
		return 0;
	/* In the background it is not ours to read: hand it on and let the kernel judge. */
	if (!relay_foreground(h->tty))
		return 0;
	return open_relay(h, relay);
}

/*
 * Giving up the terminal hangs up its foreground group: this process. Ignoring SIGHUP covers that;
 * ignoring it once more afterwards flushes the one that is pending when SIGHUP was blocked at
 * start.
 */
static int release_terminal(int tty)
{
	const struct sys_sigaction ignore = { .handler = (void *)SIG_IGN };
	struct sys_sigaction saved;
	int r = sys_sigaction(SIGHUP, &ignore, &saved);

	if (r < 0)
		return r;
	r = sys_ioctl(tty, TIOCNOTTY, NULL);
	(void)sys_sigaction(SIGHUP, &ignore, NULL);
	(void)sys_sigaction(SIGHUP, &saved, NULL);
	return r;
}

/* ---- sending ---- */

struct rights {
	struct sys_cmsghdr head;
	int fds[4];
};

/*
 * The length of the control message with its padding is fixed, the one in its head is what counts.
 */
static void fill_rights(struct rights *rights, const struct handover *h)
{
	size_t count = 0;

	rights->fds[count++] = h->memfd;
	for (int fd = 0; fd <= 2; fd++)
		if (h->give[fd] >= 0)
			rights->fds[count++] = h->give[fd];
	rights->head = (struct sys_cmsghdr){ .length = sizeof(rights->head) + count * sizeof(int),
					     .level = SOL_SOCKET,
					     .type = SYS_SCM_RIGHTS };
}

static int send_message(const struct handover *h, int sock)
{
	const struct wire_header head = { .magic = WIRE_MAGIC,
					  .version = WIRE_VERSION,
					  .type = WIRE_ATTACH,
					  .length = sizeof(h->message) };
	struct sys_iovec iov[2] = { { &head, sizeof(head) }, { &h->message, sizeof(h->message) } };
	struct rights rights = { 0 };
	struct sys_msghdr message = { .iov = iov, .iov_count = 2, .control = &rights };
	long n;

	fill_rights(&rights, h);
	message.control_length = rights.head.length;
	n = sys_sendmsg(sock, &message, SYS_MSG_NOSIGNAL);
	if (n < 0)
		return (int)n;
	return n == (long)(sizeof(head) + sizeof(h->message)) ? 0 : -EIO;
}

int handover_send(struct handover *h, int sock)
{
	const uint64_t all = ~UINT64_C(0);
	int r = 0;

	/* Before the block: a blocked SIGHUP is kept, not ignored. */
	if (h->message.flags & WIRE_ATTACH_RELEASED)
		r = release_terminal(h->tty);
	if (r == 0)
		r = sys_sigprocmask(SIG_SETMASK, &all, NULL);
	if (r == 0)
		r = send_message(h, sock);
	sys_close(h->memfd);
	h->memfd = -1;
	return r;
}

void handover_undo(const struct handover *h)
{
	/* Nobody else can have taken it: the session process was never started. */
	if (h->message.flags & WIRE_ATTACH_RELEASED)
		(void)sys_ioctl(h->tty, TIOCSCTTY, NULL);
	(void)sys_sigprocmask(SIG_SETMASK, &h->message.blocked, NULL);
}
