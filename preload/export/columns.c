/* SPDX-License-Identifier: MIT */
#include "export/columns.h"

const char *const column_names[COLUMNS] = {
    "allocations",       "frees",         "bytes",         "live_blocks",
    "live_bytes",        "bytes_at_peak", "temporary",     "most_bytes",
    "most_blocks",       "least_size",    "greatest_size", "slack_bytes",
    "remote_frees",      "realloc_calls", "realloc_moves", "realloc_copied_bytes",
    "lifetime_below_ns",
};

void columns_fill(uint64_t values[COLUMNS], const struct export *export,
                  const struct sample *sample)
{
    const struct counts *counts = &sample->counts;
    struct evidence evidence = samples_evidence(&export->samples, sample);
    uint32_t median = evidence_median(evidence.lives, LEDGER_LIFE_BUCKETS);
    uint64_t below =
        median < LEDGER_LIFE_BUCKETS - 1
            ? evidence_bucket_end(median, LEDGER_LIFE_BUCKETS) * LEDGER_LIFE_UNIT_NS
            : 0;
    const uint64_t all[COLUMNS] = {
        counts->allocations,
        counts->frees,
        counts->bytes,
        counts->live_blocks,
        counts->live_bytes,
        counts->bytes_at_peak,
        counts->temporary,
        evidence.most_bytes,
        evidence.most_blocks,
        evidence.least_bytes,
        evidence.greatest_bytes,
        sample->slack_bytes,
        evidence.remote_frees,
        evidence.realloc_calls,
        evidence.moves,
        evidence.copied_bytes,
        below,
    };

    memcpy(values, all, sizeof all);
}

struct columns_place columns_place(const struct export *export)
{
    const struct samples *samples = &export->samples;
    const struct place *place = &samples->places.list[samples->stack[0]];
    const struct place_frame *frame = &samples->places.frames[place->first_frame];
    const struct place_function *function = places_function(&samples->places, frame);

    return (struct columns_place){
        .function = function->name,
        .file = samples->places.files[function->file],
        .line = frame->line,
        .module = place->mapping ? samples->places.mappings[place->mapping].path : "",
    };
}
