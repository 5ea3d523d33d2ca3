/* SPDX-License-Identifier: MIT
 *
 * pprof: google/pprof's profile.proto under gzip, obeying what Parca and Pyroscope ask beyond it:
 * ids are 1, 2, 3 ..., names of sample types have no '-', the four types of Go's heap profiles are
 * there, no stack is deeper than 1000.
 *
 * Samples are written as they come and the tables behind them. The string table is, in this order:
 * fixed_strings, one for each thread, names of functions, files, symbols that differ from the name,
 * paths and build-ids of mappings, comments.
 */
#include "export/clean_text.h"
#include "export/export.h"
#include "export/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <tare/version.h>

enum { DEPTH_MOST = 1000, TYPES = 7 };

/* Numbers of fields. */
enum {
    PROFILE_SAMPLE_TYPE = 1,
    PROFILE_SAMPLE = 2,
    PROFILE_MAPPING = 3,
    PROFILE_LOCATION = 4,
    PROFILE_FUNCTION = 5,
    PROFILE_STRING_TABLE = 6,
    PROFILE_TIME_NANOS = 9,
    PROFILE_DURATION_NANOS = 10,
    PROFILE_PERIOD_TYPE = 11,
    PROFILE_PERIOD = 12,
    PROFILE_COMMENT = 13,
    PROFILE_DEFAULT_SAMPLE_TYPE = 14,
};

enum fixed_string {
    EMPTY,
    ALLOC_OBJECTS,
    ALLOC_SPACE,
    TEMP_OBJECTS,
    PEAK_SPACE,
    WASTE_SPACE,
    INUSE_OBJECTS,
    INUSE_SPACE,
    COUNT,
    BYTES,
    SPACE,
    THREAD,
    FIXED_STRINGS,
};

static const char *const fixed_strings[FIXED_STRINGS] = {
    [EMPTY] = "",
    [ALLOC_OBJECTS] = "alloc_objects",
    [ALLOC_SPACE] = "alloc_space",
    [TEMP_OBJECTS] = "temp_objects",
    [PEAK_SPACE] = "peak_space",
    [WASTE_SPACE] = "waste_space",
    [INUSE_OBJECTS] = "inuse_objects",
    [INUSE_SPACE] = "inuse_space",
    [COUNT] = "count",
    [BYTES] = "bytes",
    [SPACE] = "space",
    [THREAD] = "thread",
};

/* Type and unit, in the order of a sample's values. */
static const enum fixed_string types[TYPES][2] = {
    {ALLOC_OBJECTS, COUNT}, {ALLOC_SPACE, BYTES}, {TEMP_OBJECTS, COUNT},
    {PEAK_SPACE, BYTES},    {WASTE_SPACE, BYTES}, {INUSE_OBJECTS, COUNT},
    {INUSE_SPACE, BYTES},
};

struct pprof {
    struct export *export;
    struct sink *sink;
    const struct places *places;
    uint32_t *first_threads; /* by process: the string of its first thread */
    uint32_t names, files, symbols, mappings, comments; /* first strings of each */
};

static void send_string(struct sink *sink, const char *text)
{
    struct message head;

    head.used = 0;
    message_length(&head, PROFILE_STRING_TABLE, strlen(text));
    sink_bytes(sink, head.bytes, head.used);
    sink_text(sink, text);
}

static void send_type(struct sink *sink, unsigned field, enum fixed_string type,
                      enum fixed_string unit)
{
    struct message message;

    message.used = 0;
    message_field(&message, 1, type);
    message_field(&message, 2, unit);
    message_send(sink, field, &message);
}

static void put_label(struct message *message, const struct pprof *p,
                      const struct site_thread *share)
{
    struct message label;
    ptrdiff_t thread = share->thread - share->process->threads;

    label.used = 0;
    message_field(&label, 1, THREAD);
    message_field(&label, 2, p->first_threads[share->process_index] + (uint64_t)thread);
    message_inner(message, 3, &label);
}

static void send_sample(const struct pprof *p, const struct sample *sample)
{
    const struct samples *samples = &p->export->samples;
    const struct counts *counts = &sample->counts;
    const uint64_t values[TYPES] = {
        counts->allocations, counts->bytes,       counts->temporary,  counts->bytes_at_peak,
        sample->slack_bytes, counts->live_blocks, counts->live_bytes,
    };
    struct message message;
    struct message list;

    message.used = list.used = 0;
    for (uint32_t i = 0; i < samples->depth; i++)
        message_varint(&list, samples->stack[i] + 1);
    message_inner(&message, 1, &list);
    list.used = 0;
    for (int i = 0; i < TYPES; i++)
        message_varint(&list, values[i]);
    message_inner(&message, 2, &list);
    if (sample->thread && sample->thread->thread)
        put_label(&message, p, sample->thread);
    message_send(p->sink, PROFILE_SAMPLE, &message);
}

static void send_location(const struct pprof *p, uint32_t number)
{
    const struct place *place = &p->places->list[number];
    struct message message;

    message.used = 0;
    message_field(&message, 1, number + 1);
    message_field(&message, 2, place->mapping);
    message_field(&message, 3, place->address);
    for (uint32_t i = 0; i < place->frame_count; i++) {
        const struct place_frame *frame = &p->places->frames[place->first_frame + i];
        struct message line;

        line.used = 0;
        message_field(&line, 1, frame->function + 1);
        message_field(&line, 2, frame->line);
        message_inner(&message, 4, &line);
    }
    message_send(p->sink, PROFILE_LOCATION, &message);
}

static bool has_own_symbol(const struct place_function *function)
{
    return function->symbol && strcmp(function->symbol, function->name) != 0;
}

static void send_functions(struct pprof *p)
{
    uint32_t symbol = p->symbols;

    for (uint32_t i = 0; i < p->places->function_count; i++) {
        const struct place_function *function = &p->places->functions[i];
        struct message message;

        message.used = 0;
        message_field(&message, 1, i + 1);
        message_field(&message, 2, p->names + i);
        message_field(&message, 3, has_own_symbol(function) ? symbol++ : p->names + i);
        message_field(&message, 4, function->file ? p->files + function->file : EMPTY);
        message_send(p->sink, PROFILE_FUNCTION, &message);
    }
    p->mappings = symbol;
}

static void send_mappings(struct pprof *p)
{
    uint32_t string = p->mappings;

    for (uint32_t i = 1; i < p->places->mapping_count; i++) {
        const struct place_mapping *mapping = &p->places->mappings[i];
        struct message message;

        message.used = 0;
        message_field(&message, 1, i);
        message_field(&message, 2, mapping->module->start);
        message_field(&message, 3, mapping->module->end);
        message_field(&message, 5, string++);
        message_field(&message, 6, string++);
        /* With one of them missing go tool pprof looks for all of them itself. */
        for (unsigned has = 7; has <= 10; has++)
            message_field(&message, has, mapping->has_functions);
        message_send(p->sink, PROFILE_MAPPING, &message);
    }
    p->comments = string;
}

static void thread_name(char name[64], const struct thread *thread)
{
    if (*thread->name)
        clean_text(name, thread->name);
    else
        snprintf(name, 64, "thread %" PRIu32, thread->tid);
}

static void send_thread_names(const struct pprof *p)
{
    const struct profile *profile = p->export->profile;

    for (uint32_t i = 0; i < profile->process_count; i++)
        for (uint32_t k = 0; k < profile->processes[i].thread_count; k++) {
            char name[64];

            thread_name(name, &profile->processes[i].threads[k]);
            send_string(p->sink, name);
        }
}

static void send_mapping_names(const struct pprof *p)
{
    for (uint32_t i = 1; i < p->places->mapping_count; i++) {
        const struct place_mapping *mapping = &p->places->mappings[i];
        char id[2 * LEDGER_BUILD_ID_BYTES + 1] = "";

        for (uint32_t k = 0; k < mapping->module->build_id_bytes; k++)
            snprintf(id + 2 * k, 3, "%02x", mapping->module->build_id[k]);
        send_string(p->sink, mapping->path);
        send_string(p->sink, id);
    }
}

static void send_comments(const struct pprof *p)
{
    const struct export *export = p->export;
    char folded[128];
    char *command = clean_copy(
        export->profile->process_count ? export->profile->processes[0].command : "");

    snprintf(folded, sizeof folded, "%" PRIu32 " sites are together in [other]",
             export->samples.folded);
    for (uint32_t i = 0; i < 2 + (export->samples.folded > 0); i++) {
        struct message comment;

        comment.used = 0;
        message_field(&comment, PROFILE_COMMENT, p->comments + i);
        sink_bytes(p->sink, comment.bytes, comment.used);
    }
    send_string(p->sink, "tare " TARE_VERSION);
    send_string(p->sink, command ? command : "");
    if (export->samples.folded)
        send_string(p->sink, folded);
    free(command);
}

static void send_strings(const struct pprof *p)
{
    for (int i = 0; i < FIXED_STRINGS; i++)
        send_string(p->sink, fixed_strings[i]);
    send_thread_names(p);
    for (uint32_t i = 0; i < p->places->function_count; i++)
        send_string(p->sink, p->places->functions[i].name);
    for (uint32_t i = 0; i < p->places->file_count; i++)
        send_string(p->sink, p->places->files[i]);
    for (uint32_t i = 0; i < p->places->function_count; i++)
        if (has_own_symbol(&p->places->functions[i]))
            send_string(p->sink, p->places->functions[i].symbol);
    send_mapping_names(p);
    send_comments(p);
}

/* What a viewer shows first: what is not freed, unless nearly nothing is left at the end. */
static enum fixed_string first_shown(const struct export *export)
{
    static const enum fixed_string of_order[ORDER_COUNT] = {
        [ORDER_BYTES] = ALLOC_SPACE,      [ORDER_CALLS] = ALLOC_OBJECTS,
        [ORDER_PEAK] = PEAK_SPACE,        [ORDER_LIVE] = INUSE_SPACE,
        [ORDER_TEMPORARY] = TEMP_OBJECTS,
    };
    const struct counts *counts = &export->samples.counts;

    if (export->options->has_order)
        return of_order[export->order];
    return counts->live_bytes < counts->bytes / 100 ? ALLOC_SPACE : INUSE_SPACE;
}

static void send_head(const struct pprof *p)
{
    const struct profile *profile = p->export->profile;

    for (int i = 0; i < TYPES; i++)
        send_type(p->sink, PROFILE_SAMPLE_TYPE, types[i][0], types[i][1]);
    send_type(p->sink, PROFILE_PERIOD_TYPE, SPACE, BYTES);
    message_send_number(p->sink, PROFILE_PERIOD, 1);
    message_send_number(p->sink, PROFILE_DEFAULT_SAMPLE_TYPE, first_shown(p->export));
    if (!profile->process_count)
        return;
    message_send_number(p->sink, PROFILE_TIME_NANOS,
                        profile->processes[0].header->start_realtime_ns);
    message_send_number(p->sink, PROFILE_DURATION_NANOS, profile->processes[0].duration_ns);
}

static bool number_threads(struct pprof *p)
{
    const struct profile *profile = p->export->profile;
    uint32_t next = FIXED_STRINGS;

    p->first_threads = calloc(profile->process_count + 1, sizeof *p->first_threads);
    if (!p->first_threads)
        return false;
    for (uint32_t i = 0; i < profile->process_count; i++) {
        p->first_threads[i] = next;
        next += profile->processes[i].thread_count;
    }
    p->names = next;
    return true;
}

int export_pprof(struct export *export)
{
    struct pprof p = {export, &export->sink, &export->samples.places, .names = 0};
    struct sample sample;

    if (!number_threads(&p))
        return -ENOMEM;
    send_head(&p);
    while (export_next(export, &sample, DEPTH_MOST))
        send_sample(&p, &sample);
    for (uint32_t i = 0; i < p.places->count; i++)
        send_location(&p, i);
    p.files = p.names + p.places->function_count;
    p.symbols = p.files + p.places->file_count;
    send_functions(&p);
    send_mappings(&p);
    send_strings(&p);
    free(p.first_threads);
    return 0;
}
