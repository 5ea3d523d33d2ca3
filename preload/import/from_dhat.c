/* SPDX-License-Identifier: MIT
 *
 * DHAT's JSON, version 2. The table of frames stands behind the stacks, so that the file is gone
 * through twice.
 */
#include "import/import.h"
#include "import/json_cursor.h"
#include "import/valgrind_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 100000 };

struct dhat {
    struct maker *maker;
    struct json_cursor pps;
    struct maker_text *frames;
    struct maker_place *places; /* module 0: not made yet */
    uint64_t frame_count, frame_room;
    uint32_t program;
    uint64_t version, end, peak;
    struct maker_text unit;
    bool is_heap, has_pps;
};

static bool is(const struct maker_text *key, const char *name)
{
    return key->bytes == strlen(name) && !memcmp(key->text, name, key->bytes);
}

static void read_frames(struct dhat *d, struct json_cursor *json)
{
    json_begin(json, '[');
    while (json_next_element(json)) {
        if (d->frame_count == d->frame_room) {
            uint64_t room = d->frame_room ? 2 * d->frame_room : 256;
            struct maker_text *frames = realloc(d->frames, room * sizeof *frames);

            if (!frames) {
                d->maker->error = -ENOMEM;
                return;
            }
            d->frames = frames;
            d->frame_room = room;
        }
        d->frames[d->frame_count++] = json_read_text(json);
    }
}

static void read_member(struct dhat *d, struct json_cursor *json,
                        const struct maker_text *key)
{
    if (is(key, "dhatFileVersion")) {
        d->version = json_read_number(json);
    } else if (is(key, "mode")) {
        struct maker_text mode = json_read_text(json);

        d->is_heap = is(&mode, "heap") || is(&mode, "rust-heap");
    } else if (is(key, "cmd")) {
        struct maker_text command = json_read_text(json);

        maker_set_command(d->maker, &command);
    } else if (is(key, "tu")) {
        d->unit = json_read_text(json);
    } else if (is(key, "pid")) {
        maker_header(d->maker)->pid = (uint32_t)json_read_number(json);
    } else if (is(key, "te")) {
        d->end = json_read_number(json);
    } else if (is(key, "tg")) {
        d->peak = json_read_number(json);
    } else if (is(key, "pps")) {
        d->pps = *json;
        d->has_pps = true;
        json_skip(json);
    } else if (is(key, "ftbl")) {
        read_frames(d, json);
    } else {
        json_skip(json);
    }
}

/* Frames of one address are one place, whose innermost frame it is known by. */
static struct maker_place place_of(struct dhat *d, const uint64_t *numbers, uint32_t count)
{
    struct maker_place *place = &d->places[*numbers];
    struct maker_frame frames[MAKER_FRAMES_MOST];
    uint32_t module = 0;

    for (uint32_t i = 0; !place->module && i < count; i++)
        module = valgrind_frame(d->maker, d->program, &d->frames[numbers[i]], &frames[i]);
    if (!place->module)
        *place = maker_place(d->maker, module, frames, count);
    return *place;
}

/* Where the frames begin that are inlined into the one before `end`. The same frame again is a
 * recursion. */
static uint32_t start_of_place(const struct dhat *d, const uint64_t *stack, uint32_t end)
{
    uint32_t start = end - 1;

    while (start > 0 && end - start < MAKER_FRAMES_MOST &&
           valgrind_is_inlined(&d->frames[stack[start - 1]], &d->frames[stack[start]])) {
        for (uint32_t i = start; i < end; i++)
            if (stack[i] == stack[start - 1])
                return start;
        start--;
    }
    return start;
}

static uint32_t read_stack(struct dhat *d, struct json_cursor *json, uint64_t *stack)
{
    uint32_t depth = 0;
    uint32_t node = LEDGER_OUTERMOST;

    json_begin(json, '[');
    while (json_next_element(json)) {
        uint64_t number = json_read_number(json);
        bool is_own =
            !depth && number < d->frame_count && valgrind_is_own(&d->frames[number]);

        if (depth < DEPTH_MOST && number < d->frame_count && !is_own)
            stack[depth++] = number;
    }
    for (uint32_t start; depth > 0 && !d->maker->error; depth = start) {
        start = start_of_place(d, stack, depth);
        node = maker_node(d->maker, place_of(d, stack + start, depth - start), node);
    }
    return node;
}

static void read_site(struct dhat *d, struct json_cursor *json, uint64_t *stack)
{
    struct maker_counts counts = {0};
    struct maker_text key;
    uint32_t node = 0;

    json_begin(json, '{');
    while (json_next_member(json, &key)) {
        uint64_t *to = is(&key, "tb")    ? &counts.bytes
                       : is(&key, "tbk") ? &counts.allocations
                       : is(&key, "gb")  ? &counts.bytes_at_peak
                       : is(&key, "eb")  ? &counts.live_bytes
                       : is(&key, "ebk") ? &counts.live_blocks
                                         : NULL;
        if (to)
            *to = json_read_number(json);
        else if (is(&key, "fs"))
            node = read_stack(d, json, stack);
        else
            json_skip(json);
    }
    if (!json->is_bad && (counts.allocations || counts.bytes))
        maker_site(d->maker, node, &counts);
}

/* Only these units are of time; valgrind's own is instructions. */
static void set_times(struct dhat *d)
{
    struct ledger_header *header = maker_header(d->maker);
    uint64_t unit = is(&d->unit, "ns")   ? 1
                    : is(&d->unit, "us") ? 1000
                    : is(&d->unit, "µs") ? 1000
                    : is(&d->unit, "ms") ? 1000000
                                         : 0;

    if (!unit || d->end > INT64_MAX / unit || d->peak > d->end)
        return;
    header->peak_monotonic_ns = header->start_monotonic_ns + d->peak * unit;
    header->end_monotonic_ns = header->start_monotonic_ns + d->end * unit;
}

static int read_all(struct dhat *d, struct json_cursor json)
{
    uint64_t *stack = malloc(DEPTH_MOST * sizeof *stack);
    struct maker_text key;

    json_begin(&json, '{');
    while (json_next_member(&json, &key) && !d->maker->error)
        read_member(d, &json, &key);
    d->places = calloc(d->frame_count + 1, sizeof *d->places);
    if (!stack || !d->places)
        d->maker->error = -ENOMEM;
    const char *program = maker_header(d->maker)->executable;
    d->program = maker_module(d->maker, &(struct maker_text){program, strlen(program)});
    bool is_ours = !json.is_bad && d->has_pps && d->version == 2 && d->is_heap;
    if (is_ours && !d->maker->error) {
        json = d->pps;
        json_begin(&json, '[');
        while (json_next_element(&json) && !d->maker->error)
            read_site(d, &json, stack);
    }
    free(stack);
    set_times(d);
    if (json.is_bad || !d->version)
        return -EBADMSG;
    return is_ours ? 0 : -ENOTSUP;
}

int import_dhat(struct maker *maker, const uint8_t *data, size_t bytes)
{
    struct dhat d = {.maker = maker};
    char *copy = malloc(bytes + 1); /* strings are decoded in it */

    if (!copy)
        return -ENOMEM;
    memcpy(copy, data, bytes);
    int err = read_all(&d, (struct json_cursor){.at = copy, .end = copy + bytes});
    free(copy);
    free(d.frames);
    free(d.places);
    return err;
}
