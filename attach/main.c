/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * swrap-attach: stands in the place of a login shell. Root's own execs pass through to the real
 * shell; anybody else's are handed to swrap-helper, which starts the shell in the session, and from
 * then on this process is its likeness for the application: it passes signals in and shows stops
 * and the end.
 *
 * No C library: the program starts at every login and stays as long, so it must be small; and
 * nothing may be preloaded, looked up or configured in a process whose environment is the user's.
 * It holds no privilege and decides nothing.
 */
#include "handover.h"
#include "mirror.h"
#include "real.h"
#include "sys.h"
#include "text.h"

#include <linux/auxvec.h>
#include <linux/stat.h>

void attach_start(uintptr_t *stack) __attribute__((noreturn));

static int refuse(const char *what, int num)
{
	text_say(what, text_length(what), num);
	return REAL_REFUSED;
}

/* Nothing has run: whoever may not be refused gets the real shell, everybody else the reason. */
static int refuse_or_run(const struct start *s, const char *what, int num)
{
	real_instead(s);
	return refuse(what, num);
}

/* The same end as the session process had, without a core: there is nothing of it in here. */
static int die_by(int signo)
{
	const struct sys_sigaction def = { .handler = (void *)SIG_DFL };
	const struct rlimit64 none = { 0 };
	uint64_t set;

	if (signo < 1 || signo > SYS_SIGNALS)
		return REAL_REFUSED;
	(void)sys_prlimit(RLIMIT_CORE, &none, NULL);
	(void)sys_sigaction(signo, &def, NULL);	/* EINVAL for KILL and STOP, which need none */
	(void)sys_kill(sys_getpid(), signo);
	set = sys_bit(signo);
	(void)sys_sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 128 + signo;	/* PID 1 of a container, or a signal that does not end a process */
}

static int finish(const struct ending *end, const struct handover *h, const struct start *s)
{
	if (end->text[0])
		text_say(end->text, sizeof(end->text), 0);
	switch (end->how) {
	case ENDING_EXIT:
		return end->status & 0xff;
	case ENDING_KILL:
		return die_by(end->status);
	case ENDING_PASS:
		handover_undo(h);
		return real_exec(s);
	case ENDING_REFUSED:
		return end->text[0] ? REAL_REFUSED : refuse("the session is refused", 0);
	case ENDING_LOST:
		break;
	}
	return refuse("the session helper went away", 0);
}

/* The session process never came to be: STARTED comes right before its exec. */
static void run_instead(const struct handover *h, const struct start *s)
{
	handover_undo(h);
	real_instead(s);
}

static int give_and_mirror(struct handover *h, int sock, const struct start *s)
{
	struct relay relay;
	struct mirror mirror;
	struct ending end;
	int r;

	relay_none(&relay);
	r = handover_terminal(h, &relay);
	if (r < 0)
		return refuse_or_run(s, "no pty for the session", -r);
	r = handover_send(h, sock);
	/* The helper may have answered the connection itself and left: the answer can be read. */
	if (r == 0 || r == -EPIPE || r == -ECONNRESET)
		r = mirror_open(&mirror, sock, h->message.ignored, &relay);
	if (r < 0)
		return refuse_or_run(s, "cannot hand over to the session helper", -r);

	mirror_run(&mirror, &end);
	relay_drain(&relay);
	relay_leave(&relay);
	if (!mirror.started && end.how != ENDING_PASS && end.how != ENDING_KILL)
		run_instead(h, s);
	return finish(&end, h, s);
}

/*
 * The helper's proof that an exec in the session works wants nothing but the exec. A user who takes
 * the name gets a shell that ends at once.
 */
static bool is_rehearsal(const struct start *s)
{
	static const char name[] = "swrap-rehearsal";

	return s->argc == 1 && text_starts(s->argv[0], name) && text_starts(name, s->argv[0]);
}

/* Of the application itself or of a script it runs; a session of root's is handed over like any other. */
static bool is_root_outside(void)
{
	struct statx marker;

	return sys_geteuid() == 0 && sys_statx(WIRE_ROOT_MARKER, STATX_TYPE, &marker) < 0;
}

static int attach(const struct start *s)
{
	struct handover h;
	int sock, r;

	if (is_rehearsal(s))
		return 0;
	if (is_root_outside())
		return real_exec(s);
	/* Against ptrace by the user, whatever the file's mode; and no core, by a pipe or not. */
	(void)sys_prctl(PR_SET_DUMPABLE, 0);
	handover_note(&h);
	sock = handover_connect();
	/* Not gated, this is a session that may go on without us; gated, exec answers ENOSYS. */
	if (sock == -ENOENT || sock == -ECONNREFUSED)
		return real_exec(s);
	if (sock < 0)
		return refuse_or_run(s, "cannot reach the session helper", -sock);
	r = handover_pack(&h, s);
	if (r == -E2BIG)
		return refuse_or_run(s, "arguments and environment are too long", 0);
	if (r == -EFBIG)
		return refuse_or_run(s, "the file size limit is too low to hand over the arguments", 0);
	if (r < 0)
		return refuse_or_run(s, "cannot pack the arguments", -r);
	return give_and_mirror(&h, sock, s);
}

#ifdef SWRAP_BENCH_BUILD
#include <linux/time.h>

/* tests/bench: when this began, in nanoseconds, to whoever reads standard output. */
static void stamp(void)
{
	struct __kernel_timespec now = { 0 };
	uint64_t nsec;

	(void)SYS(clock_gettime, CLOCK_MONOTONIC, (long)&now);
	nsec = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	(void)sys_write(1, &nsec, sizeof(nsec));
}
#else
static void stamp(void)
{
}
#endif

static const char *find_execfn(const uintptr_t *auxv)
{
	for (; auxv[0] != AT_NULL; auxv += 2)
		if (auxv[0] == AT_EXECFN)
			return (const char *)auxv[1];
	return NULL;
}

/* Called by _start with the stack as the kernel left it: argc, argv, NULL, envp, NULL, auxv. */
void attach_start(uintptr_t *stack)
{
	struct start s = { .argc = (int)stack[0], .argv = (char **)(stack + 1) };

	stamp();
	s.envp = s.argv + s.argc + 1;
	while (s.envp[s.envc])
		s.envc++;
	s.execfn = find_execfn((uintptr_t *)(s.envp + s.envc + 1));
	sys_exit(attach(&s));
}
