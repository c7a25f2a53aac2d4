/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const loader_variables[] = {
	"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT",	    "LD_DEBUG",	     "LD_DEBUG_OUTPUT",
	"LD_PROFILE", "LD_PROFILE_OUTPUT", "LD_DYNAMIC_WEAK", "LD_SHOW_AUXV", "LD_ORIGIN_PATH",
	"LD_HWCAP_MASK", "LD_USE_LOAD_BIAS", "GLIBC_TUNABLES",
};

/* Both may be a bare name or NAME=value. */
static bool same_name(const char *a, const char *b)
{
	size_t length = strcspn(a, "=");

	return length == strcspn(b, "=") && strncmp(a, b, length) == 0;
}

static bool is_named(const struct text_list *names, const char *entry)
{
	for (uint32_t i = 0; names && i < names->n; i++)
		if (same_name(names->items[i], entry))
			return true;
	return false;
}

bool environment_is_loader(const char *entry)
{
	for (size_t i = 0; i < ARRAY_SIZE(loader_variables); i++)
		if (same_name(loader_variables[i], entry))
			return true;
	return false;
}

/* UnsetEnvironment= takes a name, or NAME=value for that value alone: systemd.exec(5). */
static bool is_unset(const struct plan_environment *rules, const char *entry)
{
	for (uint32_t i = 0; rules->unset && i < rules->unset->n; i++) {
		const char *text = rules->unset->items[i];

		if (strchr(text, '=') ? strcmp(text, entry) == 0 : same_name(text, entry))
			return true;
	}
	return false;
}

static bool passes(const struct plan_environment *rules, const char *entry)
{
	if (rules->everything)
		return true;
	if (environment_is_loader(entry) || is_unset(rules, entry) || is_named(rules->set, entry))
		return false;
	return !rules->only_passed || is_named(rules->pass, entry);
}

/* Of two that set the same variable the later one holds. */
static bool is_overruled(const struct text_list *set, uint32_t i)
{
	for (uint32_t later = i + 1; later < set->n; later++)
		if (same_name(set->items[later], set->items[i]))
			return true;
	return false;
}

static int check_size(char *const *list, size_t n, struct err *e)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(list[i]) + 1;
	if (n > ENVIRONMENT_ENTRIES || bytes > ENVIRONMENT_BYTES)
		return err_set(e, E2BIG, "environment", "%zu variables of %zu bytes", n, bytes);
	return 0;
}

int environment_build(const struct plan_environment *rules, char *const *from, size_t n, char ***ret,
		      struct err *e)
{
	uint32_t nset = rules->set ? rules->set->n : 0;
	char **list = calloc(n + nset + 1, sizeof(*list));
	size_t kept = 0;

	if (!list)
		return err_set(e, ENOMEM, "environment", "%zu variables", n);
	for (size_t i = 0; i < n; i++)
		if (passes(rules, from[i]))
			list[kept++] = from[i];
	for (uint32_t i = 0; i < nset; i++)
		if (!is_unset(rules, rules->set->items[i]) && !is_overruled(rules->set, i))
			list[kept++] = rules->set->items[i];
	if (rules->only_passed && check_size(list, kept, e) < 0) {
		free(list);
		return -E2BIG;
	}
	*ret = list;
	return 0;
}

static bool is_set_by_profile(const struct plan_environment *rules, const char *entry)
{
	for (uint32_t i = 0; rules->set && i < rules->set->n; i++)
		if (strcmp(rules->set->items[i], entry) == 0)
			return true;
	return false;
}

int environment_check(const struct plan_environment *rules, char *const *envp, struct err *e)
{
	for (; *envp; envp++)
		if (!is_set_by_profile(rules, *envp) && !passes(rules, *envp))
			return err_set(e, EPERM, "environment", "%.40s", *envp);
	return 0;
}
