/* SPDX-License-Identifier: MIT */
#include "support/vec_model.h"

#include <string.h>

#include "support/vec_model_kinds.h"

enum { MOST = 400, BATCH = 40 };

struct model {
    const struct vec_model_ops *ops;
    struct tare_vec *vec;
    struct tare_mem *mem;
    const uint8_t *script;
    size_t left;
    bool memory_may_fail;
    const char *wrong;
    uint32_t numbers[MOST];
    size_t length, destructed;
    uint32_t next_number;
    _Alignas(64) char places[2][VEC_MODEL_VEC_MOST]; /* the vector is in one of these */
    _Alignas(64) char values[BATCH * VEC_MODEL_ELEMENT_MOST];
};

static unsigned next_byte(struct model *model)
{
    if (!model->left)
        return 0;
    model->left--;
    return *model->script++;
}

static void expect(struct model *model, bool holds, const char *otherwise)
{
    if (!holds && !model->wrong)
        model->wrong = otherwise;
}

static void make_element(const struct vec_model_ops *ops, void *element, uint32_t number)
{
    size_t told =
        ops->kind->element_bytes < sizeof number ? ops->kind->element_bytes : sizeof number;

    memset(element, (int)(number % 127 + 1), ops->kind->element_bytes);
    memcpy(element, &number, told);
}

static bool is_element(const struct vec_model_ops *ops, const void *element,
                       uint32_t number)
{
    size_t bytes = ops->kind->element_bytes,
           told = bytes < sizeof number ? bytes : sizeof number;
    const unsigned char *last = (const unsigned char *)element + bytes - 1;

    return memcmp(element, &number, told) == 0 &&
           (bytes <= told || *last == number % 127 + 1);
}

/* New ones, in the model's values; their numbers from `numbers` on. */
static size_t make_values(struct model *model, uint32_t *numbers)
{
    size_t count = next_byte(model) % BATCH;

    if (count > MOST - model->length)
        count = MOST - model->length;
    for (size_t i = 0; i < count; i++) {
        numbers[i] = model->next_number++;
        make_element(model->ops, model->values + i * model->ops->kind->element_bytes,
                     numbers[i]);
    }
    return count;
}

static bool check(struct model *model, size_t index)
{
    return is_element(model->ops,
                      (char *)model->vec->items + index * model->ops->kind->element_bytes,
                      model->numbers[index]);
}

static void compare(struct model *model)
{
    expect(model, model->vec->length == model->length, "the length is not right");
    expect(model, model->vec->length <= model->vec->capacity, "there are more than fit");
    expect(model, (uintptr_t)model->vec->items % model->ops->kind->alignment == 0,
           "elements are not aligned");
    expect(model, vec_model_destructed == model->destructed,
           "destructors did not run as expected");
    expect(model, !vec_model_is_destructed_twice, "an element was destructed twice");
    for (size_t i = 0; i < model->length && !model->wrong; i++)
        expect(model, check(model, i), "an element is not right");
    expect(model, !model->ops->at(model->vec, model->length),
           "there is one beyond the end");
    expect(model,
           model->ops->last(model->vec) ==
               (model->length ? model->ops->at(model->vec, model->length - 1) : NULL),
           "the last is not the last");
}

/* `count` numbers were put in at `index`, if that `worked`. */
static void put(struct model *model, bool worked, size_t index, const uint32_t *numbers,
                size_t count)
{
    uint32_t copy[MOST];

    if (!worked) {
        expect(model, model->memory_may_fail, "memory was refused");
        compare(model);
        return;
    }
    memcpy(copy, numbers, count * sizeof *copy); /* which may be the model's own */
    memmove(model->numbers + index + count, model->numbers + index,
            (model->length - index) * sizeof *copy);
    memcpy(model->numbers + index, copy, count * sizeof *copy);
    model->length += count;
}

static void take_out(struct model *model, size_t index, size_t count, bool is_destructed)
{
    memmove(model->numbers + index, model->numbers + index + count,
            (model->length - index - count) * sizeof *model->numbers);
    model->length -= count;
    if (is_destructed && model->ops->kind->destruct)
        model->destructed += count;
}

static void push_some(struct model *model, unsigned how)
{
    const struct vec_model_ops *ops = model->ops;
    uint32_t numbers[BATCH];
    size_t count = make_values(model, numbers), at = model->length;
    bool worked;
    void *raw;

    switch (how) {
    case 0:
        if (count)
            put(model, ops->push(model->vec, model->values), at, numbers, 1);
        break;
    case 1:
        put(model, ops->push_n(model->vec, count ? model->values : NULL, count), at,
            numbers, count);
        break;
    case 2:
        raw = ops->push_raw(model->vec, count);
        if (raw)
            memcpy(raw, model->values, count * ops->kind->element_bytes);
        put(model, raw != NULL, at, numbers, count);
        break;
    default:
        worked = ops->reserve(model->vec, at + count);
        for (size_t i = 0; worked && i < count; i++)
            ops->push_unchecked(model->vec, model->values + i * ops->kind->element_bytes);
        put(model, worked, at, numbers, count);
    }
}

static void insert_some(struct model *model, bool is_one)
{
    uint32_t numbers[BATCH];
    size_t count = make_values(model, numbers),
           index = next_byte(model) * 2 % (model->length + 1);

    if (!is_one)
        put(model, model->ops->insert_n(model->vec, index, model->values, count), index,
            numbers, count);
    else if (count)
        put(model, model->ops->insert(model->vec, index, model->values), index, numbers, 1);
}

/* Elements of the vector itself; there are none of these with a destructor. */
static void insert_own(struct model *model)
{
    size_t from = next_byte(model) * 2 % (model->length + 1),
           index = next_byte(model) * 2 % (model->length + 1), count = next_byte(model);

    if (count > model->length - from)
        count = model->length - from;
    if (count > MOST - model->length || model->ops->kind->destruct || !count)
        return;
    const char *own = (char *)model->vec->items + from * model->ops->kind->element_bytes;
    if (index == model->length)
        put(model, model->ops->push_n(model->vec, own, count), index, model->numbers + from,
            count);
    else
        put(model, model->ops->insert_n(model->vec, index, own, count), index,
            model->numbers + from, count);
}

static void remove_some(struct model *model, unsigned how)
{
    const struct vec_model_ops *ops = model->ops;
    size_t index = next_byte(model) * 2 % (model->length + 1),
           count = next_byte(model) % BATCH;

    if (count > model->length - index)
        count = model->length - index;
    if (how == 0) {
        ops->remove_n(model->vec, index, count);
        take_out(model, index, count, true);
    } else if (how == 1 && index < model->length) {
        ops->remove(model->vec, index);
        take_out(model, index, 1, true);
    } else if (how == 2 && index < model->length) {
        ops->swap_remove(model->vec, index);
        model->numbers[index] = model->numbers[model->length - 1];
        take_out(model, model->length - 1, 1, true);
    } else if (how == 3) {
        ops->truncate(model->vec, index);
        take_out(model, index, model->length - index, true);
    }
}

static void pop(struct model *model)
{
    bool worked = model->ops->pop(model->vec, model->values);

    expect(model, worked == (model->length > 0), "pop does not know whether there is one");
    if (!worked)
        return;
    expect(model, is_element(model->ops, model->values, model->numbers[model->length - 1]),
           "what was popped is not right");
    take_out(model, model->length - 1, 1, false);
}

static void move(struct model *model)
{
    struct tare_vec *from = model->vec;

    model->vec = (struct tare_vec *)(void *)model->places[(char *)from == model->places[0]];
    model->ops->move(model->vec, from);
    expect(model, !from->length && from->mem == model->vec->mem, "it was not moved whole");
    model->ops->fini(from);
}

static void steal(struct model *model)
{
    size_t element_bytes = model->ops->kind->element_bytes,
           bytes = model->length * element_bytes;
    bool is_exact = next_byte(model) & 1;
    char *items = model->ops->steal(model->vec, is_exact ? NULL : &bytes);

    if (!items) {
        expect(model, model->memory_may_fail || !model->length, "memory was refused");
        compare(model);
        return;
    }
    for (size_t i = 0; i < model->length; i++)
        expect(model, is_element(model->ops, items + i * element_bytes, model->numbers[i]),
               "an element that was stolen is not right");
    tare_mem_free(model->mem, items, bytes, model->ops->kind->alignment);
    take_out(model, 0, model->length, false);
}

static void reserve(struct model *model, bool is_predicted)
{
    size_t asked = next_byte(model) * 2;
    bool worked = is_predicted ? model->ops->reserve_for(model->vec, asked, 25)
                               : model->ops->reserve(model->vec, asked);

    expect(model, worked || model->memory_may_fail, "memory was refused");
    expect(model, !worked || model->vec->capacity >= asked + (is_predicted ? asked / 4 : 0),
           "there is less room than was asked for");
}

static void step(struct model *model)
{
    unsigned what = next_byte(model) % 20;

    if (what < 6)
        push_some(model, what < 3 ? 0 : what - 2);
    else if (what < 9)
        insert_some(model, what < 8);
    else if (what == 9)
        insert_own(model);
    else if (what < 14)
        remove_some(model, what - 10);
    else if (what == 14)
        pop(model);
    else if (what == 15)
        move(model);
    else if (what == 16)
        steal(model);
    else if (what == 17)
        model->ops->shrink(model->vec);
    else
        reserve(model, what == 18);
}

const char *vec_model_run(unsigned kind, struct tare_mem *mem, const uint8_t *script,
                          size_t bytes, bool memory_may_fail)
{
    static struct model model;

    vec_model_destructed = 0;
    vec_model_is_destructed_twice = false;
    model.ops = vec_model_kinds[kind % VEC_MODEL_KINDS];
    model.vec = (struct tare_vec *)(void *)model.places[0];
    model.mem = mem;
    model.script = script;
    model.left = bytes;
    model.memory_may_fail = memory_may_fail;
    model.wrong = NULL;
    model.length = model.destructed = 0;
    model.next_number = 1;
    model.ops->init(model.vec, mem);
    for (size_t i = 1; model.left && !model.wrong; i++) {
        step(&model);
        expect(&model, model.vec->length == model.length, "the length is not right");
        if (i % 16 == 0)
            compare(&model);
    }
    compare(&model);
    model.ops->fini(model.vec);
    if (model.ops->kind->destruct)
        model.destructed += model.length;
    model.length = 0;
    compare(&model);
    return model.wrong;
}
