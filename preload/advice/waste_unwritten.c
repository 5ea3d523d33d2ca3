/* SPDX-License-Identifier: MIT
 *
 * Unwritten: blocks of which the end is never written to.
 */
#include "advice/packaging.h"
#include "advice/waste.h"

#include <math.h>

/* What is known of blocks held near the peak counts for more than what was freed. */
static double unwritten_part(const struct site_advice *site)
{
    if (site->held.is_taken && site->held.unwritten_of_bytes)
        return fmin(1, part_of((double)site->held.unwritten_bytes,
                               (double)site->held.unwritten_of_bytes));
    return fmin(
        1, part_of((double)site->unwritten.unwritten_bytes, (double)site->unwritten.bytes));
}

bool waste_unwritten(const struct waste_case *c, struct finding *finding)
{
    const struct site_advice *site = c->site;
    bool is_taken =
        site->unwritten.is_taken || (site->held.is_taken && site->held.unwritten_of_bytes);
    double part = unwritten_part(site);
    double mean = case_mean_bytes(c);

    if (!is_taken || part < 0.25 || part * mean < 16 || c->name == NAME_GROWS_BY_COPY)
        return false;
    double smaller = packaging_block_bytes(mean * (1 - part), c->whole->is_mimalloc);
    *finding = (struct finding){
        .remedy = REMEDY_SHRINK,
        .waste = "the ends of blocks are never written to",
        .when_not = "other inputs fill them: look at the greatest that must fit",
        .saving = {.peak_bytes = case_blocks_at_peak(c) * (case_block_bytes(c) - smaller),
                   .requested_bytes = (double)site->counts.bytes_at_peak * part},
        .confidence = site->unwritten.is_taken ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM,
        .object_bytes = (uint64_t)fmax(0, fmin(mean * (1 - part), 1e15)),
    };
    finding_add(finding, "mean_size", FACT_BYTES, mean);
    finding_add(finding, "unwritten", FACT_PERCENT, 100 * part);
    finding_add(finding, "written", FACT_BYTES, mean * (1 - part));
    finding_add(
        finding, "looked_at", FACT_COUNT,
        (double)(site->unwritten.is_taken ? site->unwritten.blocks : site->held.blocks));
    return true;
}
