/* SPDX-License-Identifier: MIT
 *
 * Definitions, and the blocks that are counted in.
 */
#include <tare/metrics.h>

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "modules/metrics_core.h"

enum { ALIGNMENT = 64 };

static size_t bytes_of(uint32_t capacity)
{
    return sizeof(struct tare_metrics) + capacity * sizeof(struct tare__metric);
}

int tare_metrics_create(struct tare_metrics **metrics, uint32_t capacity,
                        struct tare_mem *mem)
{
    struct tare_metrics *made;

    if (capacity == 0 || capacity > INT32_MAX / 256)
        return -EINVAL;
    mem = mem ? mem : tare_mem_default();
    made = tare_mem_alloc(mem, bytes_of(capacity), ALIGNMENT);
    if (!made)
        return -ENOMEM;
    *made = (struct tare_metrics){.mem = mem, .capacity = capacity, .is_on = true};
    int err = pthread_mutex_init(&made->lock, NULL);
    if (err) {
        tare_mem_free(mem, made, bytes_of(capacity), ALIGNMENT);
        return -err;
    }
    *metrics = made;
    return 0;
}

/* Where the histograms of a block end. */
static size_t block_bytes(const struct tare_metrics *metrics)
{
    size_t bytes = metrics->capacity * sizeof(uint64_t);

    for (uint32_t i = 0; i < metrics->count; i++)
        if (metrics->metrics[i].told.kind == TARE_METRIC_HISTOGRAM)
            bytes += tare_histogram_bytes(metrics->metrics[i].told.highest);
    return bytes;
}

static void block_free(struct tare_metrics *metrics, uint64_t *cells)
{
    tare_mem_free(metrics->mem, cells, cells ? block_bytes(metrics) : 0, ALIGNMENT);
}

static uint64_t *block_alloc(struct tare_metrics *metrics)
{
    size_t bytes = block_bytes(metrics);
    uint64_t *cells = tare_mem_alloc(metrics->mem, bytes, ALIGNMENT);

    if (!cells)
        return NULL;
    memset(cells, 0, metrics->capacity * sizeof *cells);
    for (uint32_t i = 0; i < metrics->count; i++) {
        struct tare__metric *metric = &metrics->metrics[i];
        struct tare_histogram *histogram;

        if (metric->told.kind != TARE_METRIC_HISTOGRAM)
            continue;
        cells[i] = metric->histogram;
        if (tare_histogram_init(&histogram, (char *)cells + cells[i], bytes - cells[i],
                                metric->told.highest)) {
            block_free(metrics, cells);
            return NULL;
        }
    }
    return cells;
}

static void block_clear(const struct tare_metrics *metrics, uint64_t *cells)
{
    for (uint32_t i = 0; i < metrics->count; i++)
        if (metrics->metrics[i].told.kind == TARE_METRIC_HISTOGRAM)
            tare_histogram_clear(tare__metrics_histogram(cells, (int)i));
        else
            cells[i] = 0;
}

/* Add what is in one block to another; gauges only of writers that are there. */
static void block_add(const struct tare_metrics *metrics, uint64_t *into, uint64_t *from,
                      bool with_gauges)
{
    for (uint32_t i = 0; i < metrics->count; i++) {
        enum tare_metric_kind kind = metrics->metrics[i].told.kind;

        if (kind == TARE_METRIC_HISTOGRAM)
            (void)!tare_histogram_merge(tare__metrics_histogram(into, (int)i),
                                        tare__metrics_histogram(from, (int)i));
        else if (kind == TARE_METRIC_COUNTER || with_gauges)
            into[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
    }
}

void tare_metrics_destroy(struct tare_metrics **metrics)
{
    struct tare_metrics *gone = *metrics;

    *metrics = NULL;
    if (!gone)
        return;
    block_free(gone, gone->gone);
    pthread_mutex_destroy(&gone->lock);
    tare_mem_free(gone->mem, gone, bytes_of(gone->capacity), ALIGNMENT);
}

static bool is_name(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:";
    size_t length = name ? strlen(name) : 0;

    return length && strchr(first, *name) &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:"
                             "0123456789")] == 0 &&
           !(length >= 6 && strcmp(name + length - 6, "_total") == 0);
}

/* name="value",name="value": values have no newline, and quotes and backslashes behind a backslash. */
static bool is_labels(const char *at)
{
    while (at) {
        if (!isalpha((unsigned char)*at) && *at != '_')
            return false;
        at += strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
        if (at[0] != '=' || at[1] != '"')
            return false;
        for (at += 2; *at != '"'; at++) {
            if (*at == '\\')
                at++;
            if (*at == 0 || *at == '\n')
                return false;
        }
        at++;
        if (*at == 0)
            return true;
        if (*at++ != ',')
            return false;
    }
    return true;
}

static bool is_line(const char *text)
{
    return text && !strpbrk(text, "\n\\\"");
}

/* The latest metric of this name, or -1; -EINVAL: this one cannot be beside it. */
static int find_last(const struct tare_metrics *metrics, const struct tare_metric *metric)
{
    int last = -1;

    for (uint32_t i = 0; i < metrics->count; i++) {
        const struct tare_metric *other = &metrics->metrics[i].told;

        if (strcmp(other->name, metric->name) != 0)
            continue;
        if (other->kind != metric->kind || !other->labels || !metric->labels ||
            strcmp(other->labels, metric->labels) == 0)
            return -EINVAL;
        last = (int)i;
    }
    return last;
}

static int add_locked(struct tare_metrics *metrics, const struct tare_metric *metric)
{
    int last = find_last(metrics, metric);

    if (last < -1)
        return last;
    if (metrics->blocks || metrics->gone)
        return -EBUSY;
    if (metrics->count == metrics->capacity)
        return -ENOSPC;
    metrics->metrics[metrics->count] =
        (struct tare__metric){*metric, block_bytes(metrics), -1, last == -1};
    if (last >= 0)
        metrics->metrics[last].next = (int)metrics->count;
    return (int)metrics->count++;
}

static bool can_be(const struct tare_metric *metric)
{
    return is_name(metric->name) && is_labels(metric->labels) && is_line(metric->help) &&
           (unsigned)metric->kind <= TARE_METRIC_HISTOGRAM &&
           !(metric->kind == TARE_METRIC_HISTOGRAM && metric->sample) &&
           metric->per_unit >= 0;
}

int tare__metrics_add_all(struct tare_metrics *metrics, const struct tare_metric *list,
                          size_t count)
{
    int result = 0;

    pthread_mutex_lock(&metrics->lock);
    uint32_t before = metrics->count;
    for (size_t i = 0; i < count && result >= 0; i++)
        result = can_be(&list[i]) ? add_locked(metrics, &list[i]) : -EINVAL;
    if (result < 0) {
        metrics->count = before;
        for (uint32_t i = 0; i < before; i++)
            if (metrics->metrics[i].next >= (int)before)
                metrics->metrics[i].next = -1;
    }
    pthread_mutex_unlock(&metrics->lock);
    return result;
}

int tare_metrics_add(struct tare_metrics *metrics, const struct tare_metric *metric)
{
    return tare__metrics_add_all(metrics, metric, 1);
}

void tare_metrics_start(struct tare_metrics *metrics)
{
    __atomic_store_n(&metrics->is_on, true, __ATOMIC_RELAXED);
}

void tare_metrics_stop(struct tare_metrics *metrics)
{
    __atomic_store_n(&metrics->is_on, false, __ATOMIC_RELAXED);
}

/* A block for a writer, and before the first one that of those who will be gone: so that ending a
 * writer takes no memory. */
static uint64_t *writer_block(struct tare_metrics *metrics)
{
    bool is_first = !metrics->gone;

    if (is_first)
        metrics->gone = block_alloc(metrics);
    uint64_t *cells = metrics->gone ? block_alloc(metrics) : NULL;
    if (!cells && is_first) {
        block_free(metrics, metrics->gone);
        metrics->gone = NULL;
    }
    return cells;
}

int tare_metrics_writer_create(struct tare_metrics_writer **writer,
                               struct tare_metrics *metrics)
{
    struct tare_metrics_writer *made =
        tare_mem_alloc(metrics->mem, sizeof *made, _Alignof(struct tare_metrics_writer));

    if (!made)
        return -ENOMEM;
    pthread_mutex_lock(&metrics->lock);
    uint64_t *cells = writer_block(metrics);
    if (cells) {
        *made =
            (struct tare_metrics_writer){cells, &metrics->is_on, metrics, metrics->writers};
        metrics->writers = made;
        metrics->blocks++;
    }
    pthread_mutex_unlock(&metrics->lock);
    if (!cells) {
        tare_mem_free(metrics->mem, made, sizeof *made,
                      _Alignof(struct tare_metrics_writer));
        return -ENOMEM;
    }
    *writer = made;
    return 0;
}

void tare_metrics_writer_destroy(struct tare_metrics_writer **writer)
{
    struct tare_metrics_writer *gone = *writer, **at;

    *writer = NULL;
    if (!gone)
        return;
    struct tare_metrics *metrics = gone->metrics;
    pthread_mutex_lock(&metrics->lock);
    for (at = &metrics->writers; *at != gone; at = &(*at)->next)
        ;
    *at = gone->next;
    metrics->blocks--;
    block_add(metrics, metrics->gone, gone->cells, false);
    block_free(metrics, gone->cells);
    pthread_mutex_unlock(&metrics->lock);
    tare_mem_free(metrics->mem, gone, sizeof *gone, _Alignof(struct tare_metrics_writer));
}

int tare_metrics_snapshot_create(struct tare_metrics_snapshot **snapshot,
                                 struct tare_metrics *metrics)
{
    struct tare_metrics_snapshot *made =
        tare_mem_alloc(metrics->mem, sizeof *made, _Alignof(struct tare_metrics_snapshot));

    if (!made)
        return -ENOMEM;
    pthread_mutex_lock(&metrics->lock);
    *made = (struct tare_metrics_snapshot){metrics, 0, block_alloc(metrics)};
    metrics->blocks += made->cells != NULL;
    pthread_mutex_unlock(&metrics->lock);
    if (!made->cells) {
        tare_mem_free(metrics->mem, made, sizeof *made,
                      _Alignof(struct tare_metrics_snapshot));
        return -ENOMEM;
    }
    *snapshot = made;
    return 0;
}

void tare_metrics_snapshot_destroy(struct tare_metrics_snapshot **snapshot)
{
    struct tare_metrics_snapshot *gone = *snapshot;

    *snapshot = NULL;
    if (!gone)
        return;
    struct tare_metrics *metrics = gone->metrics;
    pthread_mutex_lock(&metrics->lock);
    metrics->blocks--;
    block_free(metrics, gone->cells);
    pthread_mutex_unlock(&metrics->lock);
    tare_mem_free(metrics->mem, gone, sizeof *gone, _Alignof(struct tare_metrics_snapshot));
}

void tare_metrics_take(struct tare_metrics_snapshot *snapshot)
{
    struct tare_metrics *metrics = snapshot->metrics;
    struct timespec now;

    pthread_mutex_lock(&metrics->lock);
    block_clear(metrics, snapshot->cells);
    if (metrics->gone)
        block_add(metrics, snapshot->cells, metrics->gone, false);
    for (struct tare_metrics_writer *writer = metrics->writers; writer;
         writer = writer->next)
        block_add(metrics, snapshot->cells, writer->cells, true);
    for (uint32_t i = 0; i < metrics->count; i++)
        if (metrics->metrics[i].told.sample)
            snapshot->cells[i] +=
                (uint64_t)metrics->metrics[i].told.sample(metrics->metrics[i].told.context);
    clock_gettime(CLOCK_MONOTONIC, &now);
    snapshot->ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    pthread_mutex_unlock(&metrics->lock);
}

const struct tare_histogram *
tare_metrics_histogram(const struct tare_metrics_snapshot *snapshot, int metric)
{
    return tare__metrics_histogram(snapshot->cells, metric);
}

static uint64_t counted(const struct tare_metrics_snapshot *snapshot, int metric)
{
    if (snapshot->metrics->metrics[metric].told.kind == TARE_METRIC_HISTOGRAM)
        return tare_histogram_count(tare_metrics_histogram(snapshot, metric));
    return snapshot->cells[metric];
}

int64_t tare_metrics_value(const struct tare_metrics_snapshot *snapshot, int metric)
{
    return (int64_t)counted(snapshot, metric);
}

double tare_metrics_rate(const struct tare_metrics_snapshot *before,
                         const struct tare_metrics_snapshot *now, int metric)
{
    int64_t more = (int64_t)(counted(now, metric) - counted(before, metric));
    int64_t ns = (int64_t)(now->ns - before->ns);

    return ns > 0 ? 1e9 * (double)more / (double)ns : 0;
}
