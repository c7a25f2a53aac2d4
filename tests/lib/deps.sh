# SPDX-License-Identifier: LGPL-2.1-or-later
# What building and testing need, by Debian package name. Sourced by tests/lab.
# shellcheck shell=bash

# One of the alternatives in a "a|b" word is enough.
BUILD_PACKAGES='
	autoconf automake libtool pkg-config make gcc libc6-dev xz-utils
	libpam0g-dev libseccomp-dev libcap-ng-dev libjson-c-dev nettle-dev
	libsmartcols-dev libcmocka-dev'

TEST_PACKAGES='
	openssh-server openssh-client pamtester tmux rsync expect mandoc strace valgrind
	clang libclang-rt-dev|clang
	socat xauth python3 iproute2 procps jq seccomp universal-ctags shellcheck ansible-core
	fuse3 libfuse3-dev iputils-ping sudo login passwd logrotate git perl util-linux bsdutils
	gpg gpg-agent bubblewrap podman uidmap
	dash zsh fish vim krb5-user krb5-kdc krb5-admin-server'

# Programs of tests/lib/programs.table that take minutes to install: only for tests/lab check --long.
LONG_PACKAGES='gdb nodejs openjdk-17-jdk-headless|default-jdk-headless golang-go'

# What an ordinary machine may not want to run only because the tests need the program.
DAEMONS='openssh-server:ssh.service openssh-server:ssh.socket logrotate:logrotate.timer
	krb5-kdc:krb5-kdc.service krb5-admin-server:krb5-admin-server.service
	podman:podman.socket podman:podman-auto-update.timer podman:podman-restart.service'

is_installed()
{
	[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]
}

is_known()
{
	apt-cache show --no-all-versions "$1" >/dev/null 2>&1
}

# Prints the name to install for "a|b", nothing when one of them is there already.
pick_package()
{
	local name
	for name in ${1//|/ }; do
		is_installed "$name" && return 0
	done
	for name in ${1//|/ }; do
		is_known "$name" && { printf '%s\n' "$name"; return 0; }
	done
	printf '%s\n' "${1%%|*}"
}

missing_packages()
{
	local word
	for word in $BUILD_PACKAGES $TEST_PACKAGES; do
		pick_package "$word"
	done
	[ "${LAB_LONG:-0}" = 1 ] || return 0
	for word in $LONG_PACKAGES; do
		pick_package "$word"
	done
}

# A package's daemon must not start because a test wants its program: a policy-rc.d that says no
# for the time of the installation. An admin's own one is stronger and is left alone.
apt_install()
{
	local policy=/usr/sbin/policy-rc.d rc=0
	if [ -e "$policy" ]; then
		policy=
	else
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
		-o Dpkg::Use-Pty=0 "$@" </dev/null || rc=$?
	[ -z "$policy" ] || rm -f "$policy"
	return "$rc"
}

# Nor must it start at the next boot.
disable_daemons()
{
	local pair
	command -v systemctl >/dev/null || return 0
	for pair in $DAEMONS; do
		case " $* " in
		*" ${pair%%:*} "*) systemctl disable -q "${pair#*:}" 2>/dev/null || true ;;
		esac
	done
}

install_deps()
{
	local missing
	mapfile -t missing < <(missing_packages)
	[ "${#missing[@]}" -gt 0 ] || { say 'deps: all there'; return 0; }
	say 'deps: reading the package lists'
	apt-get update -q </dev/null >&2
	# The lists may only now know which alternative exists here.
	mapfile -t missing < <(missing_packages)
	say "deps: installing ${missing[*]}"
	apt_install "${missing[@]}" >&2
	disable_daemons "${missing[@]}"
}
