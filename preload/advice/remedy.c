/* SPDX-License-Identifier: MIT */
#include "advice/remedy.h"

#include <stddef.h>

const struct remedy_text remedy_texts[REMEDY_COUNT] = {
    [REMEDY_LEAK] = {"leak", NULL, "free what is no longer used"},
    [REMEDY_RESERVE] = {"reserve", "tare/vec.h", "reserve the final size at once"},
    [REMEDY_SHRINK] = {"shrink", NULL, "ask for fewer bytes"},
    [REMEDY_VEC] = {"vec", "tare/vec.h", "keep it inline, in a vector or on the stack"},
    [REMEDY_ARENA] = {"arena", "tare/arena.h", "allocate from an arena, free all at once"},
    [REMEDY_POOL] = {"pool", "tare/pool.h", "take the objects from a pool"},
    [REMEDY_BATCH_FREE] = {"batch-free", "tare/pool.h",
                           "free where it was allocated, or hand back in batches"},
    [REMEDY_INTERN] = {"intern", "tare/intern.h", "keep equal strings once"},
    [REMEDY_RC] = {"rc", "tare/rc.h", "share equal values, and count references"},
    [REMEDY_CODEC] = {"codec", "tare/codec.h", "keep it compressed"},
    [REMEDY_MAP] = {"map", "tare/map.h", "keep entries in a flat map"},
};

void finding_add(struct finding *finding, const char *name, enum fact_unit unit,
                 double value)
{
    if (finding->fact_count < FACTS_MAX)
        finding->facts[finding->fact_count++] = (struct fact){name, unit, value};
}

const char *confidence_name(enum confidence confidence)
{
    static const char *const names[] = {"low", "medium", "high"};

    return names[confidence];
}

int64_t saving_number(double value)
{
    const double most = 9223372036854774784.0; /* the greatest double below 2^63 */

    if (!(value > -most)) /* not a number, too */
        return value < 0 ? -INT64_MAX : 0;
    return value < most ? (int64_t)(value < 0 ? value - 0.5 : value + 0.5) : INT64_MAX;
}
