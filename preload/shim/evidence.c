/* SPDX-License-Identifier: MIT */
#include "shim/evidence.h"

#include "shim/account.h"
#include "shim/slack.h"

static void *line_at(const struct thread *thread, uint32_t line)
{
    return thread->base + (size_t)line * LEDGER_LINE_BYTES;
}

/* The record's current histogram; NULL when there is no room for one. */
static struct ledger_histogram *histogram_of(struct thread *thread,
                                             struct ledger_record *record)
{
    if (UNLIKELY(!record->histogram)) {
        uint32_t line = thread_new_lines(LEDGER_EVIDENCE, sizeof(struct ledger_histogram) /
                                                              LEDGER_LINE_BYTES);

        if (!line)
            return NULL;
        __atomic_store_n(&record->histogram, line, __ATOMIC_RELEASE);
    }
    return line_at(thread, record->histogram);
}

/* Add to a bucket; one that is full stays so, and the count goes on in a new histogram. */
static COLD void add_to_next(struct thread *thread, struct ledger_record *record,
                             bool lives, uint8_t bucket, uint32_t count)
{
    uint32_t line = thread_new_lines(LEDGER_EVIDENCE,
                                     sizeof(struct ledger_histogram) / LEDGER_LINE_BYTES);
    struct ledger_histogram *next = line_at(thread, line),
                            *old = histogram_of(thread, record);

    if (!line) {
        counter_add_shared(&account_header(thread)->lost_evidence, count);
        return;
    }
    next->next = record->histogram;
    next->common_bytes = old->common_bytes;
    next->common_weight = old->common_weight;
    old->common_weight = 0;
    *(lives ? &next->lives[bucket] : &next->sizes[bucket]) = count;
    __atomic_store_n(&record->histogram, line, __ATOMIC_RELEASE);
}

static void add_to(struct thread *thread, struct ledger_record *record, bool lives,
                   uint8_t bucket, uint32_t count)
{
    struct ledger_histogram *histogram = histogram_of(thread, record);

    if (UNLIKELY(!histogram)) {
        counter_add_shared(&account_header(thread)->lost_evidence, count);
        return;
    }
    uint32_t *at = lives ? &histogram->lives[bucket] : &histogram->sizes[bucket];
    if (UNLIKELY(*at > UINT32_MAX - count))
        add_to_next(thread, record, lives, bucket, count);
    else
        __atomic_store_n(at, *at + count, __ATOMIC_RELAXED);
}

/* A majority vote: the candidate that is left has more than half, if any size has. */
static void vote(struct ledger_histogram *histogram, size_t bytes, uint32_t count)
{
    if (histogram->common_bytes == bytes) {
        uint32_t room = UINT32_MAX - histogram->common_weight;

        histogram->common_weight += count < room ? count : room;
    } else if (histogram->common_weight >= count) {
        histogram->common_weight -= count;
    } else {
        histogram->common_weight = count - histogram->common_weight;
        counter_set(&histogram->common_bytes, bytes);
    }
}

/* `first`: the record has no other allocations. */
static void end_size_run(struct thread *thread, struct ledger_record *record, size_t bytes,
                         uint32_t count, bool first)
{
    add_to(thread, record, false, bucket_of(bytes, LEDGER_SIZE_BUCKETS), count);
    if (record->histogram)
        vote(line_at(thread, record->histogram), bytes, count);
    if (first || bytes < record->least_bytes)
        counter_set(&record->least_bytes, bytes);
    if (bytes > record->greatest_bytes)
        counter_set(&record->greatest_bytes, bytes);
    if (record->class == LEDGER_HEAP) /* what is no block has none */
        counter_add(&record->slack_bytes, count * slack_of(bytes));
}

void evidence_of_size(struct thread *thread, struct ledger_record *record, size_t bytes)
{
    uint16_t run = record->size_run;

    __atomic_store_n(&record->size_run, 0, __ATOMIC_RELAXED);
    if (run) /* this allocation is counted already */
        end_size_run(thread, record, record->run_bytes, run,
                     record->allocations == run + 1u);
    if (UNLIKELY(bytes > UINT32_MAX)) {
        end_size_run(thread, record, bytes, 1, record->allocations == 1);
        return;
    }
    __atomic_store_n(&record->run_bytes, (uint32_t)bytes, __ATOMIC_RELAXED);
    __atomic_store_n(&record->size_run, 1, __ATOMIC_RELAXED);
}

void evidence_of_life(struct thread *thread, struct ledger_record *record, uint8_t bucket)
{
    uint16_t run = record->life_run;

    __atomic_store_n(&record->life_run, 0, __ATOMIC_RELAXED);
    if (run)
        add_to(thread, record, true, record->life_bucket, run);
    __atomic_store_n(&record->life_bucket, bucket, __ATOMIC_RELAXED);
    __atomic_store_n(&record->life_run, 1, __ATOMIC_RELAXED);
}

static struct ledger_growth *growth_of(struct thread *thread, struct ledger_record *record)
{
    if (!record->growth) {
        uint32_t line = thread_new_lines(LEDGER_EVIDENCE,
                                         sizeof(struct ledger_growth) / LEDGER_LINE_BYTES);

        if (!line) {
            counter_add_shared(&account_header(thread)->lost_evidence, 1);
            return NULL;
        }
        __atomic_store_n(&record->growth, line, __ATOMIC_RELEASE);
    }
    return line_at(thread, record->growth);
}

void evidence_of_growth(struct thread *thread, struct ledger_record *record, bool moved,
                        size_t old_bytes)
{
    struct ledger_growth *growth = growth_of(thread, record);

    if (!growth)
        return;
    counter_add(&growth->calls, 1);
    if (moved) {
        counter_add(&growth->moves, 1);
        counter_add(&growth->copied_bytes, old_bytes);
    }
}

void evidence_of_chain(struct thread *thread, struct ledger_record *record, size_t bytes)
{
    struct ledger_growth *growth = growth_of(thread, record);

    if (!growth)
        return;
    uint32_t *at = &growth->final_sizes[bucket_of(bytes, LEDGER_GROWTH_BUCKETS)];
    counter_add(&growth->chains, 1);
    if (*at < UINT32_MAX) /* `chains` counts on */
        __atomic_store_n(at, *at + 1, __ATOMIC_RELAXED);
}
