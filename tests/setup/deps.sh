#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: deps.sh [--check] GROUP...   groups: build libunwind test aarch64 lint fuzz bench compat
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
build    libxxhash-dev    header xxhash.h                 checksums of compressed frames
build    libiberty-dev    header libiberty/demangle.h     prints C++ and Rust names as they were written
build    libjansson-dev   header jansson.h                reads budgets
build    zlib1g-dev       header zlib.h                   compresses exported profiles and the data of pages
build    uthash-dev       header uthash.h                 hash tables of the command
libunwind libunwind-dev   header libunwind.h              walks stacks where no way of our own is known
test     g++              command g++                     C++ programs under test; public headers as C++
test     libcmocka-dev    header cmocka.h                 the tests are written with it
test     libunwind-dev    header libunwind.h              the tests and TARE_CHECK_STACKS compare stacks with its own
test     libzstd-dev      header zstd.h                   one of the codecs, each of which may be missing; heaptrack's profiles
test     liblz4-dev       header lz4.h                    likewise
test     libmimalloc2.0   library libmimalloc.so.2        what libtare takes memory from; TARE_ALLOCATOR=mimalloc uses it
test     libjemalloc2     library libjemalloc.so.2        an allocator to stand before and behind
test     libtcmalloc-minimal4 library libtcmalloc_minimal.so.4 likewise
test     perl             command perl                    a real program to profile
test     python3          command python3                 a real program to profile
test     sqlite3          command sqlite3                 a real program to profile
aarch64  gcc-aarch64-linux-gnu command aarch64-linux-gnu-gcc compiles for it
aarch64  g++-aarch64-linux-gnu command aarch64-linux-gnu-g++ C++ programs under test
aarch64  libc6-dev-arm64-cross file /usr/aarch64-linux-gnu/include/stdio.h the C library's headers for it
aarch64  qemu-user        command qemu-aarch64            runs its programs
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
bench    libjemalloc2     library libjemalloc.so.2        measured beside the pool
bench    libtcmalloc-minimal4 library libtcmalloc_minimal.so.4 likewise
bench    libboost-dev     header boost/pool/pool.hpp      likewise
bench    libdpdk-dev      header dpdk/rte_mempool.h       likewise
bench    libck-dev        header ck_ring.h                measured beside the ring
bench    erlang-base      command erl                     measured beside governors
bench    libtalloc-dev    header talloc.h                 likewise
bench    libabsl-dev      header absl/container/flat_hash_map.h measured beside the cache
bench    libapr1-dev      header apr-1.0/apr_pools.h      measured beside the arena
bench    libglib2.0-dev   header glib-2.0/glib.h          measured beside the string builder, vectors and interning
bench    libabsl-dev      header absl/container/inlined_vector.h measured beside vectors and interning
bench    uthash-dev       header uthash.h                 measured beside the map
bench    libhts-dev       header htslib/khash.h           likewise
compat   util-linux       command setpriv                starts servers as their own user
compat   perl             command perl                   a real program to record
compat   python3          command /usr/bin/python3       a real program to record
compat   ruby             command ruby                   a real program to record
compat   lua5.4           command lua5.4                 a real program to record
compat   tcl              command tclsh                  a real program to record
compat   nodejs           command node                   a real program to record
compat   php-cli          command php                    a real program to record
compat   guile-3.0        command guile                  a real program to record
compat   gawk             command gawk                   a real program to record
compat   g++              command g++                    a real program to record
compat   clang            command clang                  a real program to record
compat   gfortran         command gfortran               a real program to record
compat   golang-go        command go                     a real program to record
compat   default-jdk-headless command javac                  a real program to record
compat   cmake            command cmake                  a real program to record
compat   git              command git                    a real program to record
compat   gdb              command gdb                    a real program to record
compat   sqlite3          command sqlite3                a real program to record
compat   postgresql       command psql                   a real program to record
compat   mariadb-server   command mariadbd               a real program to record
compat   redis-server     command redis-server           a real program to record
compat   redis-tools      command redis-cli              asks redis
compat   memcached        command memcached              a real program to record
compat   nginx            command nginx                  a real program to record
compat   curl             command curl                   asks nginx
compat   openssl          command openssl                a real program to record
compat   xz-utils         command xz                     a real program to record
compat   bzip2            command bzip2                  a real program to record
compat   zstd             command zstd                   a real program to record
compat   jq               command jq                     a real program to record; reads the reports
compat   vim              command vim                    a real program to record
compat   emacs-nox        command emacs                  a real program to record
compat   ffmpeg           command ffmpeg                 a real program to record
compat   imagemagick      command /usr/bin/convert       a real program to record
compat   ghostscript      command gs                     a real program to record
compat   chromium         command chromium               a real program to record
LIST
}

first_of() { [ -e "$1" ]; }

is_there() { # KIND NAME
    case $1 in
    command)
        case $2 in cc) set -- "$1" "${CC:-cc}" ;; esac
        command -v "${2%% *}" >/dev/null ;;
    file)
        first_of "$2" ;;
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
