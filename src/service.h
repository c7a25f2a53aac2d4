/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * service.h - which PAM services start a login shell.
 */
#ifndef SWRAP_SERVICE_H
#define SWRAP_SERVICE_H

#include <stdbool.h>

/*
 * Is it a service that starts no login shell (cron, sudo, a display manager)? It is wrapped only by a
 * rule that names it. NULL is none.
 */
bool service_is_exempt(const char *service);

#endif
