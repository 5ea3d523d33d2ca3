/* SPDX-License-Identifier: MIT
 *
 * shim/in_front.h - an allocator that stands in front of us, and may or may not pass on to us.
 *
 * Shape    Calls that the one in front has no function for come to us although its blocks are not
 *          ours: they are led back to it. A call of our own malloc can only be its passing on.
 * Units    bytes
 * Owner    The program image.
 * Threads  Written while the program starts; constant after.
 * Errors   As the functions themselves.
 * Cost     Nothing where nobody stands in front.
 * Source   none
 */
#ifndef TARE_SHIM_IN_FRONT_H
#define TARE_SHIM_IN_FRONT_H

#include <stdbool.h>

#include "shim/next.h"

enum { ALLOCATOR_FUNCTIONS = 6 };

/* The names of a table's functions, in its order. */
extern const char *const allocator_names[ALLOCATOR_FUNCTIONS];

/* Fill the table by these names; false when one of the five that are needed is missing. */
bool allocator_look_up(struct allocator *found, void *handle,
                       const char *const names[ALLOCATOR_FUNCTIONS]);

/* Is the target's malloc another than ours? `behind` is remembered. */
bool in_front_look(const struct allocator *behind);

/* Functions that lead to the one in front, or behind us where it has none. */
void in_front_lead(struct allocator *table);

/* If so, a call of our calloc, too, is its passing on. */
bool in_front_has_calloc(void);

const struct allocator *in_front_behind(void);

/* Its file; "" when nobody is in front. */
const char *in_front_name(void);

/* Is it only an executable's way to a function of a library? One that is linked to fixed addresses
 * has such a stub for each function whose address it takes, under the function's name. */
bool is_call_stub(void *function);

#endif
