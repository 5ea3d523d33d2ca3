/* SPDX-License-Identifier: MIT
 *
 * profile/demangle.h - readable names of C++ and Rust functions, each worked out once.
 *
 * Shape    raw name's address -> readable name
 * Units    NUL-terminated strings.
 * Owner    Caller owns the struct; it owns the readable names. Raw names must stay where they
 *          are until fini: the address is the key.
 * Threads  Single owner.
 * Errors   none: what cannot be demangled, or for want of memory, is returned as it is.
 * Cost     One hash look-up; the first time a few microseconds.
 * Source   none
 */
#ifndef TARE_PROFILE_DEMANGLE_H
#define TARE_PROFILE_DEMANGLE_H

#include <stddef.h>

/* What a name reads as, by where it stands; NULL: as it stands. */
#define TARE_MAP_NAME demangled
#define TARE_MAP_KEY const char *
#define TARE_MAP_VALUE char *
#include <tare/map.h>

struct demangler {
    struct demangled names;
};

void demangler_fini(struct demangler *demangler);

const char *demangle(struct demangler *demangler, const char *raw);

/* Length of `raw` without what compilers add to the parts and clones of one function
 * (".cold", ".part.0", ".llvm.1234" ...), and without the version ("@@GLIBC_2.34"). */
size_t name_base_bytes(const char *raw);

/* Where in `raw` the hash stands that a Rust compiler puts into names and changes from build
 * to build; its length is RUST_HASH_BYTES. NULL: none. */
enum { RUST_HASH_BYTES = 19 };
const char *name_rust_hash(const char *raw, size_t base_bytes);

#endif
