#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every shell file of the tree through shellcheck. Files without a .sh are known by their first line.
cd "${srcdir:-.}" || exit 1

if ! command -v shellcheck >/dev/null; then
	echo "shell: skipped, shellcheck is missing (Debian package shellcheck)" >&2
	exit 77
fi

list_scripts() {
	find tests .ci -type f -name '*.sh'
	find tests .ci -type f ! -name '*.*' -exec awk '
		FNR == 1 && /^#!.*sh$/ { print FILENAME }
		FNR == 1 { nextfile }' {} +
}

scripts=$(list_scripts)
if [ -z "$scripts" ]; then
	echo "shell: no scripts here: $(pwd)" >&2
	exit 1
fi

# Two at once: it is slow. What is mere info depends on its version.
echo "$scripts" | xargs -n 6 -P 2 shellcheck -x --severity=warning
