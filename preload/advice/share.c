/* SPDX-License-Identifier: MIT */
#include "advice/share.h"

#include "profile/tree.h"

#include <string.h>

enum { PIECES_MOST = 512 };

static uint32_t depth_of(const struct process *process, uint32_t node)
{
    uint32_t depth = 0;

    for (; node >= NODE_FIRST; node = process->nodes[node].parent)
        depth++;
    return depth;
}

/* Where two stacks part: the callees of the last node that both have, or the stacks' own ends. */
static void part(const struct process *process, uint32_t *one, uint32_t *other)
{
    uint32_t left = depth_of(process, *one);
    uint32_t right = depth_of(process, *other);

    for (; left > right; left--)
        *one = process->nodes[*one].parent;
    for (; right > left; right--)
        *other = process->nodes[*other].parent;
    while (*one >= NODE_FIRST &&
           process->nodes[*one].parent != process->nodes[*other].parent) {
        *one = process->nodes[*one].parent;
        *other = process->nodes[*other].parent;
    }
}

/* main and what calls it is all there is: not a place for one change. */
static bool is_place(struct profile *profile, const struct process *process, uint32_t node)
{
    const char *name = node >= NODE_FIRST
                           ? symbols_name(&profile->symbols, process, &process->nodes[node])
                           : NULL;

    return name && strcmp(name, "main") != 0 &&
           !tree_is_folded(name,
                           image_name(process->modules[process->nodes[node].module].image));
}

/* The function that both sites' blocks are made for; 0: there is none but main. */
static uint32_t common_frame(struct profile *profile, const struct process *process,
                             uint32_t one, uint32_t other)
{
    part(process, &one, &other);
    if (one < NODE_FIRST || other < NODE_FIRST)
        return 0;
    const char *left = symbols_name(&profile->symbols, process, &process->nodes[one]);
    const char *right = symbols_name(&profile->symbols, process, &process->nodes[other]);
    uint32_t frame =
        left && right && !strcmp(left, right) ? one : process->nodes[one].parent;
    return is_place(profile, process, frame) ? frame : 0;
}

/* One arena, table or cache serves blocks of any kind; a pool or a map those of one type. */
static bool may_share(const struct advice *one, const struct advice *other)
{
    enum remedy remedy = one->finding.remedy;

    if (remedy != other->finding.remedy || one->process != other->process)
        return false;
    if (remedy == REMEDY_POOL || remedy == REMEDY_MAP || remedy == REMEDY_SHRINK)
        return one->finding.object_bytes &&
               one->finding.object_bytes == other->finding.object_bytes;
    return remedy == REMEDY_ARENA || remedy == REMEDY_INTERN || remedy == REMEDY_RC;
}

static void join(struct advice *to, const struct advice *from, uint32_t frame)
{
    struct saving *sum = &to->finding.saving;
    const struct saving *more = &from->finding.saving;

    sum->peak_bytes += more->peak_bytes;
    sum->requested_bytes += more->requested_bytes;
    sum->calls += more->calls;
    sum->copied_bytes += more->copied_bytes;
    sum->cpu_ns += more->cpu_ns;
    if (from->finding.confidence < to->finding.confidence)
        to->finding.confidence = from->finding.confidence;
    if (from->finding.object_bytes != to->finding.object_bytes)
        to->finding.object_bytes = 0;
    uint32_t count = to->site_count + from->site_count;
    for (uint32_t i = 0; i < from->id_count; i++)
        advice_add_site(to, from->ids[i]);
    to->site_count = count;
    to->frame = frame;
}

void share_advice(struct judgement *judgement, struct profile *profile)
{
    uint32_t count = judgement->count < PIECES_MOST ? judgement->count : PIECES_MOST;

    for (uint32_t i = 0; i < count; i++) {
        struct advice *to = &judgement->list[i];
        uint32_t kept = i + 1;

        for (uint32_t k = i + 1; k < judgement->count; k++) {
            const struct advice *from = &judgement->list[k];
            uint32_t frame = 0;

            if (k < count && may_share(to, from))
                frame = common_frame(profile, &profile->processes[to->process], to->frame,
                                     from->frame);
            if (frame)
                join(to, from, frame);
            else
                judgement->list[kept++] = *from;
        }
        count -= judgement->count - kept;
        judgement->count = kept;
    }
}
