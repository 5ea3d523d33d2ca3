/* SPDX-License-Identifier: MIT
 *
 * Temporary: blocks that are freed before their thread allocates anything else.
 */
#include "advice/waste.h"

#include <math.h>

enum { INLINE_MOST_BYTES = 1024, SCRATCH_MOST_BYTES = 64 << 10 };

/* Blocks of sizes that certainly fit. */
static double fitting(const struct evidence *evidence, double room)
{
    double blocks = 0;

    for (uint32_t i = 0; i + 1 < LEDGER_SIZE_BUCKETS; i++)
        if ((double)(evidence_bucket_end(i, LEDGER_SIZE_BUCKETS) - 1) <= room)
            blocks += (double)evidence->sizes[i];
    return fmin(1, part_of(blocks, (double)evidence->size_count));
}

bool waste_temporary(const struct waste_case *c, struct finding *finding)
{
    const struct counts *counts = &c->site->counts;
    double allocations = (double)counts->allocations;
    double temporary = (double)counts->temporary;
    double room = case_most_sizes_bytes(c);
    bool fits = room <= INLINE_MOST_BYTES;

    if (temporary < 0.8 * allocations || room > SCRATCH_MOST_BYTES ||
        c->name == NAME_GROWS_BY_COPY)
        return false;
    double share = (double)c->site->evidence.greatest_bytes <= room
                       ? 1
                       : fitting(&c->site->evidence, room);
    double calls = (fits ? share : 1) * allocations;
    *finding = (struct finding){
        .remedy = fits ? REMEDY_VEC : REMEDY_ARENA,
        .waste = "blocks are freed right after they were made",
        .when_not =
            fits ? "the stack is small, as in a coroutine, or the call recurses deeply"
                 : "what is made there is handed to somebody who keeps it",
        .saving = {.calls = calls,
                   .cpu_ns = calls * (costs_pair(c->costs, case_mean_bytes(c)) -
                                      (fits ? 0 : c->costs->ns[COST_ARENA]))},
        .confidence = CONFIDENCE_HIGH,
        .object_bytes = (uint64_t)fmin(room, SCRATCH_MOST_BYTES),
    };
    finding_add(finding, "allocations", FACT_COUNT, allocations);
    finding_add(finding, "temporary", FACT_PERCENT, 100 * part_of(temporary, allocations));
    finding_add(finding, "usual_size", FACT_BYTES, room);
    return true;
}
