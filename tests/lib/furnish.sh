#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Furnishes a fresh lab world: names, users, keys, sshd, PAM services, the module's files.
# Everything is written to the world's own /etc, /home, /run and /var/log. Run by enter.sh.
set -euo pipefail

[ "$(hostname)" = swraplab ] || { echo 'furnish.sh: not in a lab world' >&2; exit 1; }

# user:uid:shell[:group]. The password is lab-USER.
USERS='
alice:2001:/bin/bash
bob:2002:/bin/bash
carol:2003:/bin/dash
dave:2004:
erin:2005:/usr/sbin/nologin
frank:2006:/bin/rbash
gina:2007:/usr/bin/git-shell
ruth:2008:/bin/bash:rescue
'

host_names()
{
	printf '127.0.0.1 localhost swraplab lab\n::1 localhost\n' >/etc/hosts
	echo swraplab >/etc/hostname
}

log_files()
{
	local f
	for f in /var/log/wtmp /var/log/lastlog /run/utmp; do
		: >"$f"
		chgrp utmp "$f"
		chmod 664 "$f"
	done
	install -m 660 -g utmp /dev/null /var/log/btmp
	mkdir -p /run/lock /run/user /run/sshd
	chmod 1777 /run/lock
	chmod 755 /run/sshd
}

hash_password()
{
	perl -e 'print crypt($ARGV[0], "\$6\$labworld\$")' "$1"
}

shell_files()
{
	local home=$1
	printf "PS1='lab$ '\nunset PROMPT_COMMAND\nbind 'set enable-bracketed-paste off' 2>/dev/null\n" \
		>"$home/.bashrc"
	printf "PS1='lab$ '\n[ -z \"\$BASH_VERSION\" ] || . ~/.bashrc\n" >"$home/.profile"
	: >"$home/.hushlogin"
}

add_user()
{
	local name=$1 uid=$2 shell=$3 group=${4:-} home=/home/$1
	useradd -U -u "$uid" -d "$home" -s "$shell" -p "$(hash_password "lab-$name")" \
		${group:+-G "$group"} -M "$name"
	# useradd fills an empty shell in; the tests want it empty.
	[ -n "$shell" ] || sed -i "s|^\($name:.*:\)[^:]*\$|\1|" /etc/passwd
	mkdir -m 755 "$home" "$home/.ssh"
	shell_files "$home"
	cp /lab/keys/user.pub "$home/.ssh/authorized_keys"
	chmod 700 "$home/.ssh"
	chown -R "$uid:$uid" "$home"
}

add_users()
{
	local line name uid shell group
	groupadd -g 2100 rescue
	for line in $USERS; do
		IFS=: read -r name uid shell group <<<"$line"
		[ -z "$shell" ] || [ -x "$shell" ] || continue
		add_user "$name" "$uid" "$shell" "$group"
	done
	usermod -p "$(hash_password lab-root)" root
	shell_files /root
}

make_keys()
{
	mkdir -p /lab/keys
	chmod 700 /lab/keys
	ssh-keygen -q -t ed25519 -N '' -C host -f /lab/keys/host
	ssh-keygen -q -t ed25519 -N '' -C user -f /lab/keys/user
	install -D -m 600 /lab/keys/user.pub /root/.ssh/authorized_keys
	chmod 700 /root/.ssh
	printf 'lab %s\n' "$(cut -d' ' -f1,2 /lab/keys/host.pub)" >/lab/keys/known_hosts
}

server_config()
{
	cat >/lab/sshd_config <<-END
		Port 2222
		ListenAddress 127.0.0.1
		HostKey /lab/keys/host
		PidFile /run/lab-sshd.pid
		UsePAM yes
		PasswordAuthentication yes
		KbdInteractiveAuthentication no
		PermitRootLogin yes
		X11Forwarding yes
		PrintMotd no
		PrintLastLog no
		UseDNS no
		MaxStartups 200
		AcceptEnv LANG LC_* LAB_*
		Subsystem sftp /usr/lib/openssh/sftp-server
	END
}

client_config()
{
	cat >/lab/ssh_config <<-END
		Host *
		  HostName 127.0.0.1
		  Port 2222
		  HostKeyAlias lab
		  IdentityFile /lab/keys/user
		  IdentitiesOnly yes
		  UserKnownHostsFile /lab/keys/known_hosts
		  StrictHostKeyChecking yes
		  BatchMode yes
		  ControlPath none
		  LogLevel ERROR
		  ConnectTimeout 15
	END
	# Tools that start ssh themselves (scp, rsync, ansible, git) find it here.
	mkdir -p /root/.ssh
	install -m 600 /lab/ssh_config /root/.ssh/config
}

# The machine's own stacks, without what prints a greeting that differs from day to day.
pam_services()
{
	local f
	rm -rf /etc/update-motd.d /etc/motd /etc/nologin
	for f in /etc/pam.d/*; do
		sed -i '/pam_swrap\.so/d; /pam_motd\.so/d; /pam_lastlog\.so/d; /pam_mail\.so/d' "$f"
	done
	# In a case of its own, so that a test may change it without touching a real service.
	for f in swrap-test swrap-test2; do
		printf '%s\n' 'auth required pam_permit.so' 'account required pam_permit.so' \
			'session required pam_permit.so' >"/etc/pam.d/$f"
	done
	# Services that Debian installs only with their programs.
	for f in systemd-user cron; do
		[ -e "/etc/pam.d/$f" ] || cp /etc/pam.d/swrap-test "/etc/pam.d/$f"
	done
}

# Programs log to syslog; a line each in a file is all a test needs.
log_daemon()
{
	perl /lab/src/tests/lib/syslog.pl /dev/log /var/log/syslog &
	local i
	for i in {1..100}; do
		[ ! -S /dev/log ] || return 0
		sleep 0.03
	done
	echo "furnish.sh: no syslog after $i polls" >&2
	return 1
}

# The shipped sysusers.d and tmpfiles.d files, by systemd's tools where the machine has them.
system_user()
{
	local file=/usr/lib/sysusers.d/swrap.conf name
	if command -v systemd-sysusers >/dev/null; then
		systemd-sysusers "$file" 2>/dev/null
		return
	fi
	name=$(awk '$1 == "u" { print $2 }' "$file")
	useradd -r -U -d / -s /usr/sbin/nologin "$name"
}

system_directories()
{
	local file=/usr/lib/tmpfiles.d/swrap.conf type path mode user group _
	if command -v systemd-tmpfiles >/dev/null; then
		systemd-tmpfiles --create "$file"
		return
	fi
	while read -r type path mode user group _; do
		[ "$type" = d ] || continue
		mkdir -p "$path"
		chown "$user:$group" "$path"
		chmod "$mode" "$path"
	done <"$file"
}

install_stage()
{
	[ -d /lab/stage ] || return 0
	rsync -a --keep-dirlinks --no-owner --no-group /lab/stage/ /
	system_user
	system_directories
}

host_names
log_files
install_stage
make_keys
add_users
server_config
client_config
pam_services
log_daemon
