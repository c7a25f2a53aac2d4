# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds and runs the fuzzers of tests/fuzz: libFuzzer with the address and undefined-behaviour sanitizers.
# Sourced by tests/lab.
# shellcheck shell=bash

FUZZ_CFLAGS=(-std=gnu11 -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer
	'-fsanitize=fuzzer-no-link,address,undefined' -fno-sanitize-recover=all)

fuzz_targets()
{
	local file
	for file in "$SRC"/tests/fuzz/fuzz_*.c; do
		file=${file##*/fuzz_}
		printf '%s\n' "${file%.c}"
	done
}

# The libraries of a build of their own, once; then one program a target.
build_fuzzers()
{
	local obj=$BUILD/fuzz copy=$BUILD/src name
	say 'fuzz: build'
	CC=clang configure_tree "$obj" CC=clang --disable-static-helper --cache-file=/dev/null
	logged make-fuzz make -C "$obj" -j2 libswrap.a libhelper.a libfilter.a "CFLAGS=${FUZZ_CFLAGS[*]}"
	for name in $(fuzz_targets); do
		fuzz_program "$name" "$obj" "$copy"
	done
}

# What is in no library is compiled with its target.
fuzz_sources()
{
	case $1 in
	arguments) echo pam/arguments.c ;;
	outside) echo src/cmd_check_sshd.c src/cmd_findings.c src/cmd_pam_line.c ;;
	esac
}

fuzz_program()
{
	local name=$1 obj=$2 copy=$3 file extra=()
	for file in $(fuzz_sources "$name"); do
		extra+=("$copy/$file")
	done
	# shellcheck disable=SC2046 # flags are words
	logged "fuzz-$name" clang "${FUZZ_CFLAGS[@]}" -fsanitize=fuzzer $(fuzz_defines) -I"$copy" -iquote "$copy/helper" \
		-iquote "$copy/src" -o "$obj/fuzz_$name" "$copy/tests/fuzz/fuzz_$name.c" "${extra[@]}" \
		"$obj/libhelper.a" "$obj/libfilter.a" "$obj/libswrap.a" -lcap-ng -lnettle -lseccomp -ljson-c -lpthread
}

fuzz_defines()
{
	sed -n 's/^\t\(-DSWRAP_[A-Z_]*\)=.*/\1="\/nonexistent"/p' "$BUILD/src/Makefile.am"
}

# fuzz_one NAME SECONDS: what is new goes to the build, a crash stays there to be looked at.
fuzz_one()
{
	local name=$1 seconds=$2 obj=$BUILD/fuzz
	mkdir -p "$obj/corpus/$name" "$obj/crash"
	timeout -k 5 $((seconds + 60)) "$obj/fuzz_$name" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=2048 -artifact_prefix="$obj/crash/$name-" -print_final_stats=1 -close_fd_mask=1 \
		"$obj/corpus/$name" "$SRC/tests/fuzz/corpus/$name" >"$obj/$name.log" 2>&1 </dev/null
}

# Two at a time: as many as there are processors on the smallest machine we know.
run_fuzzers()
{
	local seconds=$1 names name pids i=0
	mapfile -t names < <(fuzz_targets)
	build_fuzzers
	while [ "$i" -lt "${#names[@]}" ]; do
		pids=()
		for name in "${names[@]:i:2}"; do
			fuzz_one "$name" "$seconds" &
			pids+=("$name:$!")
		done
		for name in "${pids[@]}"; do
			judge_fuzzer "${name%%:*}" "${name##*:}"
		done
		i=$((i + 2))
	done
}

judge_fuzzer()
{
	local name=$1 pid=$2 rc=0 log=$BUILD/fuzz/$1.log runs cover
	wait "$pid" || rc=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	cover=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	if [ "$rc" -eq 0 ] && [ "${runs:-0}" -gt 0 ]; then
		count 1 0 0
	else
		count 0 1 0
		failures+=("fuzz-$name")
		tail -n 30 "$log" >&2
	fi
	printf 'fuzz %-12s %8s runs, %5s edges, status %s\n' "$name" "${runs:-0}" "${cover:-?}" "$rc"
}
