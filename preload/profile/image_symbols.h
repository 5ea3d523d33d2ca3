/* SPDX-License-Identifier: MIT
 *
 * profile/image_symbols.h - the function symbols of an image, sorted by address.
 *
 * Shape    symbols: [address, bytes, number] ..., rising; found: what was asked for lately
 * Units    Addresses of the file's headers.
 * Owner    Caller owns the struct; names belong to the libdwfl session.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     find: binary search, at most. libdwfl's own look-up goes through the whole table each
 *          time. Names are not touched before they are found: they lie all over the file.
 * Source   none
 */
#ifndef TARE_PROFILE_IMAGE_SYMBOLS_H
#define TARE_PROFILE_IMAGE_SYMBOLS_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image_symbol {
    uint64_t address;
    uint32_t bytes;  /* UINT32_MAX: or more */
    uint32_t number; /* in the module's table */
};

/* Addresses come again and again: the same code is in many stacks. */
struct found_symbol {
    uint64_t address;
    const char *name; /* NULL: none */
    bool is_used;
};

struct image_symbols {
    Dwfl_Module *module;
    struct image_symbol *list;
    size_t count;
    struct found_symbol *found; /* by a hash of the address; the latest one stays */
};

int image_symbols_read(struct image_symbols *symbols, Dwfl_Module *module);
void image_symbols_fini(struct image_symbols *symbols);
const char *image_symbols_find(struct image_symbols *symbols, uint64_t address);

#endif
