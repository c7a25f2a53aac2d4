/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "decide.h"

#include "credentials.h"
#include "open.h"

#include <errno.h>
#include <stdio.h>

/* ---- which rule ---- */

struct questions {
	struct helper *h;
	struct choose_asker asker;
};

static int ask_groups(void *context, struct err *e)
{
	struct questions *q = context;

	return open_groups(q->h, e);
}

static int ask_group(void *context, const char *name, gid_t *ret, struct err *e)
{
	struct questions *q = context;

	return choose_ask_group(&q->asker, name, ret, e);
}

int decide_rule(struct helper *h, uint64_t deadline_usec, struct err *e)
{
	struct questions q = {
		.h = h,
		.asker = {
			.control_fd = h->control_fd,
			.deadline_usec = deadline_usec,
			.message = &h->message,
		},
	};
	const struct choose_questions questions = { ask_groups, ask_group, &q };
	const char *dir = h->identity.config;
	int r = config_open(&h->config, dir[0] ? dir : NULL, e);

	if (r == 0)
		r = choose_profile(&h->config, &h->identity, &questions, &h->choice, e);
	choose_asker_done(&q.asker);
	return r;
}

int decide_leave_alone(struct helper *h, struct err *e)
{
	struct wire_unwrapped body = { .text = "" };
	char text[sizeof(h->choice.file) + 64];
	int r;

	(void)choose_text(&h->choice, &h->identity, text, sizeof(text));
	/* Somebody who asks for a sandbox gets one or nothing, never the command without. */
	if (h->identity.direct)
		return err_set(e, ENOENT, "profile", "%s", text);
	(void)snprintf(body.text, sizeof(body.text), "%.191s", text);
	r = channel_send(h->control_fd, WIRE_UNWRAPPED, &body, sizeof(body), NULL, 0);
	return r < 0 ? err_set(e, -r, "application", "is gone") : 1;
}

/* ---- what it comes to ---- */

/* What is required and cannot be had is refused here, where nothing runs yet. */
static int ask_host(struct helper *h, struct err *e)
{
	struct probe probe;
	int r = probe_open(&probe, "/", e);

	if (r == 0)
		r = plan_probe(&h->plan, &probe, e);
	probe_done(&probe);
	return r;
}

/* What the PAM line sets beside the files. */
static int take_sets(const struct identity *id, struct text_list *sets)
{
	int r = 0;

	for (const char *set = NULL; r == 0 && (set = identity_next_set(id, set));)
		r = text_list_add(sets, set);
	return r;
}

static int read_profile(struct helper *h, struct err *e)
{
	_cleanup_(text_list_clear) struct text_list sets = { 0 };
	int r = take_sets(&h->identity, &sets);

	profile_init(&h->profile);
	if (r < 0)
		return err_set(e, -r, "configuration", "set=");
	r = config_profile(&h->config, h->choice.profile, &sets, &h->profile, e);
	config_close(&h->config);
	return r;
}

/*
 * Fail= of the profile, where the PAM line says nothing of it. The application is told at once: what fails
 * from here on may be our own end. Whoever asks for a sandbox by name gets one or nothing.
 */
static int take_fail(struct helper *h, struct err *e)
{
	struct identity *id = &h->identity;
	int r;

	if (h->profile.fail != FAIL_OPEN || id->fail_set || id->direct)
		return 0;
	id->fail_open = true;
	if (id->mode != IDENTITY_SESSION)
		return 0;
	r = channel_send(h->control_fd, WIRE_FAIL_OPEN, NULL, 0, NULL, 0);
	return r < 0 ? err_set(e, -r, "application", "is gone") : 0;
}

/* As systemd.exec(5) has it: the directory has another name on every system. */
static int name_credentials(struct profile *profile, struct err *e)
{
	static const char variable[] = "CREDENTIALS_DIRECTORY=" CREDENTIALS_DIR;

	for (uint32_t i = 0; i < profile->load_credential.n; i++)
		if (credential_check(profile->load_credential.items[i], e) < 0)
			return -EINVAL;
	if (profile->load_credential.n && text_list_add(&profile->environment, variable) < 0)
		return err_set(e, ENOMEM, "malloc", "environment");
	return 0;
}

int decide_plan(struct helper *h, struct err *e)
{
	int r = read_profile(h, e);

	if (r == 0)
		r = take_fail(h, e);
	if (r == 0)
		r = name_credentials(&h->profile, e);
	if (r < 0)
		return r;
	r = plan_build(&h->plan, &h->identity, &h->profile, h->in.privileged, e);
	return r < 0 ? r : ask_host(h, e);
}
