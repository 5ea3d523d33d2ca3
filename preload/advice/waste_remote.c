/* SPDX-License-Identifier: MIT
 *
 * Remote: blocks that one thread allocates and another frees.
 */
#include "advice/waste.h"

#include <math.h>

enum { FREES_LEAST = 1000 };

bool waste_remote(const struct waste_case *c, struct finding *finding)
{
    double remote = (double)c->site->evidence.remote_frees;
    double frees = (double)c->site->counts.frees;
    double dearer = c->costs->ns[COST_PAIR_REMOTE] - c->costs->ns[COST_PAIR_SMALL];

    if (remote < FREES_LEAST || remote < 0.25 * frees)
        return false;
    *finding = (struct finding){
        .remedy = REMEDY_BATCH_FREE,
        .waste = "blocks are freed by other threads than those that allocate them",
        .when_not = "the thread that allocates has no moment to take blocks back",
        .saving = {.cpu_ns = remote * fmax(dearer, 0)},
        .confidence = CONFIDENCE_MEDIUM,
        .object_bytes = case_one_size(c),
    };
    finding_add(finding, "frees", FACT_COUNT, frees);
    finding_add(finding, "by_other_threads", FACT_COUNT, remote);
    return true;
}
