#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Other shells than bash, commands forced by the server, and a login with a password.
# timeout: 180
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/both.sh
. /lab/src/tests/lib/both.sh

dash_user()
{
	as_ssh carol 'echo "$0 $- $SHELL"; exit 5'
	echo "-> $?"
	printf 'echo "stdin $0"; exit 4\n' | as_ssh carol
	echo "-> $?"
	tty_run '
		start {*}$ssh carol@lab
		want {[$] $}
		type {echo "sh"=$0}
		say [want {sh=(\S+)\r}]
		want {[$] $}
		type "exit 3"
		say [ended]'
}

empty_shell()
{
	grep -q '^dave:.*:$' /etc/passwd && echo 'no shell in passwd'
	as_ssh dave 'echo "$0 $SHELL"; exit 5'
	echo "-> $?"
	printf 'echo "stdin $0"\n' | as_ssh dave
}

nologin_user()
{
	as_ssh erin id
	echo "-> $?"
	as_ssh erin </dev/null
	echo "-> $?"
	tty_run '
		start {*}$ssh erin@lab
		say [want {(currently not available)}]
		say [ended]'
	scp -q -F /lab/ssh_config /etc/hostname erin@lab: 2>/dev/null
	echo "scp -> $?"
}

restricted_shell()
{
	apart as_ssh frank 'echo "$0 $-"; cd /tmp; echo no >f; /bin/id; PATH=/tmp; id -un'
	echo "-> $?"
	as_ssh frank 'bash -c "cd /tmp && pwd"'
}

git_repository()
{
	rm -rf /home/gina/repo.git "$T/work" "$T/clone"
	git init -q --bare -b main /home/gina/repo.git
	chown -R gina:gina /home/gina/repo.git
	git init -q -b main "$T/work"
	head -c 2000000 /dev/urandom >"$T/work/file"
	git -C "$T/work" add file
	git -C "$T/work" -c user.name=lab -c user.email=lab@lab.invalid commit -q -m one
}

git_shell()
{
	git_repository
	export GIT_SSH_COMMAND='ssh -F /lab/ssh_config'
	apart git -C "$T/work" push -q gina@lab:repo.git main
	echo "push -> $?"
	apart git clone -q gina@lab:repo.git "$T/clone"
	echo "clone -> $?"
	cmp "$T/clone/file" "$T/work/file" && echo 'the same file'
	apart as_ssh gina id
	echo "command -> $?"
	apart as_ssh gina </dev/null
	echo "shell -> $?"
}

forced_command()
{
	as_ssh bob 'ignored words'
	echo "-> $?"
	as_ssh bob </dev/null
	echo "-> $?"
}

forced_by_key()
{
	local keys=/home/bob/.ssh/authorized_keys
	cp "$keys" "$T/keys"
	sed 's/^/command="echo by key; echo \\"$SSH_ORIGINAL_COMMAND\\"; exit 6",restrict /' "$T/keys" >"$keys"
	as_ssh bob 'some words'
	echo "-> $?"
	cp "$T/keys" "$keys"
}

password_login()
{
	printf '#!/bin/sh\necho lab-alice\n' >"$T/askpass"
	chmod 755 "$T/askpass"
	SSH_ASKPASS=$T/askpass SSH_ASKPASS_REQUIRE=force as_ssh alice -o BatchMode=no \
		-o PreferredAuthentications=password -o PubkeyAuthentication=no 'id -un; exit 3'
	echo "-> $?"
	printf '#!/bin/sh\necho wrong\n' >"$T/askpass"
	SSH_ASKPASS=$T/askpass SSH_ASKPASS_REQUIRE=force as_ssh alice -o BatchMode=no \
		-o NumberOfPasswordPrompts=1 -o PreferredAuthentications=password \
		-o PubkeyAuthentication=no id 2>/dev/null
	echo "wrong -> $?"
}

# What a user's own files do at a login runs before the shell.
rc_file()
{
	printf 'echo "rc says hello"\nread -r cookie && echo "$cookie" | wc -w\n' >/home/bob/.ssh/rc
	chown bob:bob /home/bob/.ssh/rc
	as_ssh bob 'echo shell'
	echo "-> $?"
	rm -f /home/bob/.ssh/rc
}

missing_home()
{
	install -d -o bob -g bob -m 755 /lab/keys/bob
	cp /lab/keys/user.pub /lab/keys/bob/authorized_keys
	chmod 755 /lab/keys
	mv /home/bob /home/bob.away
	apart as_ssh bob 'pwd; echo "$HOME"'
	echo "-> $?"
	mv /home/bob.away /home/bob
}

start_sshd
both 'dash' dash_user 'dash .*-> 5.*stdin.*-> 4.*(-dash|-sh).*exit 3'
both 'an empty shell is /bin/sh' empty_shell 'no shell in passwd.*sh /bin/sh.*-> 5.*stdin'
both 'nologin' nologin_user 'not available.*-> 1.*not available.*exit 1.*scp -> 255'
both 'rbash' restricted_shell 'rbash hr.*cd: restricted.*cannot redirect.*-> 1.*/tmp'
if [ -x /usr/bin/git-shell ]; then
	both 'git-shell' git_shell 'push -> 0.*clone -> 0.*the same file.*command -> 128.*shell -> 128'
else
	is "$(getent passwd gina)" '' 'there is no user with git-shell'
	skip 'git-shell is not installed'
fi
both 'password' password_login 'alice.*-> 3.*wrong -> 255'
both 'a command forced by the key' forced_by_key 'by key.*some words.*-> 6'
both 'an rc file' rc_file 'rc says hello.*shell.*-> 0'

restart_sshd 'Match User bob' ' ForceCommand echo forced; echo "$SSH_ORIGINAL_COMMAND"; exit 8'
both 'ForceCommand' forced_command 'forced.*ignored words.*-> 8.*-> 8'

restart_sshd 'AuthorizedKeysFile /lab/keys/bob/authorized_keys .ssh/authorized_keys'
both 'no home directory' missing_home '/.*-> 0'
stop_sshd
done_testing
