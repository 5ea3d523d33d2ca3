# SPDX-License-Identifier: MIT
#
# usage: hash.pl KEYS - a hash of words to lists and counts; filled, read, thinned out, filled again.
use strict;
use warnings;

my $keys = shift;
my (%count, %members);
my $value = 1;

sub fill {
    my ($from, $to) = @_;
    for my $i ($from .. $to) {
        $value = ($value * 16807) % 2147483647;
        my $word = "word" . ($value % $keys);
        $count{$word}++;
        push @{ $members{ substr($word, 0, 8) } }, "$word-$i";
    }
}

sub thin_out {
    for my $word (keys %count) {
        delete $count{$word} if $count{$word} < 2;
    }
}

fill(1, $keys);
thin_out();
fill($keys + 1, 2 * $keys);
my $most = 0;
for my $count (values %count) {
    $most = $count if $count > $most;
}
print scalar(keys %count), " ", scalar(keys %members), " $most\n";
