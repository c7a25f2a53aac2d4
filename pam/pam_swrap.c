/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pam_swrap.c - the entry points, and the one place that decides what a failure means.
 *
 * open_session goes from what cannot fail to what can: reasons to leave the session alone, whom
 * never to refuse, then helper, capture, shadow, READY, and as the last act the gate.
 */
#include "ancestry.h"
#include "application.h"
#include "arguments.h"
#include "capture.h"
#include "exempt.h"
#include "named.h"
#include "plant.h"
#include "session.h"
#include "shadow.h"
#include "shells.h"
#include "spawn.h"

#include "../src/io.h"
#include "../src/service.h"

#include <errno.h>
#include <linux/capability.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <string.h>
#include <syslog.h>

/* The declarations of <security/pam_modules.h> carry no visibility. */
#define EXPORT __attribute__((visibility("default")))

struct attempt {
	pam_handle_t *pamh;
	int flags;
	struct arguments args;
	bool bad_arguments;
	bool breakglass;
	bool profile_open;	/* Fail=open of the profile, where the PAM line says nothing of it */
	bool exempt;		/* the service starts no login shell */
	const struct passwd *pw;
	char id[IDENTITY_SESSION_BYTES];
};

static void debug(const struct attempt *a, const char *text)
{
	if (a->args.debug)
		pam_syslog(a->pamh, LOG_DEBUG, "session %s: %s", a->id, text);
}

static bool may_talk(const struct attempt *a)
{
	return !a->args.quiet && !(a->flags & PAM_SILENT);
}

static bool is_root(const struct attempt *a)
{
	return a->pw && a->pw->pw_uid == 0;
}

/* Whom nothing may stop: identity_is_spared(), known before there is an identity. */
static const char *spared_as(const struct attempt *a)
{
	if (a->breakglass)
		return "break-glass";
	if (is_root(a))
		return "root";
	return a->exempt ? "a service without a login shell" : NULL;
}

static bool is_open(const struct attempt *a)
{
	return a->args.fail_open || a->profile_open;
}

/*
 * What a failure means. Root and break-glass are decided here, before the rest: they get in. A
 * line that cannot be understood is refused even with fail=open: what the admin wanted is not
 * known.
 */
static int fail(const struct attempt *a, const struct err *e)
{
	char text[ERR_TEXT_BYTES];

	(void)err_text(e, text, sizeof(text));
	if (spared_as(a)) {
		pam_syslog(a->pamh, LOG_ALERT,
			   "session %s: not wrapped, level none, let in as %s: %s", a->id,
			   spared_as(a), text);
		return PAM_IGNORE;
	}
	if (is_open(a) && !a->bad_arguments) {
		pam_syslog(a->pamh, LOG_ALERT, "session %s: not wrapped, level none, %s: %s", a->id,
			   a->profile_open ? "Fail=open of the profile" : "fail=open", text);
		return PAM_SUCCESS;
	}
	pam_syslog(a->pamh, LOG_ERR, "session %s: refused: %s", a->id, text);
	if (may_talk(a))
		pam_error(a->pamh, "swrap: this session was refused (session %s)", a->id);
	return PAM_SESSION_ERR;
}

/* What is held between the steps; whatever is left at the end is given back. */
struct work {
	struct identity *id;
	struct helper helper;
	struct shell_list shells;
	struct shadow shadow;
	char unwrapped[SESSION_TEXT_BYTES];	/* why no rule wraps this session */
};

static struct work *work_new(struct err *e)
{
	struct work *w = calloc(1, sizeof(*w));
	struct identity *id = calloc(1, sizeof(*id));

	if (!w || !id) {
		free(w);
		free(id);
		(void)err_set(e, ENOMEM, "calloc", "session");
		return NULL;
	}
	w->id = id;
	helper_init(&w->helper);
	shadow_init(&w->shadow);
	return w;
}

static void work_free(struct work **pointer)
{
	struct work *w = *pointer;

	if (!w)
		return;
	helper_done(&w->helper);
	shadow_done(&w->shadow);
	shells_done(&w->shells);
	free(w->id);
	free(w);
}
#define _work_ _cleanup_(work_free)
#define _raised_ _cleanup_(application_restore_fds)

static int capture(const struct attempt *a, struct work *w, struct err *e)
{
	int r = capture_identity(a->pamh, a->pw, &a->args, w->id, e);

	memcpy(w->id->session, a->id, sizeof(a->id));
	if (r == 0)
		r = session_identify(&w->helper, w->id, e);
	/* What takes long and the helper can begin without. */
	if (r == 0)
		r = capture_groups(a->pw, w->id, e);
	if (r == 0)
		r = session_send_groups(&w->helper, w->id, e);
	return r == 0 ? shells_collect(&w->shells, w->id->shell, "/etc/shells", e) : r;
}

static int start_helper(const struct attempt *a, struct work *w, struct err *e)
{
	struct application app;
	int r = application_read(&app, e);

	if (r == 0)
		r = application_check(&app, e);
	if (r == 0)
		r = helper_spawn(&w->helper, app.fd_size, e);
	if (r == 0)
		debug(a, "helper started");
	return r;
}

static int shadow_shells(const struct attempt *a, struct work *w, struct err *e)
{
	int r = shadow_apply(&w->shadow, &w->shells, e);

	if (r == 0 && is_root(a))
		r = plant_root_marker(e);
	if (r == 0 && w->shadow.weak)
		pam_syslog(a->pamh, LOG_NOTICE,
			   "session %s: the kernel lets no mount rejoin its peers: an umount by "
			   "the application does not reach the host", a->id);
	return r;
}

/* Kept in the handle first: once the gate is on nothing but the helper may fail. */
static int hand_over(const struct attempt *a, struct work *w, uint64_t deadline, struct err *e)
{
	bool gate = !is_open(a) && !spared_as(a);
	char variable[sizeof("SWRAP_SESSION_ID=") + IDENTITY_SESSION_BYTES];
	int r = session_keep(a->pamh, &w->helper, a->id, e);

	if (r < 0)
		return r;
	(void)snprintf(variable, sizeof(variable), "SWRAP_SESSION_ID=%s", a->id);
	if (pam_putenv(a->pamh, variable) != PAM_SUCCESS)
		return err_set(e, ENOMEM, "pam_putenv", "SWRAP_SESSION_ID");
	return session_hand_over(&w->helper, &w->shadow, &w->shells, gate, deadline, e);
}

/*
 * The application as it was before; a gate that is on cannot be taken off, and then nothing
 * execs.
 */
static void undo(const struct attempt *a, struct work *w)
{
	struct err e = { 0 };
	char text[ERR_TEXT_BYTES];

	if (pam_getenv(a->pamh, "SWRAP_SESSION_ID"))
		(void)pam_putenv(a->pamh, "SWRAP_SESSION_ID"); /* removes it: it is there */
	if (shadow_undo(&w->shadow, &e) < 0)
		pam_syslog(a->pamh, LOG_ALERT, "session %s: the shells stay shadowed: %s", a->id,
			   err_text(&e, text, sizeof(text)));
	session_drop(a->pamh);
	if (w->helper.failed)
		helper_kill(&w->helper);
}

/*
 * The helper builds the sandbox while we shadow. Where nothing may be lost by trying, and mostly no
 * rule wraps, the application is not touched before there is a sandbox. 0, 1 no rule, or -errno.
 */
static int prepare(struct attempt *a, struct work *w, uint64_t deadline, struct err *e)
{
	bool shadow_first = !spared_as(a);
	int r = shadow_first ? shadow_shells(a, w, e) : 0;
	struct err ignored = { 0 };

	/* After a failure of our own, too, for what the profile says of failures; the first one counts. */
	if (r == 0)
		r = session_await_ready(a->pamh, &w->helper, deadline, w->unwrapped, e);
	else if (!a->args.fail_set)
		(void)session_await_ready(a->pamh, &w->helper, deadline, w->unwrapped, &ignored);
	a->profile_open = w->helper.fail_open && !a->args.fail_set;
	return r == 0 && !shadow_first ? shadow_shells(a, w, e) : r;
}

/* Somebody will ask why: but not for each job of cron. */
static void say_unwrapped(const struct attempt *a, const struct work *w)
{
	if (a->exempt)
		debug(a, w->unwrapped);
	else
		pam_syslog(a->pamh, LOG_NOTICE, "session %s: not wrapped: %s", a->id, w->unwrapped);
}

/* 0, 1: no rule wraps this session and the application is as it was, or -errno. */
static int wrap(struct attempt *a, struct err *e)
{
	uint64_t deadline = io_now_usec() + a->args.timeout_sec * 1000000;
	_raised_ struct rlimit limit;
	_work_ struct work *w = work_new(e);
	int r;

	application_raise_fds(&limit);
	if (!w)
		return -ENOMEM;
	/* The helper starts while we look up who logs in. */
	r = start_helper(a, w, e);
	if (r == 0)
		r = capture(a, w, e);
	if (r == 0)
		r = prepare(a, w, deadline, e);
	if (r == 0)
		r = hand_over(a, w, deadline, e);
	if (r != 0)
		undo(a, w);
	if (r == 1)
		say_unwrapped(a, w);
	if (r == 0)
		debug(a, "open");
	return r;
}

/*
 * A profile that leaves the mounts alone leaves no place for a marker, and may leave every capability. Then
 * who descends from a session init and is filtered is in its session.
 */
static int is_nested_unmarked(const struct attempt *a, const struct application *app)
{
	if (!application_is_filtered(app) || !ancestry_has_init())
		return 0;
	pam_syslog(a->pamh, LOG_NOTICE, "below a session init: no session of its own for uid %u",
		   (unsigned int)a->pw->pw_uid);
	return 1;
}

/*
 * su or sudo inside a session runs the PAM stack again: the outer sandbox and its supervisor stay
 * in force. Returns 1 when it is so. Whoever holds CAP_SYS_ADMIN is not in a session of ours that has
 * a marker, whatever the marker says.
 */
static int is_nested(const struct attempt *a, struct err *e)
{
	char outer[IDENTITY_SESSION_BYTES];
	struct application app;
	int r = application_read(&app, e), marked = exempt_inside(outer, e);

	if (r < 0 || marked < 0)
		return r < 0 ? r : marked;
	if (!marked)
		return is_nested_unmarked(a, &app);
	if (application_has_capability(&app, CAP_SYS_ADMIN))
		return err_set(e, EPERM, "nested", "marker of session %s, but with CAP_SYS_ADMIN",
			       outer);
	pam_syslog(a->pamh, LOG_NOTICE, "inside session %s: no session of its own for uid %u",
		   outer, (unsigned int)a->pw->pw_uid);
	return 1;
}

/* Root that no rule names is not wrapped; what is odd is said all the same. */
static int open_for_unnamed(const struct attempt *a, const struct err *e)
{
	struct err ignored = { 0 };

	if (e->num)
		return fail(a, e);
	(void)is_nested(a, &ignored); /* for its notice in the log */
	return PAM_IGNORE;
}

static int open_for_user(struct attempt *a, struct err *e)
{
	int nested, r;

	if (e->num)
		return fail(a, e);
	nested = is_nested(a, e);
	if (nested > 0 && may_talk(a))
		pam_info(a->pamh, "swrap: already inside a supervised session, which goes on");
	if (nested > 0)
		return PAM_IGNORE;
	r = nested < 0 ? nested : wrap(a, e);
	if (r < 0)
		return fail(a, e);
	return r == 0 ? PAM_SUCCESS : PAM_IGNORE;
}

/* The two ways in which a rule can name root: rules_find(). */
static bool is_root_named(const struct attempt *a)
{
	return named_in_rules(a->args.config, a->pw->pw_name) ||
	       named_in_rules(a->args.config, "uid:0");
}

/* Fills the facts that decide whom never to refuse, as far as they can be had; e notes the rest. */
static void attempt_begin(struct attempt *a, int argc, const char **argv, struct err *e)
{
	a->bad_arguments = arguments_parse(argc, argv, &a->args, e) < 0;
	(void)capture_user(a->pamh, &a->pw, e); /* noted in e, judged there */
	if (a->pw)
		a->breakglass = capture_is_member(a->pamh, a->pw->pw_name, a->args.breakglass);
	if (identity_new_session(a->id) < 0)
		(void)err_set(e, EIO, "getrandom", "session id");
}

EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const char *service = capture_item(pamh, PAM_SERVICE);
	struct attempt a = { .pamh = pamh, .flags = flags, .exempt = service_is_exempt(service) };
	struct err e = { 0 };

	(void)arguments_parse(argc, argv, &a.args, NULL); /* for config=; a bad one is said below */
	if (a.exempt && !named_in_rules(a.args.config, service))
		return PAM_IGNORE;
	if (exempt_disabled()) {
		pam_syslog(pamh, LOG_ALERT, "nothing is wrapped: there is %s",
			   SWRAP_CONFIG_DIR "/disable");
		return PAM_IGNORE;
	}
	/* Debian's su-l includes su, so one open can run twice. */
	if (session_is_open(pamh))
		return PAM_SUCCESS;
	attempt_begin(&a, argc, argv, &e);
	if (is_root(&a) && !is_root_named(&a))
		return open_for_unnamed(&a, &e);
	return open_for_user(&a, &e);
}

EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	char id[IDENTITY_SESSION_BYTES], text[ERR_TEXT_BYTES];
	struct arguments args;
	struct err e = { 0 };
	int r = session_close(pamh, id, &e);

	(void)flags; /* nothing is said to the user at close */
	(void)arguments_parse(argc, argv, &args, NULL); /* what is wrong was said at open */
	if (r < 0)
		pam_syslog(pamh, LOG_ALERT, "session %s: fault at close: %s", id,
			   err_text(&e, text, sizeof(text)));
	else if (r > 0 && args.debug)
		pam_syslog(pamh, LOG_DEBUG, "session %s: closed", id);
	return PAM_SUCCESS;
}
