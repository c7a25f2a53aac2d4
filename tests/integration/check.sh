#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# swrap check, probe, profiles: what they find and with which status; and what programs that make
# sandboxes of their own can do inside each profile.
# timeout: 150
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'swrap check is part of swrap'
	done_testing
	exit
fi

CONF=/etc/swrap
SAFE=/run/safe-sshd.conf
mkdir -p "$CONF/rules.d" "$CONF/profiles"

# An sshd without a door of its own.
{
	grep -vi -e '^Subsystem' -e forwarding /lab/sshd_config
	printf 'AllowTcpForwarding no\nAllowStreamLocalForwarding no\n'
} >"$SAFE"

# run WORD...: swrap itself; sets $rc, $out, $err.
run()
{
	rc=0
	out=$(swrap "$@" 2>"$T/err") || rc=$?
	err=$(cat "$T/err")
}

status_is()
{
	is "$rc" "$1" "$2: status $1"
	[ "$rc" = "$1" ] || diag "$out" "$err"
}

finds()
{
	check "$1" jq -e ".findings | any(.kind == \"$2\" and (.text | test(\"$3\")))" <<<"$out"
}

usage()
{
	local words
	while read -r words; do
		# shellcheck disable=SC2086 # words
		run $words
		status_is 64 "$words"
		like "$err" 'usage: swrap' "$words: and the usage"
	done <<-END
		check --nonsense
		check --user alice
		check too many
		explain
		explain --user alice
		explain --user alice --service sshd more
		probe --what
		profiles --config
	END
}

clean()
{
	module_on swrap-test
	run check --sshd-config "$SAFE" --json
	status_is 0 'the shipped files'
	is "$(jq -c '[.findings, .plan, .rehearsal]' <<<"$out")" '[[],null,null]' 'nothing is found'
	mark=$(records_mark)
	run check --user alice --service swrap-test --sshd-config "$SAFE" --json
	status_is 0 'a sound session'
	is "$(jq -r '[.plan.level, .rehearsal.level] | unique[]' <<<"$out")" full \
		'plan and rehearsal are of one level'
	is "$(jq '[.rehearsal.steps[] | select(.result == "failed")] | length' <<<"$out")" 0 'no step fails'
	check 'the records call it a check' wait_until 5 has_record "$mark" \
		'.event == "session.start" and .check == true'
	check 'and it has an end' wait_until 5 has_record "$mark" \
		'.event == "session.end" and .attached == false'
	check 'no process is left' wait_until 5 no_process_of_ours
	run check --user alice --service swrap-test --sshd-config "$SAFE"
	like "$out" 'alice by swrap-test: profile login, level full' 'the same for people'
}

sshd_doors()
{
	cp /lab/sshd_config /run/open-sshd.conf
	sed -i '/^Subsystem/d' /run/open-sshd.conf
	printf 'Subsystem sftp internal-sftp\nAllowTcpForwarding yes\n' >>/run/open-sshd.conf
	run check --sshd-config /run/open-sshd.conf --json
	status_is 1 'an sshd with doors'
	finds 'internal-sftp is found' warning internal-sftp
	finds 'forwarding is found' warning 'connects for the user'
	echo 'NoSuchKeyword yes' >/run/broken-sshd.conf
	run check --sshd-config /run/broken-sshd.conf --json
	status_is 2 'an sshd that cannot tell'
	finds 'and says so' unknown 'sshd -T failed'
}

bad_files()
{
	printf 'sshd @nosuchgroup login\nsshd nosuchuser login\nsu * nosuchprofile\n' >"$CONF/rules.d/a.conf"
	run check --sshd-config "$SAFE" --json
	status_is 1 'names that do not exist'
	finds 'an unknown group' warning "no group 'nosuchgroup'"
	finds 'an unknown user' warning "no user 'nosuchuser'"
	finds 'an unknown profile' error "no profile 'nosuchprofile'"
	check 'with file and line' jq -e '.findings | any(.where | test("rules.d/a.conf:3$"))' <<<"$out"
	echo 'sshd' >"$CONF/rules.d/a.conf"
	run check --sshd-config "$SAFE" --json
	status_is 1 'a rule that is none'
	finds 'is found with its line' error 'a.conf:1'
	rm "$CONF/rules.d/a.conf"
	printf '[Sandbox]\nPrivateTmpp=yes\n' >"$CONF/profiles/bad.conf"
	run check --sshd-config "$SAFE" --json
	status_is 1 'a profile with an unknown key'
	finds 'is found with its line and the nearest name' error 'bad.conf:2.*PrivateTmp'
	run profiles --json
	status_is 1 'profiles: one cannot be read'
	check 'and says which' jq -e 'any(.profile == "bad" and (.error | test("bad.conf:2")))' <<<"$out"
	check 'and lists the others' jq -e 'map(.profile) | contains(["login", "strict", "observe"])' <<<"$out"
	rm "$CONF/profiles/bad.conf"
	run profiles
	status_is 0 'profiles: all can be read'
	like "$out" 'login.*/swrap/profiles/login.conf' 'profiles: a table for people'
	printf '[Sandbox]\nPrivateTmp=yes\n' >"$CONF/profiles/other.conf"
	run profiles --directives
	status_is 0 'profiles --directives'
	like "$(head -n 1 <<<"$out")" 'DIRECTIVE +baseline +locked +login +observe +other +strict' \
		'profiles --directives: a column for each profile'
	like "$out" 'PrivateTmp +no +yes +no +no +yes +yes' 'profiles --directives: what each says'
	is "$(grep -c '^IdleTimeoutSec' <<<"$out")" 0 'profiles --directives: no row for what nobody says'
	run profiles --json
	is "$(jq -r '.[] | select(.profile == "other") | .directives.PrivateTmp' <<<"$out")" yes \
		'profiles --json: the value of each directive'
	rm "$CONF/profiles/other.conf"
}

# What would be refused or is partial is a finding, and so is a module nobody calls.
bad_sessions()
{
	printf '[Sandbox]\nRequireLockdown=confidentiality\n' >"$CONF/profiles/no.conf"
	module_on swrap-test profile=no
	run check --user alice --service swrap-test --sshd-config "$SAFE" --json
	status_is 1 'a session that would be refused'
	check 'by the step' jq -e '.findings | any(.kind == "error" and .where == "lockdown")' <<<"$out"
	is "$(jq .rehearsal <<<"$out")" null 'it is not tried'
	printf '[Session]\nPrefer=lockdown\n' >>"$CONF/profiles/no.conf"
	run check --user alice --service swrap-test --sshd-config "$SAFE" --json
	status_is 1 'a partial session'
	is "$(jq -r .rehearsal.level <<<"$out")" partial 'is tried'
	rm "$CONF/profiles/no.conf"
	module_off swrap-test
	run check --user alice --service swrap-test --sshd-config "$SAFE" --json
	status_is 1 'a service without the module'
	finds 'is found' warning 'nobody calls the module'
	run check --user nosuchuser --service swrap-test --sshd-config "$SAFE" --json
	status_is 1 'an unknown user'
}

# What an ordinary user may ask, and what not.
ordinary_user()
{
	rc=0
	out=$(setpriv --reuid=2001 --regid=2001 --init-groups swrap explain --user alice --service sshd 2>&1) ||
		rc=$?
	status_is 2 "another's plan"
	like "$out" 'only root can tell' 'says why'
	rc=0
	out=$(setpriv --reuid=2001 --regid=2001 --init-groups swrap explain --user alice \
		--service swrap-run --profile login --json 2>&1) || rc=$?
	status_is 0 "an ordinary user's own run"
	is "$(jq -r '.steps[] | select(.step == "no-new-privs") | .want' <<<"$out")" require \
		'it is under no_new_privs'
	rc=0
	out=$(setpriv --reuid=2001 --regid=2001 --init-groups swrap probe --json 2>&1) || rc=$?
	status_is 1 'probe as an ordinary user'
	is "$(jq -r '.steps[] | select(.step == "root") | .host' <<<"$out")" no 'root is not to be had'
}

probe()
{
	local wanted=0
	run probe --json
	! jq -e '.steps | any(.host == "no")' <<<"$out" >/dev/null || wanted=1
	status_is "$wanted" 'probe as root'
	is "$(jq -r '.steps[].step' <<<"$out")" \
		"$(swrap explain --user alice --service su --profile login --json | jq -r '.steps[].step')" \
		'it has every step, in order'
	is "$(jq -r '.steps[] | select(.host == "no" and .reason == "") | .step' <<<"$out")" '' \
		'no is never said without a reason'
	run probe
	like "$out" 'pid-namespace +yes' 'a table for people'
}

# --- programs that make a sandbox of their own ---

# Prints yes when it works outside of every session, for alice; else the column is skipped.
inside_none()
{
	setpriv --reuid=2001 --regid=2001 --init-groups env -u XDG_RUNTIME_DIR HOME=/home/alice "$@" \
		>/dev/null 2>&1
}

# inside PROFILE COMMAND...
inside()
{
	local profile=$1
	shift
	swrap run --profile "$profile" --user alice --user-uid 2001 --user-gid 2001 -- \
		env -u XDG_RUNTIME_DIR HOME=/home/alice "$@" >/dev/null 2>&1
}

explained()
{
	jq -e '.stops_working | any(test("bubblewrap"))' \
		<<<"$(swrap explain --user alice --service swrap-run --profile "$1" --json)" >/dev/null
}

# Whether it works is what stops_working says, in each profile.
own_sandbox()
{
	local name=$1 profile works says
	shift
	if ! command -v "$1" >/dev/null; then
		skip "$name is not installed"
		return 0
	fi
	if ! inside_none "$@"; then
		skip "$name does not work on this machine at all"
		return 0
	fi
	for profile in observe baseline login strict locked; do
		works=no
		says=yes
		! inside "$profile" "$@" || works=yes
		! explained "$profile" || says=no
		is "$works" "$says" "$name in $profile: explain says $says"
	done
}

usage
clean
sshd_doors
bad_files
bad_sessions
ordinary_user
probe
own_sandbox 'unshare -U' unshare -U true
own_sandbox bubblewrap bwrap --ro-bind / / --unshare-user --unshare-pid true
own_sandbox 'rootless podman' podman unshare true
own_sandbox "Chromium's sandbox" chromium --headless --no-first-run --dump-dom about:blank
module_off swrap-test
done_testing
