/* SPDX-License-Identifier: MIT
 *
 * Churn: objects of one size, or nearly, come and go, and few are there at a time.
 */
#include "advice/packaging.h"
#include "advice/waste.h"

#include <math.h>

enum { OBJECT_MOST_BYTES = 4096, TURNS_LEAST = 8 };

static bool comes_again(const struct waste_case *c)
{
    const struct site_advice *site = c->site;

    if (site->reuse.is_taken && site->reuse.allocations)
        return (double)site->reuse.reused >= 0.8 * (double)site->reuse.allocations;
    return (double)site->counts.allocations >=
           TURNS_LEAST * (double)site->evidence.most_blocks;
}

/* Of a place that nearly all of them fit in: few are there at a time, so that it may be too large for
 * some. 0: they are too different. */
static uint64_t place_bytes(const struct waste_case *c)
{
    const struct evidence *evidence = &c->site->evidence;
    uint64_t one = case_one_size(c);

    for (unsigned i = 0; !one && i < LEDGER_SIZE_BUCKETS; i++)
        if ((double)evidence->sizes[i] >= 0.95 * (double)evidence->size_count)
            return (uint64_t)fmin(exp2(i), (double)evidence->greatest_bytes);
    return one;
}

bool waste_churn(const struct waste_case *c, struct finding *finding)
{
    uint64_t bytes = place_bytes(c);
    double allocations = (double)c->site->counts.allocations;
    double most = (double)c->site->evidence.most_blocks;

    if (!bytes || bytes > OBJECT_MOST_BYTES || allocations < TURNS_LEAST * most ||
        c->site->evidence.realloc_calls || !comes_again(c))
        return false;
    struct weight pool = packaging_pool(most, (double)bytes);
    *finding = (struct finding){
        .remedy = REMEDY_POOL,
        .waste = case_one_size(c) ? "objects of one size come and go"
                                  : "objects of nearly one size come and go",
        .when_not =
            case_is_text(c)
                ? "other inputs have texts of other lengths, as most have"
                : "the site is rarely reached in other runs, or objects are kept for long",
        .saving = {.peak_bytes = case_blocks_at_peak(c) * case_block_bytes(c) - pool.bytes,
                   .requested_bytes = (double)c->site->counts.bytes_at_peak - pool.bytes,
                   .calls = allocations - pool.calls,
                   .cpu_ns = allocations * (costs_pair(c->costs, case_mean_bytes(c)) -
                                            c->costs->ns[COST_POOL_PAIR])},
        .confidence = case_is_text(c)           ? CONFIDENCE_LOW
                      : c->site->reuse.is_taken ? CONFIDENCE_HIGH
                                                : CONFIDENCE_MEDIUM,
        .object_bytes = bytes,
    };
    finding_add(finding, "size", FACT_BYTES, (double)bytes);
    finding_add(finding, "allocations", FACT_COUNT, allocations);
    finding_add(finding, "most_at_a_time", FACT_COUNT, most);
    if (c->site->reuse.is_taken)
        finding_add(finding, "used_again", FACT_PERCENT,
                    100 * part_of((double)c->site->reuse.reused,
                                  (double)c->site->reuse.allocations));
    return true;
}
