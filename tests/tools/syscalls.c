/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * syscalls - makes system calls a filter may forbid, and says what became of each: "name=ok", or the name of
 * the error. Usage: syscalls NAME... ; "execs" go on as echo and come last.
 *
 * Where an ordinary user could not succeed anyway, the arguments are wrong in a way that only the kernel's
 * own code notices: EINVAL or EFAULT then means that the call was let through.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#define GARBAGE 0xdeadbeef00000000ul
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define WX (PROT_READ | PROT_WRITE | PROT_EXEC)
#define RX (PROT_READ | PROT_EXEC)

enum { FCHMODAT2 = 452, CLONE3 = 435, OPENAT2 = 437, RING_SETUP = 425, SET_MODE = 04755 };

static char file[] = "/tmp/syscalls.XXXXXX";
static char fresh[64];

static long page(void)
{
	return syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, ANON, -1, 0);
}

static long attach_executable(void)
{
	int id = shmget(IPC_PRIVATE, 4096, 0700);
	void *at = shmat(id, NULL, SHM_EXEC | SHM_RDONLY);
	int num = errno;

	(void)shmctl(id, IPC_RMID, NULL);
	errno = num;
	return at == (void *)-1 ? -1 : 0;
}

static void *nothing(void *argument)
{
	return argument;
}

static long start_thread(void)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, nothing, NULL);
	return errno ? -1 : pthread_join(thread, NULL);
}

/* Returns in the child never. */
static long after_fork(pid_t pid)
{
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : waitpid(pid, NULL, 0);
}

static long in_child(long (*call)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(call() < 0 ? errno : 0);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFSIGNALED(status)) {
		printf("signal %d ", WTERMSIG(status));
		errno = EINTR;
		return -1;
	}
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}

static long unshare_user(void)
{
	return unshare(CLONE_NEWUSER);
}

static long chroot_child(void)
{
	return chroot("/");
}

#ifdef __x86_64__
static long old_call(long number, long first, long second, long third)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(number), "b"(first), "c"(second), "d"(third)
			 : "memory", "r8", "r9", "r10", "r11");
	if (r < 0 && r > -4096) {
		errno = (int)-r;
		return -1;
	}
	return r;
}

static long old_getpid(void)
{
	return old_call(20, 0, 0, 0);
}

static long old_ptrace(void)
{
	return old_call(26, -1, 0, 0);
}

static long old_execute_write(void)
{
	return old_call(192, 0, 4096, WX); /* mmap2; its flags are 0: EINVAL */
}

static long x32_getpid(void)
{
	return syscall(0x40000000 | SYS_getpid);
}

/* execve of i386: path and argv must lie low. */
static long old_exec(void)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, ANON | MAP_32BIT, -1, 0);
	uint32_t base = (uint32_t)(uintptr_t)low;
	uint32_t argv[] = { base, base + 32, base + 40, 0 };

	(void)strcpy(low, "/bin/echo");
	(void)strcpy(low + 32, "by");
	(void)strcpy(low + 40, "int80");
	memcpy(low + 64, argv, sizeof(argv));
	(void)fflush(stdout);
	return old_call(11, (long)base, (long)base + 64, 0);
}
#endif

#define CASES \
	CASE("personality", syscall(SYS_personality, ADDR_NO_RANDOMIZE)) \
	CASE("personality-high", syscall(SYS_personality, GARBAGE | ADDR_NO_RANDOMIZE)) \
	CASE("personality-ask", syscall(SYS_personality, 0xffffffff)) \
	CASE("fifo", syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, NULL)) \
	CASE("fifo-high", syscall(SYS_sched_setscheduler, 0, GARBAGE | SCHED_FIFO, NULL)) \
	CASE("fifo-reset", syscall(SYS_sched_setscheduler, 0, SCHED_FIFO | SCHED_RESET_ON_FORK, NULL)) \
	CASE("batch", sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){ 0 })) \
	CASE("setattr", syscall(SYS_sched_setattr, 0, NULL, 0)) \
	CASE("mmap-wx", syscall(SYS_mmap, 0, 4096, WX, ANON, -1, 0)) \
	CASE("mmap-wx-high", syscall(SYS_mmap, 0, 4096, GARBAGE | WX, ANON, -1, 0)) \
	CASE("mmap-rx", syscall(SYS_mmap, 0, 4096, RX, ANON, -1, 0)) \
	CASE("mprotect", syscall(SYS_mprotect, page(), 4096, RX)) \
	CASE("pkey-mprotect", syscall(SYS_pkey_mprotect, page(), 4096, RX, -1)) \
	CASE("shmat", attach_executable()) \
	CASE("chmod", chmod(file, SET_MODE)) \
	CASE("chmod-plain", chmod(file, 0755)) \
	CASE("fchmod", fchmod(open(file, O_RDONLY | O_CLOEXEC), 02755)) \
	CASE("fchmodat", syscall(SYS_fchmodat, AT_FDCWD, file, SET_MODE)) \
	CASE("fchmodat-high", syscall(SYS_fchmodat, AT_FDCWD, file, GARBAGE | SET_MODE)) \
	CASE("fchmodat2", syscall(FCHMODAT2, AT_FDCWD, file, SET_MODE, 0)) \
	CASE("openat-creat", syscall(SYS_openat, AT_FDCWD, fresh, O_CREAT | O_WRONLY, SET_MODE)) \
	CASE("openat-tmpfile", syscall(SYS_openat, AT_FDCWD, "/tmp", O_TMPFILE | O_WRONLY, SET_MODE)) \
	CASE("openat-read", syscall(SYS_openat, AT_FDCWD, file, O_RDONLY, SET_MODE)) \
	CASE("openat2", syscall(OPENAT2, AT_FDCWD, file, NULL, 0)) \
	CASE("mknodat", syscall(SYS_mknodat, AT_FDCWD, fresh, S_IFREG | SET_MODE, 0)) \
	CASE("ring", syscall(RING_SETUP, 1, NULL)) \
	CASE("unix", socket(AF_UNIX, SOCK_STREAM, 0)) \
	CASE("inet", socket(AF_INET, SOCK_DGRAM, 0)) \
	CASE("netlink", socket(AF_NETLINK, SOCK_RAW, 0)) \
	CASE("netlink-high", syscall(SYS_socket, GARBAGE | AF_NETLINK, SOCK_RAW, 0)) \
	CASE("packet", socket(AF_PACKET, SOCK_RAW, 0)) \
	CASE("alg", syscall(SYS_socket, AF_ALG, -1, 0)) \
	CASE("unshare", in_child(unshare_user)) \
	CASE("unshare-files", unshare(CLONE_FILES)) \
	CASE("setns", syscall(SYS_setns, -1, 0)) \
	CASE("clone-ns", syscall(SYS_clone, CLONE_NEWUSER | CLONE_FS, 0, 0, 0, 0)) \
	CASE("clone3", syscall(CLONE3, NULL, 0)) \
	CASE("thread", start_thread()) \
	CASE("fork", after_fork((pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0))) \
	CASE("clock", syscall(SYS_clock_adjtime, CLOCK_REALTIME, &(struct timex){ .modes = 0 })) \
	CASE("keyctl", syscall(SYS_keyctl, 0, -2, 0)) \
	CASE("chroot", in_child(chroot_child)) \
	CASE("unknown", syscall(1000)) \
	OLD_CASES

#ifdef __x86_64__
#define OLD_CASES \
	CASE("creat", creat(fresh, SET_MODE)) \
	CASE("mknod", syscall(SYS_mknod, fresh, S_IFREG | SET_MODE, 0)) \
	CASE("old-fork", after_fork((pid_t)syscall(SYS_fork))) \
	CASE("x32", in_child(x32_getpid)) \
	CASE("int80", in_child(old_getpid)) \
	CASE("int80-ptrace", in_child(old_ptrace)) \
	CASE("int80-mmap2", in_child(old_execute_write)) \
	CASE("int80-exec", old_exec())
#else
#define OLD_CASES
#endif

static int try(const char *name)
{
	long r;

#define CASE(text, call) \
	if (strcmp(name, text) == 0) { \
		(void)unlink(fresh); \
		errno = 0; \
		r = (call); \
		(void)printf("%s=%s\n", name, r == -1 ? strerrorname_np(errno) : "ok"); \
		return 0; \
	}
	CASES
	(void)fprintf(stderr, "syscalls: no case \"%s\"\n", name);
	return 64;
}

int main(int argc, char **argv)
{
	int fd = mkstemp(file), r = 0;

	if (fd < 0) {
		perror(file);
		return 71;
	}
	(void)close(fd);
	(void)snprintf(fresh, sizeof(fresh), "%s.new", file);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc && r == 0; i++)
		r = try(argv[i]);
	(void)unlink(fresh);
	(void)unlink(file);
	return r;
}
