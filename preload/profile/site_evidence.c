/* SPDX-License-Identifier: MIT */
#include "profile/site_evidence.h"

static uint32_t size_bucket(uint64_t bytes)
{
    uint32_t bucket = bytes ? 64 - (uint32_t)__builtin_clzll(bytes) : 0;

    return bucket < LEDGER_SIZE_BUCKETS ? bucket : LEDGER_SIZE_BUCKETS - 1;
}

uint64_t evidence_bucket_end(uint32_t bucket, uint32_t buckets)
{
    return bucket + 1 < buckets ? UINT64_C(1) << bucket : UINT64_MAX;
}

uint32_t evidence_median(const uint64_t *counts, uint32_t buckets)
{
    uint64_t all = 0;
    uint64_t below = 0;
    uint32_t bucket = 0;

    for (uint32_t i = 0; i < buckets; i++)
        all += counts[i];
    if (!all)
        return buckets;
    for (; bucket + 1 < buckets; bucket++) {
        below += counts[bucket];
        if (below >= all - below)
            break;
    }
    return bucket;
}

/* Two sizes strike each other out, one block for one; what is left of the greater is certain. */
static void add_common(struct evidence *to, uint64_t bytes, uint64_t blocks)
{
    if (to->common_bytes == bytes) {
        to->common_blocks += blocks;
    } else if (to->common_blocks >= blocks) {
        to->common_blocks -= blocks;
    } else {
        to->common_bytes = bytes;
        to->common_blocks = blocks - to->common_blocks;
    }
}

static void add_extremes(struct evidence *to, bool is_first, uint64_t least,
                         uint64_t greatest)
{
    if (is_first || least < to->least_bytes)
        to->least_bytes = least;
    if (greatest > to->greatest_bytes)
        to->greatest_bytes = greatest;
}

static void add_histogram(struct evidence *to, const struct ledger_histogram *from)
{
    for (uint32_t i = 0; i < LEDGER_SIZE_BUCKETS; i++) {
        to->sizes[i] += from->sizes[i];
        to->size_count += from->sizes[i];
    }
    for (uint32_t i = 0; i < LEDGER_LIFE_BUCKETS; i++) {
        to->lives[i] += from->lives[i];
        to->life_count += from->lives[i];
    }
    add_common(to, from->common_bytes, from->common_weight);
}

/* What is neither counted by a histogram nor by the record's run: a run that was on its way from
 * one to the other when the process was killed, and the event that had ended it. */
static uint64_t between(uint64_t events, uint64_t counted, uint16_t run)
{
    enum { MOST = UINT16_MAX + 1 };

    return !run && counted < events && events - counted <= MOST ? events - counted : run;
}

/* What the record keeps itself until a run ends; its histograms count `sizes` and `lives`. */
static void add_runs(struct evidence *to, const struct ledger_record *record,
                     uint64_t sizes, uint64_t lives)
{
    /* else no size was recorded at all, as where a slot only frees what others allocated */
    bool has_sizes = record->histogram || record->run_bytes || record->size_run;
    uint64_t size_run =
        has_sizes ? between(record->allocations, sizes, record->size_run) : 0;
    /* lifetimes of mappings are not noted */
    uint64_t life_run = record->class == LEDGER_MAPPING
                            ? 0
                            : between(record->frees, lives, record->life_run);

    to->sizes[size_bucket(record->run_bytes)] += size_run;
    to->size_count += size_run;
    if (size_run)
        add_common(to, record->run_bytes, (uint32_t)size_run);
    uint8_t bucket = record->life_bucket & (uint8_t)~LEDGER_RISING;
    if (life_run && bucket < LEDGER_LIFE_BUCKETS) { /* unchecked without a run */
        to->lives[bucket] += life_run;
        to->life_count += life_run;
    }
}

/* That of the latest run is not known yet. */
uint64_t record_slack_bytes(const struct ledger_record *record)
{
    bool is_known = record->class == LEDGER_HEAP && record->allocations > record->size_run;

    return is_known ? record->slack_bytes : 0;
}

static void add_sizes(struct evidence *to, const struct ledger_record *record)
{
    uint64_t run = record->size_run;
    uint64_t run_bytes = run * record->run_bytes;
    bool is_first = !to->size_count && !to->slack_allocations;

    if (record->allocations > run) {
        add_extremes(to, is_first, record->least_bytes, record->greatest_bytes);
        is_first = false;
    }
    if (record->allocations > run && record->class == LEDGER_HEAP) {
        to->slack_bytes += record_slack_bytes(record);
        to->slack_allocations += record->allocations - run;
        to->slack_asked_bytes += record->bytes > run_bytes ? record->bytes - run_bytes : 0;
    }
    if (run)
        add_extremes(to, is_first, record->run_bytes, record->run_bytes);
}

static void add_growth(struct evidence *to, const struct ledger_growth *from)
{
    to->realloc_calls += from->calls;
    to->moves += from->moves;
    to->copied_bytes += from->copied_bytes;
    to->chains += from->chains;
    for (uint32_t i = 0; i < LEDGER_GROWTH_BUCKETS; i++)
        to->final_sizes[i] += from->final_sizes[i];
}

/* References were checked when the process was read (profile/evidence_check.h). */
static void add_record(struct evidence *to, const struct process *process,
                       const struct ledger_record *record)
{
    const struct ledger_file *file = &process->file;
    const struct ledger_histogram *histogram;
    uint64_t sizes = to->size_count, lives = to->life_count;

    add_sizes(to, record);
    for (uint32_t id = record->histogram; id; id = histogram->next) {
        histogram = ledger_file_histogram(file, id);
        add_histogram(to, histogram);
    }
    if (!ledger_file_header(file)->lost_evidence)
        add_runs(to, record, to->size_count - sizes, to->life_count - lives);
    else
        add_runs(to, record, record->allocations, record->frees);
    if (record->growth)
        add_growth(to, ledger_file_growth(file, record->growth));
    to->remote_frees += record->remote_frees;
}

/* The most of a record that was live: what was noted, or what is live as long as that rises. */
static uint64_t most_of(const struct ledger_record *record, int64_t noted, uint64_t came,
                        uint64_t went)
{
    int64_t live = (int64_t)(came - went);

    if ((record->life_bucket & LEDGER_RISING) && live > noted)
        noted = live;
    return noted > 0 ? (uint64_t)noted : 0;
}

/* A slot that only frees what others allocate has no most, but makes theirs look greater than the
 * truth: that is no more than the process's peak. */
static void add_most(struct evidence *to, const struct process *process, uint32_t records)
{
    uint64_t bytes = 0;
    uint64_t blocks = 0;
    uint32_t slots = 0;

    for (uint32_t at = records; at; at = process->next_record[at]) {
        const struct ledger_record *record = ledger_file_record(&process->file, at);

        bytes += most_of(record, record->most_bytes, record->bytes, record->freed_bytes);
        blocks += most_of(record, record->most_blocks, record->allocations, record->frees);
        slots++;
        if (record->class == LEDGER_HEAP && bytes > process->peak_bytes)
            bytes = process->peak_bytes;
    }
    to->most_bytes += bytes;
    to->most_blocks += blocks;
    to->most_is_bound |= slots > 1;
}

void evidence_add(struct evidence *to, const struct process *process, uint32_t records)
{
    if ((process->header->flags & (LEDGER_SITES | LEDGER_IMPORTED)) != LEDGER_SITES)
        return; /* nothing is noted then */
    for (uint32_t at = records; at; at = process->next_record[at])
        add_record(to, process, ledger_file_record(&process->file, at));
    add_most(to, process, records);
}

void evidence_add_record(struct evidence *to, const struct process *process,
                         uint32_t number)
{
    add_record(to, process, ledger_file_record(&process->file, number));
}
