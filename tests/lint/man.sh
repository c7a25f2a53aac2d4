#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# mandoc over the man pages. Style messages are left out: they say which other pages are not installed.
cd "${srcdir:-.}" || exit 1

if ! command -v mandoc >/dev/null; then
	echo "man: skipped, mandoc is missing (Debian package mandoc)" >&2
	exit 77
fi

mandoc -T lint -W warning man/*.8
