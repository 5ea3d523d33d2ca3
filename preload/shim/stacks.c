/* SPDX-License-Identifier: MIT */
#include "shim/stacks.h"

#include "shim/modules.h"
#include "shim/options.h"
#include "shim/recorder.h"
#include "shim/sys.h"

enum {
    INDEX_SLOTS_FIRST = 2048,
    NODE_BITS = 24, /* of a word of the index; the rest are the top bits of the hash */
    NODE_MASK = (1 << NODE_BITS) - 1,
};

_Static_assert(LEDGER_MAX_BYTES / LEDGER_UNIT_BYTES <= 1u << NODE_BITS, "a node id fits");

bool stack_index_open(void)
{
    recorder->node_slots = INDEX_SLOTS_FIRST;
    recorder->node_index = sys_map_private(INDEX_SLOTS_FIRST * sizeof(uint32_t));
    return recorder->node_index != NULL;
}

static struct ledger_node *node_at(uint32_t node)
{
    return ledger_at(&recorder->ledger, node * LEDGER_UNIT_BYTES);
}

static uint32_t node_hash(uint64_t ip, uint32_t parent)
{
    return (uint32_t)(((ip ^ (uint64_t)parent << 40) + parent) * 0x9e3779b97f4a7c15u >> 32);
}

static void index_put(uint32_t node)
{
    uint32_t mask = recorder->node_slots - 1;
    uint32_t hash = node_hash(node_at(node)->ip, node_at(node)->parent), i = hash;

    while (recorder->node_index[i & mask])
        i++;
    recorder->node_index[i & mask] = hash >> NODE_BITS << NODE_BITS | node;
}

static bool index_reserve(void)
{
    uint32_t *old = recorder->node_index, old_slots = recorder->node_slots;

    if (recorder->nodes < old_slots / 4 * 3)
        return true;
    uint32_t *index = sys_map_private(2 * (size_t)old_slots * sizeof *index);
    if (!index)
        return false;
    recorder_leave_table(old, old_slots * sizeof *old);
    recorder->node_index = index;
    COMPILER_BARRIER();
    recorder->node_slots = 2 * old_slots;
    for (uint32_t i = 0; i < old_slots; i++) {
        if (old[i])
            index_put(old[i] & NODE_MASK);
    }
    recorder_leave_table(NULL, 0);
    sys_unmap(old, old_slots * sizeof *old);
    return true;
}

static uint32_t node_intern(uint64_t ip, uint32_t parent)
{
    const struct module *module = module_at(ip & ~LEDGER_IP_EXACT);
    uint32_t module_id = module ? module->id : 0;
    uint32_t mask = recorder->node_slots - 1, hash = node_hash(ip, parent), word;

    for (uint32_t i = hash; (word = recorder->node_index[i & mask]); i++) {
        uint32_t node = word & NODE_MASK;

        if ((word ^ hash) >> NODE_BITS)
            continue;
        if (node_at(node)->ip == ip && node_at(node)->parent == parent &&
            node_at(node)->module == module_id)
            return node;
    }
    if (!index_reserve())
        return 0;
    uint32_t offset =
        ledger_new(&recorder->ledger, LEDGER_NODES, sizeof(struct ledger_node));
    if (!offset)
        return 0;
    uint32_t node = offset / LEDGER_UNIT_BYTES;
    *node_at(node) = (struct ledger_node){.ip = ip, .parent = parent, .module = module_id};
    index_put(node);
    recorder->nodes++;
    return node;
}

/* A stack whose innermost frames are ld.so's, called by pthread_create. */
static bool prepares_thread(const struct chain *chain)
{
    uint32_t i = chain->frame_count;

    while (i > 0 && code_is_loader(chain->frames[i - 1].ip))
        i--;
    return i < chain->frame_count && i > 0 &&
           chain->frames[i - 1].ip - code.thread_start < code.thread_bytes;
}

bool stack_is_quiet(uint32_t site)
{
    uint32_t count = __atomic_load_n(&recorder->quiet_count, __ATOMIC_ACQUIRE);

    for (uint32_t i = 0; i < count; i++) {
        if (recorder->quiet_sites[i] == site)
            return true;
    }
    return false;
}

static void note_if_quiet(const struct chain *chain, uint32_t site)
{
    if (!prepares_thread(chain) || stack_is_quiet(site) ||
        recorder->quiet_count == QUIET_SITES)
        return;
    recorder->quiet_sites[recorder->quiet_count] = site;
    __atomic_store_n(&recorder->quiet_count, recorder->quiet_count + 1, __ATOMIC_RELEASE);
}

/* What stands for the frames outside of the first one to be interned. */
static uint32_t outside_of(const struct chain *chain, uint32_t first)
{
    if (first > 0)
        return LEDGER_CUT_DEPTH;
    return frame_flags(&chain->frames[0]) & FRAME_CUT ? LEDGER_CUT_CODE : LEDGER_OUTERMOST;
}

uint32_t stack_intern(struct chain *chain)
{
    uint32_t count = chain->frame_count, first = 0, i = count;

    if (options.stack_depth && options.stack_depth < count)
        first = i =
            count - options.stack_depth; /* nodes kept in the chain have other parents */
    else
        while (i > 0 && !chain->details[i - 1].node)
            i--;
    uint32_t node = i > first ? chain->details[i - 1].node : outside_of(chain, first);
    for (; i < count; i++) {
        const struct frame *frame = &chain->frames[i];

        node = node_intern(
            frame->ip | (frame_flags(frame) & FRAME_EXACT ? LEDGER_IP_EXACT : 0), node);
        if (!node)
            return 0;
        if (!first)
            chain->details[i].node = node;
    }
    note_if_quiet(chain, node);
    return node;
}
