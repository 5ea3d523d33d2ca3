/* SPDX-License-Identifier: MIT
 *
 * Unwritten: blocks of which the end is never written to.
 */
#include "advice/packaging.h"
#include "advice/waste.h"

#include <math.h>

struct unwritten {
    double bytes, of_bytes;
};

/* Of blocks whose time is over: freed, or there at the end. Those held near the peak may be written
 * to later, and count only where there are no others. */
static struct unwritten find_unwritten(const struct site_advice *site)
{
    struct unwritten found = {0};

    if (site->unwritten.is_taken)
        found = (struct unwritten){(double)site->unwritten.unwritten_bytes,
                                   (double)site->unwritten.bytes};
    if (site->at_end.is_taken) {
        found.bytes += (double)site->at_end.unwritten_bytes;
        found.of_bytes += (double)site->at_end.unwritten_of_bytes;
    }
    if (!(found.of_bytes > 0) && site->held.is_taken)
        found = (struct unwritten){(double)site->held.unwritten_bytes,
                                   (double)site->held.unwritten_of_bytes};
    return found;
}

bool waste_unwritten(const struct waste_case *c, struct finding *finding)
{
    const struct site_advice *site = c->site;
    struct unwritten found = find_unwritten(site);
    double part = fmin(1, part_of(found.bytes, found.of_bytes));
    double mean = case_mean_bytes(c);

    if (part < 0.25 || part * mean < 16 || c->name == NAME_GROWS_BY_COPY)
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
    finding_add(finding, "looked_at", FACT_BYTES, found.of_bytes);
    return true;
}
