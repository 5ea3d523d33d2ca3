/* SPDX-License-Identifier: MIT
 *
 * Die together: blocks that live side by side and are freed one behind the other.
 */
#include "advice/packaging.h"
#include "advice/waste.h"

#include <math.h>

enum { RUN_LEAST = 16, AT_A_TIME_LEAST = 4 };

static double mean_run(const struct advice_deaths *deaths)
{
    return part_of((double)deaths->run_frees, (double)deaths->runs);
}

/* A run frees a good part of all that there are. */
static bool dies_at_once(const struct waste_case *c)
{
    const struct advice_deaths *deaths = &c->site->deaths;
    double most = (double)c->site->evidence.most_blocks;

    return mean_run(deaths) >= RUN_LEAST && 4 * mean_run(deaths) >= most;
}

/* Before the function that allocated returned. */
static bool dies_in_frame(const struct waste_case *c)
{
    const struct advice_deaths *deaths = &c->site->deaths;
    return (double)c->site->evidence.most_blocks >= AT_A_TIME_LEAST &&
           deaths->frames_looked_at &&
           (double)deaths->in_function >= 0.9 * (double)deaths->frames_looked_at;
}

bool waste_burst(const struct waste_case *c, struct finding *finding)
{
    const struct site_advice *site = c->site;
    double allocations = (double)site->counts.allocations;
    double most = (double)site->evidence.most_blocks;
    double mean = case_mean_bytes(c);

    if (!site->deaths.is_taken || (double)site->counts.frees < 0.9 * allocations ||
        site->evidence.realloc_calls || mean > 4096 || most < RUN_LEAST ||
        2 * (double)site->evidence.remote_frees > (double)site->counts.frees ||
        (!dies_at_once(c) && !dies_in_frame(c)))
        return false;
    struct weight arena = packaging_arena(most, mean);
    *finding = (struct finding){
        .remedy = REMEDY_ARENA,
        .waste = "blocks die together",
        .when_not = "some of them must outlive the others: they would keep all",
        .saving = {.peak_bytes = case_blocks_at_peak(c) * case_block_bytes(c) - arena.bytes,
                   .requested_bytes = (double)site->counts.bytes_at_peak - arena.bytes,
                   .calls = allocations - arena.calls,
                   .cpu_ns = allocations *
                             (costs_pair(c->costs, mean) - c->costs->ns[COST_ARENA])},
        .confidence = dies_at_once(c) ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM,
        .object_bytes = case_one_size(c),
    };
    finding_add(finding, "allocations", FACT_COUNT, allocations);
    finding_add(finding, "mean_size", FACT_BYTES, mean);
    finding_add(finding, "most_at_a_time", FACT_COUNT, most);
    finding_add(finding, "freed_in_a_row", FACT_COUNT, mean_run(&site->deaths));
    return true;
}
