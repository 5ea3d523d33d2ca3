/* SPDX-License-Identifier: MIT
 *
 * pprof heap profiles: alloc_objects, alloc_space, inuse_objects, inuse_space and, as Tare writes
 * them, peak_space and temp_objects. Without a peak it is what is in use.
 */
#include "import/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TYPES_MOST = 16, DEPTH_MOST = 100000 };

struct span {
    const uint8_t *at, *end;
};

struct field {
    unsigned number, wire;
    uint64_t value;
    struct span inner;
};

struct location {
    struct span message;
    struct maker_place place;
    bool is_made;
};

/* Of its texts the numbers: functions are in many lines. */
struct function {
    uint64_t name, file;
};

enum source {
    ALLOC_OBJECTS,
    ALLOC_SPACE,
    INUSE_OBJECTS,
    INUSE_SPACE,
    PEAK_SPACE,
    TEMP_OBJECTS,
    SOURCES
};

struct pprof {
    struct maker *maker;
    struct maker_text *strings;
    struct location *locations;
    struct function *functions;
    struct span *mappings;
    uint32_t *modules;
    uint64_t string_count, location_count, function_count, mapping_count;
    uint32_t other_module;
    int index_of[SOURCES]; /* of a sample's values; -1: none */
    uint32_t type_count;
    bool is_bad;
};

static uint64_t varint(struct span *from, bool *is_bad)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && from->at < from->end; shift += 7) {
        value |= (uint64_t)(*from->at & 0x7f) << shift;
        if (!(*from->at++ & 0x80))
            return value;
    }
    *is_bad = true;
    from->at = from->end;
    return 0;
}

static bool next_field(struct field *field, struct span *from, bool *is_bad)
{
    if (*is_bad || from->at == from->end)
        return false;
    uint64_t tag = varint(from, is_bad);
    size_t fixed = (tag & 7) == 1 ? 8 : 4;
    *field = (struct field){.number = (unsigned)(tag >> 3), .wire = tag & 7};
    if (field->wire == 0) {
        field->value = varint(from, is_bad);
    } else if (field->wire == 2) {
        uint64_t bytes = varint(from, is_bad);

        if (bytes > (uint64_t)(from->end - from->at))
            *is_bad = true;
        else
            field->inner = (struct span){from->at, from->at + bytes};
        from->at = *is_bad ? from->end : from->at + bytes;
    } else if ((field->wire == 1 || field->wire == 5) &&
               fixed <= (size_t)(from->end - from->at)) {
        from->at += fixed;
    } else {
        *is_bad = true;
    }
    return !*is_bad;
}

/* A number of a message, the latest one; 0: there is none. */
static uint64_t number_in(struct span message, unsigned number)
{
    struct field field;
    bool is_bad = false;
    uint64_t value = 0;

    while (next_field(&field, &message, &is_bad))
        if (field.number == number && field.wire == 0)
            value = field.value;
    return value;
}

static struct maker_text text_of(const struct pprof *p, uint64_t number)
{
    return number < p->string_count ? p->strings[number] : (struct maker_text){NULL, 0};
}

/* How many fields of the message have each number below 8. */
static void count_fields(struct span all, uint64_t counts[8], bool *is_bad)
{
    struct field field;

    while (next_field(&field, &all, is_bad))
        if (field.number < 8 && field.wire == 2)
            counts[field.number]++;
}

/* Ids may be any numbers; those that are used are those of Go and of most others: 1, 2, 3 ... */
static bool has_own_number(uint64_t id, uint64_t count)
{
    return id > 0 && id <= count;
}

static void collect(struct pprof *p, struct span all)
{
    struct field field;
    uint64_t strings = 0;

    while (next_field(&field, &all, &p->is_bad)) {
        uint64_t id = field.wire == 2 && field.number != 6 ? number_in(field.inner, 1) : 0;

        if (field.wire != 2)
            continue;
        if (field.number == 3 && has_own_number(id, p->mapping_count))
            p->mappings[id - 1] = field.inner;
        else if (field.number == 4 && has_own_number(id, p->location_count))
            p->locations[id - 1].message = field.inner;
        else if (field.number == 5 && has_own_number(id, p->function_count))
            p->functions[id - 1] =
                (struct function){number_in(field.inner, 2), number_in(field.inner, 4)};
        else if (field.number == 6)
            p->strings[strings++] = (struct maker_text){
                (const char *)field.inner.at, (size_t)(field.inner.end - field.inner.at)};
    }
}

static void note_type(struct pprof *p, struct span type)
{
    static const char *const names[SOURCES] = {"alloc_objects", "alloc_space",
                                               "inuse_objects", "inuse_space",
                                               "peak_space",    "temp_objects"};
    struct maker_text name = text_of(p, number_in(type, 1));

    for (int i = 0; i < SOURCES; i++)
        if (name.bytes == strlen(names[i]) && !memcmp(name.text, names[i], name.bytes))
            p->index_of[i] = (int)p->type_count;
    p->type_count++;
}

static uint32_t module_of(struct pprof *p, uint64_t mapping)
{
    uint32_t *module = has_own_number(mapping, p->mapping_count) ? &p->modules[mapping - 1]
                                                                 : &p->other_module;
    struct maker_text path = {"[unknown]", 9};

    if (!*module && module != &p->other_module)
        path = text_of(p, number_in(p->mappings[mapping - 1], 5));
    if (!*module)
        *module = maker_module(p->maker, &path);
    return *module;
}

static struct maker_frame frame_of(const struct pprof *p, struct span line)
{
    uint64_t function = number_in(line, 1);
    struct maker_frame frame = {.line = (uint32_t)number_in(line, 2)};

    if (has_own_number(function, p->function_count)) {
        frame.function = text_of(p, p->functions[function - 1].name);
        frame.file = text_of(p, p->functions[function - 1].file);
    }
    return frame;
}

static struct maker_place place_of(struct pprof *p, struct location *location)
{
    struct maker_frame frames[MAKER_FRAMES_MOST];
    struct span message = location->message;
    struct field field;
    uint32_t count = 0;

    if (location->is_made)
        return location->place;
    while (next_field(&field, &message, &p->is_bad))
        if (field.number == 4 && field.wire == 2 && count < MAKER_FRAMES_MOST)
            frames[count++] = frame_of(p, field.inner);
    location->place =
        maker_place(p->maker, module_of(p, number_in(location->message, 2)), frames, count);
    location->is_made = true;
    return location->place;
}

/* Its numbers, packed or one by one; how many there are. */
static uint32_t read_numbers(struct pprof *p, struct span message, unsigned number,
                             uint64_t *numbers, uint32_t most)
{
    struct field field;
    uint32_t count = 0;

    while (next_field(&field, &message, &p->is_bad)) {
        if (field.number != number)
            continue;
        if (field.wire == 0 && count < most)
            numbers[count++] = field.value;
        while (field.wire == 2 && field.inner.at < field.inner.end && count < most &&
               !p->is_bad)
            numbers[count++] = varint(&field.inner, &p->is_bad);
    }
    return count;
}

/* Differences may be negative; a profile has none. */
static uint64_t value_of(const struct pprof *p, const uint64_t *values, uint32_t count,
                         enum source source)
{
    int index = p->index_of[source];

    return index >= 0 && (uint32_t)index < count && (int64_t)values[index] > 0
               ? values[index]
               : 0;
}

static void read_sample(struct pprof *p, struct span message, uint64_t *stack)
{
    uint64_t values[TYPES_MOST];
    uint32_t depth = read_numbers(p, message, 1, stack, DEPTH_MOST);
    uint32_t count = read_numbers(p, message, 2, values, TYPES_MOST);
    uint32_t node = LEDGER_OUTERMOST;

    for (uint32_t i = depth; i-- > 0;)
        if (has_own_number(stack[i], p->location_count))
            node = maker_node(p->maker, place_of(p, &p->locations[stack[i] - 1]), node);
    struct maker_counts counts = {
        .allocations = value_of(p, values, count, ALLOC_OBJECTS),
        .bytes = value_of(p, values, count, ALLOC_SPACE),
        .temporary = value_of(p, values, count, TEMP_OBJECTS),
        .live_blocks = value_of(p, values, count, INUSE_OBJECTS),
        .live_bytes = value_of(p, values, count, INUSE_SPACE),
    };
    counts.bytes_at_peak = p->index_of[PEAK_SPACE] >= 0
                               ? value_of(p, values, count, PEAK_SPACE)
                               : counts.live_bytes;
    if (counts.allocations || counts.bytes)
        maker_site(p->maker, node, &counts);
}

static void read_head(struct pprof *p, struct span all)
{
    struct ledger_header *header = maker_header(p->maker);
    struct field field;

    while (next_field(&field, &all, &p->is_bad)) {
        if (field.number == 1 && field.wire == 2)
            note_type(p, field.inner);
        else if (field.number == 9 && field.wire == 0)
            header->start_realtime_ns = field.value;
        else if (field.number == 10 && field.wire == 0 && field.value < INT64_MAX)
            header->end_monotonic_ns = header->start_monotonic_ns + field.value;
    }
    if (p->mapping_count) {
        struct maker_text path = text_of(p, number_in(p->mappings[0], 5));
        maker_set_command(p->maker, &path);
    }
}

static bool reserve(struct pprof *p, struct span all)
{
    uint64_t counts[8] = {0};

    count_fields(all, counts, &p->is_bad);
    p->mapping_count = counts[3];
    p->location_count = counts[4];
    p->function_count = counts[5];
    p->string_count = counts[6];
    p->mappings = calloc(p->mapping_count + 1, sizeof *p->mappings);
    p->modules = calloc(p->mapping_count + 1, sizeof *p->modules);
    p->locations = calloc(p->location_count + 1, sizeof *p->locations);
    p->functions = calloc(p->function_count + 1, sizeof *p->functions);
    p->strings = calloc(p->string_count + 1, sizeof *p->strings);
    return p->mappings && p->modules && p->locations && p->functions && p->strings;
}

static int read_all(struct pprof *p, struct span all)
{
    uint64_t *stack = malloc(DEPTH_MOST * sizeof *stack);
    struct field field;

    if (!stack || !reserve(p, all)) {
        free(stack);
        return -ENOMEM;
    }
    collect(p, all);
    read_head(p, all);
    bool is_heap = p->index_of[ALLOC_OBJECTS] >= 0 && p->index_of[ALLOC_SPACE] >= 0;
    for (struct span at = all; is_heap && next_field(&field, &at, &p->is_bad);)
        if (field.number == 2 && field.wire == 2)
            read_sample(p, field.inner, stack);
    free(stack);
    if (p->is_bad)
        return -EBADMSG;
    return is_heap ? 0 : -ENOTSUP;
}

int import_pprof(struct maker *maker, const uint8_t *data, size_t bytes)
{
    struct pprof p = {.maker = maker};

    for (int i = 0; i < SOURCES; i++)
        p.index_of[i] = -1;
    int err = bytes ? read_all(&p, (struct span){data, data + bytes}) : -EBADMSG;
    free(p.strings);
    free(p.locations);
    free(p.functions);
    free(p.mappings);
    free(p.modules);
    return err;
}
