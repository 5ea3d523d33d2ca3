/* SPDX-License-Identifier: MIT
 *
 * Cold: large blocks that were made long ago, and that a compressor makes small.
 */
#include "advice/waste.h"

#include <math.h>

enum { BLOCK_LEAST_BYTES = 4096, SAMPLES_LEAST_BYTES = 4 * 4096 };

bool waste_cold(const struct waste_case *c, struct finding *finding)
{
    const struct advice_held *held = &c->site->held;
    double left = part_of((double)held->compressed_bytes, (double)held->sampled_bytes);
    double old = part_of((double)held->old_bytes, (double)held->bytes);
    double unwritten =
        part_of((double)held->unwritten_bytes, (double)held->unwritten_of_bytes);

    /* what nobody wrote is not to be compressed but left out; of one block or two a sample says little */
    if (!held->is_taken || held->sampled_bytes < SAMPLES_LEAST_BYTES ||
        c->name == NAME_GROWS_BY_COPY || case_mean_bytes(c) < BLOCK_LEAST_BYTES ||
        left > 0.67 || old < 0.25 || unwritten >= 0.25)
        return false;
    double cold = (double)c->site->counts.bytes_at_peak * fmin(old, 1);
    double saved = cold * (1 - left);
    *finding = (struct finding){
        .remedy = REMEDY_CODEC,
        .waste = "large old blocks are compressible",
        .when_not = "they are read often: each look at one costs its decompression",
        .saving = {.peak_bytes = saved,
                   .requested_bytes = saved,
                   .calls = -part_of(cold,
                                     case_mean_bytes(c))}, /* packed, it is another block */
        .confidence = old >= 0.8 ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW,
        .object_bytes = case_one_size(c),
    };
    finding_add(finding, "old", FACT_BYTES, cold);
    finding_add(finding, "compresses_to", FACT_PERCENT, 100 * left);
    finding_add(finding, "looked_at", FACT_BYTES, (double)held->sampled_bytes);
    return true;
}
