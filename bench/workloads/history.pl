# SPDX-License-Identifier: MIT
#
# usage: history.pl COMMITS - a stream for git fast-import: files that grow and change by parts.
use strict;
use warnings;

my $commits = shift;
my @files;
my $value = 7;

sub next_value {
    my ($range) = @_;
    $value = ($value * 16807) % 2147483647;
    return $value % $range;
}

sub line {
    return join(" ", map { "word" . next_value(5000) } 1 .. 8);
}

sub change {
    my ($lines) = @_;
    push @$lines, map { line() } 1 .. 40 if @$lines < 400;
    $lines->[ next_value(scalar @$lines) ] = line() for 1 .. 6;
    splice @$lines, next_value(scalar @$lines), 2, line();
}

sub print_data {
    my ($text) = @_;
    print "data ", length $text, "\n$text\n";
}

for my $commit (1 .. $commits) {
    print "commit refs/heads/main\nmark :$commit\n";
    print "committer A Writer <writer\@example.org> ", 1700000000 + 3600 * $commit, " +0000\n";
    print_data("Change number $commit\n\n" . line() . "\n");
    print "from :", $commit - 1, "\n" if $commit > 1;
    for (1 .. 12) {
        my $file = next_value(120);
        $files[$file] ||= [];
        change($files[$file]);
        print "M 100644 inline folder", $file % 10, "/part", $file % 4, "/file$file.txt\n";
        print_data(join("\n", @{ $files[$file] }) . "\n");
    }
}
