/* SPDX-License-Identifier: MIT */
#include "shim/chain_parts.h"

#include <stddef.h>
#include <string.h>

#include "shim/sys.h"

uint64_t chain_bytes(uint32_t capacity)
{
    return (uint64_t)capacity * (sizeof(struct frame) + sizeof(struct frame_detail) +
                                 sizeof(struct fresh_frame));
}

void chain_place(struct chain *chain, void *memory, uint32_t capacity)
{
    chain->frames = memory;
    chain->details = (void *)(chain->frames + capacity);
    chain->fresh = (void *)(chain->details + capacity);
    COMPILER_BARRIER();
    chain->capacity = capacity;
}

void chain_forget(struct chain *chain)
{
    chain->frame_count = 0;
}

bool chain_grow(struct chain *chain, uint32_t fresh_count)
{
    uint32_t capacity = chain->capacity * 2;
    struct chain old = *chain;

    if (capacity > CHAIN_FRAMES_MAX)
        return false;
    void *memory = sys_map_private(chain_bytes(capacity));
    if (!memory)
        return false;
    chain->old_capacity = old.capacity;
    COMPILER_BARRIER();
    chain->old_frames = old.frames;
    COMPILER_BARRIER();
    chain_place(chain, memory, capacity);
    memcpy(chain->frames, old.frames, old.frame_count * sizeof *old.frames);
    memcpy(chain->details, old.details, old.frame_count * sizeof *old.details);
    memcpy(chain->fresh, old.fresh, fresh_count * sizeof *old.fresh);
    COMPILER_BARRIER();
    chain->old_frames = NULL;
    COMPILER_BARRIER();
    if (old.capacity >
        CHAIN_FRAMES_FIRST) /* the first arrays lie in the thread's own block */
        sys_unmap(old.frames, chain_bytes(old.capacity));
    return true;
}

void chain_start_over(struct chain *chain, uint32_t tag)
{
    chain->frame_count = 0;
    chain->tag = tag;
    chain->salt = __atomic_load_n(&code.salt, __ATOMIC_ACQUIRE);
}

bool chain_is_resting(struct chain *chain, const struct call_frame *at)
{
    chain->rests--;
    if ((uint64_t)at > chain->deep_below)
        chain->rests = 0;
    return chain->rests != 0;
}

uint64_t chain_path(const struct chain *chain, uint32_t depth)
{
    uint32_t count = chain->frame_count;
    uint64_t path = chain->salt;

    if (depth == 0 || depth >= count)
        return chain->details[count - 1].path;
    for (uint32_t i = count - depth; i < count; i++)
        path = path_extend(path, chain->frames[i].ip);
    return path ^ 0x5bd1e9955bd1e995u; /* not the path of a stack that ends there */
}
