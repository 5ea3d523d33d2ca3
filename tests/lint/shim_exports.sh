#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: shim_exports.sh LIBRARY MAP
#
# The library exports what the map names, no more and no less, needs nothing but the C library
# and reaches its thread-locals without a call (which may allocate).
set -eu
status=0
complain() { echo "$1: $2"; status=1; }

promised=$(sed 's|/\*.*\*/||; s/#.*//' "$2" | tr ';{}' '[\n*]' | awk NF |
    awk '$1 == "local:" { on = 0 } on { print $NF } $1 == "global:" { on = 1; if (NF > 1) print $NF }' |
    LC_ALL=C sort)
exported=$(nm -D --defined-only "$1" | awk '{ sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort)
only_in() { echo "$1" | grep -vxF "$2" | tr '\n' ' '; }
if [ "$promised" != "$exported" ]; then
    complain "$1" "not as $2: missing: $(only_in "$promised" "$exported")"
    complain "$1" "not as $2: unexpected: $(only_in "$exported" "$promised")"
fi
needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc|ld-linux.*)\.so\.[0-9]+$' |
    tr '\n' ' ')
[ -z "$needed" ] || complain "$1" "needs $needed"
nm -D "$1" | grep -q '__tls_get_addr' && complain "$1" "calls __tls_get_addr"
exit $status
