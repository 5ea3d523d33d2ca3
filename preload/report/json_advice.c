/* SPDX-License-Identifier: MIT */
#include "report/json_advice.h"

static void put_contents(struct json_writer *json, const struct advice_contents *from)
{
    if (!from->is_taken)
        return;
    json_object_begin(json, "contents");
    json_number(json, "blocks", from->blocks);
    json_number(json, "bytes", from->bytes);
    json_number(json, "distinct", from->distinct);
    json_number(json, "text_blocks", from->text_blocks);
    json_number(json, "text_bytes", from->text_bytes);
    json_array_begin(json, "commonest");
    for (int i = 0; i < ADVICE_COMMONEST; i++)
        if (from->commonest_blocks[i])
            json_number(json, NULL, from->commonest_blocks[i]);
    json_array_end(json);
    json_object_end(json);
}

static void put_unwritten(struct json_writer *json, const struct advice_unwritten *from)
{
    if (from->is_taken) {
        json_object_begin(json, "unwritten");
        json_number(json, "blocks", from->blocks);
        json_number(json, "bytes", from->bytes);
        json_number(json, "unwritten_bytes", from->unwritten_bytes);
        json_object_end(json);
    }
    if (from->has_zeroed) {
        json_object_begin(json, "zeroed");
        json_number(json, "blocks", from->zeroed_blocks);
        json_number(json, "bytes", from->zeroed_bytes);
        json_number(json, "zero_tail_bytes", from->zero_tail_bytes);
        json_object_end(json);
    }
}

static void put_ends(struct json_writer *json, const struct advice_ends *from)
{
    if (!from->is_taken)
        return;
    json_object_begin(json, "realloc_ends");
    json_number(json, "chains", from->chains);
    json_number(json, "p50_bytes", from->p50_bytes);
    json_number(json, "p95_bytes", from->p95_bytes);
    json_number(json, "greatest_bytes", from->greatest_bytes);
    json_object_end(json);
}

static void put_deaths(struct json_writer *json, const struct advice_deaths *from)
{
    if (!from->is_taken)
        return;
    json_object_begin(json, "deaths");
    json_number(json, "frees", from->frees);
    json_number(json, "newest", from->newest);
    json_number(json, "runs", from->runs);
    json_number(json, "run_frees", from->run_frees);
    json_number(json, "longest_run", from->longest_run);
    json_number(json, "frames_looked_at", from->frames_looked_at);
    json_number(json, "in_function", from->in_function);
    json_number(json, "in_caller", from->in_caller);
    json_object_end(json);
}

static void put_reuse(struct json_writer *json, const struct advice_reuse *from)
{
    if (!from->is_taken)
        return;
    json_object_begin(json, "reuse");
    json_number(json, "allocations", from->allocations);
    json_number(json, "reused", from->reused);
    json_object_end(json);
}

static void put_held(struct json_writer *json, const char *key,
                     const struct advice_held *from)
{
    if (!from->is_taken)
        return;
    json_object_begin(json, key);
    json_number(json, "blocks", from->blocks);
    json_number(json, "bytes", from->bytes);
    json_number(json, "distinct_blocks", from->distinct_blocks);
    json_number(json, "distinct_bytes", from->distinct_bytes);
    json_number(json, "elsewhere_blocks", from->elsewhere_blocks);
    json_number(json, "elsewhere_bytes", from->elsewhere_bytes);
    json_number(json, "text_blocks", from->text_blocks);
    json_number(json, "text_bytes", from->text_bytes);
    json_number(json, "unwritten_bytes", from->unwritten_bytes);
    json_number(json, "unwritten_of_bytes", from->unwritten_of_bytes);
    json_number(json, "old_blocks", from->old_blocks);
    json_number(json, "old_bytes", from->old_bytes);
    json_number(json, "sampled_bytes", from->sampled_bytes);
    json_number(json, "compressed_bytes", from->compressed_bytes);
    json_number(json, "words", from->words);
    json_number(json, "pointer_words", from->pointer_words);
    json_object_end(json);
}

void json_advice(struct json_writer *json, const struct site_advice *advice)
{
    if (!advice->is_advised)
        return;
    json_object_begin(json, "advice");
    put_contents(json, &advice->contents);
    put_unwritten(json, &advice->unwritten);
    put_ends(json, &advice->ends);
    put_deaths(json, &advice->deaths);
    put_reuse(json, &advice->reuse);
    put_held(json, "held", &advice->held);
    put_held(json, "held_at_end", &advice->at_end);
    json_object_end(json);
}

void json_looks(struct json_writer *json, const struct process *process)
{
    struct process_looks looks = process_looks(process);

    if (!process_is_advised(process))
        return;
    json_object_begin(json, "looks");
    json_number(json, "lost_advice", process->header->lost_advice);
    if (looks.held_is_taken)
        json_number(json, "held_live_bytes", looks.held_live_bytes);
    if (looks.end_is_taken)
        json_number(json, "end_live_bytes", looks.end_live_bytes);
    json_object_end(json);
}
