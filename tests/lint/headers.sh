#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each header compiles alone as C17; a public one without extensions, and as C++17 too.
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
    *) try "${CC:-cc}" -x c -std=c17 -D_GNU_SOURCE -Ilib -Ipreload -Itests -I. -include "$header" ;;
    esac
done
exit $status
