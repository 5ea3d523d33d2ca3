/* SPDX-License-Identifier: MIT
 *
 * The pprof export: decoded here by the rules of profile.proto, of Parca and of Pyroscope, and read
 * by go tool pprof.
 */
#include "support/exported.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { TABLE_MOST = 100000, TYPES = 7, DEPTH_MOST = 1000 };

static struct {
    uint8_t *bytes;
    size_t count;
    const uint8_t *strings[TABLE_MOST];
    size_t string_bytes[TABLE_MOST];
    uint32_t string_count, samples, labelled;
    uint64_t mappings, locations, functions;                          /* the latest ids */
    uint64_t most_mapping, most_location, most_function, most_string; /* referred to */
    uint64_t types[TYPES], units[TYPES], type_count, default_type;
    uint64_t sums[TYPES];
    uint64_t period, period_type, period_unit, time;
} pb;

struct field {
    unsigned number, wire;
    uint64_t value; /* or the length of `data` */
    const uint8_t *data;
};

static uint64_t varint(const uint8_t **at, const uint8_t *end)
{
    uint64_t value = 0;

    for (unsigned shift = 0;; shift += 7) {
        assert_true(*at < end && shift < 64);
        value |= (uint64_t)(**at & 0x7f) << shift;
        if (!(*(*at)++ & 0x80))
            return value;
    }
}

static bool next_field(struct field *field, const uint8_t **at, const uint8_t *end)
{
    if (*at == end)
        return false;
    uint64_t tag = varint(at, end);
    field->number = (unsigned)(tag >> 3);
    field->wire = tag & 7;
    assert_true(field->wire == 0 || field->wire == 2);
    field->value = varint(at, end);
    field->data = *at;
    if (field->wire == 2) {
        assert_true(field->value <= (uint64_t)(end - *at));
        *at += field->value;
    }
    return true;
}

#define EACH_FIELD(field, of)                                                             \
    for (const uint8_t *at_##field = (of)->data, *end_##field = (of)->data + (of)->value; \
         next_field(&(field), &at_##field, end_##field);)

static void note(uint64_t *most, uint64_t value)
{
    if (value > *most)
        *most = value;
}

static void read_type(const struct field *message, uint64_t *type, uint64_t *unit)
{
    struct field f;

    EACH_FIELD(f, message)
    {
        note(&pb.most_string, f.value);
        *(f.number == 1 ? type : unit) = f.value;
    }
}

static void read_sample(const struct field *message)
{
    struct field f;
    uint32_t values = 0, depth = 0;

    EACH_FIELD(f, message)
    {
        const uint8_t *at = f.data, *end = f.data + f.value;

        assert_int_equal(f.wire, 2);
        for (; f.number == 1 && at < end; depth++) {
            uint64_t id = varint(&at, end);

            assert_true(id > 0);
            note(&pb.most_location, id);
        }
        while (f.number == 2 && at < end) {
            assert_true(values < TYPES);
            pb.sums[values++] += varint(&at, end);
        }
        pb.labelled += f.number == 3;
    }
    assert_int_equal(values, TYPES);
    assert_true(depth > 0 && depth <= DEPTH_MOST);
    pb.samples++;
}

/* Ids follow each other from 1 on; of what is inside, the greatest references are kept. */
static void read_entry(const struct field *message)
{
    uint64_t *const ids[] = {[3] = &pb.mappings, [4] = &pb.locations, [5] = &pb.functions};
    struct field f, line;

    EACH_FIELD(f, message)
    {
        if (f.number == 1)
            assert_int_equal(f.value, ++*ids[message->number]);
        if (message->number == 4 && f.number == 2)
            note(&pb.most_mapping, f.value);
        if (message->number == 4 && f.number == 4)
            EACH_FIELD(line, &f)
        if (line.number == 1)
            note(&pb.most_function, line.value);
        if ((message->number == 5 && f.number > 1 && f.number < 5) ||
            (message->number == 3 && (f.number == 5 || f.number == 6)))
            note(&pb.most_string, f.value);
    }
}

static void read_field(const struct field *f)
{
    switch (f->number) {
    case 1:
        assert_true(pb.type_count < TYPES);
        read_type(f, &pb.types[pb.type_count], &pb.units[pb.type_count]);
        pb.type_count++;
        break;
    case 2:
        read_sample(f);
        break;
    case 3:
    case 4:
    case 5:
        read_entry(f);
        break;
    case 6:
        assert_true(pb.string_count < TABLE_MOST);
        pb.strings[pb.string_count] = f->data;
        pb.string_bytes[pb.string_count++] = f->value;
        break;
    case 9:
        pb.time = f->value;
        break;
    case 11:
        read_type(f, &pb.period_type, &pb.period_unit);
        break;
    case 12:
        pb.period = f->value;
        break;
    case 13:
        note(&pb.most_string, f->value);
        break;
    case 14:
        pb.default_type = f->value;
        break;
    default:
        assert_int_equal(f->number, 10);
    }
}

static void decode(const struct export_options *options)
{
    size_t packed_bytes;
    const char *packed = export_text("pprof", options, &packed_bytes);
    z_stream gzip = {0};
    struct field f;

    free(pb.bytes);
    memset(&pb, 0, sizeof pb);
    pb.bytes = malloc(pb.count = 100 * packed_bytes);
    assert_non_null(pb.bytes);
    assert_int_equal(inflateInit2(&gzip, 15 + 16), Z_OK);
    gzip.next_in = (uint8_t *)(uintptr_t)packed;
    gzip.avail_in = (uInt)packed_bytes;
    gzip.next_out = pb.bytes;
    gzip.avail_out = (uInt)pb.count;
    assert_int_equal(inflate(&gzip, Z_FINISH), Z_STREAM_END);
    pb.count = gzip.total_out;
    inflateEnd(&gzip);
    const struct field all = {.data = pb.bytes, .value = pb.count};
    EACH_FIELD(f, &all)
    {
        read_field(&f);
    }
}

static void string_is(uint64_t number, const char *text)
{
    assert_true(number < pb.string_count);
    assert_int_equal(pb.string_bytes[number], strlen(text));
    assert_memory_equal(pb.strings[number], text, strlen(text));
}

static void values_add_up_to_ours(void **state)
{
    (void)state;
    decode(NULL);
    assert_int_equal(pb.sums[0], exported_counts.allocations);
    assert_int_equal(pb.sums[1], exported_counts.bytes);
    assert_int_equal(pb.sums[2], exported_counts.temporary);
    assert_int_equal(pb.sums[3], exported_counts.bytes_at_peak);
    assert_int_equal(pb.sums[5], exported_counts.live_blocks);
    assert_int_equal(pb.sums[6], exported_counts.live_bytes);
    uint64_t slack = 0;
    for (uint32_t i = 0; i < exported.profile.process_count; i++) {
        const struct process *process = &exported.profile.processes[i];

        for (uint32_t k = 0; k < process->site_count; k++) {
            struct evidence evidence = {0};

            evidence_add(&evidence, process, process->sites[k].records);
            slack += evidence.slack_bytes;
        }
    }
    assert_int_equal(pb.sums[4], slack);
    assert_true(slack > 0);
    assert_int_equal(pb.samples, export_result.samples);
    assert_int_equal(pb.labelled, pb.samples);
}

static void servers_would_take_it(void **state)
{
    static const char *const types[TYPES][2] = {
        {"alloc_objects", "count"}, {"alloc_space", "bytes"}, {"temp_objects", "count"},
        {"peak_space", "bytes"},    {"waste_space", "bytes"}, {"inuse_objects", "count"},
        {"inuse_space", "bytes"},
    };

    (void)state;
    decode(NULL);
    assert_int_equal(pb.string_bytes[0], 0);
    assert_int_equal(pb.type_count, TYPES);
    for (int i = 0; i < TYPES; i++) {
        string_is(pb.types[i], types[i][0]);
        string_is(pb.units[i], types[i][1]);
    }
    string_is(pb.period_type, "space");
    string_is(pb.period_unit, "bytes");
    assert_int_equal(pb.period, 1);
    assert_true(pb.time > 0);
    assert_true(pb.most_mapping <= pb.mappings && pb.mappings > 0);
    assert_true(pb.most_location <= pb.locations);
    assert_true(pb.most_function <= pb.functions);
    assert_true(pb.most_string < pb.string_count);
}

static void the_most_samples_hold_for_shares_of_threads_too(void **state)
{
    (void)state;
    for (uint32_t most = 1; most < 40; most += 3) {
        const struct export_options options = {.has_max_samples = true,
                                               .max_samples = most};

        decode(&options);
        assert_true(pb.samples <= most && pb.samples > 0);
        assert_int_equal(pb.sums[1], exported_counts.bytes);
        assert_int_equal(pb.sums[6], exported_counts.live_bytes);
    }
}

static void the_metric_asked_for_is_shown_first(void **state)
{
    const struct export_options options = by_metric(ORDER_PEAK);

    (void)state;
    decode(&options);
    string_is(pb.default_type, "peak_space");
}

/* "1030 of 1030 total": without node limits all is shown. */
static void go_tool_pprof_has_the_same_totals(void **state)
{
    static const struct {
        const char *type;
        enum site_order order;
    } shown[] = {{"alloc_space", ORDER_BYTES},
                 {"alloc_objects", ORDER_CALLS},
                 {"peak_space", ORDER_PEAK},
                 {"inuse_space", ORDER_LIVE},
                 {"temp_objects", ORDER_TEMPORARY}};
    const char *path = export_file("pprof", NULL, "x.pb.gz");

    (void)state;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        char index[64];

        snprintf(index, sizeof index, "-sample_index=%s", shown[i].type);
        const char *said = export_read_by((const char *const[]){
            "go", "tool", "pprof", "-top", "-unit=b", "-nodecount=1000000",
            "-nodefraction=0", index, path, NULL});
        const char *of = strstr(said, "% of ");
        assert_non_null(of);
        assert_int_equal(strtoull(of + 5, NULL, 10),
                         counts_value(&exported_counts, shown[i].order));
    }
}

static void go_tool_pprof_knows_functions_lines_and_threads(void **state)
{
    const char *path = export_file("pprof", NULL, "x.pb.gz");

    (void)state;
    const char *raw =
        export_read_by((const char *const[]){"go", "tool", "pprof", "-raw", path, NULL});
    assert_non_null(strstr(raw, " sizes_of "));
    assert_non_null(strstr(raw, "tests/faults/evidence.c:"));
    assert_non_null(strstr(raw, "[FN][FL][LN][IN]"));
    assert_non_null(strstr(raw, "thread:[evidence]"));
    /* An inlined call is a line more of the same location. */
    assert_non_null(strstr(raw, "\n             "));
}

/* By protoc, which knows nothing but the numbers of fields. */
static void protoc_has_the_same_totals(void **state)
{
    static const char schema[] = "syntax = \"proto3\";\n"
                                 "message Profile { repeated Sample sample = 2; }\n"
                                 "message Sample { repeated int64 value = 2; }\n";
    uint64_t sum = 0;
    unsigned number = 0;
    char command[9000];

    (void)state;
    export_read_by((const char *const[]){"protoc", "--version", NULL});
    const char *path = export_file("pprof", NULL, "x.pb.gz");
    snprintf(command, sizeof command,
             "printf '%%s' '%s' >%s/x.proto && gzip -dcf %s | protoc --proto_path=%s "
             "--decode=Profile x.proto",
             schema, exported.folder, path, exported.folder);
    const char *said = export_read_by((const char *const[]){"sh", "-c", command, NULL});
    for (const char *at = said; (at = strstr(at, "\n  value: ")); at++) {
        const char *before = at - strlen("sample {");

        number = before >= said && !memcmp(before, "sample {", 8) ? 0 : number + 1;
        sum += number == 1 ? strtoull(at + strlen("\n  value: "), NULL, 10) : 0;
    }
    assert_int_equal(sum, exported_counts.bytes);
}

static int forget(void **state)
{
    free(pb.bytes);
    return exported_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_add_up_to_ours),
        cmocka_unit_test(servers_would_take_it),
        cmocka_unit_test(the_most_samples_hold_for_shares_of_threads_too),
        cmocka_unit_test(the_metric_asked_for_is_shown_first),
        cmocka_unit_test(go_tool_pprof_has_the_same_totals),
        cmocka_unit_test(go_tool_pprof_knows_functions_lines_and_threads),
        cmocka_unit_test(protoc_has_the_same_totals),
    };

    return cmocka_run_group_tests(tests, exported_setup, forget);
}
