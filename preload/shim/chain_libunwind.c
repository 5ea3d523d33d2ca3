/* SPDX-License-Identifier: MIT
 *
 * Walks by libunwind: each is a walk of the whole stack. What the chain holds from before says
 * only which frames further out are the same ones, so that their paths and nodes stay.
 */
#include "shim/chain_parts.h"
#include "shim/message.h"
#include "shim/unwinder.h"
#include "shim/unwinder_steps.h"

/* The frames from the allocation's caller outwards, in the room of the chain's fresh frames. */
struct unwound {
    const uint64_t *ips; /* as unwinder_steps.h has them */
    uint32_t count;
};

typedef uint32_t (*walk_fn)(uint64_t *ips, uint32_t capacity);

/* Pages whose module is known: page << 16 | the tag that this holds for. */
enum { PAGE_BITS = 12, KNOWN_SLOTS = 1024 };
static uint64_t known_pages[KNOWN_SLOTS];

/* The fast walk may go by code that is no longer there. */
static bool fast_is_stale;

void chain_open(void)
{
    if (!unwinder_open() || !unwinder_steps_open())
        message(
            "libunwind.so.8 cannot be loaded (Debian: libunwind8): of each stack only the "
            "allocation's caller is recorded");
}

/* False without memory. */
static bool unwind(struct chain *chain, walk_fn walk, uint64_t caller,
                   struct unwound *unwound)
{
    uint64_t *ips = (void *)chain->fresh;
    uint32_t count, first = 0;

    if (!ips)
        return false;
    while ((count = walk(ips, chain->capacity)) == chain->capacity) {
        if (!chain_grow(chain, 0))
            return false;
        ips = (void *)chain->fresh;
    }
    while (first < count && ips[first] != caller)
        first++; /* our own frames */
    if (first == count) {
        ips[0] = caller | UNWOUND_CUT;
        first = 0;
        count = 1;
    }
    *unwound = (struct unwound){ips + first, count - first};
    return true;
}

static uint64_t ip_from_outermost(const struct unwound *unwound, uint32_t i)
{
    return unwound->ips[unwound->count - 1 - i];
}

/* How many frames, from the outermost inwards, are those of the walk before. */
static uint32_t count_kept(const struct chain *chain, const struct unwound *unwound)
{
    uint32_t kept = 0;

    while (kept < chain->frame_count && kept < unwound->count &&
           chain->frames[kept].ip == (ip_from_outermost(unwound, kept) & UNWOUND_ADDRESS))
        kept++;
    return kept;
}

/* A path means the modules that are there now: see to it that those of the frames inwards of the
 * first `kept` are known, which may change code.tag and code.salt. */
static void meet_modules(const struct unwound *unwound, uint32_t kept, uint32_t tag)
{
    for (uint32_t i = kept; i < unwound->count; i++) {
        uint64_t ip = ip_from_outermost(unwound, i) & UNWOUND_ADDRESS;
        uint64_t page = ip >> PAGE_BITS, entry = page << 16 | (uint16_t)tag;
        uint64_t *known = &known_pages[page % KNOWN_SLOTS];

        if (__atomic_load_n(known, __ATOMIC_RELAXED) != entry && module_is_known(ip))
            __atomic_store_n(known, entry, __ATOMIC_RELAXED);
    }
}

static uint32_t flags_of(uint64_t ip)
{
    return (uint32_t)FRAME_SPECIAL | (ip & UNWOUND_EXACT ? (uint32_t)FRAME_EXACT : 0) |
           (ip & UNWOUND_CUT ? (uint32_t)FRAME_CUT : 0);
}

static void append(struct chain *chain, uint32_t count, const struct unwound *unwound)
{
    uint64_t path = count ? chain->details[count - 1].path : chain->salt;

    for (; count < unwound->count; count++) {
        uint64_t ip = ip_from_outermost(unwound, count);

        path = path_extend(path, ip & UNWOUND_ADDRESS);
        chain->frames[count] =
            (struct frame){(uint64_t)flags_of(ip) << 48, ip & UNWOUND_ADDRESS};
        chain->details[count] = (struct frame_detail){.path = path};
    }
    chain->frame_count = count;
}

enum chain_result chain_walk(struct chain *chain, const struct call_frame *at)
{
    uint32_t tag = code_tag();
    struct unwound unwound;

    if (UNLIKELY(chain->rests) && chain_is_resting(chain, at))
        return CHAIN_FAILED;
    if (UNLIKELY(tag != chain->tag)) {
        if (chain->tag) { /* else this slot has not walked before */
            fast_is_stale = true;
            unwinder_steps_flush();
        }
        chain_start_over(chain, tag);
    }
    if (!unwind(chain, fast_is_stale ? unwinder_steps_walk : unwinder_walk,
                plain_address(at->ip), &unwound)) {
        chain->deep_below = (uint64_t)at;
        chain->rests = CHAIN_RESTS;
        chain_forget(chain);
        return CHAIN_FAILED;
    }
    uint32_t kept = count_kept(chain, &unwound);
    if (kept == chain->frame_count && kept == unwound.count)
        return CHAIN_SAME;
    meet_modules(&unwound, kept, tag);
    if (UNLIKELY(code_tag() != tag))
        return chain_walk(chain, at);
    append(chain, kept, &unwound);
    return CHAIN_CHANGED;
}

/* The fast walk gives addresses only: step through a new stack once. */
void chain_settle(struct chain *chain)
{
    uint32_t count = chain->frame_count;
    struct unwound unwound;

    if (!unwind(chain, unwinder_steps_walk, chain->frames[count - 1].ip, &unwound))
        return;
    for (uint32_t i = 0; i < count && i < unwound.count; i++) {
        struct frame *frame = &chain->frames[count - 1 - i];

        if (frame->ip != (unwound.ips[i] & UNWOUND_ADDRESS))
            return;
        frame->word |= (uint64_t)flags_of(unwound.ips[i]) << 48;
    }
}
