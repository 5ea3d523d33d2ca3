/* SPDX-License-Identifier: MIT
 *
 * heaptrack's text format is a list of events. Where a trace has them they are written in its order;
 * else a profile has sums, and the events are made up: first what passes, then what is there at the
 * peak, then what is left. The sums of each site are ours.
 *
 * heaptrack takes a free for temporary when its index is that of the allocation just before it, or
 * is 0 behind another free. So index 0 is no block's, and blocks that are not temporary change
 * between two indices.
 */
#include "export/heaptrack_lines.h"
#include "export/heaptrack_plan.h"

enum { EVENTS_MOST = 50000000 };

struct synthetic {
    struct heaptrack lines;
    uint64_t share, peak;
    uint64_t pending, pending_bytes; /* a passing block not freed yet; index, 0: none */
};

/* How many indices a group has: one for each of its sizes, and two where blocks of one size are to
 * change between them. The first one's are of `size`, the others of a byte more. */
static uint64_t indices_of(enum plan_group group)
{
    return group == PLAN_PASSING ? 4 : 2;
}

/* Indices for each group with blocks, beginning with 1. */
static void put_definitions(struct synthetic *h)
{
    struct samples *samples = &h->lines.export->samples;
    struct sample sample;
    bool is_first = true;

    samples_rewind(samples);
    while (samples_next(samples, &sample)) {
        struct plan plan = plan_make(&sample.counts, h->share);
        uint32_t trace = heaptrack_trace(&h->lines, &sample);

        if (is_first)
            heaptrack_put_size(&h->lines, 0, trace);
        is_first = false;
        for (enum plan_group i = 0; i < PLAN_GROUPS; i++) {
            const struct plan_blocks *group = &plan.groups[i];

            if (!group->blocks)
                continue;
            for (uint64_t k = 0; k < indices_of(i); k++)
                heaptrack_put_size(&h->lines, group->size + (k >= indices_of(i) / 2),
                                   trace);
        }
        h->lines.export->result.untrue_temporary += plan.untrue_temporary / h->share;
        h->peak += sample.counts.bytes_at_peak;
    }
}

typedef void group_fn(struct synthetic *h, const struct plan_blocks *group, uint64_t index);

static void each_group(struct synthetic *h, enum plan_group wanted, group_fn *act)
{
    struct samples *samples = &h->lines.export->samples;
    struct sample sample;
    uint64_t index = 1;

    samples_rewind(samples);
    while (samples_next(samples, &sample)) {
        struct plan plan = plan_make(&sample.counts, h->share);

        for (enum plan_group i = 0; i < PLAN_GROUPS; i++) {
            if (i == wanted && plan.groups[i].blocks)
                act(h, &plan.groups[i], index);
            index += plan.groups[i].blocks ? indices_of(i) : 0;
        }
    }
}

static void pass_temporary(struct synthetic *h, const struct plan_blocks *group,
                           uint64_t index)
{
    for (uint64_t i = 0; i < group->blocks; i++) {
        heaptrack_put_event(&h->lines, '+', index + (i < group->larger));
        heaptrack_put_event(&h->lines, '-', index + (i < group->larger));
    }
}

static void free_pending(struct synthetic *h)
{
    if (h->pending)
        heaptrack_put_event(&h->lines, '-', h->pending);
    h->pending = 0;
}

/* Each is freed when the next one is there, unless both are more than the peak. */
static void pass(struct synthetic *h, const struct plan_blocks *group, uint64_t index)
{
    for (uint64_t i = 0; i < group->blocks; i++) {
        bool is_larger = i < group->larger;
        uint64_t bytes = group->size + is_larger;
        uint64_t mine = index + (is_larger ? 2 : 0) + i % 2;

        if (h->pending && h->pending_bytes + bytes > h->peak) {
            free_pending(h);
            h->lines.export->result.untrue_temporary++;
        }
        heaptrack_put_event(&h->lines, '+', mine);
        free_pending(h);
        h->pending = mine;
        h->pending_bytes = bytes;
    }
}

static void allocate(struct synthetic *h, const struct plan_blocks *group, uint64_t index)
{
    for (uint64_t i = 0; i < group->blocks; i++) {
        heaptrack_put_event(&h->lines, '+', index + (i < group->larger));
        free_pending(h);
    }
}

static void release(struct synthetic *h, const struct plan_blocks *group, uint64_t index)
{
    for (uint64_t i = 0; i < group->blocks; i++)
        heaptrack_put_event(&h->lines, '-', index + (i < group->larger));
}

static void put_events(struct synthetic *h)
{
    struct export_times times = export_times(h->lines.export->profile);

    heaptrack_put_time(&h->lines, 0);
    each_group(h, PLAN_TEMPORARY, pass_temporary);
    each_group(h, PLAN_PASSING, pass);
    heaptrack_put_time(&h->lines, times.peak_ns);
    each_group(h, PLAN_LASTING, allocate);
    each_group(h, PLAN_AT_PEAK, allocate);
    if (h->pending)
        h->lines.export->result.untrue_temporary++;
    free_pending(h);
    each_group(h, PLAN_AT_PEAK, release);
    each_group(h, PLAN_LATE, allocate);
    heaptrack_put_time(&h->lines, times.end_ns);
}

static void put_synthetic(struct heaptrack *lines)
{
    struct synthetic h = {.lines = *lines};

    h.share = lines->export->samples.counts.allocations / EVENTS_MOST + 1;
    lines->export->result.blocks_an_event = h.share;
    heaptrack_put_head(lines, "synthetic: sums are true, the order of events is not");
    put_definitions(&h);
    put_events(&h);
    *lines = h.lines;
}

int export_heaptrack(struct export *export)
{
    struct heaptrack lines;
    int err = heaptrack_init(&lines, export);

    if (!err && !heaptrack_put_traced(&lines))
        put_synthetic(&lines);
    heaptrack_fini(&lines);
    return err ? err : export->samples.places.error;
}
