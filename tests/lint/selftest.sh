#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A lint that cannot fail protects nothing: each is shown a small tree that it must accept, and then
# the same tree with one thing wrong.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
number=0

# A tree with nothing wrong in it, in $top/tree.
good_tree() {
    rm -rf "$top/tree"
    mkdir -p "$top/tree/include/tare" "$top/tree/preload/low" "$top/tree/preload/high" \
        "$top/tree/tests/lint"
    cd "$top/tree"
    cp "$here/../../.clang-format" .
    licence='/* SPDX-License-Identifier: MIT */'
    printf '%s\n' "$licence" '#include <stddef.h>' 'size_t tare_thing(void);' >include/tare/thing.h
    printf '%s\n' "$licence" 'int low(void);' >preload/low/low.h
    printf '%s\n' "$licence" '#include "low/low.h"' '' 'int low(void)' '{' '    return 1;' '}' \
        >preload/low/low.c
    printf '%s\n' "$licence" '#include "low/low.h"' '#include <tare/thing.h>' >preload/high/high.c
    printf '%s\n' include/tare preload/low 'preload/high low tare' >tests/lint/layers.txt
    : >tests/lint/sizes.txt
}

say() { # RESULT TEXT
    number=$((number + 1))
    case $2 in '#'*) echo "$1 $number $2" ;; *) echo "$1 $number - $2" ;; esac
}

accepts() { # TEXT COMMAND...
    text=$1
    shift
    if "$@" >"$top/said" 2>&1; then say ok "$text"; else
        say "not ok" "$text"
        sed 's/^/# /' "$top/said"
    fi
}

# It must fail for the reason expected: what it prints matches PATTERN.
refuses() { # TEXT PATTERN COMMAND...
    text=$1
    pattern=$2
    shift 2
    if "$@" >"$top/said" 2>&1; then say "not ok" "$text: accepted"
    elif grep -q -e "$pattern" "$top/said"; then say ok "$text"
    else
        say "not ok" "$text: refused for another reason"
        sed 's/^/# /' "$top/said"
    fi
}

layers() {
    good_tree
    accepts "layers accepts includes from below" "$here/layers.sh"
    echo '#include "high/high.h"' >>preload/low/low.c
    refuses "layers refuses an include from above" "may not include high/high.h" "$here/layers.sh"
    good_tree
    echo '#include <tare/thing.h>' >>preload/low/low.c
    refuses "layers refuses a public header where it is not allowed" "may not include tare" \
        "$here/layers.sh"
    echo '#include "low.h"' >preload/low/low.c
    refuses "layers refuses a name without its folder" "to be written" "$here/layers.sh"
    echo '#include <low/low.h>' >preload/high/high.c
    refuses "layers refuses a private header in angle brackets" "to be written" "$here/layers.sh"
    good_tree
    mkdir preload/new
    cp preload/low/low.h preload/new
    refuses "layers refuses a folder without a line" "names preload/new" "$here/layers.sh"
    good_tree
    echo 'preload/old' >>tests/lint/layers.txt
    refuses "layers refuses a line without a folder" "no sources in preload/old" "$here/layers.sh"
    good_tree
    mkdir -p lib/low
    echo 'lib/low' >>tests/lint/layers.txt
    cp preload/low/low.c lib/low
    accepts "layers accepts a second folder of a name without headers" "$here/layers.sh"
    cp preload/low/low.h lib/low
    refuses "layers refuses headers in two folders of one name" "a second folder" \
        "$here/layers.sh"
}

texts() {
    good_tree
    accepts "licence accepts sources with the line" "$here/licence.sh"
    echo 'int x;' >preload/low/low.h
    refuses "licence refuses a source without the line" "low.h: no SPDX" "$here/licence.sh"
    good_tree
    accepts "paths accepts a tree without" "$here/paths.sh"
    echo "see /""home/someone/tare" >notes.md
    refuses "paths refuses a home folder" "notes.md:1" "$here/paths.sh"
    echo "see $top/tree/preload" >notes.md
    refuses "paths refuses the checkout's own place" "notes.md:1" "$here/paths.sh"
}

lines() { # COUNT
    awk -v n="$1" 'BEGIN { while (n--) print "    low();" }'
}

sizes() {
    good_tree
    { printf 'int f(void)\n{\n'; lines 60; printf '}\n'; } >>preload/low/low.c
    accepts "sizes accepts a function of 60 lines" "$here/sizes.sh"
    { printf 'int g(int a,\n      int b)\n{\n'; lines 61; printf '}\n'; } >>preload/low/low.c
    refuses "sizes refuses a function of 61 lines" "low.c:g: 61" "$here/sizes.sh"
    echo 'preload/low/low.c:g one table, no branch' >tests/lint/sizes.txt
    accepts "sizes accepts a named exception" "$here/sizes.sh"
    echo 'preload/low/low.c:g' >tests/lint/sizes.txt
    refuses "sizes refuses an exception without a reason" "no reason" "$here/sizes.sh"
    good_tree
    lines 400 >>preload/high/high.c
    refuses "sizes refuses a file of more than 400 lines" "high.c: 403 lines" "$here/sizes.sh"
    good_tree
    echo 'preload/low/low.c was long once' >tests/lint/sizes.txt
    refuses "sizes refuses an exception that nothing needs" "needs no exception" "$here/sizes.sh"
}

compiled() {
    good_tree
    accepts "headers accepts headers that stand alone" "$here/headers.sh"
    sed -i /stddef/d include/tare/thing.h
    refuses "headers refuses one that needs another before it" "size_t" "$here/headers.sh"
    good_tree
    echo 'int tare_new(int class);' >>include/tare/thing.h
    refuses "headers refuses a public one that is not C++" "class" "$here/headers.sh"
    good_tree
    printf 'struct tare_one {\n    int two;\n};\nint tare_one(void);\n' >>include/tare/thing.h
    refuses "headers refuses a struct and a function of one name" "tare_one" "$here/headers.sh"
    good_tree
    echo 'int f(bool);' >>preload/low/low.h
    refuses "headers refuses a private one that is not C17" "bool" "$here/headers.sh"
}

layout() {
    good_tree
    accepts "layout accepts what clang-format would write" "$here/layout.sh"
    echo 'int  x ;' >>preload/low/low.h
    refuses "layout refuses what it would not" "low.h:3" "$here/layout.sh"
}

# A shim of one hook, one helper and one call outside.
shim_tree() {
    good_tree
    cat >hooks.c <<'C'
#include <string.h>
int helper(const char *);
__attribute__((visibility("default"))) void *malloc(unsigned long);
void *malloc(unsigned long n) { return helper("x") ? (void *)n : (void *)0; }
C
    echo '#include <string.h>
int helper(const char *s) { return (int)strlen(s); }' >helper.c
    echo '{ global: malloc; local: *; };' | tr ' ' '\n' >shim.map
    echo 'strlen _GLOBAL_OFFSET_TABLE_' >tests/lint/shim_imports.txt
}

shim_build() { # LIBRARY FLAG...
    library=$1
    shift
    rm -f ./*.o
    "${CC:-cc}" -O1 -w -fPIC -fno-builtin -fvisibility=hidden -c hooks.c helper.c
    "${CC:-cc}" -shared -o "$library" hooks.o helper.o -Wl,--version-script="$library.map" "$@"
}

shim() {
    shim_tree
    cp shim.map good.so.map
    shim_build good.so
    accepts "shim_exports accepts the hooks alone" "$here/shim_exports.sh" good.so shim.map
    accepts "shim_imports accepts what the list allows" "$here/shim_imports.sh" shim.map \
        hooks.o helper.o
    sed 's/^malloc;$/malloc; free;/' shim.map >more.map
    refuses "shim_exports refuses a map that promises more" "missing: free" \
        "$here/shim_exports.sh" good.so more.map
    echo '{ };' >open.so.map
    sed -i 's/^int helper/__attribute__((visibility("default"))) int helper/' helper.c
    shim_build open.so
    refuses "shim_exports refuses a library that shows more" "unexpected: helper" \
        "$here/shim_exports.sh" open.so shim.map
    cp shim.map libm.so.map
    shim_build libm.so -Wl,--no-as-needed -lm
    refuses "shim_exports refuses a second library" "needs libm" \
        "$here/shim_exports.sh" libm.so shim.map
    echo 'static __thread int deep; int *where(void) { return &deep; }' >>helper.c
    sed -i 's/helper("x")/helper("x") + *where()/; 1i int *where(void);' hooks.c
    cp shim.map tls.so.map
    shim_build tls.so
    refuses "shim_exports refuses a thread-local behind a call" "__tls_get_addr" \
        "$here/shim_exports.sh" tls.so shim.map

    shim_tree
    echo 'void *malloc(unsigned long); void *other(void) { return malloc(1); }' >>helper.c
    cp shim.map own.so.map
    shim_build own.so
    refuses "shim_imports refuses a call of our own hook" "malloc: .*helper.o" \
        "$here/shim_imports.sh" shim.map hooks.o helper.o
    for name in printf exit qsort pthread_create; do
        shim_tree
        echo "void $name(void); void other(void) { $name(); }" >>helper.c
        cp shim.map it.so.map
        shim_build it.so
        refuses "shim_imports refuses $name" "$name: .*helper.o" \
            "$here/shim_imports.sh" shim.map hooks.o helper.o
    done
}

# A library of one function and one variable, and an import of the tracker's.
lib_tree() {
    good_tree
    cat >include/tare/api.h <<'C'
#ifndef API_H
#define API_H
#define TARE_API __attribute__((visibility("default")))
#endif
C
    cat >include/tare/thing.h <<'C'
#include <stddef.h>
#include <tare/api.h>
struct tare_thing;
struct tare_other {
    int (*call)(int a);
};
typedef void *(*tare_fn)(void);
extern void tare_tracker_alloc(void) __attribute__((weak));
static inline int tare_inline(void) { return 1; }
TARE_API __attribute__((warn_unused_result)) struct tare_thing **
tare_find(int (*which)(int a), size_t bytes);
extern TARE_API __thread int *tare__cache[2] __attribute__((tls_model("initial-exec")));
C
    cat >lib.c <<'C'
#include <tare/thing.h>
__thread int *tare__cache[2];
int tare__private(void);
int tare__private(void) { return 1; }
struct tare_thing **tare_find(int (*which)(int a), size_t bytes)
{
    if (tare_tracker_alloc)
        tare_tracker_alloc();
    return which(1) && bytes ? (void *)tare__private : (void *)0;
}
C
    printf 'TARE_0.1 { global: tare_*; local: *; };' >lib.map
}

lib_build() { # FLAG...
    "${CC:-cc}" -w -fPIC -fvisibility=hidden -Iinclude -shared -o lib.so lib.c -Wl,--version-script=lib.map "$@"
}

lib_refuses() { # TEXT PATTERN FLAG...
    text=$1
    pattern=$2
    shift 2
    lib_build "$@"
    refuses "lib_exports refuses $text" "$pattern" "$here/lib_exports.sh" lib.so include/tare/thing.h
}

lib() {
    lib_tree
    lib_build
    accepts "lib_exports accepts what headers declare" "$here/lib_exports.sh" lib.so include/tare/thing.h
    lib_refuses "a private name that shows" "tare__private: exported" -fvisibility=default
    lib_refuses "a second library" "needs libm" -Wl,--no-as-needed -lm
    echo 'TARE_API int tare_absent(void);' >>include/tare/thing.h
    lib_refuses "a function that is only declared" "tare_absent: .* does not export"
    lib_tree
    echo 'extern TARE_API int tare_limit;' >>include/tare/thing.h
    lib_refuses "a variable that is only declared" "tare_limit: .* does not export"
    lib_tree
    echo 'int tare_forgotten(void);' >>include/tare/thing.h
    lib_refuses "a declaration without TARE_API" "tare_forgotten: declared without"
    lib_tree
    echo '__attribute__((visibility("default"))) void tare_tracker_alloc(void) {}' >>lib.c
    lib_refuses "a name of the tracker's" "tare_tracker_alloc: exported"
    lib_tree
    echo >lib.map '{ global: tare_*; local: *; };'
    lib_refuses "a name without a version" "tare_find: .* without a version"
}

layers
texts
sizes
compiled
if command -v clang-format >/dev/null; then layout; else say ok "# SKIP layout"; fi
shim
lib
echo "1..$number"
