/* SPDX-License-Identifier: MIT
 *
 * Duplicate content: equal blocks, held at the same time or made again and again.
 */
#include "advice/packaging.h"
#include "advice/waste.h"

#include <math.h>

enum { BLOCK_MOST_BYTES = 64 << 10 };

struct duplicates {
    double blocks, distinct; /* of what was looked at */
    bool is_text, is_held;   /* at a time */
};

static bool is_text(uint64_t text_blocks, uint64_t blocks)
{
    return (double)text_blocks >= 0.8 * (double)blocks;
}

/* Equal near the peak, and no different when their time was over: else they are written to. */
static bool stay_equal(const struct site_advice *site)
{
    const struct advice_held *end = &site->at_end;
    const struct advice_contents *contents = &site->contents;

    if (contents->is_taken && (double)contents->distinct > 0.7 * (double)contents->blocks)
        return false;
    return contents->is_taken || !end->is_taken ||
           (double)end->distinct_blocks <= 0.7 * (double)end->blocks;
}

/* What was held near the peak tells both; else what was freed tells what was made again. */
static bool find_duplicates(const struct site_advice *site, struct duplicates *found)
{
    const struct advice_held *held = &site->held;
    const struct advice_contents *contents = &site->contents;

    if (held->is_taken && stay_equal(site) &&
        (double)held->distinct_blocks <= 0.7 * (double)held->blocks) {
        *found = (struct duplicates){(double)held->blocks, (double)held->distinct_blocks,
                                     is_text(held->text_blocks, held->blocks), true};
        return true;
    }
    *found = (struct duplicates){(double)contents->blocks, (double)contents->distinct,
                                 is_text(contents->text_blocks, contents->blocks), false};
    return contents->is_taken && found->is_text && found->distinct <= 0.1 * found->blocks;
}

/* Of the whole run: those that were freed, or those that were held, whichever were more. */
static double all_distinct(const struct site_advice *site, double allocations)
{
    double freed = part_of((double)site->contents.distinct, (double)site->contents.blocks) *
                   (double)site->counts.frees;
    double held = site->held.is_taken ? (double)site->held.distinct_blocks : 0;

    return fmin(fmax(fmax(fmin(freed, (double)site->contents.distinct), held), 1),
                allocations);
}

bool waste_duplicates(const struct waste_case *c, struct finding *finding)
{
    struct duplicates found;
    double allocations = (double)c->site->counts.allocations;
    double mean = case_mean_bytes(c);

    if (mean > BLOCK_MOST_BYTES || mean < 2 || c->name == NAME_GROWS_BY_COPY ||
        c->site->evidence.realloc_calls || !find_duplicates(c->site, &found))
        return false;
    const double *ns = c->costs->ns;
    double distinct = all_distinct(c->site, allocations);
    double at_peak = case_blocks_at_peak(c);
    double kept =
        fmin(distinct,
             found.is_held ? at_peak * part_of(found.distinct, found.blocks) : at_peak);
    struct weight once =
        found.is_text
            ? packaging_intern(kept, mean)
            : (struct weight){kept *
                                  (packaging_block_bytes(mean + 16, c->whole->is_mimalloc)),
                              distinct};
    double look_up = ns[COST_INTERN_HIT] + mean * ns[COST_INTERN_BYTE];
    *finding = (struct finding){
        .remedy = found.is_text ? REMEDY_INTERN : REMEDY_RC,
        .waste = found.is_held ? "equal blocks are held at the same time"
                               : "equal blocks are made again and again",
        .when_not = found.is_text ? "texts are written to, or come from outside without end"
                                  : "blocks are written to after they were made",
        .saving = {.peak_bytes = at_peak * case_block_bytes(c) - once.bytes,
                   .requested_bytes = (double)c->site->counts.bytes_at_peak - once.bytes,
                   .calls = allocations - once.calls,
                   .cpu_ns = (allocations - distinct) *
                                 (costs_pair(c->costs, mean) + mean * ns[COST_COPY_BYTE]) -
                             allocations * look_up},
        .confidence = found.is_held ? CONFIDENCE_HIGH : CONFIDENCE_LOW,
        .object_bytes = case_one_size(c),
    };
    finding_add(finding, "looked_at", FACT_COUNT, found.blocks);
    finding_add(finding, "distinct", FACT_COUNT, found.distinct);
    finding_add(finding, "mean_size", FACT_BYTES, mean);
    finding_add(finding, "held_twice", FACT_BYTES,
                found.is_held ? (at_peak - kept) * mean : 0);
    return true;
}
