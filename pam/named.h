/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * named.h - may a rule name this service, or root? A look that is cheap and never wrong in saying no.
 *
 * Root and the services that start no login shell are wrapped only by a rule that names them. Mostly
 * there is none, and then no helper is to be started for every job of cron.
 */
#ifndef SWRAP_PAM_NAMED_H
#define SWRAP_PAM_NAMED_H

#include <stdbool.h>

/*
 * Do rules.conf or a file of rules.d, of the vendor or in config_dir ("" = SWRAP_CONFIG_DIR), contain
 * that word anywhere, a comment included? What cannot be read may: the helper will say why.
 */
bool named_in_rules(const char *config_dir, const char *word);

/* The same for two directories. Kept apart for the test. */
bool named_below(const char *admin_dir, const char *vendor_dir, const char *word);

#endif
