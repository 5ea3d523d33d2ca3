/* SPDX-License-Identifier: MIT */
#include "export/samples.h"

#include "profile/process_counters.h"
#include "profile/site_id.h"

#include <errno.h>
#include <stdlib.h>

static bool is_empty(const struct counts *counts)
{
    return !counts->allocations && !counts->frees && !counts->live_bytes &&
           !counts->bytes_at_peak;
}

static void drop_empty(struct samples *samples)
{
    struct view *view = &samples->view;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < view->site_count; i++) {
        struct site site = view->sites[i];

        if (is_empty(&site.counts))
            continue;
        view->sites[i] = view->sites[kept];
        view->sites[kept++] = site;
        counts_add(&samples->counts, &site.counts);
    }
    view->site_count = kept;
}

static int put_in_order(struct samples *samples)
{
    struct view *view = &samples->view;
    uint32_t most = samples->options.max_samples;
    uint32_t wanted = most && most < view->site_count ? most : view->site_count;

    if (!samples->options.in_order && wanted == view->site_count &&
        !(samples->options.by_thread && most))
        return samples->options.with_ids
                   ? site_ids_set(view->processes, view->sites, view->site_count)
                   : 0;
    return sites_sort(view->processes, view->sites, view->site_count,
                      samples->options.order, wanted);
}

int samples_init(struct samples *samples, struct profile *profile,
                 const struct sample_options *options)
{
    *samples = (struct samples){.options = *options};
    places_init(&samples->places, profile);
    int err = samples->places.error;
    if (!err)
        err = view_init(&samples->view, profile->processes, 0, profile->process_count,
                        options->order, 0);
    if (!err) {
        drop_empty(samples);
        err = put_in_order(samples);
    }
    if (err)
        samples_fini(samples);
    return err;
}

void samples_fini(struct samples *samples)
{
    view_fini(&samples->view);
    places_fini(&samples->places);
    site_threads_fini(&samples->threads);
    free(samples->stack);
    *samples = (struct samples){0};
}

void samples_rewind(struct samples *samples)
{
    samples->next = samples->given = 0;
    samples->folded = 0;
    samples->folded_counts = (struct counts){0};
    samples->threads.count = samples->next_thread = 0;
}

static uint64_t slack_of_records(const struct process *process, uint32_t records)
{
    uint64_t sum = 0;

    for (uint32_t at = records; at; at = process->next_record[at])
        sum += record_slack_bytes(process_record(process, at));
    return sum;
}

static uint64_t slack_of(const struct samples *samples, const struct site *site)
{
    const struct view *view = &samples->view;

    if (!samples->options.with_slack)
        return 0;
    uint64_t sum = slack_of_records(&view->processes[site->process], site->records);
    for (uint32_t i = site->parts; i; i = view->parts[i - 1].next)
        sum += slack_of_records(&view->processes[view->parts[i - 1].process],
                                view->parts[i - 1].records);
    return sum;
}

/* All sites from the next one on. */
static bool fold(struct samples *samples, struct sample *sample)
{
    struct view *view = &samples->view;

    if (samples->next == view->site_count)
        return false;
    *sample = (struct sample){0};
    samples->folded = view->site_count - samples->next;
    for (; samples->next < view->site_count; samples->next++) {
        counts_add(&sample->counts, &view->sites[samples->next].counts);
        sample->slack_bytes += slack_of(samples, &view->sites[samples->next]);
    }
    samples->folded_counts = sample->counts;
    return true;
}

static void give_share(struct samples *samples, struct sample *sample)
{
    const struct site_thread *share = &samples->threads.list[samples->next_thread++];

    sample->site = &samples->view.sites[samples->next - 1];
    sample->counts = share->counts;
    sample->slack_bytes = share->slack_bytes;
    sample->thread = share;
    samples->given++;
}

static bool next_share(struct samples *samples, struct sample *sample)
{
    while (samples->next_thread < samples->threads.count) {
        give_share(samples, sample);
        if (!is_empty(&sample->counts))
            return true;
        samples->given--;
    }
    return false;
}

/* Divide the next site, if that leaves room for the rest; with too many shares it is the first of
 * the rest. */
static bool divide(struct samples *samples)
{
    const struct site *site = &samples->view.sites[samples->next];
    uint32_t most = samples->options.max_samples;

    samples->error = site_threads_read(&samples->threads, &samples->view, site);
    if (samples->error)
        return false;
    bool is_last = samples->next + 1 == samples->view.site_count;
    bool fits = !most || samples->given + samples->threads.count + !is_last <= most;
    samples->next_thread = 0;
    samples->threads.count = fits ? samples->threads.count : 0;
    samples->next += fits;
    return fits;
}

bool samples_next(struct samples *samples, struct sample *sample)
{
    struct view *view = &samples->view;
    uint32_t most = samples->options.max_samples;

    if (samples->error)
        return false;
    while (samples->options.by_thread) {
        if (next_share(samples, sample))
            return true;
        if (samples->next == view->site_count || !divide(samples))
            return !samples->error && fold(samples, sample);
    }
    if (samples->next == view->site_count)
        return false;
    if (most && samples->given + 1 == most && samples->next + 1 < view->site_count)
        return fold(samples, sample);
    *sample = (struct sample){.site = &view->sites[samples->next]};
    sample->counts = sample->site->counts;
    sample->slack_bytes = slack_of(samples, sample->site);
    samples->next++;
    samples->given++;
    return true;
}

static bool grow_stack(struct samples *samples)
{
    uint32_t room = samples->room ? 2 * samples->room : 256;
    uint32_t *stack = realloc(samples->stack, room * sizeof *stack);

    if (!stack)
        return false;
    samples->stack = stack;
    samples->room = room;
    return true;
}

int samples_stack(struct samples *samples, const struct sample *sample, uint32_t most)
{
    const struct site *site = sample->site;
    const struct node *nodes = site ? samples->view.processes[site->process].nodes : NULL;
    uint32_t at = site ? site->leaf : PLACE_OTHER;
    uint32_t depth = 0;

    for (; site && at >= NODE_FIRST && depth < most; at = nodes[at].parent) {
        if (depth + 1 >= samples->room && !grow_stack(samples))
            return -ENOMEM;
        samples->stack[depth++] = places_find(&samples->places, site->process, at);
    }
    if (!samples->room && !grow_stack(samples))
        return -ENOMEM;
    if (site && at >= NODE_FIRST)
        samples->stack[depth - 1] = PLACE_OUTER;
    else if (at != LEDGER_OUTERMOST || !depth)
        samples->stack[depth++] = at;
    samples->depth = depth;
    return samples->places.error;
}

struct evidence samples_evidence(const struct samples *samples, const struct sample *sample)
{
    return sample->site ? view_evidence(&samples->view, sample->site)
                        : (struct evidence){0};
}
