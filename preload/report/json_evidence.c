/* SPDX-License-Identifier: MIT */
#include "report/json_evidence.h"

/* [end, count] for each bucket that is not empty; an end of null: there is none. */
static void put_histogram(struct json_writer *json, const char *key, const uint64_t *counts,
                          uint32_t buckets, uint64_t unit)
{
    json_array_begin(json, key);
    for (uint32_t i = 0; i < buckets; i++) {
        uint64_t end = evidence_bucket_end(i, buckets);

        if (!counts[i])
            continue;
        json_array_begin(json, NULL);
        if (end == UINT64_MAX)
            json_text(json, NULL, NULL);
        else
            json_number(json, NULL, end * unit);
        json_number(json, NULL, counts[i]);
        json_array_end(json);
    }
    json_array_end(json);
}

static void put_sizes(struct json_writer *json, const struct evidence *evidence)
{
    json_object_begin(json, "sizes");
    json_number(json, "least", evidence->least_bytes);
    json_number(json, "greatest", evidence->greatest_bytes);
    if (evidence->common_blocks) {
        json_number(json, "commonest", evidence->common_bytes);
        json_number(json, "commonest_blocks", evidence->common_blocks);
    }
    put_histogram(json, "histogram", evidence->sizes, LEDGER_SIZE_BUCKETS, 1);
    json_object_end(json);
}

static void put_lifetimes(struct json_writer *json, const struct evidence *evidence)
{
    json_object_begin(json, "lifetimes");
    json_number(json, "unit_ns", LEDGER_LIFE_UNIT_NS);
    put_histogram(json, "histogram", evidence->lives, LEDGER_LIFE_BUCKETS,
                  LEDGER_LIFE_UNIT_NS);
    json_object_end(json);
}

static void put_realloc(struct json_writer *json, const struct evidence *evidence)
{
    json_object_begin(json, "realloc");
    json_number(json, "calls", evidence->realloc_calls);
    json_number(json, "moves", evidence->moves);
    json_number(json, "copied_bytes", evidence->copied_bytes);
    json_number(json, "chains", evidence->chains);
    if (evidence->chains)
        put_histogram(json, "final_sizes", evidence->final_sizes, LEDGER_GROWTH_BUCKETS, 1);
    json_object_end(json);
}

void json_evidence(struct json_writer *json, const struct evidence *evidence)
{
    json_object_begin(json, "evidence");
    if (evidence->size_count)
        put_sizes(json, evidence);
    if (evidence->life_count)
        put_lifetimes(json, evidence);
    if (evidence->realloc_calls || evidence->chains)
        put_realloc(json, evidence);
    if (evidence->remote_frees)
        json_number(json, "remote_frees", evidence->remote_frees);
    if (evidence->most_blocks) {
        json_number(json, "most_bytes", evidence->most_bytes);
        json_number(json, "most_blocks", evidence->most_blocks);
        if (evidence->most_is_bound)
            json_bool(json, "most_is_bound", true);
    }
    if (evidence->slack_allocations) {
        json_number(json, "slack_bytes", evidence->slack_bytes);
        json_number(json, "slack_allocations", evidence->slack_allocations);
        json_number(json, "slack_asked_bytes", evidence->slack_asked_bytes);
    }
    json_object_end(json);
}
