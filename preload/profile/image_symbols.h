/* SPDX-License-Identifier: MIT
 *
 * profile/image_symbols.h - the function symbols of an image, sorted by address.
 *
 * Shape    symbols: [address, bytes, name] ...
 * Units    Addresses of the file's headers.
 * Owner    Caller owns the struct; names belong to the libdwfl session.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     find: binary search. libdwfl's own look-up goes through the whole table each time.
 * Source   none
 */
#ifndef TARE_PROFILE_IMAGE_SYMBOLS_H
#define TARE_PROFILE_IMAGE_SYMBOLS_H

#include <elfutils/libdwfl.h>
#include <stddef.h>
#include <stdint.h>

struct image_symbol {
    uint64_t address, bytes;
    const char *name;
    int rank; /* among symbols of one address the lowest stays */
};

struct image_symbols {
    struct image_symbol *list;
    size_t count;
};

int image_symbols_read(struct image_symbols *symbols, Dwfl_Module *module);
void image_symbols_fini(struct image_symbols *symbols);
const char *image_symbols_find(const struct image_symbols *symbols, uint64_t address);

#endif
