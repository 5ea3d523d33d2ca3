#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: lib_exports.sh LIBRARY HEADER...
#
# The library exports what its headers declare with TARE_API, no more and no less, and each name
# with a version. What they declare has TARE_API, but for tare_tracker_, which is the tracker's.
# The library needs nothing but the C library and libtare, and for libtare-modules what its codecs
# stand on: another one would be in the scope of
# every program that uses ours.
set -eu
status=0
library=$1
codecs=
case $library in *libtare-modules.*) codecs='|libzstd|liblz4|libz' ;; esac
shift
complain() { echo "$1"; status=1; }

# What the headers declare, not those that they include, one a line: the words up to the end of its
# name.
declarations() { # HEADER...
    {
        printf '#include <%s>\n' tare/api.h
        printf '#undef TARE_API\n#define TARE_API tare_api\n#define __attribute__(words)\n'
        printf '#include <%s>\n' "$@" | sed 's|<include/|<|'
    } | "${CC:-cc}" -E -std=c17 -Iinclude -x c - | awk -v headers=" $* " '
    /^# [0-9]+ "/ { ours = index(headers, " " substr($3, 2, length($3) - 2) " ") }
    !/^#/ {
        for (i = 1; i <= length($0); i++) {
            c = substr($0, i, 1)
            if (c == "}" && --depth == 0 && text ~ /\(/)
                text = "" # a function with its body
            else if (c == "{")
                depth++
            else if (c == ";" && !depth) {
                sub(/[(=[].*/, "", text)
                gsub(/[ \t*]+/, " ", text)
                if (ours)
                    print text
                text = ""
            } else if (c != "}" && !depth)
                text = text c
        }
        text = text " "
    }'
}

declared=$(declarations "$@")
promised=$(echo "$declared" | awk '/(^| )tare_api / { print $NF }' | LC_ALL=C sort)
unmarked=$(echo "$declared" | awk '
    /(^| )(tare_api|static|typedef) / || (NF == 2 && /^ *(struct|union|enum) /) { next }
    $NF ~ /^tare_/ && $NF !~ /^tare_tracker_/ { print $NF }')
exported=$(readelf --dyn-syms -W "$library" |
    awk '$1 ~ /^[0-9]+:$/ && $7 != "UND" && $7 != "ABS" { print $8 }' | LC_ALL=C sort)
names=$(echo "$exported" | sed 's/@.*//')
only_in() { echo "$1" | grep -vxF "$2" || true; }

for name in $unmarked; do
    complain "$name: declared without TARE_API"
done
for name in $(only_in "$promised" "$names"); do
    complain "$name: declared with TARE_API, but $library does not export it"
done
for name in $(only_in "$names" "$promised"); do
    complain "$name: exported by $library, but no public header declares it with TARE_API"
done
for name in $(echo "$exported" | grep -v '@@TARE_\(MODULES_\)\?[0-9]*\.[0-9]*$' || true); do
    complain "$name: exported by $library without a version"
done
for name in $(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    grep -vE "^(libc|libpthread|libdl|ld-linux.*|libtare$codecs)\.so\.[0-9]+\$" || true); do
    complain "$library: needs $name"
done
exit $status
