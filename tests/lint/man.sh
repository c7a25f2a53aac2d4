#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# mandoc over the man pages. Style messages are left out: they say which other pages are not installed.
built=$(pwd)/man
cd "${srcdir:-.}" || exit 1

if ! command -v mandoc >/dev/null; then
	echo "man: skipped, mandoc is missing (Debian package mandoc)" >&2
	exit 77
fi

if [ ! -f "$built/swrap-profile.5" ]; then
	echo "man: $built/swrap-profile.5 is not built" >&2
	exit 1
fi

mandoc -T lint -W warning man/*.[578] "$built/swrap-profile.5"
