#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: demo.sh TARE - profiles a real program and says what to type next. Run in the top folder.
set -eu
tare=$1
folder=build/demo

rm -rf "$folder"
mkdir -p "$folder"
echo "perl indexes the words of its own library, as it would without Tare:"
echo
"$tare" run --output "$folder/%e.tare" perl examples/words.pl

cat <<NEXT

The profile is kept. Ask it more:

    $tare report --by peak $folder/perl.tare
    $tare report --by temporary --top 3 $folder/perl.tare
    $tare report --json $folder/perl.tare

and then your own program:

    $tare run PROGRAM ARGUMENT...
NEXT
