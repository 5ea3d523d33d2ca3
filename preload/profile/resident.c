/* SPDX-License-Identifier: MIT */
#include "profile/resident.h"

enum { TRAILER_BYTES = 8 };

static const struct {
    const char *key, *text;
    bool is_estimate;
} rows[RESIDENT_ROWS] = {
    [ROW_LIVE] = {"live", "live blocks", true},
    [ROW_SLACK] = {"slack", "their slack: more than was asked for", true},
    [ROW_MAPPINGS] = {"mappings", "the program's own anonymous mappings", true},
    [ROW_FREED] = {"freed", "freed, and kept by the allocator", true},
    [ROW_FRAGMENTS] = {"fragmentation", "fragmentation, the allocator's own data", true},
    [ROW_STACK] = {"stack", "stack of the first thread", false},
    [ROW_STACKS] = {"thread_stacks", "stacks of other threads", true},
    [ROW_CODE] = {"code", "programs and libraries: code, data", false},
    [ROW_STATIC] = {"static_data", "static data that begins as zeros", true},
    [ROW_GENERATED] = {"generated_code", "generated code", false},
    [ROW_FILES] = {"files", "mapped files", false},
    [ROW_SHARED] = {"shared", "shared memory", false},
    [ROW_LEDGER] = {"recorder", "the recorder: its file, its code", false},
    [ROW_TABLES] = {"recorder_tables", "the recorder: its tables", false},
    [ROW_TRAILERS] = {"recorder_trailers", "the recorder: 8 bytes behind each block", true},
    [ROW_OTHER] = {"other", "other mappings", false},
};

const char *resident_row_key(enum resident_row row)
{
    return rows[row].key;
}

const char *resident_row_text(enum resident_row row)
{
    return rows[row].text;
}

bool resident_row_is_estimate(enum resident_row row)
{
    return rows[row].is_estimate;
}

static bool adds_up(const struct ledger_resident *account)
{
    uint64_t sum = 0;

    for (int i = 0; i < RESIDENT_PARTS; i++)
        if (__builtin_add_overflow(sum, account->parts[i], &sum))
            return false;
    return sum == account->rss_bytes && sum;
}

const struct ledger_resident *resident_find(const struct ledger_file *file,
                                            uint64_t *damaged)
{
    for (uint32_t i = LEDGER_FIRST_EXTENT; i < file->extents; i++) {
        if (ledger_file_kind(file, i) != LEDGER_RESIDENT)
            continue;
        const struct ledger_resident *account = ledger_file_extent(file, i);
        if (adds_up(account))
            return account;
        ++*damaged;
    }
    return NULL;
}

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* Sums over records can be negative while they are read. */
static uint64_t above_zero(int64_t value)
{
    return value > 0 ? (uint64_t)value : 0;
}

/* As much of what is left as is wanted. */
static uint64_t take(uint64_t *left, uint64_t wanted)
{
    uint64_t taken = least(*left, wanted);

    *left -= taken;
    return taken;
}

/* Nobody but the allocator knows which page is whose: what is known to be in use is taken to be
 * resident first. What was live at an earlier time the allocator has kept; what never was in use at
 * one time is lost between blocks. */
static void add_heap(struct resident *to, const struct ledger_resident *account,
                     bool has_trailers)
{
    uint64_t left = account->parts[RESIDENT_BRK] + account->parts[RESIDENT_ANONYMOUS];
    uint64_t live = above_zero(account->live_bytes);
    uint64_t blocks = has_trailers ? above_zero(account->live_blocks) : 0;

    to->rows[ROW_LIVE] += take(&left, live);
    to->rows[ROW_SLACK] += take(&left, above_zero(account->slack_bytes));
    to->rows[ROW_TRAILERS] +=
        take(&left, least(blocks, UINT64_MAX / TRAILER_BYTES) * TRAILER_BYTES);
    to->rows[ROW_MAPPINGS] += take(&left, least(above_zero(account->mapped_bytes),
                                                account->parts[RESIDENT_ANONYMOUS]));
    to->rows[ROW_FREED] +=
        take(&left, account->peak_bytes > live ? account->peak_bytes - live : 0);
    to->rows[ROW_FRAGMENTS] += left;
}

void resident_add(struct resident *to, const struct process *process)
{
    static const struct {
        enum ledger_resident_part part;
        enum resident_row row;
    } same[] = {
        {RESIDENT_GENERATED, ROW_GENERATED}, {RESIDENT_STACK, ROW_STACK},
        {RESIDENT_STACKS, ROW_STACKS},       {RESIDENT_CODE, ROW_CODE},
        {RESIDENT_STATIC, ROW_STATIC},       {RESIDENT_FILES, ROW_FILES},
        {RESIDENT_SHARED, ROW_SHARED},       {RESIDENT_LEDGER, ROW_LEDGER},
        {RESIDENT_TABLES, ROW_TABLES},       {RESIDENT_OTHER, ROW_OTHER},
    };
    const struct ledger_resident *account = process->resident;

    if (!account)
        return;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        to->rows[same[i].row] += account->parts[same[i].part];
    /* Parts that this reader does not know. */
    for (int i = RESIDENT_OTHER + 1; i < RESIDENT_PARTS; i++)
        to->rows[ROW_OTHER] += account->parts[i];
    add_heap(to, account, process->header->flags & LEDGER_SITES);
    to->rss_bytes += account->rss_bytes;
    to->most_rss_bytes += account->most_rss_bytes > account->rss_bytes
                              ? account->most_rss_bytes
                              : account->rss_bytes;
    to->live_bytes += above_zero(account->live_bytes);
    to->at_ns = account->at_ns;
    to->processes++;
}
