/* SPDX-License-Identifier: MIT
 *
 * export/export.h - a profile in the formats that other programs read.
 *
 * Shape    profile -> samples -> one of the formats, one file to_NAME.c each
 * Units    Bytes, blocks, nanoseconds.
 * Owner    The caller owns profile and stream. The profile's sites are put in another order, and
 *          have the counts of one thread when only that is asked for.
 * Threads  Single owner.
 * Errors   -ENOMEM; as report/stream.h: the stream did not take it all.
 * Cost     The stream is written as the sites are read. Memory as export/places.h; massif 24 bytes
 *          more a site.
 * Source   docs/format.md says what of a profile goes where.
 */
#ifndef TARE_EXPORT_EXPORT_H
#define TARE_EXPORT_EXPORT_H

#include "export/samples.h"
#include "export/sink.h"

struct export_options {
    bool has_order; /* else it is the format's, or each metric that it can carry */
    enum site_order order;
    bool has_max_samples; /* else it is the format's */
    uint32_t max_samples; /* 0: all */
    bool compress;        /* by gzip, where the format is not anyway */
};

struct export_result {
    uint64_t samples;
    uint32_t folded; /* sites that are in "[other]" */
    struct counts counts, folded_counts;
    uint64_t
        untrue_temporary; /* heaptrack: calls that are temporary there only, or here only */
    uint64_t blocks_an_event; /* heaptrack: 1, or more where there were too many */
};

struct export
{
    struct profile *profile;
    const struct export_options *options;
    enum site_order order;
    struct samples samples;
    struct sink sink;
    struct export_result result;
};

struct export_format {
    const char *name, *suffix;
    const char
        *reader; /* what to say about who reads it: a command and the file behind it */
    int (*write)(struct export *export);
    enum site_order order;
    uint32_t max_samples; /* by default; 0: all */
    bool is_binary, is_compressed, by_thread, with_ids, with_slack;
    bool reads_gzip; /* the reader does */
};

extern const struct export_format export_formats[];
extern const size_t export_format_count;

/* NULL: there is none of that name. */
const struct export_format *export_format_find(const char *name);

int export_profile(FILE *out, struct profile *profile, const struct export_format *format,
                   const struct export_options *options, struct export_result *result);

/* The next sample with its stack; false behind the last one or on an error. */
bool export_next(struct export *export, struct sample *sample, uint32_t most_frames);

/* The name of an order for people: "bytes allocated". */
const char *export_metric_name(enum site_order order);

/* Of the process that lasted longest; the peak is no later than the end, which is not 0. */
struct export_times {
    uint64_t peak_ns, end_ns;
};
struct export_times export_times(const struct profile *profile);

int export_folded(struct export *export);
int export_pprof(struct export *export);
int export_speedscope(struct export *export);
int export_dhat(struct export *export);
int export_csv(struct export *export);
int export_jsonl(struct export *export);
int export_openmetrics(struct export *export);
int export_massif(struct export *export);
int export_heaptrack(struct export *export);

#endif
