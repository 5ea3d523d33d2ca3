/* SPDX-License-Identifier: MIT */
#include "cli/predict.h"

#include "advice/names.h"
#include "advice/waste.h"
#include "profile/advice_evidence.h"

/* A value that is shared is a string that is interned, as far as a replay can tell. */
static bool is_meant(enum remedy remedy, enum substitute substitute)
{
    switch (substitute) {
    case SUBSTITUTE_POOL:
        return remedy == REMEDY_POOL;
    case SUBSTITUTE_ARENA:
        return remedy == REMEDY_ARENA;
    case SUBSTITUTE_INTERN:
        return remedy == REMEDY_INTERN || remedy == REMEDY_RC;
    case SUBSTITUTE_VEC:
        return remedy == REMEDY_VEC;
    case SUBSTITUTE_RESERVE:
        return remedy == REMEDY_RESERVE;
    default:
        return false;
    }
}

static void find_distinct(struct prediction *prediction, const struct site_advice *site)
{
    uint64_t blocks = 0, distinct = 0;

    if (site->contents.is_taken && site->contents.blocks) {
        blocks = site->contents.blocks;
        distinct = site->contents.distinct;
    } else if (site->held.is_taken && site->held.blocks) {
        blocks = site->held.blocks;
        distinct = site->held.distinct_blocks;
    }
    prediction->has_distinct = blocks;
    prediction->distinct_share =
        !blocks || distinct >= blocks ? 1000 : distinct * 1000 / blocks;
}

void predict(struct prediction *prediction, struct profile *profile,
             const struct process *process, const bool *is_site, enum substitute substitute)
{
    struct waste_whole whole = {
        .peak_bytes = (double)process->peak_bytes,
        .requested_bytes = (double)process->peak_bytes,
        .calls = (double)process->counts.allocations,
        .duration_ns = (double)process->duration_ns,
        .is_mimalloc = process->header->allocator == LEDGER_ALLOCATOR_MIMALLOC,
    };
    struct site_advice gathered = {0};
    struct costs costs;
    struct waste_case c = {.site = &gathered, .whole = &whole, .costs = &costs};

    *prediction = (struct prediction){0};
    costs_of_machine(&costs);
    for (uint32_t i = 0; i < process->site_count; i++) {
        const struct site *site = &process->sites[i];

        if (!is_site[i])
            continue;
        if (!gathered.counts.allocations)
            c.name = names_of_stack(profile, process, site->leaf);
        site_advice_add(&gathered, process, &site->counts, site->records);
    }
    prediction->fitting_bytes = (uint64_t)case_most_sizes_bytes(&c);
    find_distinct(prediction, &gathered);
    for (unsigned i = 0; waste_detectors[i].find && !prediction->is_found; i++) {
        struct finding finding;

        if (waste_detectors[i].find(&c, &finding) && is_meant(finding.remedy, substitute)) {
            prediction->finding = finding;
            prediction->is_found = true;
        }
    }
}
