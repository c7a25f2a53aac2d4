#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# PID 1 of the lab world: makes the world, runs one command in it, and takes it all down by ending.
# Usage (only from tests/lab, inside fresh mount, pid, net, uts and ipc namespaces):
#   enter.sh SOURCE_DIR STAGE_DIR|- COMMAND [ARGS]
set -euo pipefail

src=$1
stage=$2
shift 2

# A machine's mounts are shared as a rule; nothing of ours may go back.
mount --make-rprivate /

# A mount point that every machine has and no source tree lives below.
base=/sys/kernel
mount -t tmpfs -o mode=755,size=50% lab "$base"
root=$base/root

# The machine's own file systems, each with a layer of ours on top: / and what is mounted apart
# from it below the directories that hold programs.
overlay_one()
{
	local at=$1 name
	name=${at//\//_}
	mkdir -p "$base/upper$name" "$base/work$name" "$root"
	mount -t overlay -o "lowerdir=$at,upperdir=$base/upper$name,workdir=$base/work$name" \
		lab "$root${at%/}" || {
		echo "lab: no overlay file system on this kernel for $at" >&2
		exit 1
	}
}

overlay_all()
{
	local at type
	overlay_one /
	while read -r at type; do
		case $at in
		/usr* | /var* | /opt* | /srv*) ;;
		*) continue ;;
		esac
		case $type in
		ext[234] | xfs | btrfs | f2fs | zfs) ;;
		*) continue ;;
		esac
		[ ! -d "$at" ] || overlay_one "$at"
	done < <(findmnt -rn -o TARGET,FSTYPE)
}

# Places where sessions write, and where the machine keeps what is none of a test's business.
own_trees()
{
	mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
	mount -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
	[ ! -d /sys/fs/cgroup ] || mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
	mount -t tmpfs -o nosuid,nodev,mode=755 lab-run "$root/run"
	mount -t tmpfs -o nosuid,nodev,mode=1777,size=2g lab-tmp "$root/tmp"
	mount -t tmpfs -o nosuid,nodev,mode=755,size=2g lab-home "$root/home"
	mount -t tmpfs -o mode=700 lab-root "$root/root"
	mount -t tmpfs -o mode=755 lab-log "$root/var/log"
	mount -t tmpfs -o nosuid,nodev,mode=1777 lab-vartmp "$root/var/tmp"
}

own_dev()
{
	local dev=$root/dev node name mode major minor
	mount -t tmpfs -o nosuid,mode=755 lab-dev "$dev"
	for node in null:666:1:3 zero:666:1:5 full:666:1:7 random:666:1:8 urandom:666:1:9 \
		tty:666:5:0 fuse:666:10:229; do
		IFS=: read -r name mode major minor <<<"$node"
		# Where making devices is forbidden the machine's own node serves.
		mknod -m "$mode" "$dev/$name" c "$major" "$minor" 2>/dev/null || {
			rm -f "$dev/$name"
			: >"$dev/$name"
			mount --bind "/dev/$name" "$dev/$name"
		}
	done
	mkdir "$dev/pts" "$dev/shm"
	mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 lab-pts "$dev/pts"
	mount -t tmpfs -o nosuid,nodev,mode=1777 lab-shm "$dev/shm"
	ln -s pts/ptmx "$dev/ptmx"
	ln -s /proc/self/fd "$dev/fd"
	ln -s /proc/self/fd/0 "$dev/stdin"
	ln -s /proc/self/fd/1 "$dev/stdout"
	ln -s /proc/self/fd/2 "$dev/stderr"
}

bind_read_only()
{
	mkdir -p "$2"
	mount --bind "$1" "$2"
	mount -o remount,bind,ro "$2"
}

overlay_all
own_trees
own_dev
mkdir -p "$root/lab/old"
bind_read_only "$src" "$root/lab/src"
[ "$stage" = - ] || bind_read_only "$stage" "$root/lab/stage"

cd "$root"
pivot_root . lab/old
cd /
umount -l /lab/old
rmdir /lab/old
# Real machines have shared mounts, and where mounts go at a login is one of the things to test.
mount --make-rshared /

ip link set lo up
hostname swraplab
bash /lab/src/tests/lib/furnish.sh

# Not exec: PID 1 stays to reap the processes that outlive their sessions.
rc=0
"$@" || rc=$?
exit "$rc"
