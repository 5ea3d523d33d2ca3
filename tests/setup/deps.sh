#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: deps.sh [--check] GROUP...   groups: build test lint fuzz bench
#
# Looks for what the groups need and installs what is missing with apt-get, after saying what and
# why. Silent when all is there. --check or TARE_NO_INSTALL=1: names what is missing and fails.
set -eu

# What is looked for is a file or command, not a package: it may have come from anywhere.
# group  package          looked for                      why
list() {
    cat <<'LIST'
build    gcc              command cc                      compiles everything
build    libc6-dev        header stdio.h                  the C library's headers
build    pkg-config       command pkg-config              finds the libraries below where they are not in the usual place
build    libdw-dev        header elfutils/libdw.h         reads debug information: functions, lines, inlined calls
build    libelf-dev       header libelf.h                 reads symbol tables and build ids
build    libiberty-dev    header libiberty/demangle.h     prints C++ and Rust names as they were written
build    uthash-dev       header uthash.h                 hash tables of the command
test     g++              command g++                     C++ programs under test; public headers as C++
test     libcmocka-dev    header cmocka.h                 the tests are written with it
test     libunwind-dev    header libunwind.h              the tests and TARE_CHECK_STACKS compare stacks with its own
test     libmimalloc2.0   library libmimalloc.so.2        TARE_ALLOCATOR=mimalloc uses it
test     perl             command perl                    a real program to profile
test     python3          command python3                 a real program to profile
test     sqlite3          command sqlite3                 a real program to profile
lint     clang-format     command clang-format            checks the layout of the sources
lint     g++              command g++                     public headers as C++
fuzz     clang            command clang                   has libFuzzer
bench    heaptrack        command heaptrack               measured beside Tare
bench    g++              command g++                     a C++ program to measure; gcc's cc1 is another
bench    python3          command python3                 a program to measure
bench    perl             command perl                    a program to measure; makes the input of others
bench    git              command git                     a program to measure
bench    sqlite3          command sqlite3                 a program to measure
bench    redis-server     command redis-server            a program to measure
bench    redis-tools      command redis-benchmark         makes redis-server work
bench    libmimalloc2.0   library libmimalloc.so.2        TARE_ALLOCATOR=mimalloc is measured too
LIST
}

first_of() { [ -e "$1" ]; }

is_there() { # KIND NAME
    case $1 in
    command)
        case $2 in cc) set -- "$1" "${CC:-cc}" ;; esac
        command -v "${2%% *}" >/dev/null ;;
    header)
        first_of /usr/include/"$2" || first_of /usr/include/*-linux-*/"$2" ||
            first_of /usr/local/include/"$2" ;;
    library)
        first_of /usr/lib/*-linux-*/"$2" || first_of /usr/lib/"$2" || first_of /usr/lib64/"$2" ||
            first_of /usr/local/lib/"$2" ;;
    esac
}

check=${TARE_NO_INSTALL:-0}
[ "${1:-}" != --check ] || { check=1; shift; }
packages=
reasons=
while read -r group package kind name why; do
    case " $* " in *" $group "*) ;; *) continue ;; esac
    case " $packages " in *" $package "*) continue ;; esac
    is_there "$kind" "$name" && continue
    packages="${packages:+$packages }$package"
    reasons="$reasons
  $package: $why ($kind $name)"
done <<LIST
$(list)
LIST
[ -n "$packages" ] || exit 0

give_up() {
    echo "tare: $1. Missing (names are Debian's):$reasons" >&2
    echo "tare: on Debian, as root: apt-get install --no-install-recommends $packages" >&2
    exit 1
}

root=
[ "$check" = 0 ] || give_up "packages are missing and none is to be installed now"
command -v apt-get >/dev/null || give_up "packages are missing and there is no apt-get here"
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || give_up "packages are missing; neither root nor sudo here"
    root=sudo
    [ -t 0 ] || root="sudo -n"
fi

echo "tare: installing what is missing:$reasons" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
    # shellcheck disable=SC2086 # a list of words
    $root env DEBIAN_FRONTEND=noninteractive "$@" </dev/null >"$log" 2>&1
}
install() {
    # shellcheck disable=SC2086 # a list of words
    quietly apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 $packages
}
# Lists that are absent or old make the first try fail.
if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' 2>/dev/null | head -n 1)" ] ||
    ! install; then
    quietly apt-get update || true
    install || {
        cat "$log" >&2
        give_up "apt-get could not install them"
    }
fi
