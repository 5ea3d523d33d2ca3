/* SPDX-License-Identifier: MIT
 *
 * export/samples.h - the sites of a profile one after another, as every format gets them.
 *
 * Shape    profile -> samples: all sites, or the first of an order and one "[other]" for the rest
 *          sample -> places, innermost first, the last one a fact where the stack is not complete
 * Units    As profile/process.h.
 * Owner    Caller owns the struct; it owns the list and the stack of the latest sample.
 * Threads  Single owner.
 * Errors   -ENOMEM.
 * Cost     O(sites), and ordering those that are kept.
 * Source   none
 */
#ifndef TARE_EXPORT_SAMPLES_H
#define TARE_EXPORT_SAMPLES_H

#include "export/places.h"
#include "profile/site_threads.h"
#include "profile/view.h"

struct sample_options {
    enum site_order order;
    uint32_t max_samples; /* 0: all */
    bool by_thread;       /* a sample is one thread's share of a site */
    bool in_order;        /* most of `order` first */
    bool with_ids;
    bool with_slack;
};

struct sample {
    const struct site *site; /* NULL: the rest, folded together */
    struct counts counts;
    uint64_t slack_bytes;             /* only with_slack */
    const struct site_thread *thread; /* only where they are apart */
};

struct samples {
    struct places places;
    struct view view;
    struct sample_options options;
    struct counts counts; /* of all samples */
    uint32_t folded;      /* sites that are in "[other]" */
    struct counts folded_counts;

    uint32_t next, given; /* site, samples so far */
    struct site_threads threads;
    uint32_t next_thread;
    int error;

    uint32_t *stack; /* of the latest samples_stack */
    uint32_t depth, room;
};

int samples_init(struct samples *samples, struct profile *profile,
                 const struct sample_options *options);
void samples_fini(struct samples *samples);

/* False behind the last one, and when `error` is set. From the start again: samples_rewind. */
bool samples_next(struct samples *samples, struct sample *sample);
void samples_rewind(struct samples *samples);

/* Its places in `stack` and `depth`; of more than `most` frames the innermost ones. */
int samples_stack(struct samples *samples, const struct sample *sample, uint32_t most);

/* What its blocks were like; nothing of the rest. */
struct evidence samples_evidence(const struct samples *samples,
                                 const struct sample *sample);

#endif
