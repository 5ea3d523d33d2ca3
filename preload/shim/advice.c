/* SPDX-License-Identifier: MIT */
#include "shim/advice.h"

#include <string.h>

#include "format/content.h"
#include "shim/account.h"
#include "shim/advice_look.h"
#include "shim/death_order.h"
#include "shim/recorder.h"
#include "shim/sys.h"

enum {
    BLOCKS_MIN = 32,
    END_FIRST_BYTES = 16,
    END_PARTS_SHIFT = 2,
};

/* A word of `ids`: the id, and what is known of the record's latest block. */
static const uint32_t ID_MASK = LEDGER_MAX_BYTES / LEDGER_LINE_BYTES - 1,
                      ID_ZERO = 1u << 31, /* it came from calloc */
    ID_UNKNOWN = 1u << 30,                /* it may have been zeroed */
    ID_REFUSED = 1u << 29;                /* there was no room for the record */

/* By the record's number. A fork's child finds zeros, and maps anew. */
static uint32_t *ids;
static uint64_t id_bytes;

static uint64_t bytes_for(uint64_t ledger_bytes)
{
    uint64_t bytes = ledger_bytes / sizeof(struct ledger_record) * sizeof *ids;

    return (bytes + LEDGER_PAGE_BYTES - 1) / LEDGER_PAGE_BYTES * LEDGER_PAGE_BYTES;
}

bool advice_open(const struct ledger *ledger)
{
    if (ids)
        sys_unmap(ids, id_bytes);
    id_bytes = bytes_for(ledger->bytes);
    ids = sys_map_private(id_bytes);
    return ids;
}

uint64_t advice_unused_bytes(uint64_t ledger_bytes)
{
    return ids ? bytes_for(ledger_bytes) : 0;
}

void advice_give_back(const struct ledger *ledger)
{
    uint64_t keep = bytes_for(ledger->bytes);

    if (!ids || keep >= id_bytes)
        return;
    sys_unmap((char *)ids + keep, id_bytes - keep);
    id_bytes = keep;
}

static uint32_t number_of(const struct thread *thread, const struct ledger_record *record)
{
    return thread_record_number(thread, record);
}

static void *lines_at(const struct thread *thread, uint32_t line)
{
    return thread->base + (size_t)line * LEDGER_LINE_BYTES;
}

/* What the record has; NULL: nothing yet. */
static struct ledger_advice *advice_of(const struct thread *thread, uint32_t number)
{
    uint32_t id = ids[number] & ID_MASK;

    return id ? lines_at(thread, id) : NULL;
}

static COLD struct ledger_advice *advice_new(struct thread *thread, uint32_t number)
{
    struct ledger_advice *advice;

    if (ids[number] & ID_REFUSED)
        return NULL;
    uint32_t line =
        thread_new_lines(LEDGER_ADVICE, sizeof(struct ledger_advice) / LEDGER_LINE_BYTES);
    if (!line) {
        ids[number] |= ID_REFUSED;
        counter_add_shared(&account_header(thread)->lost_advice, 1);
        return NULL;
    }
    advice = lines_at(thread, line);
    __atomic_store_n(&advice->record, number, __ATOMIC_RELEASE);
    __atomic_store_n(&ids[number], ids[number] | line, __ATOMIC_RELAXED);
    return advice;
}

/* All that the target may use, so that the fill goes on where realloc makes it more. */
static void fill(const struct advice_block *block)
{
    size_t slack = block->usable - TRAILER_BYTES - block->bytes;
    size_t end = block->usable -
                 (slack >= TRAILER_FAR ? trailer_room + TRAILER_BYTES : trailer_room);

    if (end > block->kept)
        memset((char *)block->at + block->kept, LEDGER_FILL_BYTE, end - block->kept);
}

static void end_run(struct ledger_advice *advice)
{
    counter_add(&advice->runs, 1);
    counter_add(&advice->run_frees, advice->run);
    if (advice->run > advice->longest_run)
        counter_set(&advice->longest_run, advice->run);
    counter_set(&advice->run, 0);
}

static void came_after_frees(struct ledger_advice *advice, size_t bytes)
{
    if (advice->run)
        end_run(advice);
    counter_add(&advice->allocations, 1);
    if (advice->freed_blocks && advice->freed_bytes == bytes) {
        advice->freed_blocks--;
        counter_add(&advice->reused, 1);
    }
}

static void note_kind(uint32_t number, enum advice_bytes are)
{
    uint32_t kind = are == ADVICE_BYTES_ZERO      ? ID_ZERO
                    : are == ADVICE_BYTES_UNKNOWN ? ID_UNKNOWN
                                                  : 0;

    if ((ids[number] & (ID_ZERO | ID_UNKNOWN)) != kind)
        __atomic_store_n(&ids[number], (ids[number] & ~(ID_ZERO | ID_UNKNOWN)) | kind,
                         __ATOMIC_RELAXED);
}

/* What is crowded out has outlived many allocations: most probably its callers, too. */
static COLD void note_callers(struct thread *thread, const void *block, uint32_t number)
{
    uint32_t lost = death_note_callers(thread->deaths, &thread->chain, block, number);
    struct ledger_advice *advice = lost ? advice_of(thread, lost) : NULL;

    thread->deaths->credit = DEATH_SAMPLE - 1;
    if (advice)
        counter_add(&advice->frames, 1);
}

void advice_came(struct thread *thread, const struct ledger_record *record,
                 const struct advice_block *block)
{
    uint32_t number = number_of(thread, record);
    struct ledger_advice *advice = advice_of(thread, number);
    bool grown = block->are == ADVICE_BYTES_KEPT;

    note_kind(number, block->are);
    if (advice && !grown)
        came_after_frees(advice, block->bytes);
    death_came(thread->deaths, block->at);
    if (!thread->deaths->credit--)
        note_callers(thread, block->at, number);
    if (options.fill && (grown || block->are == ADVICE_BYTES_FREE) &&
        content_is_filled((uintptr_t)block->at, thread->now_code, block->bytes))
        fill(block);
}

/* The chain becomes the stack of the free. */
static COLD void look_at_callers(struct thread *thread, struct ledger_advice *advice,
                                 const void *block, const struct call_frame *at)
{
    thread->same_stack = NULL;
    if (!at || code_is_loader(at->ip) || chain_walk(&thread->chain, at) == CHAIN_FAILED) {
        death_forget_callers(thread->deaths, block);
        return;
    }
    struct death_frames found =
        death_look_at_callers(thread->deaths, &thread->chain, block);
    counter_add(&advice->frames, 1);
    counter_add(&advice->in_function, found.in_function);
    counter_add(&advice->in_caller, found.in_caller);
}

/* An allocation strikes out one free of its size. */
static void died(struct ledger_advice *advice, size_t bytes, bool newest)
{
    counter_add(&advice->deaths, 1);
    counter_add(&advice->newest, newest);
    counter_add(&advice->run, 1);
    if (advice->freed_bytes == bytes && advice->freed_blocks < UINT32_MAX) {
        advice->freed_blocks++;
    } else if (bytes <= UINT32_MAX) {
        advice->freed_bytes = (uint32_t)bytes;
        advice->freed_blocks = 1;
    }
}

/* A content takes the place of one that others have struck out. */
static void vote(struct ledger_content *commonest, uint64_t hash)
{
    struct ledger_content *free_one = NULL;

    for (int i = 0; i < LEDGER_COMMONEST; i++) {
        if (commonest[i].weight && commonest[i].hash == hash) {
            counter_add(&commonest[i].weight, 1);
            return;
        }
        if (!commonest[i].weight)
            free_one = &commonest[i];
    }
    if (free_one) {
        counter_set(&free_one->hash, hash);
        counter_set(&free_one->weight, 1);
        return;
    }
    for (int i = 0; i < LEDGER_COMMONEST; i++)
        counter_set(&commonest[i].weight, commonest[i].weight - 1);
}

static void count_content(struct ledger_advice *advice, const struct advice_look *look,
                          size_t bytes)
{
    uint8_t *at = &advice->registers[look->hash % LEDGER_CONTENT_REGISTERS];
    uint8_t rank =
        (uint8_t)(1 + __builtin_clzll(look->hash | (LEDGER_CONTENT_REGISTERS - 1)));

    counter_add(&advice->hashed_blocks, 1);
    counter_add(&advice->hashed_bytes, bytes);
    if (look->is_text) {
        counter_add(&advice->text_blocks, 1);
        counter_add(&advice->text_bytes, bytes);
    }
    if (rank > *at)
        __atomic_store_n(at, rank, __ATOMIC_RELAXED);
    vote(advice->commonest, look->hash);
}

/* A few bytes may have been written with what was there. */
static size_t tail_of(const struct advice_look *look)
{
    return look->tail < sizeof(uint64_t) ? 0 : look->tail;
}

static void count_unwritten(struct ledger_advice *advice, size_t bytes, size_t unwritten)
{
    counter_add(&advice->filled_blocks, 1);
    counter_add(&advice->filled_bytes, bytes);
    counter_add(&advice->unwritten_bytes, unwritten);
}

static void look_at_bytes(struct ledger_advice *advice, void *block, size_t bytes,
                          uint32_t kind, uint32_t when)
{
    bool zero = kind & ID_ZERO;
    bool filled = options.fill && !zero && !(kind & ID_UNKNOWN) &&
                  content_is_filled((uintptr_t)block, when, bytes);
    struct advice_look look;
    size_t untouched;

    if (!bytes || !advice_look(&look, block, bytes, zero ? 0 : LEDGER_FILL_BYTE,
                               (zero || filled) && bytes <= FILL_MAX_BYTES))
        return;
    count_content(advice, &look, bytes);
    if (filled) {
        count_unwritten(advice, bytes, tail_of(&look));
    } else if (zero && bytes <= FILL_MAX_BYTES) {
        counter_add(&advice->zeroed_blocks, 1);
        counter_add(&advice->zeroed_bytes, bytes);
        counter_add(&advice->zero_tail_bytes, look.tail);
    } else if (bytes > FILL_MAX_BYTES && advice_untouched(block, bytes, &untouched)) {
        count_unwritten(advice, bytes, untouched);
    }
}

static uint32_t end_bucket(size_t bytes)
{
    if (bytes < END_FIRST_BYTES)
        return 0;
    uint32_t power = 63 - (uint32_t)__builtin_clzll(bytes);
    uint32_t part = (uint32_t)(bytes >> (power - END_PARTS_SHIFT)) & 3;
    uint32_t bucket = (power - 4) * 4 + part;

    return bucket < LEDGER_END_BUCKETS ? bucket : LEDGER_END_BUCKETS - 1;
}

static void chain_ended(struct thread *thread, struct ledger_advice *advice, size_t bytes)
{
    if (!advice->ends) {
        uint32_t line =
            thread_new_lines(LEDGER_ENDS, sizeof(struct ledger_ends) / LEDGER_LINE_BYTES);

        if (!line) {
            counter_add_shared(&account_header(thread)->lost_advice, 1);
            return;
        }
        struct ledger_ends *made = lines_at(thread, line);
        __atomic_store_n(&made->record, advice->record, __ATOMIC_RELEASE);
        advice->ends = line;
    }
    struct ledger_ends *ends = lines_at(thread, advice->ends);
    uint32_t *count = &ends->counts[end_bucket(bytes)];
    if (*count < UINT32_MAX)
        __atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
    if (bytes > ends->greatest_bytes)
        counter_set(&ends->greatest_bytes, bytes);
}

void advice_went(struct thread *thread, const struct ledger_record *record, void *block,
                 const struct trailer *trailer, bool moves, const struct call_frame *at)
{
    uint32_t number = number_of(thread, record);
    bool own = number == trailer->record;
    bool newest = own && death_went(thread->deaths, block);
    struct ledger_advice *advice = advice_of(thread, number);

    if (!moves && !advice &&
        (record->frees > BLOCKS_MIN || trailer->bytes >= LEDGER_PAGE_BYTES ||
         trailer->grown))
        advice = advice_new(thread, number);
    if (moves || !advice) {
        death_forget_callers(thread->deaths, block);
        return;
    }
    uint32_t kind = __atomic_load_n(&ids[trailer->record], __ATOMIC_RELAXED);
    look_at_bytes(advice, block, trailer->bytes, kind, trailer->when);
    if (trailer->grown)
        chain_ended(thread, advice, trailer->bytes);
    if (own)
        died(advice, trailer->bytes, newest);
    if (own && death_has_callers(thread->deaths, block))
        look_at_callers(thread, advice, block, at);
}

void advice_wait_for_look(void)
{
    enum { NAPS = 400, MOST_NAPS = 4400, NAP_NS = 500000, WORTH_BYTES = 65536 };
    struct ledger_header *header = recorder->ledger.header;
    const struct timespec nap = {.tv_nsec = NAP_NS};
    int64_t live =
        header->live_first + __atomic_load_n(&header->live_others, __ATOMIC_RELAXED);

    if (!options.advise || recorder->ledger.why || live < WORTH_BYTES || !header->looker ||
        sys_may_be_filtered || !sys_is_process(header->looker))
        return;
    __atomic_store_n(&header->look, LEDGER_LOOK_WANTED, __ATOMIC_RELEASE);
    for (int i = 0; i < MOST_NAPS; i++) {
        uint32_t look = __atomic_load_n(&header->look, __ATOMIC_ACQUIRE);

        if (look == LEDGER_LOOK_DONE || (look == LEDGER_LOOK_WANTED && i >= NAPS))
            return;
        syscall(SYS_nanosleep, &nap, NULL);
    }
}
