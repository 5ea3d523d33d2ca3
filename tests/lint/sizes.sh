#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A file has at most 400 lines, a function at most 60 between its braces, unless
# tests/lint/sizes.txt names it with a reason.
set -eu
# shellcheck disable=SC2046 # no blanks in names
awk '
function complain(text) { print text; bad = 1 }

function too_long(name, lines, limit) {
    if (lines <= limit)
        return
    if (name in reason)
        used[name] = 1
    else
        complain(name ": " lines " lines, at most " limit)
}

function end_of_file() {
    if (file != "")
        too_long(file, lines, 400)
}

FILENAME ~ /sizes\.txt$/ {
    if ($0 ~ /^ *(#|$)/)
        next
    if (NF < 2)
        complain(FILENAME ":" FNR ": no reason is given")
    reason[$1] = 1
    next
}

FNR == 1 { end_of_file(); file = FILENAME; name = "?" }

{ lines = FNR }

# Layout is checked elsewhere: a body stands between braces at the start of a line.
/^[A-Za-z_].*\(/ {
    name = $0
    sub(/\(.*/, "", name)
    sub(/.*[^A-Za-z0-9_]/, "", name)
}
/^\{/ { start = FNR }
/^\}/ && start { too_long(file ":" name, FNR - start - 1, 60); start = 0 }

END {
    end_of_file()
    for (name in reason)
        if (!(name in used))
            complain("tests/lint/sizes.txt: " name " needs no exception")
    exit bad
}' tests/lint/sizes.txt $("$(dirname "$0")"/sources.sh '*.[ch]' '*.cc')
