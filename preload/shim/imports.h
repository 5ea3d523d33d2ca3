/* SPDX-License-Identifier: MIT
 *
 * shim/imports.h - hooks for functions that the shim must not export.
 *
 * Shape    The slots through which loaded modules call a function by name are made to lead to a
 *          hook. The name itself stays whoever's it was.
 * Units    none
 * Owner    The program image.
 * Threads  A slot is stored whole; modules are looked at while the program starts, or, later,
 *          under the recorder's lock.
 * Errors   A slot that cannot be written is left as it is.
 * Cost     Each module's relocations are read once, in programs that have such a function.
 * Source   System V ABI, "Dynamic Linking"; docs/decisions/0006-entries-of-one-allocator.md
 */
#ifndef TARE_SHIM_IMPORTS_H
#define TARE_SHIM_IMPORTS_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>

struct import {
    const char *name;
    void (*hook)(void);
    void (**real)(void); /* where the hook finds the function itself; NULL: it need not */
};

/* Hook those of `list` that the allocator behind us has, in all modules that are there now. Where
 * it lacks the first it has none. */
void imports_hook(const struct import *list, size_t count);

/* Likewise a function of anybody's: by name only. */
void imports_hook_any(const struct import *import);

/* A module that came later. */
void imports_look(const struct link_map *module);

#endif
