#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# usage: pack.pl LEDGER > INPUT - a ledger as an input of fuzz_profile. The boot id is taken out of it,
# and modules lead nowhere, or the target would read the files of the machine it runs on.
use strict;
use warnings;

open my $file, '<:raw', $ARGV[0] or die "$ARGV[0]: $!\n";
read $file, my $ledger, 16 * 16384;

sub blot { # the bytes that $_[0] says in hexadecimal
    my $bytes = pack 'H*', $_[0];
    $ledger =~ s/\Q$bytes\E/"\1" x length $bytes/ge if length $bytes;
}

open my $boot, '<', '/proc/sys/kernel/random/boot_id' or die "no boot id: $!\n";
blot(<$boot> =~ tr/-\n//dr);
for my $path ($ledger =~ m{(/(?:usr|lib)/[^\0]+)}g) {
    open my $notes, '-|', 'readelf', '-n', $path or next;
    blot(join '', map { /Build ID: (\w+)/ } <$notes>);
}
$ledger =~ s{/(?:usr|lib)/}{/non/}g;

$ledger =~ s/\0+\z//;
binmode STDOUT;
while ($ledger =~ /\G(\0{0,65534})((?:[^\0]|\0(?!\0\0\0)){0,255})/gs) {
    print pack 'vC/a', length $1, $2 if length $&;
}
