#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every directive for files by a real login: with it the access fails, without it the same one succeeds. And
# what a user, or a line in the wrong order, could try against them.
# timeout: 300
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'no directives without the module'
	done_testing
	exit
fi

# profile LINE...: what the next login gets.
profile()
{
	mkdir -p /etc/swrap/profiles
	printf '%s\n' '[Sandbox]' "$@" >/etc/swrap/profiles/files-test.conf
}

# can COMMAND: yes, no, or what went wrong with the login itself.
can()
{
	as_ssh alice "if ( $1 ) >/dev/null 2>&1; then echo yes; else echo no; fi" </dev/null 2>&1 |
		tail -n 1
}

# guards NAME COMMAND LINE...
guards()
{
	local name=$1 command=$2
	shift 2
	profile
	is "$(can "$command")" yes "$name: succeeds without it"
	profile "$@"
	is "$(can "$command")" no "$name: fails with it"
}

# allows NAME COMMAND LINE...
allows()
{
	local name=$1 command=$2
	shift 2
	profile "$@"
	is "$(can "$command")" yes "$name"
}

# refuses NAME LINE...: no session is opened, and the step is named.
refuses()
{
	local name=$1 mark
	shift
	profile "$@"
	mark=$(records_mark)
	unlike "$(can true)" '^(yes|no)$' "$name: no shell"
	check "$name: refused" wait_until 5 has_record "$mark" '.event == "session.refused"'
}

furnish()
{
	local dir
	for dir in /usr/local/alice /boot/alice /etc/alice /opt/alice /srv/alice /srv/alice/sub /srv/other \
		/mnt/at; do
		mkdir -p "$dir"
		chown alice: "$dir"
		echo "$dir" >"$dir/file"
	done
	mkdir -p /usr/lib/modules/lab
	echo host >/tmp/host-file
	echo host >/var/tmp/host-file
	mknod -m 666 /dev/labdisk c 1 3 2>/dev/null
	[ -e /dev/kmsg ] || mknod -m 666 /dev/kmsg c 1 3
	cp /bin/true /srv/alice/program
	cp /bin/true /srv/alice/sub/program
	mkdir -p /srv/alice/mounted
	mount -t tmpfs -o nosuid,nodev,noexec,mode=777 lab-test /srv/alice/mounted
	echo inside >/srv/alice/mounted/file
}

system_and_homes()
{
	guards 'ProtectSystem=yes, /usr' 'touch /usr/local/alice/x' ProtectSystem=yes
	allows 'ProtectSystem=yes leaves /etc' 'touch /etc/alice/x' ProtectSystem=yes
	guards 'ProtectSystem=full, /etc' 'touch /etc/alice/x' ProtectSystem=full
	guards 'ProtectSystem=strict, /srv' 'touch /srv/alice/x' ProtectSystem=strict
	guards 'ProtectSystem=strict, what is mounted below' 'touch /srv/alice/mounted/x' ProtectSystem=strict
	allows 'ProtectSystem=strict leaves ReadWritePaths=' 'touch /srv/alice/x' ProtectSystem=strict \
		ReadWritePaths=/srv/alice
	guards 'ProtectHome=yes' 'cat ~alice/.bashrc || ls ~alice/' ProtectHome=yes
	guards 'ProtectHome=read-only' 'touch ~alice/x' ProtectHome=read-only
	guards 'ProtectHome=tmpfs, another home' 'ls -d ~bob' ProtectHome=tmpfs
	allows 'ProtectHome=tmpfs with the home bound' 'touch ~alice/x && ! [ -e ~bob ]' ProtectHome=tmpfs \
		'BindPaths=%h'
}

private_places()
{
	guards 'PrivateTmp, /tmp' 'cat /tmp/host-file' PrivateTmp=yes
	guards 'PrivateTmp, /var/tmp' 'cat /var/tmp/host-file' PrivateTmp=yes
	allows 'PrivateTmp: a place of its own' 'touch /tmp/x && mktemp' PrivateTmp=yes
	guards 'PrivateDevices' 'ls /dev/labdisk' PrivateDevices=yes
	allows 'PrivateDevices: the harmless ones' 'echo >/dev/null && head -c1 /dev/urandom' PrivateDevices=yes
	guards 'TemporaryFileSystem=' 'cat /srv/alice/file' TemporaryFileSystem=/srv
	guards 'TemporaryFileSystem=:ro' 'touch /srv/alice/x' TemporaryFileSystem=/srv/alice:ro,mode=0777
	allows 'TemporaryFileSystem= with a mode' 'touch /srv/alice/x' TemporaryFileSystem=/srv/alice:mode=0777
}

kernel()
{
	guards 'ProtectProc=invisible' 'ls -d /proc/1' ProtectProc=invisible
	guards 'ProtectProc=noaccess' 'cat /proc/1/status' ProtectProc=noaccess
	guards 'ProcSubset=pid' 'cat /proc/meminfo' ProcSubset=pid
	guards 'ProtectKernelTunables, /proc/sys' '! grep " /proc/sys ro" /proc/self/mountinfo' \
		ProtectKernelTunables=yes
	guards 'ProtectKernelTunables, /sys' '! grep " /sys ro" /proc/self/mountinfo' ProtectKernelTunables=yes
	guards 'ProtectControlGroups' '! grep " /sys/fs/cgroup ro" /proc/self/mountinfo' ProtectControlGroups=yes
	guards 'ProtectKernelModules' 'ls /usr/lib/modules/lab' ProtectKernelModules=yes
	guards 'ProtectKernelLogs' '[ -c /dev/kmsg ]' ProtectKernelLogs=yes
	guards 'ReadOnlyPaths=/proc' 'echo 100 >/proc/self/oom_score_adj' ReadOnlyPaths=/proc
}

paths()
{
	guards 'ReadOnlyPaths=' 'touch /srv/alice/x' ReadOnlyPaths=/srv
	guards 'ReadOnlyPaths=, what is mounted below' 'touch /srv/alice/mounted/x' ReadOnlyPaths=/srv
	allows 'ReadWritePaths= below it' 'touch /srv/alice/x && ! touch /srv/other/x' ReadWritePaths=/srv/alice \
		ReadOnlyPaths=/srv
	allows 'ReadOnlyPaths= below that' 'touch /srv/alice/x && ! touch /srv/alice/sub/x' \
		ReadOnlyPaths=/srv/alice/sub ReadWritePaths=/srv/alice ReadOnlyPaths=/srv
	guards 'InaccessiblePaths=, a directory' 'cat /srv/alice/file' InaccessiblePaths=/srv/alice
	guards 'InaccessiblePaths=, a file' 'cat /srv/alice/file' InaccessiblePaths=/srv/alice/file
	guards 'ReadWritePaths= does not lift InaccessiblePaths=' 'cat /srv/alice/sub/file' \
		InaccessiblePaths=/srv/alice ReadWritePaths=/srv/alice/sub
	guards 'nor does BindPaths=' 'cat /srv/alice/sub/file' BindPaths=/srv/other:/srv/alice/sub \
		InaccessiblePaths=/srv/alice
	guards 'NoExecPaths=' '/srv/alice/program' NoExecPaths=/srv
	guards 'NoExecPaths=/ and ExecPaths=' '/srv/alice/program' NoExecPaths=/ 'ExecPaths=/usr'
	allows 'ExecPaths= by the names of links, too' 'true && ! /srv/alice/program' NoExecPaths=/ \
		'ExecPaths=/usr /bin -/lib -/lib64'
	allows 'ExecPaths= below it' '/srv/alice/sub/program && ! /srv/alice/program' NoExecPaths=/srv \
		ExecPaths=/srv/alice/sub
	allows 'flags of the host are kept' "cp /bin/true /srv/alice/mounted/p && ! /srv/alice/mounted/p &&
		grep '/srv/alice/mounted rw,nosuid,nodev,noexec' /proc/self/mountinfo" ReadOnlyPaths=/srv \
		ReadWritePaths=/srv/alice/mounted ExecPaths=/srv/alice/mounted
	allows 'BindPaths=' 'grep other /mnt/at/file && touch /mnt/at/x' BindPaths=/srv/other:/mnt/at
	guards 'BindReadOnlyPaths=' 'touch /mnt/at/x' BindReadOnlyPaths=/srv/other:/mnt/at
	allows 'BindPaths=, :norbind' '! [ -e /mnt/at/mounted/file ]' BindPaths=/srv/alice:/mnt/at:norbind
	allows 'what is missing may be' true 'ReadOnlyPaths=-/none' 'BindPaths=-/none:/mnt/at'
	refuses 'what is missing and must not be' ReadOnlyPaths=/none
	refuses 'a source that is missing' BindPaths=/none:/mnt/at
	refuses 'a mount point that is missing' BindPaths=/srv/other:/none
	ok_unless_made /none
}

ok_unless_made()
{
	check 'no mount point was made on the host' test ! -e "$1"
}

# What alice can change leads to nothing but what she has.
links()
{
	ln -sfn /srv/other ~alice/link
	chown -h alice: ~alice/link
	refuses 'InaccessiblePaths= of a link of hers' InaccessiblePaths=%h/link
	refuses 'an optional one, too' InaccessiblePaths=-%h/link
	refuses 'BindPaths= from a link of hers' BindPaths=%h/link:/mnt/at
	refuses 'ReadWritePaths= through a link of hers' ProtectSystem=strict ReadWritePaths=%h/link/file
	chown -h root: ~alice/link
	refuses 'not even one of root in a directory of hers' InaccessiblePaths=%h/link
	rm ~alice/link
	ln -sfn /srv/alice /srv/to-alice
	guards 'a link of root leads on' 'cat /srv/alice/file' InaccessiblePaths=/srv/to-alice
	rm /srv/to-alice
}

# A home that is a link, by root and by her.
home_is_link()
{
	mv ~alice /srv/alice-home
	ln -s /srv/alice-home /home/alice
	allows 'a home that root has linked' 'touch ~/x && ! touch /srv/alice/x' ProtectSystem=strict \
		ReadWritePaths=%h
	chown -h alice: /home/alice
	refuses 'a home that she has linked' ProtectSystem=strict ReadWritePaths=%h
	rm /home/alice
	mv /srv/alice-home /home/alice
}

climbs()
{
	allows 'no way out by /proc/1' '! ls /proc/1/root/ && ! ls /proc/1/cwd/' InaccessiblePaths=/srv/alice
	allows 'nor by mounting' '! umount /srv/alice && ! mount -t tmpfs x /srv/alice &&
		! unshare -rm umount /srv/alice' InaccessiblePaths=/srv/alice
	allows 'nor by a user namespace and /proc' '! unshare -Urm sh -c "umount -l /srv/alice; cat /srv/alice/file"' \
		InaccessiblePaths=/srv/alice
}

build_static()
{
	printf '%s\n' '#include <stdio.h>' '#include <unistd.h>' \
		'int main(void) { puts(access("/bin", 0) && access("/etc", 0) ? "empty" : "full"); return 0; }' \
		>"$T/static.c"
	cc -static -o /lab/static "$T/static.c"
}

roots()
{
	allows 'minimal: a shell and the home' 'touch ~/x && sh -c "ls /usr/bin" && [ "$(id -un)" = alice ]' \
		RootDirectory=minimal
	guards 'minimal: /srv' 'cat /srv/alice/file' RootDirectory=minimal
	guards 'minimal: /etc/shadow' 'ls /etc/shadow' RootDirectory=minimal
	guards 'minimal: nothing is written to' 'touch /usr/local/alice/x' RootDirectory=minimal
	allows 'minimal: what is bound into it' 'cat /srv/alice/file' RootDirectory=minimal BindPaths=/srv/alice
	guards 'minimal: ProtectHome=yes' 'touch ~alice/x' RootDirectory=minimal ProtectHome=yes
	guards 'minimal: the home of ProtectSystem=strict' 'touch ~alice/x' RootDirectory=minimal \
		ProtectSystem=strict
	profile RootDirectory=empty BindReadOnlyPaths=/lab/static:/usr/bin/bash
	is "$(as_ssh alice 'anything' </dev/null 2>&1)" empty 'empty: a static program runs, alone'
	profile TemporaryFileSystem=/ BindReadOnlyPaths=/lab/static:/usr/bin/bash
	is "$(as_ssh alice 'anything' </dev/null 2>&1)" empty 'TemporaryFileSystem=/ is the same'
	mkdir -p /srv/root/{usr,proc,dev,run,etc,home/alice}
	ln -sfn usr/bin /srv/root/bin
	for dir in lib lib64 sbin; do
		[ ! -L /$dir ] || ln -sfn "usr/$dir" /srv/root/$dir
	done
	echo root >/srv/root/etc/marker
	allows 'a directory' 'cat /etc/marker && ! [ -e /srv ]' RootDirectory=/srv/root BindReadOnlyPaths=/usr
	chown alice: /srv/root
	refuses 'a directory of a user' RootDirectory=/srv/root BindReadOnlyPaths=/usr
	chown root: /srv/root
	chmod 775 /srv/root
	refuses 'a directory that others may write to' RootDirectory=/srv/root BindReadOnlyPaths=/usr
	chmod 755 /srv/root
	refuses 'a directory in a home' RootDirectory=/home/alice BindReadOnlyPaths=/usr
}

credentials()
{
	echo secret >/etc/lab-secret
	chmod 600 /etc/lab-secret
	profile
	is "$(can '[ -n "$CREDENTIALS_DIRECTORY" ]')" no 'LoadCredential=: none without it'
	allows 'LoadCredential=: what root has read' \
		'grep secret "$CREDENTIALS_DIRECTORY/key" && ! cat /etc/lab-secret' LoadCredential=key:/etc/lab-secret
	allows 'it cannot be changed' '! rm -f "$CREDENTIALS_DIRECTORY/key" && ! chmod 644 "$CREDENTIALS_DIRECTORY/key"' \
		LoadCredential=key:/etc/lab-secret
	refuses 'a file of hers' LoadCredential=key:/srv/alice/file
	refuses 'a file that is missing' LoadCredential=key:/none
	check 'nothing of it is on the host' test ! -e /run/swrap/credentials
}

# opens NAME STATUS LINE...: whether open_session succeeds. The key of an ssh login is in the home.
opens()
{
	local name=$1 want=$2
	shift 2
	profile '[Session]' "$@"
	attempt alice profile=files-test fail=closed
	is "$((rc != 0))" "$want" "$name"
	[ "$want" = 0 ] || check "$name: home is named" has_record "$mark" \
		'.event == "session.refused" and (.reason | test("home"))'
}

homes()
{
	opens 'Home=require' 0 Home=require
	mv /home/alice /srv/alice-home
	opens 'Home=ignore without a home' 0 Home=ignore
	opens 'Home=require without a home' 1 Home=require
	opens 'Home=wait:1 without a home' 1 Home=wait:1
	(sleep 1; mv /srv/alice-home /home/alice) &
	opens 'Home=wait:5 until there is one' 0 Home=wait:5
	wait $!
	mkdir /srv/roots
	chmod 700 /srv/roots
	mount --bind /srv/roots /home/alice
	opens 'Home=require is asked as the user, not as root' 1 Home=require
	umount /home/alice
}

nonsense()
{
	refuses 'a path with ..' ReadOnlyPaths=/srv/../etc
	refuses 'all that is swrap'\''s' InaccessiblePaths=/run
	refuses 'a mask of everything' InaccessiblePaths=/
}

mounts_before=$(host_mounts)
furnish
build_static
module_on sshd profile=files-test || not_ok 'the module can be switched on'
start_sshd
host_before=$(host_mounts)
for group in system_and_homes private_places kernel paths links home_is_link climbs roots credentials homes nonsense; do
	$group
done
is "$(host_mounts)" "$host_before" 'the mounts of the host are what they were'
stop_sshd
umount /srv/alice/mounted
is "$(host_mounts)" "$mounts_before" 'and in the end'
done_testing
