/* SPDX-License-Identifier: MIT
 *
 * Leak: a site whose live bytes grow through the whole run, and are there at its end.
 */
#include "advice/waste.h"

#include <math.h>

enum { BLOCKS_LEAST = 32 };

/* In no quarter of the run less than a tenth of all that it grew. */
static bool grows_steadily(const struct waste_case *c)
{
    double all = c->live_bytes[GROWTH_POINTS - 1] - c->live_bytes[0];

    for (int i = 1; i < GROWTH_POINTS; i++)
        if (c->live_bytes[i] - c->live_bytes[i - 1] < 0.1 * all)
            return false;
    return all > 0;
}

bool waste_leak(const struct waste_case *c, struct finding *finding)
{
    const struct counts *counts = &c->site->counts;
    double left = (double)counts->live_bytes;

    if (counts->live_blocks < BLOCKS_LEAST || !c->has_growth || !grows_steadily(c))
        return false;
    double seconds = c->whole->duration_ns / 1e9;
    double at_peak = (double)counts->bytes_at_peak;
    double lost = fmin(left, at_peak);
    bool is_freed_else = (double)counts->frees >= 0.05 * (double)counts->allocations;
    *finding = (struct finding){
        .remedy = REMEDY_LEAK,
        .waste = is_freed_else ? "some blocks are never freed, and ever more are there"
                               : "blocks are never freed, and ever more are there",
        .when_not = "they are in use to the end, and their number has a bound",
        .saving = {.peak_bytes = lost / fmax(case_mean_bytes(c), 1) * case_block_bytes(c),
                   .requested_bytes = lost},
        .confidence = is_freed_else ? CONFIDENCE_HIGH : CONFIDENCE_LOW,
        .object_bytes = case_one_size(c),
    };
    finding_add(finding, "not_freed", FACT_COUNT, (double)counts->live_blocks);
    finding_add(finding, "not_freed_bytes", FACT_BYTES, left);
    finding_add(finding, "freed", FACT_COUNT, (double)counts->frees);
    finding_add(finding, "growth_a_second", FACT_BYTES, part_of(left, seconds));
    return true;
}
