/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "err.h"

#include <stdarg.h>
#include <string.h>

int err_set(struct err *e, int num, const char *what, const char *about, ...)
{
	va_list args;

	if (!e || e->num)
		return -num;
	e->num = num;
	(void)snprintf(e->what, sizeof(e->what), "%s", what);
	va_start(args, about);
	(void)vsnprintf(e->about, sizeof(e->about), about, args);
	va_end(args);
	return -num;
}

const char *err_text(const struct err *e, char *buffer, size_t size)
{
	/* strerrordesc_np, not strerror: no locale is read, no static buffer is written. */
	const char *reason = strerrordesc_np(e->num);

	(void)snprintf(buffer, size, "%s%s%s: %s", e->what, e->about[0] ? " " : "", e->about,
		       reason ? reason : "unknown error");
	return buffer;
}
