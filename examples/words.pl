#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# usage: words.pl [KILOBYTES] - indexes the words of Perl's own library: word -> file -> lines.
# Something for the demo to look at: many small strings, a few large tables, all alive at the end.
use strict;
use warnings;

my $budget = ($ARGV[0] // 5000) * 1000;
my (%index, @folders);

sub index_file {
    my ($path) = @_;
    open my $file, '<', $path or return;
    while (my $line = <$file>) {
        $budget -= length $line;
        push @{$index{lc $1}{$path}}, $. while $line =~ /([A-Za-z_]{3,})/g;
    }
}

@folders = grep { -d } @INC;
while ($budget > 0 and defined(my $folder = shift @folders)) {
    opendir my $handle, $folder or next;
    for my $name (sort grep { !/^\./ } readdir $handle) {
        my $path = "$folder/$name";
        push @folders, $path if -d $path;
        index_file($path) if $name =~ /\.p[lm]$/ and $budget > 0;
    }
}

my @words = sort { keys %{$index{$b}} <=> keys %{$index{$a}} or $a cmp $b } keys %index;
printf "%d words; in most files: %s\n", scalar @words, join ' ', @words[0 .. 7];
