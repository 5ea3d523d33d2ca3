/* SPDX-License-Identifier: MIT
 *
 * DHAT's JSON, version 2, as valgrind's dh_view.html and Firefox's profiler read it. Each stack
 * stands once, innermost frame first.
 *
 * Lifetimes are the middles of the buckets that they were counted in, and none for what was not
 * freed. How many blocks a site had at the peak is not recorded: if as many bytes as at the end, as
 * many as at the end, else as many as of its mean size are so many bytes.
 */
#include "export/clean_text.h"
#include "export/export.h"
#include "export/texts.h"

#include <errno.h>
#include <stdlib.h>

static uint64_t lifetimes(const struct evidence *evidence)
{
    const double greatest = 9007199254740992.0; /* beyond, JSON is not exact */
    double sum = 0;

    for (uint32_t i = 0; i < LEDGER_LIFE_BUCKETS; i++) {
        double middle = i ? 0.75 * (double)(UINT64_C(1) << i) : 0.5;

        sum += (double)evidence->lives[i] * middle * (double)LEDGER_LIFE_UNIT_NS;
    }
    return sum < greatest ? (uint64_t)sum : (uint64_t)greatest;
}

static uint64_t greater(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

static uint64_t blocks_at_peak(const struct counts *counts)
{
    if (!counts->bytes_at_peak || counts->bytes_at_peak == counts->live_bytes)
        return counts->bytes_at_peak ? counts->live_blocks : 0;
    double mean = (double)counts->bytes / (double)greater(counts->allocations, 1);
    double blocks = mean > 0 ? (double)counts->bytes_at_peak / mean + 0.5 : 1;
    uint64_t whole = greater(blocks < 1e18 ? (uint64_t)blocks : 1, 1);
    return whole < counts->allocations ? whole : greater(counts->allocations, 1);
}

static void put_number(struct sink *sink, const char *key, uint64_t value)
{
    sink_text(sink, key);
    sink_number(sink, value);
}

/* A frame's number is its index among all frames, behind "[root]". */
static void add_frame(struct texts *texts, const struct place_frame *frame, uint32_t index)
{
    (void)frame;
    texts_add_number(texts, (uint64_t)index + 1);
}

static void put_sample(struct export *export, struct texts *texts,
                       const struct sample *sample)
{
    struct evidence evidence = samples_evidence(&export->samples, sample);
    const struct counts *counts = &sample->counts;
    struct sink *sink = &export->sink;
    uint64_t at_peak = blocks_at_peak(counts);

    put_number(sink, "{\"tb\":", counts->bytes);
    put_number(sink, ",\"tbk\":", counts->allocations);
    put_number(sink, ",\"tl\":", lifetimes(&evidence));
    put_number(
        sink, ",\"mb\":",
        greater(evidence.most_bytes, greater(counts->bytes_at_peak, counts->live_bytes)));
    put_number(sink, ",\"mbk\":",
               greater(evidence.most_blocks, greater(at_peak, counts->live_blocks)));
    put_number(sink, ",\"gb\":", counts->bytes_at_peak);
    put_number(sink, ",\"gbk\":", at_peak);
    put_number(sink, ",\"eb\":", counts->live_bytes);
    put_number(sink, ",\"ebk\":", counts->live_blocks);
    sink_text(sink, ",\"fs\":[");
    texts_put_stack(texts, sink);
    sink_text(sink, "]}");
}

static void put_place(struct export *export, const struct place *place)
{
    const struct places *places = &export->samples.places;
    struct sink *sink = &export->sink;

    for (uint32_t i = 0; i < place->frame_count; i++) {
        const struct place_frame *frame = &places->frames[place->first_frame + i];
        const struct place_function *function = places_function(places, frame);
        struct {
            char *text;
            size_t bytes;
        } where = {NULL, 0};
        FILE *out = open_memstream(&where.text, &where.bytes);

        if (!out) {
            export->samples.error = -ENOMEM;
            return;
        }
        fprintf(out, "0x%llX: %s", (unsigned long long)place->address, function->name);
        if (function->file)
            fprintf(out, " (%s:%u)", places->files[function->file], frame->line);
        else if (place->mapping)
            fprintf(out, " (in %s)", places->mappings[place->mapping].path);
        fclose(out);
        sink_text(sink, ",\n");
        sink_quoted(sink, where.text);
        free(where.text);
    }
}

static void put_head(struct export *export, const char *command)
{
    const struct profile *profile = export->profile;
    struct sink *sink = &export->sink;
    struct export_times times = export_times(profile);

    sink_text(sink, "{\"dhatFileVersion\":2,\"mode\":\"heap\",\"verb\":\"Allocated\",\n"
                    "\"bklt\":true,\"bkacc\":false,\"tu\":\"ns\",\"Mtu\":\"ms\",");
    put_number(sink, "\"tuth\":", LEDGER_LIFE_UNIT_NS);
    sink_text(sink, ",\n\"cmd\":");
    sink_quoted(sink, command);
    put_number(sink,
               ",\"pid\":", profile->process_count ? profile->processes[0].header->pid : 0);
    put_number(sink, ",\"te\":", times.end_ns);
    put_number(sink, ",\"tg\":", times.peak_ns);
}

int export_dhat(struct export *export)
{
    const struct places *places = &export->samples.places;
    struct texts texts = {.samples = &export->samples,
                          .add = add_frame,
                          .innermost_first = true,
                          .between = ','};
    struct sink *sink = &export->sink;
    struct sample sample;
    char *command = clean_copy(
        export->profile->process_count ? export->profile->processes[0].command : "");

    if (!command)
        return -ENOMEM;
    put_head(export, command);
    free(command);
    sink_text(sink, ",\n\"pps\":[");
    for (const char *between = "\n"; export_next(export, &sample, UINT32_MAX);
         between = ",\n") {
        sink_text(sink, between);
        put_sample(export, &texts, &sample);
    }
    texts_fini(&texts);
    sink_text(sink, "],\n\"ftbl\":[\"[root]\"");
    for (uint32_t i = 0; i < places->count; i++)
        put_place(export, &places->list[i]);
    sink_text(sink, "]}\n");
    return 0;
}
