/* SPDX-License-Identifier: MIT */
#include "support/arena_model.h"

#include <stdlib.h>
#include <string.h>

enum { OBJECTS = 1024, MARKS = 64, LOOKED_AT = 300, CLEANUPS = 512 };

struct object {
    unsigned char *at; /* NULL: gone */
    size_t bytes;
    unsigned char seed;
};

struct model {
    struct tare_arena *arena;
    const uint8_t *script;
    size_t left;
    bool memory_may_fail;
    const char *wrong;
    struct object objects[OBJECTS];
    size_t object_count;
    struct mark {
        struct tare_arena_mark mark;
        size_t object_count, expected;
    } marks[MARKS];
    size_t mark_count;
    struct cleanup {
        struct model *model;
        size_t number;
    } cleanups[CLEANUPS];
    size_t cleanup_count;
    size_t stack[CLEANUPS]; /* of those that are still to run */
    size_t expected;
};

static unsigned next_byte(struct model *model)
{
    if (!model->left)
        return 0;
    model->left--;
    return *model->script++;
}

/* Mostly small, sometimes of several chunks. */
static size_t next_size(struct model *model)
{
    size_t low = next_byte(model);

    if (low < 224)
        return low;
    size_t high = next_byte(model);
    return low < 252 ? (low - 224) * 256 + high : high << (low - 252) * 4;
}

static void expect(struct model *model, bool holds, const char *otherwise)
{
    if (!holds && !model->wrong)
        model->wrong = otherwise;
}

/* Of a large object the middle is left alone: it takes too long. */
static size_t after(size_t i, size_t bytes)
{
    return i == LOOKED_AT && bytes > 2 * LOOKED_AT ? bytes - LOOKED_AT : i + 1;
}

static void fill(const struct object *object)
{
    for (size_t i = 0; i < object->bytes; i = after(i, object->bytes))
        object->at[i] = (unsigned char)(object->seed + i * 7);
}

static bool is_whole(const struct object *object)
{
    for (size_t i = 0; i < object->bytes; i = after(i, object->bytes))
        if (object->at[i] != (unsigned char)(object->seed + i * 7))
            return false;
    return true;
}

static void add_object(struct model *model, void *at, size_t bytes, size_t alignment)
{
    expect(model, at || model->memory_may_fail, "an object was refused");
    expect(model, (uintptr_t)at % alignment == 0, "an object is not aligned");
    if (!at || model->object_count == OBJECTS)
        return;
    struct object *object = &model->objects[model->object_count];
    *object = (struct object){at, bytes, (unsigned char)(model->object_count * 31)};
    model->object_count++;
    fill(object);
}

/* Those from `first` on go. */
static void drop_objects(struct model *model, size_t first)
{
    for (size_t i = first; i < model->object_count; i++)
        if (model->objects[i].at)
            expect(model, is_whole(&model->objects[i]), "an object was written to");
    model->object_count = first;
}

static struct object *choose_object(struct model *model)
{
    size_t back = next_byte(model);

    if (back >= model->object_count)
        return NULL;
    struct object *object = &model->objects[model->object_count - 1 - back];
    return object->at ? object : NULL;
}

static bool is_older_than_marks(const struct model *model, const struct object *object)
{
    size_t place = (size_t)(object - model->objects);

    return model->mark_count && place < model->marks[model->mark_count - 1].object_count;
}

/* What was looked at of the old one and is in both. */
static bool has_kept(const struct object *object, const struct object *old)
{
    for (size_t i = 0; i < old->bytes && i < object->bytes; i = after(i, old->bytes))
        if (object->at[i] != (unsigned char)(old->seed + i * 7))
            return false;
    return true;
}

static void resize_object(struct model *model)
{
    struct object *object = choose_object(model);
    size_t bytes = next_size(model);

    if (!object)
        return;
    struct object old = *object;
    unsigned char *at = tare_arena_resize(model->arena, old.at, old.bytes, bytes);
    expect(model, at || model->memory_may_fail, "a resize was refused");
    if (!at)
        return;
    struct object moved = {at, bytes, old.seed};
    expect(model, has_kept(&moved, &old), "a resize lost contents");
    fill(&moved);
    bool is_kept = at != old.at && is_older_than_marks(model, object);
    if (!is_kept)
        object->at = NULL;
    if (at == old.at)
        *object = moved;
    else
        add_object(model, at, bytes, TARE_ARENA_ALIGNMENT);
}

static void try_resize_object(struct model *model)
{
    struct object *object = choose_object(model);
    size_t bytes = next_size(model);

    if (!object)
        return;
    if (tare_arena_try_resize(model->arena, object->at, object->bytes, bytes)) {
        object->bytes = bytes;
        fill(object);
    } else {
        expect(model, bytes > object->bytes, "an object could not shrink");
    }
}

/* As another module would that frees what it allocates. */
static void use_as_memory(struct model *model)
{
    struct tare_mem *mem = tare_arena_mem(model->arena);
    struct object *object = choose_object(model);
    size_t alignment = (size_t)1 << next_byte(model) % 8;
    size_t bytes = next_size(model);

    if (object && object->bytes && !is_older_than_marks(model, object)) {
        expect(model, is_whole(object), "an object was written to");
        tare_mem_free(mem, object->at, object->bytes, TARE_ARENA_ALIGNMENT);
        object->at = NULL;
    }
    if (bytes)
        add_object(model, tare_mem_alloc(mem, bytes, alignment), bytes, alignment);
}

static void clean_up(void *context)
{
    const struct cleanup *cleanup = context;
    struct model *model = cleanup->model;

    expect(model, model->expected && model->stack[model->expected - 1] == cleanup->number,
           "a cleanup ran out of turn");
    model->expected--;
    if (cleanup->number % 4 == 0) {
        char *text = tare_arena_printf(model->arena, "cleanup %zu", cleanup->number);
        expect(model, text || model->memory_may_fail, "no memory in a cleanup");
    }
}

static void defer(struct model *model)
{
    if (model->cleanup_count == CLEANUPS)
        return;
    struct cleanup *cleanup = &model->cleanups[model->cleanup_count];
    *cleanup = (struct cleanup){model, model->cleanup_count};
    if (tare_arena_defer(model->arena, clean_up, cleanup))
        model->stack[model->expected++] = model->cleanup_count++;
    else
        expect(model, model->memory_may_fail, "a cleanup was refused");
}

static void mark(struct model *model)
{
    if (model->mark_count == MARKS)
        return;
    model->marks[model->mark_count++] = (struct mark){
        .mark = tare_arena_get_mark(model->arena),
        .object_count = model->object_count,
        .expected = model->expected,
    };
}

static void rewind_to_mark(struct model *model)
{
    size_t back = next_byte(model) % 4;

    if (back >= model->mark_count)
        return;
    model->mark_count -= back;
    const struct mark *to = &model->marks[model->mark_count - 1];
    drop_objects(model, to->object_count);
    tare_arena_rewind(model->arena, to->mark);
    expect(model, model->expected == to->expected, "a cleanup did not run");
}

static void reset(struct model *model)
{
    drop_objects(model, 0);
    tare_arena_reset(model->arena);
    expect(model, model->expected == 0, "a cleanup did not run");
    model->mark_count = 0;
}

static void add_text(struct model *model)
{
    unsigned value = next_byte(model);
    char *text = tare_arena_printf(model->arena, "%0*u", (int)value * 8, value);

    expect(model, text || model->memory_may_fail, "a string was refused");
    expect(model, !text || strtoul(text, NULL, 10) == value, "a string is not right");
    if (text)
        add_object(model, text, strlen(text) + 1, TARE_ARENA_ALIGNMENT);
}

static void step(struct model *model)
{
    unsigned operation = next_byte(model) % 32;
    size_t bytes, alignment;

    switch (operation) {
    case 0:
        reset(model);
        break;
    case 1:
    case 2:
        mark(model);
        break;
    case 3:
    case 4:
        rewind_to_mark(model);
        break;
    case 5:
    case 6:
        defer(model);
        break;
    case 7:
        tare_arena_trim(model->arena);
        break;
    case 8:
    case 9:
        add_text(model);
        break;
    case 10:
    case 11:
    case 12:
        resize_object(model);
        break;
    case 13:
        try_resize_object(model);
        break;
    case 14:
    case 15:
        use_as_memory(model);
        break;
    case 16:
    case 17:
        alignment = (size_t)1 << next_byte(model) % 13;
        bytes = next_size(model);
        add_object(model, tare_arena_alloc_aligned(model->arena, bytes, alignment), bytes,
                   alignment);
        break;
    default:
        bytes = next_size(model);
        add_object(model, tare_arena_alloc(model->arena, bytes), bytes,
                   TARE_ARENA_ALIGNMENT);
    }
}

const char *arena_model_run(struct tare_arena *arena, const uint8_t *script, size_t bytes,
                            bool memory_may_fail)
{
    static struct model used; /* large, and mostly never looked at */
    struct model *model = &used;

    model->arena = arena;
    model->script = script;
    model->left = bytes;
    model->memory_may_fail = memory_may_fail;
    model->wrong = NULL;
    model->object_count = model->mark_count = model->cleanup_count = model->expected = 0;
    while (model->left && !model->wrong)
        step(model);
    drop_objects(model, 0);
    tare_arena_fini(arena);
    expect(model, model->expected == 0 || model->wrong, "a cleanup did not run at the end");
    return model->wrong;
}
