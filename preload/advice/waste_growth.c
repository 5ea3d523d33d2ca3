/* SPDX-License-Identifier: MIT
 *
 * Growth: blocks that are made larger step by step, and copied on the way.
 */
#include "advice/waste.h"

#include <math.h>

enum { STEPS_LEAST = 2 };

static const char when_not[] =
    "final sizes differ widely from run to run: reserving too much costs more than growing";

static uint64_t usual_end_bytes(const struct site_advice *site)
{
    const struct evidence *evidence = &site->evidence;

    if (site->ends.is_taken && site->ends.p95_bytes)
        return site->ends.p95_bytes < site->ends.greatest_bytes ? site->ends.p95_bytes
                                                                : site->ends.greatest_bytes;
    return evidence->greatest_bytes;
}

static void add_facts(struct finding *finding, double chains, double steps, double copied)
{
    finding_add(finding, "grown_blocks", FACT_COUNT, chains);
    finding_add(finding, "steps", FACT_COUNT, steps);
    finding_add(finding, "copied", FACT_BYTES, copied);
    finding_add(finding, "final_size", FACT_BYTES, (double)finding->object_bytes);
}

static bool by_realloc(const struct waste_case *c, struct finding *finding)
{
    const struct evidence *evidence = &c->site->evidence;
    double steps = (double)evidence->realloc_calls;
    double copied = (double)evidence->copied_bytes;
    double chains = fmax(1, (double)evidence->chains);
    double mean = case_mean_bytes(c);

    if (steps < STEPS_LEAST * chains)
        return false;
    *finding = (struct finding){
        .remedy = REMEDY_RESERVE,
        .waste = "blocks grow step by step",
        .when_not = when_not,
        .saving = {.calls = steps,
                   .copied_bytes = copied,
                   .cpu_ns = steps * c->costs->ns[COST_REALLOC] +
                             (double)evidence->moves * costs_pair(c->costs, mean) +
                             copied * c->costs->ns[COST_COPY_BYTE]},
        .confidence = evidence->chains ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM,
        .object_bytes = usual_end_bytes(c->site),
    };
    add_facts(finding, chains, steps, copied);
    return true;
}

/* C++'s containers allocate the larger block before they free the smaller one. A chain begins with
 * the least size; the sum of all its sizes is then about twice its last one. */
static bool by_copy(const struct waste_case *c, struct finding *finding)
{
    const struct site_advice *site = c->site;
    const struct evidence *evidence = &site->evidence;
    double allocations = (double)site->counts.allocations;
    double bytes = (double)site->counts.bytes;
    double least = (double)evidence->least_bytes;
    uint32_t first = 0;

    while (first + 1 < LEDGER_SIZE_BUCKETS && !evidence->sizes[first])
        first++;
    double chains = (double)evidence->sizes[first];
    if (chains < 1 || allocations - chains < STEPS_LEAST * chains)
        return false;
    double copied = fmax(0, (bytes - chains * least) / 2);
    double last = (bytes - copied) / chains;
    double tail = 0;
    if (site->unwritten.is_taken)
        tail = fmin(part_of((double)site->unwritten.unwritten_bytes,
                            (double)site->unwritten.blocks) *
                        allocations / chains,
                    last);
    double peak = (double)site->counts.bytes_at_peak;
    double needed = fmax(1, floor(part_of(peak, last) + 0.01)) * (last - tail);
    double saved = fmax(0, peak - needed);
    *finding = (struct finding){
        .remedy = REMEDY_RESERVE,
        .waste = "a container grows step by step",
        .when_not = when_not,
        .saving = {.peak_bytes = saved,
                   .requested_bytes = saved,
                   .calls = allocations - chains,
                   .copied_bytes = copied,
                   .cpu_ns = (allocations - chains) * costs_pair(c->costs, last / 2) +
                             copied * c->costs->ns[COST_COPY_BYTE]},
        .confidence = CONFIDENCE_MEDIUM,
        .object_bytes = (uint64_t)fmax(0, fmin(last - tail, 1e15)),
    };
    add_facts(finding, chains, allocations - chains, copied);
    return true;
}

bool waste_growth(const struct waste_case *c, struct finding *finding)
{
    return c->name == NAME_GROWS_BY_COPY ? by_copy(c, finding) : by_realloc(c, finding);
}
