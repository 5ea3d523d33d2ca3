/* SPDX-License-Identifier: MIT
 *
 * OpenMetrics 1.0, which Prometheus also takes from a text file: the totals, and the first sites
 * each with its id and innermost function as labels. The rest is site "other": a series for each
 * stack would be too many. Stacks of one id are one series, as labels have to differ; what is
 * inlined is not in the id, and so not in the label.
 */
#include "export/clean_text.h"
#include "export/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum source {
    ALLOCATIONS,
    FREES,
    BYTES,
    TEMPORARY,
    LIVE_BLOCKS,
    LIVE_BYTES,
    AT_PEAK,
    SOURCES
};

static const struct family {
    const char *name, *unit, *help;
    bool is_counter;
} families[SOURCES] = {
    [ALLOCATIONS] = {"allocations", NULL, "Blocks allocated.", true},
    [FREES] = {"frees", NULL, "Blocks freed.", true},
    [BYTES] = {"allocated_bytes", "bytes", "Bytes asked for.", true},
    [TEMPORARY] = {"temporary_allocations", NULL,
                   "Blocks freed before their thread's next allocation.", true},
    [LIVE_BLOCKS] = {"live_blocks", NULL, "Blocks allocated and not freed.", false},
    [LIVE_BYTES] = {"live_bytes", "bytes", "Bytes allocated and not freed.", false},
    [AT_PEAK] = {"peak_bytes", "bytes", "Bytes when most were allocated and not freed.",
                 false},
};

static uint64_t value_of(const struct counts *counts, enum source source)
{
    const uint64_t values[SOURCES] = {
        counts->allocations, counts->frees,      counts->bytes,        counts->temporary,
        counts->live_blocks, counts->live_bytes, counts->bytes_at_peak};

    return values[source];
}

static void put_family(struct sink *sink, const char *prefix, const struct family *family)
{
    char text[512];

    snprintf(text, sizeof text, "# TYPE %s%s %s\n", prefix, family->name,
             family->is_counter ? "counter" : "gauge");
    sink_text(sink, text);
    if (family->unit) {
        snprintf(text, sizeof text, "# UNIT %s%s %s\n", prefix, family->name, family->unit);
        sink_text(sink, text);
    }
    snprintf(text, sizeof text, "# HELP %s%s %s\n", prefix, family->name, family->help);
    sink_text(sink, text);
}

static void put_begin(struct sink *sink, const char *prefix, const struct family *family,
                      const char *program)
{
    sink_text(sink, prefix);
    sink_text(sink, family->name);
    sink_text(sink, family->is_counter ? "_total{program=" : "{program=");
    sink_quoted(sink, program);
}

static void put_end(struct sink *sink, uint64_t value)
{
    sink_text(sink, "} ");
    sink_number(sink, value);
    sink_char(sink, '\n');
}

struct series {
    uint64_t id;
    bool is_other;
    const char *function; /* of the first stack */
    uint64_t rank;
    struct counts counts;
};

struct series_list {
    struct series *list;
    uint64_t count;
};

static int by_id(const void *a, const void *b)
{
    const struct series *one = a;
    const struct series *other = b;

    if (one->is_other != other->is_other)
        return one->is_other - other->is_other;
    if (one->id != other->id)
        return one->id < other->id ? -1 : 1;
    return one->rank < other->rank ? -1 : 1;
}

static int by_rank(const void *a, const void *b)
{
    const struct series *one = a;
    const struct series *other = b;

    return one->rank < other->rank ? -1 : 1;
}

static void merge_ids(struct series_list *series)
{
    uint64_t kept = 0;

    qsort(series->list, series->count, sizeof *series->list, by_id);
    for (uint64_t i = 0; i < series->count; i++) {
        struct series *last = kept ? &series->list[kept - 1] : NULL;
        const struct series *at = &series->list[i];

        if (last && last->id == at->id && last->is_other == at->is_other)
            counts_add(&last->counts, &at->counts);
        else
            series->list[kept++] = *at;
    }
    series->count = kept;
    qsort(series->list, series->count, sizeof *series->list, by_rank);
}

/* Of the latest stack: what is inlined into it stands before it. */
static const char *function_of(const struct export *export)
{
    const struct places *places = &export->samples.places;
    const struct place *place = &places->list[export->samples.stack[0]];

    return places_function(places,
                           &places->frames[place->first_frame + place->frame_count - 1])
        ->name;
}

/* Each sample is one site or the rest of them. */
static int gather(struct export *export, struct series_list *series)
{
    struct sample sample;

    *series = (struct series_list){
        .list = calloc((size_t) export->samples.view.site_count + 1, sizeof *series->list)};
    if (!series->list)
        return -ENOMEM;
    while (export_next(export, &sample, UINT32_MAX)) {
        series->list[series->count] = (struct series){
            .id = sample.site ? sample.site->id : 0,
            .is_other = !sample.site,
            .function = function_of(export),
            .rank = series->count,
            .counts = sample.counts,
        };
        series->count++;
    }
    merge_ids(series);
    return 0;
}

static void put_sites(struct sink *sink, enum source source, const char *program,
                      const struct series_list *series)
{
    put_family(sink, "tare_site_", &families[source]);
    for (uint64_t i = 0; i < series->count; i++) {
        const struct series *at = &series->list[i];
        char id[20] = "other";

        if (!at->is_other)
            snprintf(id, sizeof id, "%016" PRIx64, at->id);
        put_begin(sink, "tare_site_", &families[source], program);
        sink_text(sink, ",site=\"");
        sink_text(sink, id);
        sink_text(sink, "\",function=");
        sink_quoted(sink, at->function);
        put_end(sink, value_of(&at->counts, source));
    }
}

int export_openmetrics(struct export *export)
{
    const struct profile *profile = export->profile;
    struct sink *sink = &export->sink;
    char *program = clean_copy(profile->process_count ? profile->processes[0].program : "");
    struct series_list series = {0};
    int err = program ? gather(export, &series) : -ENOMEM;

    if (err) {
        free(program);
        return err;
    }
    for (enum source source = 0; source < SOURCES; source++) {
        put_family(sink, "tare_", &families[source]);
        put_begin(sink, "tare_", &families[source], program);
        put_end(sink, value_of(&export->samples.counts, source));
    }
    for (enum source source = 0; source < SOURCES; source++)
        put_sites(sink, source, program, &series);
    sink_text(sink, "# EOF\n");
    free(series.list);
    free(program);
    return 0;
}
