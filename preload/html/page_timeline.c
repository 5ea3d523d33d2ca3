/* SPDX-License-Identifier: MIT */
#include "html/page_data.h"

#include "profile/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A sample of one process, at a time that all processes of a set share. */
struct moment {
    uint64_t at_ns;
    uint32_t process, sample;
};

/* What one row has more than in the sample before. */
struct gain {
    int64_t allocations, bytes, frees, freed_bytes;
    bool is_noted;
};

struct merging {
    const struct page_tree *tree;
    const struct page_layout *layout;
    struct page_columns *columns;
    bool is_cut_down;             /* to a selection, of which the samples do not tell */
    struct timeline *timelines;   /* by process */
    struct ledger_sample *latest; /* by process */
    struct moment *moments;
    uint32_t moment_count;
    struct gain *gains; /* by row */
    uint32_t *noted;    /* rows with a gain */
    uint32_t noted_count;
    uint64_t before_ns;
    uint64_t live
        [PAGE_SETS]; /* of the rows of the heap, added up; wraps as a damaged file may */
};

uint64_t page_origin_of(const struct page_tree *tree, const struct page_process *process)
{
    const struct ledger_header *header = process->process->header;
    uint64_t origin = header->start_monotonic_ns;

    for (uint32_t i = 0; i < tree->process_count; i++) {
        const struct ledger_header *other = tree->processes[i].process->header;

        if (tree->processes[i].set == process->set &&
            !memcmp(other->boot_id, header->boot_id, sizeof other->boot_id) &&
            other->start_monotonic_ns < origin)
            origin = other->start_monotonic_ns;
    }
    return header->start_monotonic_ns - origin;
}

static int by_time(const void *a, const void *b)
{
    const struct moment *one = a;
    const struct moment *other = b;

    if (one->at_ns != other->at_ns)
        return one->at_ns < other->at_ns ? -1 : 1;
    return (one->process > other->process) - (one->process < other->process);
}

static int gather(struct merging *m)
{
    uint32_t processes = m->tree->process_count;
    size_t rows = (size_t)m->layout->row_count + 1;
    size_t count = 0;

    m->timelines = calloc((size_t)processes + 1, sizeof *m->timelines);
    m->latest = calloc((size_t)processes + 1, sizeof *m->latest);
    m->gains = calloc(rows, sizeof *m->gains);
    m->noted = malloc(rows * sizeof *m->noted);
    if (!m->timelines || !m->latest || !m->gains || !m->noted)
        return -ENOMEM;
    for (uint32_t i = 0; i < processes; i++) {
        int err = timeline_init(&m->timelines[i], &m->tree->processes[i].process->file);

        if (err)
            return err;
        count += m->timelines[i].count;
    }
    m->moments = malloc((count + 1) * sizeof *m->moments);
    if (!m->moments)
        return -ENOMEM;
    for (uint32_t i = 0; i < processes; i++) {
        uint64_t origin = page_origin_of(m->tree, &m->tree->processes[i]);

        for (uint32_t k = 0; k < m->timelines[i].count; k++)
            m->moments[m->moment_count++] =
                (struct moment){origin + m->timelines[i].samples[k].at_ns, i, k};
    }
    if (count)
        qsort(m->moments, count, sizeof *m->moments, by_time);
    return 0;
}

static void add_changes(struct merging *m, const struct moment *moment)
{
    const struct page_process *process = &m->tree->processes[moment->process];
    const struct timeline *timeline = &m->timelines[moment->process];
    const uint8_t *at = timeline->changes[moment->sample];
    const uint8_t *end = at + timeline->samples[moment->sample].change_bytes;
    struct timeline_change change = {0};

    m->latest[moment->process] = timeline->samples[moment->sample];
    while (timeline_next(&at, end, &change)) {
        uint32_t number = change.record < process->record_count
                              ? process->row_of_record[change.record]
                              : 0;

        if (!number)
            continue;
        number = m->layout->row_of[number - 1];
        struct gain *gain = &m->gains[number];
        if (!gain->is_noted)
            m->noted[m->noted_count++] = number;
        gain->is_noted = true;
        gain->allocations += change.allocations;
        gain->bytes += change.bytes;
        gain->frees += change.frees;
        gain->freed_bytes += change.freed_bytes;
    }
}

static int by_number(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a;
    uint32_t other = *(const uint32_t *)b;

    return (one > other) - (one < other);
}

static void put_gains(struct merging *m)
{
    struct page_column *row = page_column_later(m->columns, "change.row");
    struct page_column *allocations = page_column_later(m->columns, "change.allocations");
    struct page_column *bytes = page_column_later(m->columns, "change.bytes");
    struct page_column *frees = page_column_later(m->columns, "change.frees");
    struct page_column *freed = page_column_later(m->columns, "change.freed");
    uint32_t before = 0;

    if (m->noted_count)
        qsort(m->noted, m->noted_count, sizeof *m->noted, by_number);
    page_put(page_column_later(m->columns, "sample.changes"), m->noted_count);
    for (uint32_t i = 0; i < m->noted_count; i++) {
        struct gain *gain = &m->gains[m->noted[i]];
        const struct page_row *counted = &m->layout->rows[m->noted[i]];

        if (counted->class == LEDGER_HEAP)
            m->live[counted->set] += (uint64_t)gain->bytes - (uint64_t)gain->freed_bytes;
        page_put(row, m->noted[i] - before);
        before = m->noted[i];
        page_put_signed(allocations, gain->allocations);
        page_put_signed(bytes, gain->bytes);
        page_put_signed(frees, gain->frees);
        page_put_signed(freed, gain->freed_bytes);
        *gain = (struct gain){0};
    }
    m->noted_count = 0;
}

static void put_sample(struct merging *m, uint64_t at_ns)
{
    static const char *const names[PAGE_SETS][5] = {
        {"sample.rss", "sample.pss", "sample.minor", "sample.major", "sample.live"},
        {"base.rss", "base.pss", "base.minor", "base.major", "base.live"},
    };
    struct ledger_sample sums[PAGE_SETS] = {0};

    for (uint32_t i = 0; i < m->tree->process_count; i++) {
        struct ledger_sample *sum = &sums[m->tree->processes[i].set];

        sum->rss_bytes += m->latest[i].rss_bytes;
        sum->pss_bytes += m->latest[i].pss_bytes;
        sum->minor_faults += m->latest[i].minor_faults;
        sum->major_faults += m->latest[i].major_faults;
        sum->live_bytes += m->latest[i].live_bytes;
    }
    put_gains(m);
    page_put(page_column_later(m->columns, "sample.at"), at_ns - m->before_ns);
    m->before_ns = at_ns;
    for (int i = 0; i < PAGE_SETS; i++) {
        page_put(page_column_later(m->columns, names[i][0]), sums[i].rss_bytes);
        page_put(page_column_later(m->columns, names[i][1]), sums[i].pss_bytes);
        page_put(page_column_later(m->columns, names[i][2]), sums[i].minor_faults);
        page_put(page_column_later(m->columns, names[i][3]), sums[i].major_faults);
        page_put_signed(page_column_later(m->columns, names[i][4]),
                        m->is_cut_down ? (int64_t)m->live[i] : sums[i].live_bytes);
    }
}

static uint32_t count_times(const struct merging *m)
{
    uint32_t times = 0;

    for (uint32_t i = 0; i < m->moment_count; i++)
        times += !i || m->moments[i].at_ns != m->moments[i - 1].at_ns;
    return times;
}

/* Each sample that is written is that of `together` times. */
static uint32_t put_samples(struct merging *m, uint32_t together)
{
    uint32_t samples = 0;
    uint32_t times = 0;

    for (uint32_t i = 0; i < m->moment_count; i++) {
        bool is_last = i + 1 == m->moment_count;

        add_changes(m, &m->moments[i]);
        if (!is_last && m->moments[i].at_ns == m->moments[i + 1].at_ns)
            continue;
        if (++times % together && !is_last)
            continue;
        put_sample(m, m->moments[i].at_ns);
        samples++;
    }
    return samples;
}

static void merging_fini(struct merging *m)
{
    for (uint32_t i = 0; m->timelines && i < m->tree->process_count; i++)
        timeline_fini(&m->timelines[i]);
    free(m->timelines);
    free(m->latest);
    free(m->moments);
    free(m->gains);
    free(m->noted);
}

int page_put_timeline(struct page_columns *columns, const struct page_tree *tree,
                      const struct page_layout *layout, bool is_cut_down, uint32_t most,
                      uint32_t *samples)
{
    struct merging m = {
        .tree = tree, .layout = layout, .columns = columns, .is_cut_down = is_cut_down};
    int err = gather(&m);

    *samples = 0;
    if (!err && most) {
        uint32_t times = count_times(&m);

        *samples = put_samples(&m, times > most ? (times + most - 1) / most : 1);
        err = page_columns_failed(columns) ? -ENOMEM : 0;
    }
    merging_fini(&m);
    return err;
}
