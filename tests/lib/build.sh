# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds a copy of the tree and installs it into a stage. Sourced by tests/lab.
# shellcheck shell=bash

# A copy, because autoreconf writes beside the sources and a tree that is configured in place
# refuses a build elsewhere: this way the lab works whatever the state of the working tree.
list_sources()
{
	git -c safe.directory='*' -C "$SRC" ls-files -co --exclude-standard 2>/dev/null ||
		(cd "$SRC" && find . -path ./build -prune -o -type f -printf '%P\n')
}

copy_sources()
{
	local copy=$BUILD/src list=$BUILD/sources new=$BUILD/sources.new
	mkdir -p "$copy"
	list_sources | while IFS= read -r f; do
		[ ! -f "$SRC/$f" ] || printf '%s\n' "$f"
	done | LC_ALL=C sort >"$new"
	# What left the tree must leave the copy, or a build passes only here.
	if [ -f "$list" ]; then
		LC_ALL=C comm -23 "$list" "$new" | while IFS= read -r f; do
			rm -f "${copy:?}/$f"
		done
	fi
	rsync -a --no-owner --no-group --files-from="$new" "$SRC/" "$copy/"
	mv "$new" "$list"
}

# Where this machine's libpam looks for modules: beside pam_unix.
find_securedir()
{
	local f
	f=$(dpkg -L libpam-modules | grep '/pam_unix\.so$')
	dirname "$(realpath "$f")"
}

needs_autoreconf()
{
	local copy=$BUILD/src
	[ ! -x "$copy/configure" ] ||
		[ -n "$(find "$copy" \( -name '*.am' -o -name 'configure.ac' -o -name '*.m4' \) \
			-newer "$copy/configure" -not -name aclocal.m4 -print -quit)" ]
}

# Runs a step quietly; its output matters only when it fails.
logged()
{
	local log=$BUILD/$1.log
	shift
	"$@" >"$log" 2>&1 </dev/null && return 0
	tail -n 60 "$log" >&2
	die "failed: $* (all of it: $log)"
}

# configure_tree DIR [OPTIONS]: once, and again when configure itself is newer. The trees share what
# was found out about the machine.
configure_tree()
{
	local copy=$BUILD/src obj=$1 secure
	shift
	mkdir -p "$obj"
	[ ! -f "$obj/config.status" ] || [ "$copy/configure" -nt "$obj/config.status" ] || return 0
	secure=$(find_securedir)
	say "build: configure in $obj"
	[ "$obj" != "$BUILD/obj" ] || rm -f "$BUILD/config.cache"
	(cd "$obj" && logged configure "$copy/configure" --prefix=/usr --sysconfdir=/etc \
		--localstatedir=/var --libdir="${secure%/security}" --with-securedir="$secure" \
		--cache-file="$BUILD/config.cache" "$@")
}

# Programs that attack. The stage brings them into the world as /lab/attack; nothing installs them.
# Static, so that they run in any tree of files.
build_attacks()
{
	local from=$BUILD/src/tests/attack to=$STAGE/lab/attack name
	local flags=(-std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror)
	mkdir -p "$to"
	for name in calls doors assault; do
		logged attack cc "${flags[@]}" -static -o "$to/$name" "$from/$name.c" "$from/attempt.c"
	done
	for name in flip forbidden fds latch; do
		logged attack cc "${flags[@]}" -static -o "$to/$name" "$from/$name.c"
	done
	logged attack cc "${flags[@]}" -shared -fPIC -o "$to/preload.so" "$from/preload.c"
	logged attack cc "${flags[@]}" -o "$to/pamapp" "$from/pamapp.c" "$from/raw.c" -lpam
}

# One static program, linked by the name of every hole: /lab/escape.
build_escapes()
{
	local from=$BUILD/src/tests/escape to=$STAGE/lab/escape name
	mkdir -p "$to"
	logged escape cc -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -static -o "$to/escape" "$from"/*.c
	for name in $("$to/escape" --list); do
		ln "$to/escape" "$to/$name"
	done
}

# A helper whose gate does not verify and which leaves out the steps that /etc/swrap/ablate names, beside
# the installed one: what it holds back must get through there, or a test that sees it held proves nothing.
build_control()
{
	configure_tree "$BUILD/control" --enable-control-build
	logged make-control make -C "$BUILD/control" -j2 swrap-helper
	install -D -m 755 "$BUILD/control/swrap-helper" "$STAGE/lab/control/swrap-helper"
}

# Helper and attach that say when they began and when they exec, for tests/bench: two files differ.
build_bench()
{
	local bench=$BUILD/bench
	rm -rf "$bench"
	cp -a "$BUILD/obj" "$bench"
	rm -f "$bench"/swrap-helper "$bench"/swrap-attach "$bench"/libhelper.a \
		"$bench"/helper/*-session.o "$bench"/attach/*-main.o
	logged make-bench make -C "$bench" CPPFLAGS=-DSWRAP_BENCH_BUILD swrap-helper swrap-attach
	install -D -m 755 -t "$STAGE/lab/bench" "$bench/swrap-helper" "$bench/swrap-attach"
}

build_all()
{
	local copy=$BUILD/src obj=$BUILD/obj
	say "build: into $BUILD"
	copy_sources
	if needs_autoreconf; then
		say 'build: autoreconf'
		logged autoreconf autoreconf -fi "$copy"
	fi
	configure_tree "$obj"
	say 'build: make'
	logged make make -C "$obj" -j2
	rm -rf "$STAGE"
	logged install make -C "$obj" install DESTDIR="$STAGE"
	say 'build: attacks and their control'
	build_attacks
	build_escapes
	build_control
	build_bench
}

# The unit tests once more, under the address and undefined behaviour sanitizers.
build_sanitized()
{
	configure_tree "$BUILD/asan" --cache-file=/dev/null --disable-static-helper \
		CFLAGS='-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined'
	say 'build: make with sanitizers'
	logged make-asan make -C "$BUILD/asan" -j2
}

# run_make_check SECONDS LOG TREE MAKE_ARGUMENTS... The unit tests run as root: in namespaces of their own,
# so that a stray mount or kill of theirs stays there.
run_make_check()
{
	local seconds=$1 log=$2 tree=$3
	shift 3
	say "check: make $*"
	timeout -k 10 "$seconds" unshare --mount --pid --net --ipc --uts --fork --mount-proc \
		--kill-child make -C "$BUILD/$tree" -k "$@" >"$log" 2>&1 </dev/null
}

# automake's summary: "# PASS:  12" and so on. Prints "passed failed skipped".
make_check_counts()
{
	awk '/^# (PASS|XFAIL):/ { p += $3 } /^# (FAIL|XPASS|ERROR):/ { f += $3 }
	     /^# SKIP:/ { s += $3 } END { print p + 0, f + 0, s + 0 }' "$1"
}
