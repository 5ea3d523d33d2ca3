/* SPDX-License-Identifier: MIT */
#include "export/heaptrack_plan.h"

struct pile {
    uint64_t blocks, bytes;
};

static uint64_t lesser(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* How many of the pile's blocks so many of its bytes are: at least one, and all of them only if
 * these are all of its bytes. 0: there is no such part. */
static uint64_t blocks_of(const struct pile *pile, uint64_t bytes)
{
    if (!pile->blocks || bytes > pile->bytes)
        return 0;
    if (bytes == pile->bytes)
        return pile->blocks;
    if (pile->blocks == 1)
        return 0;
    uint64_t blocks =
        (uint64_t)((double)bytes / (double)pile->bytes * (double)pile->blocks + 0.5);
    return blocks < 1 ? 1 : lesser(blocks, pile->blocks - 1);
}

/* Move a part with so many bytes. */
static bool move(struct pile *to, struct pile *from, uint64_t bytes)
{
    uint64_t blocks = blocks_of(from, bytes);

    if (!blocks)
        return false;
    to->blocks += blocks;
    to->bytes += bytes;
    from->blocks -= blocks;
    from->bytes -= bytes;
    return true;
}

/* Divide what lives at the end, and what was freed, so that `at_peak` bytes are there at the peak. */
static void divide(struct pile piles[PLAN_GROUPS], struct pile *freed, uint64_t at_peak)
{
    struct pile *lasting = &piles[PLAN_LASTING];
    struct pile *late = &piles[PLAN_LATE];

    if (at_peak > lasting->bytes) {
        uint64_t more = lesser(at_peak - lasting->bytes, freed->bytes);

        /* One freed block that is larger than that was not there. */
        (void)move(&piles[PLAN_AT_PEAK], freed, more);
    } else if (!at_peak) {
        *late = *lasting;
        *lasting = (struct pile){0};
    } else if (at_peak < lasting->bytes && !move(late, lasting, lasting->bytes - at_peak) &&
               move(&piles[PLAN_AT_PEAK], freed, at_peak)) {
        *late = *lasting;
        *lasting = (struct pile){0};
    }
}

static struct plan_blocks in_sizes(const struct pile *pile, uint64_t share)
{
    uint64_t blocks = pile->blocks / share + (pile->blocks % share != 0);

    if (!blocks)
        return (struct plan_blocks){0};
    return (struct plan_blocks){blocks, pile->bytes % blocks, pile->bytes / blocks};
}

struct plan plan_make(const struct counts *counts, uint64_t share)
{
    struct pile piles[PLAN_GROUPS] = {0};
    struct pile freed = {counts->allocations, counts->bytes};
    struct plan plan = {0};

    if (!counts->allocations)
        return plan;
    struct pile *lasting = &piles[PLAN_LASTING];
    lasting->blocks = lesser(counts->live_blocks, counts->allocations);
    lasting->bytes = lesser(counts->live_bytes, counts->bytes);
    freed.blocks -= lasting->blocks;
    freed.bytes -= lasting->bytes;
    divide(piles, &freed, lesser(counts->bytes_at_peak, counts->bytes));

    uint64_t temporary = lesser(counts->temporary, freed.blocks);
    plan.untrue_temporary = counts->temporary - temporary;
    piles[PLAN_PASSING].blocks = freed.blocks - temporary;
    piles[PLAN_TEMPORARY].blocks = temporary;
    if (freed.blocks)
        piles[PLAN_TEMPORARY].bytes =
            (uint64_t)((unsigned __int128)freed.bytes * temporary / freed.blocks);
    piles[PLAN_PASSING].bytes = freed.bytes - piles[PLAN_TEMPORARY].bytes;
    for (enum plan_group i = 0; i < PLAN_GROUPS; i++)
        plan.groups[i] = in_sizes(&piles[i], share);
    return plan;
}
