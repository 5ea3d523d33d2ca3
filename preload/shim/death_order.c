/* SPDX-License-Identifier: MIT */
#include "shim/death_order.h"

static struct death_caller *place_of(struct death_order *order, const void *block)
{
    return &order->callers[death_hash(block) % DEATH_CALLERS];
}

/* `inwards`: 1 for the innermost frame. All zeros: there is none. */
static struct death_frame frame_of(const struct chain *chain, uint32_t inwards)
{
    if (chain->frame_count < inwards)
        return (struct death_frame){0};
    const struct frame *frame = &chain->frames[chain->frame_count - inwards];
    return (struct death_frame){frame_rsp(frame), frame->ip};
}

uint32_t death_note_callers(struct death_order *order, const struct chain *chain,
                            const void *block, uint32_t record)
{
    struct death_caller *at = place_of(order, block);
    uint32_t lost = at->block && at->block != block ? at->record : 0;

    *at = (struct death_caller){
        .block = block,
        .record = record,
        .frames = chain->frame_count,
        .function = frame_of(chain, 2),
        .caller = frame_of(chain, 3),
    };
    return lost;
}

static bool is_there(const struct chain *chain, uint32_t frames, uint32_t inwards,
                     const struct death_frame *wanted)
{
    if (!wanted->ip || frames < inwards || chain->frame_count <= frames - inwards)
        return false;
    const struct frame *frame = &chain->frames[frames - inwards];
    return frame->ip == wanted->ip && frame_rsp(frame) == wanted->rsp;
}

struct death_frames death_look_at_callers(struct death_order *order,
                                          const struct chain *chain, const void *block)
{
    struct death_caller *at = place_of(order, block);
    struct death_frames found = {false, false};

    at->block = NULL;
    found.in_function = is_there(chain, at->frames, 2, &at->function);
    found.in_caller = found.in_function || is_there(chain, at->frames, 3, &at->caller);
    return found;
}
