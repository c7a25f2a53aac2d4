/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * configuration.h - the files of the vendor and of the admin, and the profiles they make.
 *
 * Vendor: $(datadir)/swrap; admin: $(sysconfdir)/swrap, or the directory that config= names. As in
 * systemd.unit(5) an admin's file replaces the vendor's of the same name, an empty one masks it, and
 * the drop-ins of both come in order of their names. Files are read through descriptors of directories
 * that root owns and nobody else can write, without following a symlink; one that is otherwise, or
 * cannot be read, is an error and never passed over: what it would have said is not known.
 *
 * (Not config.h: that is what configure makes.) Every failure has what = "configuration" and an about
 * that begins with the file or directory, and with the line where there is one.
 */
#ifndef SWRAP_CONFIGURATION_H
#define SWRAP_CONFIGURATION_H

#include "err.h"
#include "profile.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { CONFIG_FILE_BYTES = 1024 * 1024, CONFIG_FILES = 256 };

struct config {
	int admin_fd, vendor_fd;	/* O_PATH of the directories; -1: there is none */
	char admin[PATH_MAX];		/* for messages */
};

struct config_file {
	char path[PATH_MAX];		/* the whole path, for messages */
	size_t size;
	char *text;			/* NUL-terminated at text[size]; owned; may be written, see ini.h */
};

#define CONFIG_INIT { .admin_fd = -1, .vendor_fd = -1 }

/*
 * Opens both directories. admin_dir: absolute; NULL = SWRAP_CONFIG_DIR, which may be absent, as the
 * vendor's may; one that was named may not. 0 or -errno; config_close() afterwards in any case, if
 * *config was CONFIG_INIT before.
 */
int config_open(struct config *config, const char *admin_dir, struct err *e);
void config_close(struct config *config);

/*
 * The admin's file of that name ("rules.conf", "profiles/login.conf"), else the vendor's. 0 and *ret;
 * -ENOENT without a failure noted when neither has it; else -errno. config_file_done() frees it.
 */
int config_read(const struct config *config, const char *name, struct config_file *ret, struct err *e);
void config_file_done(struct config_file *file);

/*
 * Hands each file of the directory name ("rules.d", "profiles", "profiles/login.conf.d") whose own name
 * ends with suffix and has no "." in front to each(), merged and in order of names (strcmp); an admin's
 * file stands in for the vendor's of the same name. The file is freed behind each() unless that took
 * its text. Stops at the first failure (< 0) of each and returns it. At most CONFIG_FILES files.
 */
int config_files(const struct config *config, const char *name, const char *suffix,
		 int (*each)(void *data, struct config_file *file, struct err *e), void *data,
		 struct err *e);

/*
 * *ret (whatever was in it; profile_done() afterwards in any case): profiles/NAME.conf, its drop-ins, then
 * each "Directive=value" of sets (may be NULL), which must be one the table knows. Sets name and digest
 * (SHA-256 over the bytes of the files and the sets, in order). 0; -ENOENT no such profile; -EINVAL
 * what is in a file, with FILE:LINE; else -errno.
 */
int config_profile(const struct config *config, const char *name, const struct text_list *sets,
		   struct profile *ret, struct err *e);

/* May a profile be called that? Letters, digits, "_", "-" and ".", not in front; 1 to 64 characters. */
bool config_is_profile_name(const char *name);

#endif
