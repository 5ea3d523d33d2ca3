/* SPDX-License-Identifier: MIT
 *
 * Tiny blocks: what the allocator takes for each is a good part of it; so are the links of a table
 * that has a block for each entry.
 */
#include "advice/packaging.h"
#include "advice/waste.h"

#include <math.h>

enum { TINY_MOST_BYTES = 128, BLOCKS_LEAST = 256 };

static const char not_a_table[] =
    "addresses of entries are kept elsewhere, or their order matters";

/* What of a node is the entry itself: without links, colour and cached hash. 0: it is no node. */
static double entry_bytes(const struct waste_case *c, double bytes)
{
    const double tree_links = 32, hash_link = 8, word = 8;
    const struct advice_held *held = &c->site->held;
    double links = part_of((double)held->pointer_words, (double)held->words);

    switch (c->name) {
    case NAME_TREE_NODE:
        return fmax(0, bytes - tree_links);
    case NAME_HASH_NODE:
        return fmax(0, bytes - hash_link);
    case NAME_TABLE: /* links at the ends of chains or trees are NULL */
        return held->is_taken && links >= 0.1
                   ? bytes - ceil(links * bytes / word - 0.1) * word
                   : 0;
    default:
        return 0;
    }
}

static struct finding in_map(const struct waste_case *c, double blocks, double bytes,
                             double entry)
{
    struct weight map = packaging_map(blocks, entry);
    struct finding finding = {
        .remedy = REMEDY_MAP,
        .waste = "a table has a block for each entry",
        .when_not = not_a_table,
        .saving = {.peak_bytes = blocks * case_block_bytes(c) - map.bytes,
                   .requested_bytes = blocks * bytes - map.bytes,
                   .calls = (double)c->site->counts.allocations - map.calls,
                   .cpu_ns =
                       (double)c->site->counts.allocations * costs_pair(c->costs, bytes)},
        .confidence = c->name == NAME_TABLE ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH,
        .object_bytes = (uint64_t)entry,
    };

    finding_add(&finding, "entry", FACT_BYTES, entry);
    return finding;
}

static struct finding in_pool(const struct waste_case *c, double blocks, double bytes)
{
    struct weight pool = packaging_pool(blocks, bytes);

    return (struct finding){
        .remedy = REMEDY_POOL,
        .waste = "each of many tiny blocks has a header",
        .when_not =
            case_is_text(c)
                ? "other inputs have texts of other lengths, as most have"
                : "their number falls far below its most while the program goes on, "
                  "or other inputs make other sizes",
        .saving = {.peak_bytes = blocks * case_block_bytes(c) - pool.bytes,
                   .requested_bytes = blocks * bytes - pool.bytes,
                   .calls = (double)c->site->counts.allocations - pool.calls,
                   .cpu_ns = (double)c->site->counts.allocations *
                             (costs_pair(c->costs, bytes) - c->costs->ns[COST_POOL_PAIR])},
        .confidence = case_is_text(c) ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM,
        .object_bytes = (uint64_t)bytes,
    };
}

bool waste_tiny(const struct waste_case *c, struct finding *finding)
{
    double bytes = (double)case_one_size(c);
    double blocks = case_blocks_at_peak(c);
    double entry = entry_bytes(c, bytes);

    if (!(bytes > 0) || bytes > TINY_MOST_BYTES || blocks < BLOCKS_LEAST ||
        c->site->evidence.realloc_calls || (entry < 1 && case_block_bytes(c) < 1.1 * bytes))
        return false;
    *finding = entry >= 1 ? in_map(c, blocks, bytes, entry) : in_pool(c, blocks, bytes);
    finding_add(finding, "size", FACT_BYTES, bytes);
    finding_add(finding, "takes", FACT_BYTES, case_block_bytes(c));
    finding_add(finding, "blocks_at_peak", FACT_COUNT, blocks);
    return true;
}
