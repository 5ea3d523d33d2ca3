/* SPDX-License-Identifier: MIT
 *
 * toolkit/vec_parts.h - the inside of vectors.
 *
 * Shape    vec.c          storage: growth, shrinking, moving, stealing
 *          vec_change.c   elements: places that are opened and closed
 *          vec_integer.c  integers: searched and counted
 *          vec_pool.c     what vectors of a pool hold
 * Units    Elements; bytes.
 * Owner    as in tare/vec.h
 * Threads  Single owner.
 * Errors   as in tare/vec.h
 * Cost     as in tare/vec.h
 * Source   none
 */
#ifndef TARE_TOOLKIT_VEC_PARTS_H
#define TARE_TOOLKIT_VEC_PARTS_H

#include <tare/vec.h>

/* One that has a block loses it: it is empty, within its struct. */
void tare__vec_come_home(struct tare_vec *vec, const struct tare_vec_kind *kind);

bool tare__vec_valid(const struct tare_vec *vec, const struct tare_vec_kind *kind);

/* Where an element is. */
static inline char *tare__vec_place(const struct tare_vec *vec,
                                    const struct tare_vec_kind *kind, size_t index)
{
    return (char *)vec->items + index * kind->element_bytes;
}

#endif
