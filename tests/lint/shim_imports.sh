#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: shim_imports.sh MAP OBJECT...
#
# What the shim calls outside itself must stand in tests/lint/shim_imports.txt: it runs inside
# malloc, where most of the C library cannot be called. Objects are looked at, not the library:
# inside the library a call of malloc binds to our own hook and is no import.
set -eu
map=$1
shift
nm -g --format=posix "$@" | awk '
FILENAME ~ /shim_imports\.txt$/ {
    sub(/#.*/, "")
    for (i = 1; i <= NF; i++)
        allowed[$i] = 1
    next
}
FILENAME ~ /\.map$/ {
    if (sub(/;$/, "", $1))
        hook[$1] = 1
    next
}
/:$/ { object = substr($1, 1, length($1) - 1); next }
$2 == "U" || $2 == "w" || $2 == "v" { users[$1] = users[$1] " " object; next }
NF >= 2 { defined[$1] = 1 }
END {
    for (name in users)
        if ((!(name in defined) || name in hook) && !(name in allowed)) {
            print name ": not in tests/lint/shim_imports.txt, but used by" users[name]
            bad = 1
        }
    exit bad
}' tests/lint/shim_imports.txt "$map" -
