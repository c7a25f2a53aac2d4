/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whole sandbox, from IDENTITY to READY, with real processes: /usr/bin/true stands for the program
 * of ours that the rehearsal runs, and the log is in a /run of our own (see tests/Makefile.inc). The helper is a child
 * in a mount namespace of its own.
 */
#include "helper_fixture.h"
#include "world.h"

#include "helper/open.h"
#include "helper/report.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

enum { SUPERVISOR_UID = 12399 };

/* ---- identity ---- */

static void send_identity(struct fixture *f, const struct identity *id)
{
	_free_ unsigned char *buffer = malloc(WIRE_MAX_BYTES);
	struct wire_writer w;

	writer_init(&w, buffer, WIRE_MAX_BYTES);
	assert_int_equal(identity_pack(id, &w), 0);
	assert_int_equal(channel_send(f->app, WIRE_IDENTITY, buffer, writer_length(&w), NULL, 0), 0);
}

static void send_groups(struct fixture *f, const struct identity *id)
{
	unsigned char buffer[256];
	struct wire_writer w;

	writer_init(&w, buffer, sizeof(buffer));
	EXPECT(identity_pack_groups(id, &w) == 0);
	EXPECT(channel_send(f->app, WIRE_GROUPS, buffer, writer_length(&w), NULL, 0) == 0);
}

static struct identity *example(struct fixture *f)
{
	struct identity *id = malloc(sizeof(*id));

	*id = f->h.identity;
	(void)strcpy(id->service, "sshd");
	id->supervisor_uid = id->supervisor_gid = SUPERVISOR_UID;
	memset(&f->h.identity, 0, sizeof(f->h.identity));
	return id;
}

static void test_identity(void **state)
{
	struct fixture *f = *state;
	_free_ struct identity *id = example(f);

	send_identity(f, id);
	assert_int_equal(open_identity(&f->h, NULL), 0);
	id->ngroups = 0; /* they have a message of their own */
	memset(id->groups, 0, sizeof(id->groups));
	assert_memory_equal(&f->h.identity, id, sizeof(*id));
}

static void test_identity_refused(void **state)
{
	struct fixture *f = *state;
	_free_ struct identity *id = example(f);
	struct err e = { 0 };

	id->supervisor_uid = 0;
	send_identity(f, id);
	assert_int_equal(open_identity(&f->h, &e), -EINVAL);
	assert_non_null(strstr(e.about, "_swrap"));
	id->supervisor_uid = SUPERVISOR_UID;
	id->uid = FIXTURE_OTHER_UID; /* an ordinary user's helper is for that user only */
	f->h.in.privileged = false;
	f->h.in.app_uid = FIXTURE_UID;
	send_identity(f, id);
	assert_int_equal(open_identity(&f->h, NULL), -EPERM);
	f->h.in.app_uid = FIXTURE_OTHER_UID;
	send_identity(f, id);
	assert_int_equal(open_identity(&f->h, NULL), 0);
}

static void test_identity_is_another_message(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(channel_send(f->app, WIRE_CLOSE, NULL, 0, NULL, 0), 0);
	assert_int_equal(open_identity(&f->h, NULL), -EPROTO);
	assert_int_equal(channel_send(f->app, WIRE_IDENTITY, "short", 5, NULL, 0), 0);
	assert_int_equal(open_identity(&f->h, NULL), -EBADMSG);
	fd_close(&f->app);
	assert_int_equal(open_identity(&f->h, NULL), -EPROTO);
}

/* ---- the whole session ---- */

/* The vendor's profiles, where this build looks for them. */
static void install_profile(const char *name)
{
	_free_ char *text = malloc(1 << 16);
	char path[PATH_MAX];
	ssize_t n;

	(void)snprintf(path, sizeof(path), PROFILE_FIXTURE_DIR "%s.conf", name);
	n = io_read_file(AT_FDCWD, path, text, 1 << 16);
	EXPECT(n > 0);
	(void)snprintf(path, sizeof(path), SWRAP_VENDOR_DIR "/profiles/%s.conf", name);
	world_file(path);
	EXPECT(truncate(path, 0) == 0 && io_write_file(path, text) == 0);
}

static void install_profiles(void)
{
	world_dir(SWRAP_VENDOR_DIR);
	world_dir(SWRAP_VENDOR_DIR "/profiles");
	install_profile("login");
	install_profile("strict");
}

static struct helper *begin(void *context, const char *profile)
{
	struct fixture *f = context;
	struct helper *h = &f->h;

	world_furnish(FIXTURE_UID);
	install_profiles();
	fd_close(&h->init_fd);
	fd_close(&h->supervisor_fd);
	(void)snprintf(h->identity.profile, sizeof(h->identity.profile), "%s", profile);
	h->identity.supervisor_uid = h->identity.supervisor_gid = SUPERVISOR_UID;
	(void)strcpy(h->identity.home, "/run/home");
	world_dir("/run/home");
	EXPECT(chown("/run/home", FIXTURE_UID, FIXTURE_GID) == 0);
	h->in.app = getpid();
	send_groups(f, &h->identity);
	return h;
}

static void expect_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	EXPECT(pidfd >= 0 && poll(&p, 1, 5000) == 1);
}

static void expect_record(const char *log, const char *event, int count)
{
	char wanted[64];

	(void)snprintf(wanted, sizeof(wanted), "\"event\":\"%s\"", event);
	for (const char *at = log; (at = strstr(at, wanted)); at++)
		count--;
	EXPECT(count == 0);
}

/* Ends what was built, and reads what was recorded of it. */
static void finish(struct helper *h, const char *path, char *log, size_t size)
{
	int init = h->init_pidfd, supervisor = h->supervisor_pidfd;

	fd_close(&h->init_fd);
	expect_ended(init);
	report_end(h);
	expect_ended(supervisor);
	EXPECT(io_read_file(AT_FDCWD, path, log, size) > 0);
	expect_record(log, "session.start", 1);
	expect_record(log, "session.end", 1);
}

static void build_session(void *context, const char *profile)
{
	struct helper *h = begin(context, profile);
	_free_ char *log = malloc(1 << 16);
	struct err e = { 0 };

	EXPECT(open_session(h, &e) == 0 && e.num == 0);
	EXPECT(outcome_check(&h->outcomes, STEP_INIT_FIRST, STEP_EXEC, h->plan.levels, NULL) == 0);
	EXPECT(!outcome_blocking(&h->outcomes, h->plan.levels));
	EXPECT(h->level == SANDBOX_FULL && h->ending == ENDING_COMPLETED);
	EXPECT(h->tally->execs == 0); /* the rehearsal does not count */
	report_steps(h);
	finish(h, "/run/log/events.ndjson", log, 1 << 16);
	expect_record(log, "step", STEP_COUNT);
	expect_record(log, "session.ready", 1);
	expect_record(log, "exec", 0);
}

static void build_login(void *context)
{
	build_session(context, "login");
}

static void build_strict(void *context)
{
	build_session(context, "strict");
}

static void test_login(void **state)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNS, build_login, *state), 0);
}

static void test_strict(void **state)
{
	NEEDS_ROOT();
	NEEDS_NO_SANITIZER(); /* its shadow is larger than the address space of a strict session */
	assert_int_equal(child_run_in(CLONE_NEWNS, build_strict, *state), 0);
}

/* swrap run by an ordinary user: no namespaces, the records at home. */
static void build_own(void *context)
{
	struct helper *h = begin(context, "login");
	_free_ char *log = malloc(1 << 16);

	EXPECT(setresgid(FIXTURE_GID, FIXTURE_GID, FIXTURE_GID) == 0);
	EXPECT(setresuid(FIXTURE_UID, FIXTURE_UID, FIXTURE_UID) == 0);
	h->in.privileged = false;
	h->identity.direct = true;
	EXPECT(open_session(h, NULL) == 0);
	EXPECT(h->plan.namespaces == 0);
	finish(h, "/run/home/.local/state/swrap/events.ndjson", log, 1 << 16);
}

static void test_ordinary_user(void **state)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNS, build_own, *state), 0);
}

/* ---- what makes it fail: nothing but the supervisor is left, and the step is named ---- */

static void fail_session(struct helper *h, const char *what)
{
	struct err e = { 0 };

	EXPECT(open_session(h, &e) < 0);
	(void)dprintf(1, "          %s: %s\n", e.what, e.about);
	EXPECT(strcmp(e.what, what) == 0);
	EXPECT(h->ending == ENDING_DENIED);
	open_refused(h, &e);
}

static void without_attach(void *context)
{
	struct helper *h = begin(context, "login");
	char log[16384];

	EXPECT(mount("/dev/null", "/usr/bin/true", NULL, MS_BIND, NULL) == 0);
	fail_session(h, "exec");
	finish(h, "/run/log/events.ndjson", log, sizeof(log));
	expect_record(log, "session.refused", 1);
}

/* /run/swrap is no directory: the root cannot be built. */
static void without_run_dir(void *context)
{
	struct helper *h = begin(context, "login");

	EXPECT(rmdir(WIRE_RUN_DIR) == 0);
	world_file(WIRE_RUN_DIR);
	fail_session(h, "root");
}

static void without_log(void *context)
{
	struct helper *h = begin(context, "login");

	world_file("/run/log");
	fail_session(h, "open");
	EXPECT(h->init_pidfd < 0 && h->supervisor_pidfd < 0); /* nothing was started */
}

static void with_unknown_profile(void *context)
{
	struct helper *h = begin(context, "no-such");

	fail_session(h, "configuration");
	EXPECT(h->init_pidfd < 0);
}

/* Where the vendor's profile says nothing the admin's drop-in is read, and refused. */
static void with_bad_profile(void *context)
{
	static const char path[] = SWRAP_CONFIG_DIR "/profiles/login.conf.d/a.conf";
	struct helper *h = begin(context, "login");
	char log[16384];

	world_dir(SWRAP_CONFIG_DIR);
	world_dir(SWRAP_CONFIG_DIR "/profiles");
	world_dir(SWRAP_CONFIG_DIR "/profiles/login.conf.d");
	world_file(path);
	EXPECT(io_write_file(path, "[Sandbox]\nPrivatTmp=yes\n") == 0);
	fail_session(h, "configuration");
	EXPECT(h->init_pidfd < 0 && h->supervisor_pidfd < 0);
	EXPECT(io_read_file(AT_FDCWD, SWRAP_LOG_DIR "/events.ndjson", log, sizeof(log)) > 0);
	EXPECT(strstr(log, "/run/admin/profiles/login.conf.d/a.conf:2: there is no directive PrivatTmp; "
			   "did you mean PrivateTmp?"));
}

static void assert_refused(void **state, child_body *body, const char *step)
{
	struct fixture *f = *state;
	const struct wire_refused *refused;

	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNS, body, f), 0);
	refused = fixture_expect(f, f->app, WIRE_REFUSED, sizeof(*refused));
	assert_string_equal(refused->step, step);
	assert_true(refused->num > 0);
	assert_int_equal(strncmp(refused->text, "child setup failed: ", 20), 0);
}

static void test_no_attach(void **state)
{
	assert_refused(state, without_attach, "exec");
}

static void test_no_run_dir(void **state)
{
	assert_refused(state, without_run_dir, "root");
}

static void test_no_log(void **state)
{
	assert_refused(state, without_log, "");
}

static void test_bad_profile(void **state)
{
	assert_refused(state, with_bad_profile, "");
}

static void test_unknown_profile(void **state)
{
	assert_refused(state, with_unknown_profile, "");
}

/* ---- answers ---- */

static void test_ready(void **state)
{
	struct fixture *f = *state;
	const struct wire_ready *ready = (const void *)f->message.body;
	size_t steps = 2 * sizeof(struct outcome);

	outcome_add(&f->h.outcomes, STEP_ROOT, RESULT_APPLIED, NULL);
	outcome_add(&f->h.outcomes, STEP_PROC, RESULT_SKIPPED, NULL);
	f->h.level = SANDBOX_PARTIAL;
	assert_int_equal(open_ready(&f->h, NULL), 0);
	(void)fixture_expect(f, f->app, WIRE_READY, sizeof(*ready) + steps);
	assert_int_equal(ready->level, SANDBOX_PARTIAL);
	assert_int_equal(ready->steps, 2);
	assert_memory_equal(ready + 1, f->h.outcomes.steps, steps);
	fd_close(&f->app);
	assert_int_equal(open_ready(&f->h, NULL), -EPIPE);
}

static void assert_told(struct fixture *f, const char *event)
{
	struct err e = { .num = EPERM, .what = "root", .about = "why" };

	open_refused(&f->h, &e);
	(void)fixture_expect(f, f->app, WIRE_REFUSED, sizeof(struct wire_refused));
	(void)json_object_put(fixture_record(f, event));
}

/* Who is let in all the same is recorded as that. */
static void test_refused_or_unwrapped(void **state)
{
	struct fixture *f = *state;

	assert_told(f, "session.refused");
	f->h.identity.fail_open = true;
	assert_told(f, "session.start");
	f->h.identity.fail_open = false;
	f->h.identity.breakglass = true;
	assert_told(f, "session.start");
	f->h.identity.breakglass = false;
	f->h.identity.exempt = true;
	assert_told(f, "session.start");
	f->h.identity.exempt = false;
	f->h.identity.uid = 0;
	assert_told(f, "session.start");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_identity),
		FIXTURE_TEST(test_identity_refused),
		FIXTURE_TEST(test_identity_is_another_message),
		FIXTURE_TEST(test_login),
		FIXTURE_TEST(test_strict),
		FIXTURE_TEST(test_ordinary_user),
		FIXTURE_TEST(test_no_attach),
		FIXTURE_TEST(test_no_run_dir),
		FIXTURE_TEST(test_no_log),
		FIXTURE_TEST(test_unknown_profile),
		FIXTURE_TEST(test_bad_profile),
		FIXTURE_TEST(test_ready),
		FIXTURE_TEST(test_refused_or_unwrapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
