/* SPDX-License-Identifier: MIT */
#include "profile/advice_evidence.h"

enum {
    REGISTERS = LEDGER_CONTENT_REGISTERS,
    RANK_MOST = 57, /* of a hash of 64 bits, of which 8 name the register */
    END_FIRST_SHIFT = 4,
    END_PARTS = 4, /* buckets a power of two */
};

_Static_assert((int)ADVICE_END_BUCKETS == (int)LEDGER_END_BUCKETS, "the ledger's");
_Static_assert((int)ADVICE_COMMONEST == (int)LEDGER_COMMONEST, "the ledger's");

/* Contents of one process's site, over its slots. */
struct contents {
    uint8_t registers[REGISTERS];
    struct ledger_content commonest[LEDGER_COMMONEST];
};

uint64_t advice_end_of(uint32_t bucket)
{
    uint32_t shift = END_FIRST_SHIFT + bucket / END_PARTS;

    if (bucket + 1 >= ADVICE_END_BUCKETS)
        return UINT64_MAX;
    return (((uint64_t)END_PARTS + bucket % END_PARTS + 1) << shift) / END_PARTS;
}

bool process_is_advised(const struct process *process)
{
    return process->advice;
}

static const void *lines(const struct process *process, uint32_t id)
{
    return process->file.bytes + (size_t)id * LEDGER_LINE_BYTES;
}

/* A content that is in both lists is one; of the others, the heaviest stay. */
static void add_content(struct contents *to, const struct ledger_content *more)
{
    struct ledger_content *least = &to->commonest[0];

    for (int i = 0; i < LEDGER_COMMONEST; i++) {
        if (to->commonest[i].weight && to->commonest[i].hash == more->hash) {
            to->commonest[i].weight += more->weight;
            return;
        }
        if (to->commonest[i].weight < least->weight)
            least = &to->commonest[i];
    }
    if (more->weight > least->weight)
        *least = *more;
}

static void add_contents(struct site_advice *to, struct contents *contents,
                         const struct ledger_advice *from)
{
    to->contents.is_taken |= from->hashed_blocks > 0;
    to->contents.blocks += from->hashed_blocks;
    to->contents.bytes += from->hashed_bytes;
    to->contents.text_blocks += from->text_blocks;
    to->contents.text_bytes += from->text_bytes;
    for (int i = 0; i < REGISTERS; i++)
        if (from->registers[i] > contents->registers[i])
            contents->registers[i] = from->registers[i];
    for (int i = 0; i < LEDGER_COMMONEST; i++)
        if (from->commonest[i].weight)
            add_content(contents, &from->commonest[i]);
}

static double power_of_half(uint8_t rank)
{
    return 1.0 / (double)(UINT64_C(1) << (rank < RANK_MOST ? rank : RANK_MOST));
}

/* With few, so many registers would be left at 0 by so many contents: m (1/V+1 + ... + 1/m). */
static uint64_t distinct_of(const uint8_t *registers, uint64_t most)
{
    double sum = 0;
    double few = 0;
    int unused = 0;

    for (int i = 0; i < REGISTERS; i++) {
        sum += power_of_half(registers[i]);
        unused += registers[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS * REGISTERS / sum;
    for (int i = unused + 1; i <= REGISTERS; i++)
        few += (double)REGISTERS / i;
    if (unused && estimate <= 2.5 * REGISTERS)
        estimate = few;
    return estimate < (double)most ? (uint64_t)(estimate + 0.5) : most;
}

static void finish_contents(struct site_advice *to, const struct contents *contents,
                            uint64_t blocks)
{
    to->contents.distinct += distinct_of(contents->registers, blocks);
    for (int i = 0; i < LEDGER_COMMONEST; i++)
        if (contents->commonest[i].weight <= blocks)
            to->contents.commonest_blocks[i] += contents->commonest[i].weight;
}

static void add_unwritten(struct advice_unwritten *to, const struct ledger_advice *from)
{
    to->is_taken |= from->filled_blocks > 0;
    to->blocks += from->filled_blocks;
    to->bytes += from->filled_bytes;
    to->unwritten_bytes += from->unwritten_bytes;
    to->has_zeroed |= from->zeroed_blocks > 0;
    to->zeroed_blocks += from->zeroed_blocks;
    to->zeroed_bytes += from->zeroed_bytes;
    to->zero_tail_bytes += from->zero_tail_bytes;
}

static void add_deaths(struct advice_deaths *to, const struct ledger_advice *from)
{
    uint64_t longest = from->longest_run > from->run ? from->longest_run : from->run;

    to->is_taken |= from->deaths > 0;
    to->frees += from->deaths;
    to->newest += from->newest;
    to->runs += from->runs + (from->run > 0);
    to->run_frees += from->run_frees + from->run;
    if (longest > to->longest_run)
        to->longest_run = longest;
    to->frames_looked_at += from->frames;
    to->in_function += from->in_function;
    to->in_caller += from->in_caller;
}

static void add_reuse(struct advice_reuse *to, const struct ledger_advice *from)
{
    to->is_taken |= from->allocations > 0;
    to->allocations += from->allocations;
    to->reused += from->reused;
}

static void add_ends(struct advice_ends *to, const struct ledger_ends *from)
{
    to->is_taken = true;
    for (uint32_t i = 0; i < ADVICE_END_BUCKETS; i++) {
        to->counts[i] += from->counts[i];
        to->chains += from->counts[i];
    }
    if (from->greatest_bytes > to->greatest_bytes)
        to->greatest_bytes = from->greatest_bytes;
}

/* Not past the greatest, which is known. */
static uint64_t percentile(const struct advice_ends *ends, uint64_t percent)
{
    uint64_t below = 0;
    uint32_t bucket = 0;

    for (; bucket + 1 < ADVICE_END_BUCKETS; bucket++) {
        below += ends->counts[bucket];
        if (below >= ends->chains - ends->chains / 100 * (100 - percent) -
                         ends->chains % 100 * (100 - percent) / 100)
            break;
    }
    uint64_t last = advice_end_of(bucket) - 1;
    return last < ends->greatest_bytes ? last : ends->greatest_bytes;
}

/* Moments of several processes are not one: what they held is added up all the same. */
static void add_held(struct advice_held *to, const struct ledger_held *from)
{
    to->is_taken = true;
    to->blocks += from->blocks;
    to->bytes += from->bytes;
    to->distinct_blocks += from->distinct_blocks;
    to->distinct_bytes += from->distinct_bytes;
    to->elsewhere_blocks += from->elsewhere_blocks;
    to->elsewhere_bytes += from->elsewhere_bytes;
    to->text_blocks += from->text_blocks;
    to->text_bytes += from->text_bytes;
    to->unwritten_bytes += from->unwritten_bytes;
    to->unwritten_of_bytes += from->unwritten_of_bytes;
    to->old_blocks += from->old_blocks;
    to->old_bytes += from->old_bytes;
    to->sampled_bytes += from->sampled_bytes;
    to->compressed_bytes += from->compressed_bytes;
    to->words += from->words;
    to->pointer_words += from->pointer_words;
}

struct process_looks process_looks(const struct process *process)
{
    const struct ledger_header *header = process->header;

    return (struct process_looks){
        .held_is_taken = process->advice && header->held_live_bytes,
        .end_is_taken = process->advice && header->end_live_bytes,
        .held_live_bytes = header->held_live_bytes,
        .end_live_bytes = header->end_live_bytes,
    };
}

static void add_record(struct site_advice *to, const struct process *process,
                       uint32_t number, struct contents *contents)
{
    const struct advice_ids *ids = &process->advice[number];

    if (ids->advice) {
        const struct ledger_advice *from = lines(process, ids->advice);

        add_contents(to, contents, from);
        add_unwritten(&to->unwritten, from);
        add_deaths(&to->deaths, from);
        add_reuse(&to->reuse, from);
    }
    if (ids->ends)
        add_ends(&to->ends, lines(process, ids->ends));
    if (ids->held)
        add_held(&to->held, lines(process, ids->held));
    if (ids->held_at_end)
        add_held(&to->at_end, lines(process, ids->held_at_end));
}

void site_advice_add(struct site_advice *to, const struct process *process,
                     const struct counts *counts, uint32_t records)
{
    struct contents contents = {0};
    uint64_t before = to->contents.blocks;

    counts_add(&to->counts, counts);
    evidence_add(&to->evidence, process, records);
    if (!process->advice)
        return;
    to->is_advised = true;
    for (uint32_t at = records; at; at = process->next_record[at])
        add_record(to, process, at, &contents);
    finish_contents(to, &contents, to->contents.blocks - before);
    if (to->ends.chains) {
        to->ends.p50_bytes = percentile(&to->ends, 50);
        to->ends.p95_bytes = percentile(&to->ends, 95);
    }
}
