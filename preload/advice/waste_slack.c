/* SPDX-License-Identifier: MIT
 *
 * Slack: blocks a little larger than what would take a step less of the allocator.
 */
#include "advice/packaging.h"
#include "advice/waste.h"

enum { CUT_MOST_BYTES = 4, BLOCKS_LEAST = 256 };

/* The least cut that makes a block take less; 0: none that is small enough does. */
static unsigned least_cut(const struct waste_case *c, double bytes)
{
    double takes = packaging_block_bytes(bytes, c->whole->is_mimalloc);

    for (unsigned cut = 1; cut <= CUT_MOST_BYTES && cut < bytes; cut++)
        if (packaging_block_bytes(bytes - cut, c->whole->is_mimalloc) < takes)
            return cut;
    return 0;
}

bool waste_slack(const struct waste_case *c, struct finding *finding)
{
    uint64_t bytes = case_one_size(c);
    double blocks = case_blocks_at_peak(c);

    if (!bytes || blocks < BLOCKS_LEAST || c->site->evidence.realloc_calls ||
        case_is_text(c))
        return false;
    unsigned cut = least_cut(c, (double)bytes);
    double takes = packaging_block_bytes((double)bytes, c->whole->is_mimalloc);
    double would = packaging_block_bytes((double)(bytes - cut), c->whole->is_mimalloc);
    if (!cut || takes - would < 0.1 * takes)
        return false;
    *finding = (struct finding){
        .remedy = REMEDY_SHRINK,
        .waste = "blocks are a few bytes too large for their size class",
        .when_not = "there is nothing in the type that could be cut, or moved into padding",
        .saving = {.peak_bytes = blocks * (takes - would), .requested_bytes = blocks * cut},
        .confidence = CONFIDENCE_MEDIUM,
        .object_bytes = bytes - cut,
    };
    finding_add(finding, "size", FACT_BYTES, (double)bytes);
    finding_add(finding, "takes", FACT_BYTES, takes);
    finding_add(finding, "too_many", FACT_BYTES, cut);
    finding_add(finding, "blocks_at_peak", FACT_COUNT, blocks);
    return true;
}
