#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who may include whom. Reads every #include "..." of the tree and prints file:line for each that
# reaches up a layer or across to another top. A file of src/ without a layer is a violation too.
#
#   src/     0 base, 1 facts, 2 decisions, top: the command line
#   pam/     pam/ and src/ 0-1        attach/  attach/ and src/wire.h
#   helper/  helper/ and src/ 0-2     tools/   tools/ and src/ 0; mkdoc, which no login runs, 0-2
cd "${srcdir:-.}" || exit 1

list_sources() {
	for directory in src pam attach helper tools; do
		[ -d "$directory" ] && find "$directory" -name '*.[chS]'
	done | LC_ALL=C sort
}

files=$(list_sources)
if [ -z "$files" ]; then
	echo "layers: no sources here: $(pwd)" >&2
	exit 1
fi

# One awk for all files: make check should not wait for a lint.
# shellcheck disable=SC2086 # no file of ours has a blank in its name
awk '
function layer(names, number,    list, n, i)
{
	n = split(names, list, " ")
	for (i = 1; i <= n; i++)
		layers[list[i]] = number
}

BEGIN {
	TOP = 9
	layer("attr err io num service text_list address log", 0)
	layer("wire channel identity json outcome primitive process_stat mount_query cgroup_tree", 1)
	layer("record redact secret budget probe profile plan match", 2)
	layer("ini configuration trusted_dir value name", 2)
	layer("directive directive_kind directive_table directive_scalar directive_list directive_word", 2)
	layer("rules rules_find", 2)
	layer("swrap cmd table", TOP)
}

# "a/b/../c" -> "a/c"
function tidy(path)
{
	while (sub(/[^\/]+\/\.\.\//, "", path))
		;
	sub(/^(\.\/)+/, "", path)
	return path
}

function exists(path,    line, r)
{
	r = (getline line < path)
	close(path)
	return r >= 0
}

function folder(path)
{
	sub(/\/.*/, "", path)
	return path
}

# The layer of a file of src/; -1 when nobody gave it one.
function src_layer(path,    name)
{
	name = path
	sub(/^src\//, "", name)
	sub(/\.[chS]$/, "", name)
	if (name ~ /^(cmd|run|gc)_/)	# the verbs of the command line
		return TOP
	return name in layers ? layers[name] : -1
}

function violation(text)
{
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}

function check_src(from, target, highest)
{
	if (src_layer(target) < 0)
		violation(target " has no layer: add it to tests/lint/layers.sh")
	else if (highest >= 0 && src_layer(target) > highest)
		violation(from " (up to layer " highest ") includes " target " of layer " \
			  (src_layer(target) == TOP ? "top" : src_layer(target)))
}

function check(from, target,    top, other)
{
	top = folder(from)
	other = folder(target)
	if (other == "src" && top == "src")
		check_src(from, target, src_layer(from))
	else if (other == "src" && top == "pam")
		check_src(from, target, 1)
	else if (other == "src" && top == "helper")
		check_src(from, target, 2)
	else if (other == "src" && top == "tools")
		check_src(from, target, from ~ /^tools\/mkdoc/ ? 2 : 0)
	else if (target == "src/wire.h" && top == "attach")
		return
	else if (top != other)
		violation(from " includes " target ": " top "/ may not")
}

FNR == 1 && FILENAME ~ /^src\// && src_layer(FILENAME) < 0 {
	violation(FILENAME " has no layer: add it to tests/lint/layers.sh")
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, part, "\"")
	if (part[2] == "config.h")
		next
	path = FILENAME
	sub(/[^\/]*$/, "", path)
	path = tidy(path part[2])
	if (!exists(path))
		path = tidy(part[2])
	if (!exists(path))
		violation("no such file: " part[2])
	else
		check(FILENAME, path)
}

END { exit bad }
' $files
