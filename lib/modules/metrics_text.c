/* SPDX-License-Identifier: MIT
 *
 * A snapshot as text. Metrics of one name stand together, whatever was added between them.
 */
#include <tare/metrics.h>

#include "modules/metrics_core.h"

static const struct {
    const char *text, *title;
    double share;
} quantiles[] = {{"0.5", "p50", 0.5},
                 {"0.9", "p90", 0.9},
                 {"0.99", "p99", 0.99},
                 {"0.999", "p999", 0.999}};

enum { QUANTILES = sizeof quantiles / sizeof *quantiles };

struct text {
    const struct tare_metrics_snapshot *snapshot;
    struct tare_string_builder *to;
    const struct tare__metric *metric;
    enum tare_metrics_form form;
};

static void put(const struct text *text, const char *string)
{
    (void)tare_string_builder_append(text->to, string);
}

static void put_value(const struct text *text, uint64_t value)
{
    double per_unit = text->metric->told.per_unit;
    bool is_signed = text->metric->told.kind == TARE_METRIC_GAUGE;

    if (per_unit != 0 && per_unit != 1)
        (void)tare_string_builder_append_double(
            text->to, (is_signed ? (double)(int64_t)value : (double)value) / per_unit);
    else if (is_signed)
        (void)tare_string_builder_append_i64(text->to, (int64_t)value);
    else
        (void)tare_string_builder_append_u64(text->to, value);
}

/* The name, with {labels,quantile="..."}. */
static void put_name(const struct text *text, const char *suffix, const char *quantile)
{
    const char *labels = text->metric->told.labels;

    put(text, text->metric->told.name);
    put(text, suffix);
    if (!labels && !quantile)
        return;
    put(text, "{");
    if (labels)
        put(text, labels);
    if (quantile) {
        put(text, labels ? ",quantile=\"" : "quantile=\"");
        put(text, quantile);
        put(text, "\"");
    }
    put(text, "}");
}

static void put_sample(const struct text *text, const char *suffix, const char *quantile,
                       uint64_t value)
{
    put_name(text, suffix, quantile);
    put(text, " ");
    put_value(text, value);
    put(text, "\n");
}

static void put_summary(const struct text *text, const struct tare_histogram *histogram)
{
    for (size_t i = 0; i < QUANTILES; i++)
        put_sample(text, "", quantiles[i].text,
                   tare_histogram_percentile(histogram, quantiles[i].share));
    put_name(text, "_count", NULL);
    put(text, " ");
    (void)tare_string_builder_append_u64(text->to, tare_histogram_count(histogram));
    put(text, "\n");
    put_sample(text, "_sum", NULL, tare_histogram_sum(histogram));
}

static void put_family_line(const struct text *text, const char *what, const char *value)
{
    bool is_counter = text->metric->told.kind == TARE_METRIC_COUNTER;

    put(text, what);
    put(text, text->metric->told.name);
    if (is_counter && text->form == TARE_METRICS_PROMETHEUS)
        put(text, "_total");
    put(text, " ");
    put(text, value);
    put(text, "\n");
}

static void put_family(const struct text *text)
{
    static const char *const types[] = {"counter", "gauge", "summary"};

    put_family_line(text, "# TYPE ", types[text->metric->told.kind]);
    put_family_line(text, "# HELP ", text->metric->told.help);
}

static void put_row(const struct text *text, int id)
{
    size_t start = text->to->bytes;

    put_name(text, "", NULL);
    size_t width = text->to->bytes - start;
    (void)tare_string_builder_append_repeated(text->to, ' ', width < 44 ? 44 - width : 1);
    if (text->metric->told.kind != TARE_METRIC_HISTOGRAM) {
        put_value(text, text->snapshot->cells[id]);
        put(text, "\n");
        return;
    }
    const struct tare_histogram *histogram = tare_metrics_histogram(text->snapshot, id);
    (void)tare_string_builder_append_u64(text->to, tare_histogram_count(histogram));
    for (size_t i = 0; i < QUANTILES; i++) {
        put(text, "  ");
        put(text, quantiles[i].title);
        put(text, " ");
        put_value(text, tare_histogram_percentile(histogram, quantiles[i].share));
    }
    put(text, "  max ");
    put_value(text, tare_histogram_percentile(histogram, 1));
    put(text, "\n");
}

static void put_metric(const struct text *text, int id)
{
    if (text->form == TARE_METRICS_TABLE)
        put_row(text, id);
    else if (text->metric->told.kind == TARE_METRIC_HISTOGRAM)
        put_summary(text, tare_metrics_histogram(text->snapshot, id));
    else
        put_sample(text, text->metric->told.kind == TARE_METRIC_COUNTER ? "_total" : "",
                   NULL, text->snapshot->cells[id]);
}

bool tare_metrics_write(const struct tare_metrics_snapshot *snapshot,
                        enum tare_metrics_form form, struct tare_string_builder *to)
{
    const struct tare_metrics *metrics = snapshot->metrics;
    struct text text = {snapshot, to, NULL, form};

    for (int first = 0; first < (int)metrics->count; first++) {
        if (!metrics->metrics[first].is_first)
            continue;
        text.metric = &metrics->metrics[first];
        if (form != TARE_METRICS_TABLE)
            put_family(&text);
        for (int id = first; id >= 0; id = metrics->metrics[id].next) {
            text.metric = &metrics->metrics[id];
            put_metric(&text, id);
        }
    }
    if (form == TARE_METRICS_OPENMETRICS)
        put(&text, "# EOF\n");
    return tare_string_builder_is_whole(to);
}
