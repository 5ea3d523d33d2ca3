/* SPDX-License-Identifier: MIT
 *
 * profile/image_units.h - the debug information of an image, by address.
 *
 * Shape    ranges: [low, high) -> unit -> (on first use) ranges: [low, high) -> function
 * Units    Addresses of the file's headers.
 * Owner    Caller owns the struct; what it points at belongs to the libdwfl session.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     Reading: the root of each unit. A unit's functions: one pass over the unit, once.
 *          libdw's own look-up of scopes goes through the whole unit each time, and that of
 *          units needs a section that not all compilers write.
 * Source   none
 */
#ifndef TARE_PROFILE_IMAGE_UNITS_H
#define TARE_PROFILE_IMAGE_UNITS_H

#include "profile/unit_names.h"

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stddef.h>

struct code_range {
    Dwarf_Addr low, high;
    uint32_t unit; /* of ranges of units: index */
    Dwarf_Die die; /* of ranges of functions */
};

struct code_ranges {
    struct code_range *list;
    size_t count, room;
};

struct unit {
    Dwarf_Die die;
    Dwarf_Files *files;
    bool is_read; /* functions are */
    struct code_ranges functions;
    struct unit_names names;
};

struct image_units {
    Dwarf_Addr bias; /* of the debug information's addresses */
    struct code_ranges ranges;
    struct unit *list;
    size_t count, room;
};

int image_units_read(struct image_units *units, Dwfl_Module *module);
void image_units_fini(struct image_units *units);

/* The unit of an address, and the function in it; NULL when there
 * is none. */
struct unit *image_units_find(struct image_units *units, Dwarf_Addr address);
Dwarf_Die *unit_function(struct unit *unit, Dwarf_Addr address);

/* A file of the unit's table; NULL when there is none of that number. */
const char *unit_file(const struct unit *unit, size_t number);

#endif
