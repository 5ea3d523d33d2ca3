/* SPDX-License-Identifier: MIT
 *
 * tare/capacity.h - how much to reserve for a size that is predicted.
 *
 * Shape    expected size, headroom -> capacity. What grows has a function of it:
 *              NAME_reserve_for                  vectors and maps, in elements
 *              tare_string_builder_reserve_for   in bytes
 *              tare_buffer_reserve_for           in bytes
 *          Each makes room for so many in all, what is there already included, and for the headroom.
 * Units    elements or bytes; headroom in hundredths of what is expected
 * Owner    none
 * Threads  thread-safe
 * Errors   SIZE_MAX for what is more: no memory can be had for it.
 * Cost     some multiplications
 * Source   none
 *
 * A prediction that is often exceeded by a little costs a copy of all there is each time, and a
 * block of twice the size: the sizes that a report tells of a site are where to take it from.
 *
 *     names_reserve_for(&names, entries_of_last_time, 10);
 */
#ifndef TARE_CAPACITY_H
#define TARE_CAPACITY_H

#include <stddef.h>
#include <stdint.h>

#include <tare/api.h>

TARE_BEGIN

/* What is expected, and so many hundredths of it more, rounded up. */
TARE_NODISCARD TARE_INLINE size_t tare_capacity_for(size_t expected,
                                                    unsigned headroom_percent)
{
    size_t most, rest = (expected % 100 * headroom_percent + 99) / 100;

    if (__builtin_mul_overflow(expected / 100, (size_t)headroom_percent, &most) ||
        __builtin_add_overflow(most, rest, &most) ||
        __builtin_add_overflow(most, expected, &most))
        return SIZE_MAX;
    return most;
}

TARE_END

#endif
