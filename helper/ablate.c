/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ablate.h"

#include "config.h"

#ifdef SWRAP_CONTROL_BUILD

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* What cannot be done, or would be done to the host, without the first. */
static const struct {
	enum step step;
	uint64_t with;
} together[] = {
	{ STEP_MOUNT_NAMESPACE, STEP_BIT(STEP_PROPAGATION) | STEP_BIT(STEP_ROOT) | STEP_BIT(STEP_PROC) |
				STEP_BIT(STEP_MEMFD_NOEXEC) },
	{ STEP_PROPAGATION, STEP_BIT(STEP_ROOT) | STEP_BIT(STEP_PROC) | STEP_BIT(STEP_MEMFD_NOEXEC) },
	{ STEP_ROOT, STEP_BIT(STEP_PROC) | STEP_BIT(STEP_MEMFD_NOEXEC) },
	{ STEP_SECCOMP, STEP_BIT(STEP_EXEC) },
	{ STEP_PID_NAMESPACE, STEP_BIT(STEP_PROC) | STEP_BIT(STEP_MEMFD_NOEXEC) },
};

static void leave_out(struct plan *plan, uint64_t steps)
{
	for (int i = 0; i < STEP_COUNT; i++) {
		if (!(steps & STEP_BIT(i)) || plan->levels[i] == LEVEL_OFF)
			continue;
		plan->levels[i] = LEVEL_OFF;
		plan->ablated |= STEP_BIT(i);
	}
}

int ablate(struct plan *plan, struct err *e)
{
	char text[1024], *save, *word;

	if (io_read_file(AT_FDCWD, SWRAP_CONFIG_DIR "/ablate", text, sizeof(text)) < 0)
		return 0;
	for (word = strtok_r(text, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
		int step = primitive_find(word);

		if (step < 0)
			return err_set(e, EINVAL, "ablate", "%.40s", word);
		leave_out(plan, STEP_BIT(step));
		for (size_t i = 0; i < ARRAY_SIZE(together); i++)
			if (together[i].step == (enum step)step)
				leave_out(plan, together[i].with);
	}
	plan->environment.everything = plan->ablated & STEP_BIT(STEP_ENVIRONMENT);
	return 0;
}

static void place_unchecked(const struct step_context *c)
{
	for (int number = 0; number < 3; number++)
		if (c->stdio[number] >= 0)
			(void)dup2(c->stdio[number], number);
}

void ablate_carry(struct step_context *c, enum step step)
{
	if (!(c->plan->ablated & STEP_BIT(step)))
		return;
	if (step == STEP_FDS)
		place_unchecked(c);
	else if (step == STEP_ENVIRONMENT)
		(void)apply_environment(c, NULL); /* without strings the exec fails, which is seen */
}

void ablate_leak(void)
{
	(void)open("/", O_RDONLY | O_DIRECTORY);
}

#else

int ablate(struct plan *plan, struct err *e)
{
	(void)e;
	plan->ablated = 0;
	return 0;
}

void ablate_carry(struct step_context *c, enum step step)
{
	(void)c;
	(void)step;
}

void ablate_leak(void)
{
}

#endif
