/* SPDX-License-Identifier: MIT
 *
 * profile/unit_names.h - full names of functions that have no linkage name: "app::make<int>".
 *
 * Shape    [offset of the function's entry, namespace or class around it] ..., rising
 * Units    Offsets in the debug information.
 * Owner    Caller owns the struct; it owns the names.
 * Threads  Single owner.
 * Errors   none: for want of memory names are short.
 * Cost     find: binary search. Compilers leave linkage names out where a static function was
 *          inlined everywhere; libdw's own way to what is around an entry goes through the
 *          whole unit each time.
 * Source   none
 */
#ifndef TARE_PROFILE_UNIT_NAMES_H
#define TARE_PROFILE_UNIT_NAMES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>

struct unit_name {
    Dwarf_Off offset;
    size_t scope; /* index */
    char *full;   /* once asked for */
};

struct unit_names {
    bool is_wanted; /* the unit's language has namespaces */
    struct unit_name *list;
    size_t count, room;
    char **scopes; /* "app::table<int>" */
    size_t scope_count, scope_room;
};

enum { SCOPE_NONE = 0 };

void unit_names_init(struct unit_names *names, Dwarf_Die *unit);
void unit_names_fini(struct unit_names *names);

/* While a unit is gone through in order: the scope of what is below `die`, and a function. */
size_t unit_names_add_scope(struct unit_names *names, Dwarf_Die *die, size_t around);
void unit_names_add(struct unit_names *names, Dwarf_Die *function, size_t scope);

/* The name of a function or inlined call, with what is around it where that is known; NULL:
 * it has none. */
const char *unit_names_find(struct unit_names *names, Dwarf_Die *die);

#endif
