/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile.h"

#include "attr.h"
#include "directive.h"
#include "ini.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void profile_init(struct profile *profile)
{
	*profile = (struct profile){ 0 };
	for (size_t i = 0; i < directive_count; i++)
		directive_reset(&directive_table[i], profile);
}

void profile_done(struct profile *profile)
{
	for (size_t i = 0; i < directive_count; i++)
		directive_done(&directive_table[i], profile);
	*profile = (struct profile){ 0 };
}

/* One reading of one file: where each directive stood. */
struct parser {
	struct profile *profile;
	uint32_t lines[DIRECTIVE_MAX];
};

static int unknown(const char *file, uint32_t line, const char *key, struct err *e)
{
	const char *nearest = directive_nearest(key);

	return ini_error_at(file, line, e, "there is no directive %.60s%s%s%s", key,
			    nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static int apply(struct parser *parser, const char *file, struct ini_setting *s, struct err *e)
{
	const struct directive *d = directive_find(s->key);
	char reason[DIRECTIVE_REASON_BYTES];
	uint32_t *before;
	int r;

	if (!d)
		return unknown(file, s->line, s->key, e);
	before = &parser->lines[d - directive_table];
	if (s->section && strcmp(s->section, d->section) != 0)
		return ini_error_at(file, s->line, e, "%s belongs into [%s]", d->name, d->section);
	if (*before && !directive_is_list(d))
		return ini_error_at(file, s->line, e, "%s is set already, by line %u", d->name, *before);
	*before = s->line;
	r = directive_set(d, parser->profile, s->value, reason);
	if (r == -EINVAL)
		return ini_error_at(file, s->line, e, "%s: %s", d->name, reason);
	return r < 0 ? err_set(e, -r, "configuration", "%s:%u: %s", file, s->line, d->name) : 0;
}

int profile_parse(struct profile *profile, const char *file, char *text, size_t size, struct err *e)
{
	struct parser parser = { .profile = profile };
	struct ini_setting setting;
	struct ini ini;
	int r;

	ini_init(&ini, file, text, size);
	while ((r = ini_next(&ini, &setting, e)) > 0) {
		r = apply(&parser, file, &setting, e);
		if (r < 0)
			return r;
	}
	return r;
}

static int apply_set(struct parser *parser, char *text, uint32_t number, struct err *e)
{
	struct ini_setting setting = { .key = text, .value = strchr(text, '='), .line = number };

	if (!setting.value)
		return ini_error_at("set=", number, e, "expected Directive=value, not %.60s", text);
	*setting.value++ = 0;
	return apply(parser, "set=", &setting, e);
}

int profile_set(struct profile *profile, const struct text_list *sets, struct err *e)
{
	struct parser parser = { .profile = profile };
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < sets->n; i++) {
		_free_ char *text = strdup(sets->items[i]);

		r = text ? apply_set(&parser, text, i + 1, e) :
			   err_set(e, ENOMEM, "configuration", "set=");
	}
	return r;
}

/* ---- what does not go together ---- */

static int clash(const struct profile *p, struct err *e, const char *text)
{
	return err_set(e, EINVAL, "configuration", "profile %s: %s", p->name, text);
}

/* Rules for files, each of which would be passed over without a mount namespace. */
static bool has_file_rules(const struct profile *p)
{
	return p->root_directory || p->protect_system || p->protect_home || p->private_tmp ||
	       p->private_devices || p->protect_proc || p->proc_subset || p->protect_kernel_tunables ||
	       p->protect_kernel_modules || p->protect_kernel_logs || p->protect_control_groups || p->read_only_paths.n || p->read_write_paths.n ||
	       p->inaccessible_paths.n || p->no_exec_paths.n || p->exec_paths.n || p->bind_paths.n ||
	       p->bind_read_only_paths.n || p->temporary_file_system.n || p->load_credential.n;
}

int profile_check(const struct profile *p, struct err *e)
{
	if (!p->private_mounts && has_file_rules(p))
		return clash(p, e, "a rule for files needs PrivateMounts=yes");
	if (p->private_network && p->network_namespace_path)
		return clash(p, e, "PrivateNetwork=yes and NetworkNamespacePath= are two networks");
	if (p->ambient & ~p->bounding)
		return clash(p, e, "AmbientCapabilities= has some that CapabilityBoundingSet= has not");
	if (p->require & p->prefer)
		return clash(p, e, "Require= and Prefer= name the same step");
	if (p->verify == EXEC_VERIFY_EXACT && !text_list_has(&p->read_only_paths, "/proc"))
		return clash(p, e, "Verify=exact needs ReadOnlyPaths=/proc");
	return 0;
}
