# SPDX-License-Identifier: LGPL-2.1-or-later
# A small real job for each program of programs.table, by the user in a session: sh job.sh NAME, where
# NAME has _ for what is neither a letter nor a digit.
# Ends with 0 when the program did what it is there for; what it made is looked at, not only its status.
# shellcheck shell=dash
set -eu

[ $# -eq 1 ] || exit 64
D=$(mktemp -d "$HOME/job.XXXXXX")
trap 'rm -rf "$D"' EXIT
cd "$D"

# same GOT WANT
same()
{
	[ "$1" = "$2" ] || { printf 'got: %s\nwant: %s\n' "$1" "$2" >&2; return 1; }
}

# --- shells ---

job_dash()
{
	# shellcheck disable=SC2016 # for the shell that is tried
	dash -c 'trap "echo bye" EXIT; (sleep 0.1; echo late >f) & wait $!; cat f; printf "b\na\n" | sort' >out
	same "$(tr '\n' ' ' <out)" 'late a b bye '
}

job_bash()
{
	cat >s <<-'END'
		a=(3 1 2)
		coproc sort -u
		exec {to}>&"${COPROC[1]}" {from}<&"${COPROC[0]}" {COPROC[1]}>&-
		printf '%s\n' "${a[@]}" >&"$to"
		exec {to}>&-
		paste -sd+ - <&"$from"
		read -r x < <(echo from-a-pipe)
		echo "$x"
		cat <<<here
	END
	same "$(bash s | tr '\n' ' ')" '1+2+3 from-a-pipe here '
}

job_zsh()
{
	cat >s <<-'END'
		zmodload zsh/datetime
		(( EPOCHSECONDS > 0 ))
		mkdir -p a/b && touch a/b/f
		print -r -- **/*(.)
		cat =(print from-a-file) <(print from-a-pipe)
	END
	same "$(zsh -f s | tr '\n' ' ')" 'a/b/f s from-a-file from-a-pipe '
}

job_fish()
{
	cat >s <<-'END'
		set x (printf 'b\na\n' | sort)
		echo $x
		cat (echo from-a-file | psub)
		string replace -r '(.)$' '[$1]' word
	END
	same "$(fish s | tr '\n' ' ')" 'a b from-a-file wor[d] '
}

# --- languages ---

job_python3()
{
	cat >s.py <<-'END'
		import asyncio, ctypes, hashlib, mmap, multiprocessing, socket, subprocess, sys, tempfile, threading
		from concurrent.futures import ThreadPoolExecutor
		assert list(ThreadPoolExecutor(4).map(lambda n: n * n, range(5))) == [0, 1, 4, 9, 16]
		assert subprocess.check_output(["sh", "-c", "echo sub"]) == b"sub\n"
		assert ctypes.CDLL(None).abs(-3) == 3
		compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
		numbers = (ctypes.c_int * 3)(3, 1, 2)
		ctypes.CDLL(None).qsort(numbers, 3, 4, compare(lambda a, b: a[0] - b[0]))
		assert list(numbers) == [1, 2, 3]
		async def child():
		    p = await asyncio.create_subprocess_exec("true")
		    return await p.wait()
		assert asyncio.run(child()) == 0
		with tempfile.TemporaryFile() as f:
		    f.write(b"x" * 4096)
		    f.flush()
		    assert mmap.mmap(f.fileno(), 4096)[:1] == b"x"
		a, b = socket.socketpair()
		a.send(hashlib.sha256(b"").digest())
		assert len(b.recv(64)) == 32
		with multiprocessing.get_context("fork").Pool(2) as pool:
		    assert pool.map(abs, range(-2, 1)) == [2, 1, 0]
	END
	python3 s.py
}

job_perl()
{
	# shellcheck disable=SC2016 # for the program that is tried
	same "$(perl -MPOSIX -e 'my $p = fork; if (!$p) { exit 3 } waitpid $p, 0; print $? >> 8, `echo sub`')" 3sub
}

job_gcc()
{
	cat >p.c <<-'END'
		#include <pthread.h>
		#include <stdio.h>
		static void *run(void *p) { puts(p); return NULL; }
		int main(void) { pthread_t t; return pthread_create(&t, NULL, run, "compiled") || pthread_join(t, NULL); }
	END
	gcc -O2 -pipe -pthread -o p p.c
	same "$(./p)" compiled
}

job_gdb()
{
	printf 'int main(void) { return 7; }\n' >p.c
	gcc -g -o p p.c
	gdb -q -batch -ex 'break main' -ex run -ex continue ./p 2>&1 | grep -q 'exited with code 07'
}

job_strace()
{
	strace -f -o out true
	grep -q exit_group out
}

job_go()
{
	cat >m.go <<-'END'
		package main
		import ("fmt"; "os/exec"; "runtime")
		func main() {
			c := make(chan int)
			for i := 0; i < 8; i++ { go func(i int) { c <- i }(i) }
			sum := 0
			for i := 0; i < 8; i++ { sum += <-c }
			runtime.GC()
			out, err := exec.Command("echo", "sub").Output()
			if err != nil { panic(err) }
			fmt.Print(sum, string(out))
		}
	END
	export GOCACHE="$D/cache" GOPATH="$D/path" GOFLAGS=-mod=mod GO111MODULE=off
	go build -o p m.go
	same "$(./p)" 28sub
	same "$(go run m.go)" 28sub
}

job_node()
{
	cat >s.js <<-'END'
		const { Worker } = require("worker_threads");
		const { execFileSync } = require("child_process");
		const fs = require("fs");
		let n = 0;
		for (let i = 0; i < 1e6; i++) n = (n * 31 + i) >>> 0;
		fs.writeFileSync("out", String(n));
		if (execFileSync("echo", ["sub"]).toString() !== "sub\n") process.exit(1);
		const w = new Worker("require('worker_threads').parentPort.postMessage(7)", { eval: true });
		w.once("message", m => { console.log("worker", m); });
	END
	same "$(node s.js)" 'worker 7'
	[ -s out ]
}

job_node___jitless()
{
	same "$(node --jitless -e 'console.log([3, 1, 2].sort().join())')" 1,2,3
}

job_java()
{
	java -version 2>version
	grep -qi version version
	command -v javac >/dev/null || return 0
	cat >P.java <<-'END'
		public class P {
			public static void main(String[] a) throws Exception {
				long n = 0;
				for (int i = 0; i < 3000000; i++) n = n * 31 + i;
				Thread t = new Thread(() -> System.out.println("thread"));
				t.start();
				t.join();
				Process p = new ProcessBuilder("echo", "sub").inheritIO().start();
				System.exit(p.waitFor() + (n == 0 ? 1 : 0));
			}
		}
	END
	java P.java >out
	same "$(tr '\n' ' ' <out)" 'thread sub '
}

job_java__Xint()
{
	java -Xint -version 2>version
	grep -qi version version
}

# --- tools ---

job_git()
{
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
	git init -q r
	echo text >r/f
	git -C r add f
	git -C r commit -q -m one
	git -C r gc -q
	git clone -q r s
	same "$(git -C s log --format=%s)/$(cat s/f)" one/text
}

job_vim()
{
	printf 'one\ntwo\n' >f
	vim -u NONE -i NONE -n -es -c '%s/one/1/' -c '%!sort -r' -c wq f
	same "$(tr '\n' ' ' <f)" 'two 1 '
}

tmux_shows()
{
	tmux -S "$D/tmux" capture-pane -p -t job | grep -qx 'in tmux 42'
}

job_tmux()
{
	local i=0 rc=1
	# shellcheck disable=SC2016 # for the shell inside
	tmux -S "$D/tmux" -f /dev/null new-session -d -s job 'sh -c "echo in tmux \$((6 * 7)); exec sleep 60"'
	while [ "$rc" -ne 0 ] && [ "$i" -lt 100 ]; do
		tmux_shows && rc=0 || sleep 0.1
		i=$((i + 1))
	done
	tmux -S "$D/tmux" kill-server
	return "$rc"
}

# --- what needs rights, a socket or a ticket ---

job_ping()
{
	ping -n -q -c 1 -W 5 127.0.0.1 >out
	grep -q ' 0% packet loss' out
}

job_su()
{
	same "$(echo lab-bob | su bob -c 'id -un' 2>err)" bob || { cat err >&2; return 1; }
}

job_sudo()
{
	same "$(sudo -n id -u)" 0
}

job_ssh_agent()
{
	ssh-keygen -q -t ed25519 -N '' -f k
	ssh-agent sh -c 'ssh-add -q k && ssh-add -l' >out
	grep -q ED25519 out
}

# The agent of who logged in, forwarded by ssh -A.
job_ssh__A()
{
	ssh-add -l >out
	grep -q ED25519 out
}

# ticket CACHE: a new one of the realm's server, and it is a valid one.
ticket()
{
	export KRB5CCNAME="$1"
	echo lab-alice | kinit alice >out
	klist -s
	klist | grep -q 'krbtgt/LAB@LAB'
	kvno -q host/lab@LAB
	kdestroy -q
	! klist -s
}

job_kinit_FILE()
{
	ticket "FILE:/tmp/krb5cc_$(id -u)"
}

job_kinit_KEYRING()
{
	ticket "KEYRING:persistent:$(id -u)"
}

"job_$1"
