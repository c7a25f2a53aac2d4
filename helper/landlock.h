/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * landlock.h - the rights of Landlock= as the kernel has them, and since which ABI.
 *
 *   r  read a file, list a directory            w  write, truncate, control a device
 *   x  execute, together with r                 c  make files, directories, links, sockets, pipes
 *   d  remove                                   cd also: rename and link to another directory
 *
 * The kernel opens for reading what it executes: x alone gives nothing. Device nodes are in no letter: nobody inside makes one, nor root.
 */
#ifndef SWRAP_LANDLOCK_H
#define SWRAP_LANDLOCK_H

#include <linux/landlock.h>

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)		/* ABI 2 */
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)	/* ABI 3 */
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)	/* ABI 5 */
#endif
#ifndef LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF
#define LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF (1U << 0) /* ABI 7 */
#endif

enum { LANDLOCK_ABI_REFER = 2, LANDLOCK_ABI_TRUNCATE = 3, LANDLOCK_ABI_IOCTL_DEV = 5,
       LANDLOCK_ABI_LOG = 7 };

#define LANDLOCK_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define LANDLOCK_WRITE \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_IOCTL_DEV)
#define LANDLOCK_CREATE \
	(LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SYM | \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO)
#define LANDLOCK_REMOVE (LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR)

/* What is handled, so denied where no rule gives it. */
#define LANDLOCK_ALL \
	(LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_CREATE | \
	 LANDLOCK_REMOVE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
	 LANDLOCK_ACCESS_FS_REFER)

/* What a rule on something that is no directory may give. */
#define LANDLOCK_OF_FILE \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_WRITE | LANDLOCK_ACCESS_FS_EXECUTE)

#endif
