#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A source may include from its own folder and from those that tests/lint/layers.txt names for it.
# A folder with sources that the list does not name is refused, and so is a name without a folder. Of
# two folders of one name the latter has no headers.
set -eu
here=$(dirname "$0")
# shellcheck disable=SC2046 # no blanks in names
awk '
function complain(text) { print where ": " text; bad = 1 }

function own_name(folder) { sub(/.*\//, "", folder); return folder }

FILENAME ~ /layers\.txt$/ {
    if ($0 ~ /^ *(#|$)/)
        next
    where = FILENAME ":" FNR
    if (own_name($1) in home)
        second[$1] = own_name($1)
    else
        home[own_name($1)] = $1
    allowed[$1] = " " own_name($1) " "
    for (i = 2; i <= NF; i++)
        allowed[$1] = allowed[$1] $i " "
    next
}

FNR == 1 {
    where = FILENAME
    folder = FILENAME
    sub(/\/[^\/]*$/, "", folder)
    if (!(folder in allowed))
        complain("no line of tests/lint/layers.txt names " folder)
    used[folder] = 1
    if (FILENAME ~ /\.h$/)
        has_headers[folder] = 1
}

/^[ \t]*#[ \t]*include[ \t]*["<]/ {
    where = FILENAME ":" FNR
    quoted = $0 ~ /include[ \t]*"/
    path = $0
    gsub(/^[^"<]*["<]|[">].*$/, "", path)
    target = path
    sub(/\/.*/, "", target)
    if (quoted && path !~ /\//)
        complain("\"" path "\" is to be written \"folder/file.h\"")
    else if (quoted && !(target in home))
        complain("no layer called " target ", in \"" path "\"")
    else if (!quoted && !(target in home))
        next
    else if (quoted == (home[target] == "include/tare"))
        complain(path " is to be written " (quoted ? "<" path ">" : "\"" path "\""))
    else if (!index(allowed[folder], " " target " "))
        complain(folder " may not include " path)
}

END {
    where = "tests/lint/layers.txt"
    for (folder in allowed)
        if (!(folder in used))
            complain("there are no sources in " folder)
    for (folder in second)
        if (folder in has_headers)
            complain("headers in a second folder called " second[folder])
    exit bad
}' tests/lint/layers.txt $("$here"/sources.sh '*.[ch]' '*.cc')
