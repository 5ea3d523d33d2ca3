/* SPDX-License-Identifier: MIT */
#include "support/string_builder_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 1 << 20, BUFFER_MOST = 255 };

struct model {
    struct tare_string_builder builder;
    struct tare_mem *mem;
    const uint8_t *script;
    size_t left;
    bool memory_may_fail;
    const char *wrong;
    bool is_whole;
    size_t bytes, needed_bytes;
    char text[TEXT_MOST];
    char buffer[BUFFER_MOST];
};

static unsigned next_byte(struct model *model)
{
    if (!model->left)
        return 0;
    model->left--;
    return *model->script++;
}

static uint64_t next_u64(struct model *model)
{
    uint64_t value = 0;

    for (unsigned bytes = next_byte(model) % 9; bytes; bytes--)
        value = value << 8 | next_byte(model);
    return value;
}

static void expect(struct model *model, bool holds, const char *otherwise)
{
    if (!holds && !model->wrong)
        model->wrong = otherwise;
}

/* `bytes` at `data` were appended, and the call said whether the builder is whole. */
static void appended(struct model *model, bool said_whole, const char *data, size_t bytes)
{
    bool is_fixed = model->builder.is_fixed;

    expect(model, said_whole == tare_string_builder_is_whole(&model->builder),
           "a call did not tell whether the builder is whole");
    model->needed_bytes += bytes;
    if (!model->is_whole)
        expect(model, !said_whole, "a gap was left");
    if (!said_whole)
        expect(model, model->memory_may_fail || is_fixed, "an append was refused");
    model->is_whole &= said_whole;
    if (!model->is_whole || model->bytes + bytes > TEXT_MOST)
        return;
    memcpy(model->text + model->bytes, data, bytes);
    model->bytes += bytes;
}

static void compare(struct model *model)
{
    const char *text = tare_string_builder_text(&model->builder);

    expect(model, model->builder.bytes == model->bytes, "the length is not right");
    expect(model, !text[model->builder.bytes], "there is no zero");
    expect(model, !model->bytes || memcmp(text, model->text, model->bytes) == 0,
           "the text is not right");
    expect(model, tare_string_builder_needed_bytes(&model->builder) == model->needed_bytes,
           "what is needed is not right");
}

static void append_some(struct model *model)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char data[512];
    size_t bytes = next_byte(model) * 2;

    for (size_t i = 0; i < bytes; i++)
        data[i] = letters[(i + bytes) % (sizeof letters - 1)];
    data[bytes] = 0;
    bool is_whole = bytes % 4
                        ? tare_string_builder_append(&model->builder, data)
                        : tare_string_builder_append_bytes(&model->builder, data, bytes);
    appended(model, is_whole, data, bytes);
}

static void append_own(struct model *model)
{
    size_t from = next_byte(model) % (model->bytes + 1);
    size_t bytes = model->bytes - from;

    if (!model->bytes || bytes > 10000 || !model->is_whole)
        return;
    const char *own = model->builder.text + from;
    const struct tare_string_part parts[] = {
        {own, bytes}, {NULL, 0}, {",", 1}, {own, bytes}};
    char *copy = malloc(2 * bytes + 1);
    if (!copy)
        return;
    memcpy(copy, model->text + from, bytes);
    copy[bytes] = ',';
    memcpy(copy + bytes + 1, model->text + from, bytes);
    if (from % 2)
        appended(model, tare_string_builder_append_bytes(&model->builder, own, bytes), copy,
                 bytes);
    else
        appended(model, tare_string_builder_append_parts(&model->builder, parts, 4), copy,
                 2 * bytes + 1);
    free(copy);
}

static void append_number(struct model *model, unsigned which)
{
    struct tare_string_builder *builder = &model->builder;
    uint64_t value = next_u64(model);
    unsigned digits = which == 2 ? next_byte(model) % 40 : 0;
    char text[64];
    bool is_whole;

    if (which == 0) {
        snprintf(text, sizeof text, "%" PRIu64, value);
        is_whole = tare_string_builder_append_u64(builder, value);
    } else if (which == 1) {
        snprintf(text, sizeof text, "%" PRId64, (int64_t)value);
        is_whole = tare_string_builder_append_i64(builder, (int64_t)value);
    } else {
        snprintf(text, sizeof text, "%0*" PRIx64, (int)digits, value);
        is_whole = tare_string_builder_append_hex(builder, value, digits);
    }
    appended(model, is_whole, text, strlen(text));
}

/* Its text is known by what it reads as. */
static void append_double(struct model *model)
{
    uint64_t bits = next_u64(model);
    struct tare_string_builder apart;
    double value, again;
    char text[64];

    memcpy(&value, &bits, sizeof value);
    tare_string_builder_init_fixed(&apart, text, sizeof text);
    expect(model, tare_string_builder_append_double(&apart, value), "a double is too long");
    again = strtod(tare_string_builder_text(&apart), NULL);
    expect(model, again == value || (again != again && value != value),
           "a double reads as another");
    appended(model, tare_string_builder_append_double(&model->builder, value), text,
             apart.bytes);
}

static void append_printed(struct model *model)
{
    int width = (int)next_byte(model) * 2;
    unsigned value = next_byte(model);
    char text[600];

    snprintf(text, sizeof text, "%*u", width, value);
    appended(model, tare_string_builder_printf(&model->builder, "%*u", width, value), text,
             strlen(text));
}

static void append_joined(struct model *model)
{
    static const char *const strings[] = {"one", "", "three", "four",
                                          "a fifth that is longer"};
    size_t count = next_byte(model) % 6;
    const char *between = next_byte(model) % 2 ? ", " : "";
    char text[100] = "";

    for (size_t i = 0; i < count; i++) {
        strcat(text, i ? between : "");
        strcat(text, strings[i]);
    }
    appended(model, tare_string_builder_join(&model->builder, strings, count, between),
             text, strlen(text));
}

static void append_all(struct model *model)
{
    const char *tag = next_byte(model) % 2 ? "latest" : NULL;
    char text[64];

    snprintf(text, sizeof text, "registry/name:%s", tag ? tag : "");
    appended(
        model,
        tare_string_builder_append_all(&model->builder, "registry", "/", "name", ":", tag),
        text, strlen(text));
}

static void reserve(struct model *model)
{
    size_t bytes = next_byte(model), used = bytes / 2;
    char *place = tare_string_builder_reserve(&model->builder, bytes);
    char text[256];

    expect(model, place || model->memory_may_fail || model->builder.is_fixed,
           "a place was refused");
    expect(model, !place || model->is_whole, "a place behind a gap");
    if (!place)
        return;
    memset(place, 'r', bytes);
    memset(text, 'r', used);
    tare_string_builder_commit(&model->builder, used);
    appended(model, model->is_whole, text, used);
}

static void cut(struct model *model)
{
    size_t bytes = next_byte(model) * 4;

    tare_string_builder_truncate(&model->builder, bytes);
    if (bytes < model->bytes) {
        model->needed_bytes -= model->bytes - bytes;
        model->bytes = bytes;
    }
}

static void clear(struct model *model)
{
    tare_string_builder_clear(&model->builder);
    model->bytes = model->needed_bytes = 0;
    model->is_whole = true;
}

static void take(struct model *model)
{
    bool is_exact = next_byte(model) % 2;
    struct tare_mem *mem = model->builder.is_fixed ? tare_mem_default() : model->mem;
    size_t block_bytes = model->bytes + 1;
    char *text = tare_string_builder_take(&model->builder, is_exact ? NULL : &block_bytes);

    expect(model, text || !model->is_whole || model->memory_may_fail, "a take was refused");
    if (!text)
        return;
    expect(model, model->is_whole, "a text was taken that is not whole");
    expect(model, strlen(text) <= model->bytes && block_bytes > model->bytes,
           "what was taken has not its length");
    expect(model, memcmp(text, model->text, model->bytes) == 0,
           "what was taken is not right");
    tare_mem_free(mem, text, block_bytes, 1);
    model->bytes = model->needed_bytes = 0;
}

static void repeat(struct model *model)
{
    size_t count = next_byte(model) * 16;
    char text[4096];

    memset(text, '-', count);
    appended(model, tare_string_builder_append_repeated(&model->builder, '-', count), text,
             count);
}

static void step(struct model *model)
{
    unsigned operation = next_byte(model) % 20;
    char character;

    switch (operation) {
    case 0:
        clear(model);
        break;
    case 1:
        cut(model);
        break;
    case 2:
        take(model);
        break;
    case 3:
        repeat(model);
        break;
    case 4:
        reserve(model);
        break;
    case 5:
    case 6:
    case 7:
        append_number(model, operation - 5);
        break;
    case 8:
        append_double(model);
        break;
    case 9:
        append_printed(model);
        break;
    case 10:
        append_joined(model);
        break;
    case 11:
        append_all(model);
        break;
    case 12:
        append_own(model);
        break;
    case 13:
    case 14:
    case 15:
        character = (char)('A' + operation);
        appended(model, tare_string_builder_append_char(&model->builder, character),
                 &character, 1);
        break;
    default:
        append_some(model);
    }
    compare(model);
}

static void begin(struct model *model)
{
    unsigned kind = next_byte(model), bytes = next_byte(model);

    if (kind % 4 == 0)
        tare_string_builder_init_fixed(&model->builder, bytes ? model->buffer : NULL,
                                       bytes);
    else if (kind % 4 == 1)
        tare_string_builder_init_in(&model->builder, bytes ? model->buffer : NULL, bytes,
                                    model->mem);
    else
        tare_string_builder_init(&model->builder, model->mem);
}

const char *string_builder_model_run(struct tare_mem *mem, const uint8_t *script,
                                     size_t bytes, bool memory_may_fail)
{
    static struct model used; /* large, and mostly never looked at */
    struct model *model = &used;

    model->mem = mem;
    model->script = script;
    model->left = bytes;
    model->memory_may_fail = memory_may_fail;
    model->wrong = NULL;
    model->is_whole = true;
    model->bytes = model->needed_bytes = 0;
    begin(model);
    while (model->left && !model->wrong && model->bytes < TEXT_MOST - 100000)
        step(model);
    tare_string_builder_fini(&model->builder);
    return model->wrong;
}
