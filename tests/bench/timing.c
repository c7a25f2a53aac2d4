/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * timing.c - the stop-watch of the benchmarks. Prints microseconds; judges nothing.
 *
 *   exec N PROGRAM             median of N times vfork, exec, wait
 *   once PROGRAM [ARG ...]     one run of a program
 *   pairs N A B                N lines "a b": two shell command lines, by turns
 *   login N SERVICE_A SERVICE_B USER
 *                              N lines "open_a open_b shell_a shell_b close_a close_b": a PAM application
 *                              of its own a turn; shell: from its exec to what stamp.c says
 *   attach N SERVICE USER      N lines "exec shell": from the first instruction of a swrap-attach that says when
 *                              it was (built with SWRAP_BENCH_BUILD) to the real exec, and to stamp.c
 *   stats                      from lines "a b": n, median min max of each, median of b-a, b/a
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { MAX_SAMPLES = 100000, PHASES = 5, STAMPS = 3 };

static double now_usec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "timing: %s: %m\n", what);
	exit(1);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts. */
static double median(double *samples, size_t n)
{
	qsort(samples, n, sizeof(samples[0]), compare);
	return n % 2 ? samples[n / 2] : (samples[n / 2 - 1] + samples[n / 2]) / 2;
}

static size_t count_of(const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	if (n == 0 || n > MAX_SAMPLES) {
		(void)fprintf(stderr, "timing: 1 to %d times\n", MAX_SAMPLES);
		exit(64);
	}
	return n;
}

/* posix_spawn is vfork-class: a parent's size does not matter. */
static double run(char *const argv[], int *ret_status)
{
	double start = now_usec();
	pid_t pid;
	int r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);

	if (r) {
		errno = r;
		die(argv[0]);
	}
	if (waitpid(pid, ret_status, 0) < 0)
		die("waitpid");
	return now_usec() - start;
}

static int cmd_exec(char **argv)
{
	size_t n = count_of(argv[0]);
	double *samples = calloc(n, sizeof(*samples));
	char *child[] = { argv[1], NULL };
	int status;

	for (size_t i = 0; samples && i < n; i++) {
		samples[i] = run(child, &status);
		if (status)
			die("the program failed");
	}
	(void)printf("%.3f\n", median(samples, n));
	free(samples);
	return 0;
}

static int cmd_once(char **argv)
{
	int status;
	double usec = run(argv, &status);

	(void)printf("%.3f\n", usec);
	return status ? 1 : 0;
}

static double run_line(char *line)
{
	char *argv[] = { (char *)"sh", (char *)"-c", line, NULL };
	int status;
	double usec = run(argv, &status);

	if (status)
		(void)fprintf(stderr, "timing: status %#x of: %s\n", (unsigned int)status, line);
	return status ? -1 : usec;
}

static int cmd_pairs(char **argv)
{
	size_t n = count_of(argv[0]);

	for (size_t i = 0; i < n; i++) {
		double a, b;

		/* Which of the two comes first must not matter. */
		if (i % 2) {
			b = run_line(argv[2]);
			a = run_line(argv[1]);
		} else {
			a = run_line(argv[1]);
			b = run_line(argv[2]);
		}
		if (a < 0 || b < 0)
			return 1;
		(void)printf("%.3f %.3f\n", a, b);
	}
	return 0;
}

/* ---- a login of our own ---- */

static int refuse_to_talk(int n, const struct pam_message **m, struct pam_response **r, void *data)
{
	(void)r;
	(void)data;
	for (int i = 0; i < n; i++)
		(void)fprintf(stderr, "timing: pam: %s\n", m[i]->msg);
	return PAM_CONV_ERR;
}

static _Noreturn void become_shell(const struct passwd *pw, int out, int clock_out)
{
	double start;

	if (dup2(out, STDOUT_FILENO) < 0 || initgroups(pw->pw_name, pw->pw_gid) < 0 ||
	    setgid(pw->pw_gid) < 0 || setuid(pw->pw_uid) < 0)
		die("becoming the user");
	start = now_usec();
	if (write(clock_out, &start, sizeof(start)) != (ssize_t)sizeof(start))
		die("clock");
	(void)execl(pw->pw_shell, "-stamp", (char *)NULL);
	die(pw->pw_shell);
}

/* What a plain shell says: one stamp. Behind stamping attach and helper: three. */
static int read_stamps(int fd, double stamps[STAMPS])
{
	uint64_t nsec;
	int n = 0;

	while (n < STAMPS && read(fd, &nsec, sizeof(nsec)) == (ssize_t)sizeof(nsec))
		stamps[n++] = (double)nsec / 1e3;
	return n;
}

/* ret: until the shell's start; then, where they are stamped, from attach's start to the exec and to there. */
static void time_shell(const struct passwd *pw, double ret[3])
{
	int out[2], clock_out[2], n;
	double start, stamps[STAMPS];
	pid_t pid;

	if (pipe(out) < 0 || pipe(clock_out) < 0)
		die("pipe");
	pid = fork();
	if (pid == 0)
		become_shell(pw, out[1], clock_out[1]);
	(void)close(out[1]);
	(void)close(clock_out[1]);
	if (read(clock_out[0], &start, sizeof(start)) != (ssize_t)sizeof(start))
		die("clock");
	n = read_stamps(out[0], stamps);
	if (n != 1 && n != STAMPS)
		die("the shell said nothing");
	(void)waitpid(pid, NULL, 0);
	(void)close(out[0]);
	(void)close(clock_out[0]);
	ret[0] = stamps[n - 1] - start;
	ret[1] = n == STAMPS ? stamps[1] - stamps[0] : 0;
	ret[2] = n == STAMPS ? stamps[2] - stamps[0] : 0;
}

static void log_in(const char *service, const char *user, double ret[PHASES])
{
	struct pam_conv conv = { refuse_to_talk, NULL };
	const struct passwd *pw = getpwnam(user);
	pam_handle_t *pamh;
	double start;

	if (!pw || pam_start(service, user, &conv, &pamh) != PAM_SUCCESS)
		die("pam_start");
	start = now_usec();
	if (pam_open_session(pamh, 0) != PAM_SUCCESS)
		die("pam_open_session");
	ret[0] = now_usec() - start;
	time_shell(pw, ret + 2);
	start = now_usec();
	if (pam_close_session(pamh, 0) != PAM_SUCCESS)
		die("pam_close_session");
	ret[1] = now_usec() - start;
	(void)pam_end(pamh, PAM_SUCCESS);
}

/* What a login does to its process cannot be undone: each has one of its own. */
static void log_in_apart(const char *service, const char *user, double ret[PHASES])
{
	int fds[2];
	pid_t pid;

	if (pipe(fds) < 0)
		die("pipe");
	pid = fork();
	if (pid == 0) {
		log_in(service, user, ret);
		_exit(write(fds[1], ret, sizeof(double) * PHASES) < 0);
	}
	(void)close(fds[1]);
	if (read(fds[0], ret, sizeof(double) * PHASES) != (ssize_t)(sizeof(double) * PHASES))
		die("login");
	(void)close(fds[0]);
	(void)waitpid(pid, NULL, 0);
}

static int cmd_login(char **argv)
{
	size_t n = count_of(argv[0]);
	double a[PHASES], b[PHASES];

	for (size_t i = 0; i < n; i++) {
		log_in_apart(argv[1], argv[3], a);
		log_in_apart(argv[2], argv[3], b);
		(void)printf("%.3f %.3f %.3f %.3f %.3f %.3f\n", a[0], b[0], a[2], b[2], a[1], b[1]);
	}
	return 0;
}

static int cmd_attach(char **argv)
{
	size_t n = count_of(argv[0]);
	double phases[PHASES];

	for (size_t i = 0; i < n; i++) {
		log_in_apart(argv[1], argv[2], phases);
		if (phases[3] <= 0)
			die("nobody stamps");
		(void)printf("%.3f %.3f\n", phases[3], phases[4]);
	}
	return 0;
}

/* ---- the numbers ---- */

static double a_samples[MAX_SAMPLES], b_samples[MAX_SAMPLES], differences[MAX_SAMPLES];

static int cmd_stats(char **argv)
{
	double a, b, ma, mb, md;
	size_t n = 0;

	(void)argv;
	while (n < MAX_SAMPLES && scanf("%lf %lf", &a, &b) == 2) {
		a_samples[n] = a;
		b_samples[n] = b;
		differences[n++] = b - a;
	}
	if (n == 0) {
		(void)fprintf(stderr, "timing: no samples\n");
		return 1;
	}
	ma = median(a_samples, n);
	mb = median(b_samples, n);
	md = median(differences, n);
	(void)printf("%zu %.1f %.1f %.1f %.1f %.1f %.1f %.1f %.3f\n", n, ma, a_samples[0],
		     a_samples[n - 1], mb, b_samples[0], b_samples[n - 1], md, ma > 0 ? mb / ma : 0);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(char **argv);
	int arguments;
} commands[] = {
	{ "exec", cmd_exec, 2 },   { "once", cmd_once, 1 },   { "pairs", cmd_pairs, 3 },
	{ "login", cmd_login, 4 }, { "attach", cmd_attach, 3 }, { "stats", cmd_stats, 0 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (argc - 2 >= commands[i].arguments && strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argv + 2);
	(void)fprintf(stderr, "usage: timing exec|once|pairs|login|attach|stats ...\n");
	return 64;
}
