#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each header compiles alone as C17; a public one without extensions, and as C++17 too, where a
# struct and a function of one name are in each other's way.
set -eu
status=0
try() {
    echo 'extern int something;' |
        "$@" -fsyntax-only -Wall -Wextra -Werror -Iinclude - 2>&1 || status=1
}
for header in $("$(dirname "$0")"/sources.sh '*.h'); do
    case $header in
    include/*)
        try "${CC:-cc}" -x c -std=c17 -pedantic -include "$header"
        try "${CXX:-c++}" -x c++ -std=c++17 -pedantic -include "$header"
        ;;
    *) try "${CC:-cc}" -x c -std=c17 -D_GNU_SOURCE -Ilib -Ipreload -Itests -Iexamples -I. -include "$header" ;;
    esac
done
names() { # of what matches in any public header
    find include -name '*.h' -exec cat {} + | grep -oE "$1" | grep -oE 'tare_[a-z0-9_]+' | sort -u
}
for name in $(names 'struct tare_[a-z0-9_]+ *\{'); do
    if names "\\<$name\(" | grep -q .; then
        echo "$name: a struct and a function"
        status=1
    fi
done
exit $status
