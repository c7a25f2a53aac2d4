# SPDX-License-Identifier: LGPL-2.1-or-later
# A syslog daemon for the lab world: one datagram, one line. Usage: syslog.pl SOCKET FILE
use strict;
use warnings;
use Socket;

my ($path, $file) = @ARGV;
open(my $out, '>>', $file) or die "$file: $!";
select($out);
$| = 1;
unlink $path;
socket(my $in, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
umask 0;
bind($in, sockaddr_un($path)) or die "$path: $!";
while (defined recv($in, my $line, 65536, 0)) {
	$line =~ s/[\n\0]+/ /g;
	print $out "$line\n";
}
