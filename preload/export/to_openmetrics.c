/* SPDX-License-Identifier: MIT
 *
 * OpenMetrics 1.0, which Prometheus also takes from a text file: the totals, and the first sites
 * each with its id and innermost function as labels. The rest is site "other": a series for each
 * stack would be too many.
 */
#include "export/clean_text.h"
#include "export/columns.h"

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

static void put_sites(struct export *export, enum source source, const char *program)
{
    struct sink *sink = &export->sink;
    struct sample sample;

    put_family(sink, "tare_site_", &families[source]);
    samples_rewind(&export->samples);
    while (export_next(export, &sample, UINT32_MAX)) {
        char id[20] = "other";

        if (sample.site)
            snprintf(id, sizeof id, "%016" PRIx64, sample.site->id);
        put_begin(sink, "tare_site_", &families[source], program);
        sink_text(sink, ",site=\"");
        sink_text(sink, id);
        sink_text(sink, "\",function=");
        sink_quoted(sink, columns_place(export).function);
        put_end(sink, value_of(&sample.counts, source));
    }
}

int export_openmetrics(struct export *export)
{
    const struct profile *profile = export->profile;
    struct sink *sink = &export->sink;
    char *program = clean_copy(profile->process_count ? profile->processes[0].program : "");

    if (!program)
        return -ENOMEM;
    for (enum source source = 0; source < SOURCES; source++) {
        put_family(sink, "tare_", &families[source]);
        put_begin(sink, "tare_", &families[source], program);
        put_end(sink, value_of(&export->samples.counts, source));
    }
    for (enum source source = 0; source < SOURCES; source++)
        put_sites(export, source, program);
    sink_text(sink, "# EOF\n");
    free(program);
    return 0;
}
