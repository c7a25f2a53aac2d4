#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Files over ssh: scp, sftp, rsync, ansible.
# timeout: 300
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/both.sh
. /lab/src/tests/lib/both.sh

# ansible reads the same one as /root/.ssh/config.
SSH_CONFIG=/lab/ssh_config
TREE=/tmp/tree

make_tree()
{
	mkdir -p "$TREE/sub/deep" "$TREE/with space"
	head -c 3000000 /dev/urandom >"$TREE/sub/random"
	printf 'text\n' >"$TREE/with space/ümläut"
	ln -s sub/random "$TREE/link"
	: >"$TREE/empty"
	printf '#!/bin/sh\n' >"$TREE/sub/deep/script"
	chmod 751 "$TREE/sub/deep/script"
	touch -d '2020-02-02 02:02:02' "$TREE/sub/random"
	chmod -R go+rX "$TREE"
}

# fresh DIRECTORY: empty, and alice's.
fresh()
{
	rm -rf "$1"
	install -d -o alice -g alice "$1"
}

# A tree's content, kinds and modes as text.
digest()
{
	(cd "$1" && find . -printf '%y %m %s %l %p\n' | grep -v '^d' | LC_ALL=C sort &&
		find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2) | sha256sum
}

same_as_tree()
{
	[ "$(digest "$1")" = "$(digest "$TREE")" ] && echo "$2: the same tree"
	find "$1" -type f | wc -l
}

# scp follows links, so it is compared with a copy that does.
same_file()
{
	cmp "$1" "$TREE/sub/random" && echo "$2: the same file"
}

scp_with()
{
	fresh /home/alice/in
	rm -rf "$T/back"
	scp -q "$@" -F "$SSH_CONFIG" "$TREE/sub/random" alice@lab:in/one
	echo "up -> $?"
	same_file /home/alice/in/one up
	stat -c '%U %a' /home/alice/in/one
	scp -q "$@" -F "$SSH_CONFIG" -rp "$TREE/sub" alice@lab:in/
	echo "tree up -> $?"
	scp -q "$@" -F "$SSH_CONFIG" -rp alice@lab:in "$T/back"
	echo "tree down -> $?"
	same_file "$T/back/sub/random" 'down'
	stat -c '%Y %a' "$T/back/sub/random" "$T/back/sub/deep/script"
	scp -q "$@" -F "$SSH_CONFIG" alice@lab:no-such-file "$T/none" 2>/dev/null
	echo "missing -> $?"
}

scp_new()
{
	scp_with
}

scp_old()
{
	scp_with -O
}

sftp_session()
{
	fresh /home/alice/in
	rm -f "$T/down"
	sftp -q -F "$SSH_CONFIG" -b - alice@lab <<-END
		pwd
		cd in
		put $TREE/sub/random
		mkdir dir
		rename random dir/moved
		chmod 600 dir/moved
		ls -1 dir
		get dir/moved $T/down
		rm dir/moved
		rmdir dir
	END
	echo "-> $?"
	same_file "$T/down" sftp
	printf 'get no-such-file\n' | sftp -q -F "$SSH_CONFIG" -b - alice@lab >/dev/null 2>&1
	echo "missing -> $?"
}

rsync_both_ways()
{
	fresh /home/alice/in
	rm -rf "$T/back"
	rsync -a -e "ssh -F $SSH_CONFIG" "$TREE/" alice@lab:in/
	echo "up -> $?"
	same_as_tree /home/alice/in up
	rsync -a -e "ssh -F $SSH_CONFIG" alice@lab:in/ "$T/back/"
	echo "down -> $?"
	same_as_tree "$T/back" down
	printf 'more\n' >>/home/alice/in/empty
	rsync -a --delete -i -e "ssh -F $SSH_CONFIG" "$TREE/" alice@lab:in/
	rsync -a -z -e "ssh -F $SSH_CONFIG" alice@lab:no-such-dir/ "$T/none/" 2>/dev/null
	echo "missing -> $?"
}

tar_pipe()
{
	fresh /home/alice/in
	tar -C "$TREE" -cf - . | as_ssh alice 'tar -C in -xpf -'
	echo "-> $?"
	same_as_tree /home/alice/in tar
}

# ansible's own temporary names and times are cut away.
run_ansible()
{
	env HOME=/root ANSIBLE_SSH_ARGS="-o ControlMaster=no" ANSIBLE_PIPELINING="$PIPELINING" \
		ANSIBLE_NOCOLOR=1 ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3 \
		ansible -i lab, -u alice all -o "$@" 2>&1 |
		sed -E 's/"(delta|start|end)": "[^"]*",? *//g; s/-tmp-[0-9.-]+/-tmp/g; s/ +$//'
	echo "-> ${PIPESTATUS[0]}"
}

ansible_three()
{
	fresh /home/alice/in
	run_ansible -m ping
	run_ansible -m copy -a "src=$TREE/sub/random dest=/home/alice/in/copied mode=0640"
	same_file /home/alice/in/copied ansible
	run_ansible -m command -a 'sh -c "id -un; exit 3"'
	ls -A /home/alice/.ansible/tmp 2>/dev/null
	return 0
}

ansible_plain()
{
	PIPELINING=0 ansible_three
}

ansible_pipelining()
{
	PIPELINING=1 ansible_three
}

start_sshd || exit 1
make_tree
both scp scp_new 'up -> 0.*up: the same file.*tree down -> 0.*down: the same file.*missing -> 1'
both 'scp -O' scp_old 'up -> 0.*up: the same file.*tree down -> 0.*down: the same file.*missing -> 1'
both 'sftp, external server' sftp_session 'moved.*-> 0.*sftp: the same file.*missing -> 1'
both 'rsync both ways' rsync_both_ways 'up: the same tree.*down: the same tree.*missing -> 23'
both 'tar through a pipe' tar_pipe 'tar: the same tree'
if command -v ansible >/dev/null; then
	BOTH_TIMEOUT=120
	both 'ansible' ansible_plain 'pong.*CHANGED.*ansible: the same file.*alice.*-> 2'
	both 'ansible with pipelining' ansible_pipelining 'pong.*CHANGED.*ansible: the same file.*-> 2'
else
	is "$(command -v ansible || echo refused)" refused 'ansible cannot be started'
	skip 'ansible-core is not installed'
fi

restart_sshd 'Subsystem sftp internal-sftp'
BOTH_PROOF=attached:false
both 'sftp, internal server' sftp_session 'moved.*-> 0.*sftp: the same file.*missing -> 1'
BOTH_PROOF='exec'
stop_sshd
done_testing
