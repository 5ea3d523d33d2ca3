/* SPDX-License-Identifier: MIT */
#include <tare/string_builder.h>

#include <stdio.h>

#include "base/debug.h"
#include "toolkit/string_builder_parts.h"

bool tare__string_builder_valid(const struct tare_string_builder *builder)
{
    size_t most_bytes = builder->block_bytes ? builder->block_bytes - 1 : 0;

    return builder->bytes <= most_bytes && (builder->text || !builder->block_bytes) &&
           builder->room_bytes == (builder->missing_bytes ? builder->bytes : most_bytes) &&
           (builder->is_lent || !builder->is_fixed);
}

static struct tare_mem *mem_of(const struct tare_string_builder *builder)
{
    return builder->mem ? builder->mem : tare_mem_default();
}

void tare_string_builder_init(struct tare_string_builder *builder, struct tare_mem *mem)
{
    *builder = (struct tare_string_builder){.mem = mem};
}

void tare_string_builder_init_in(struct tare_string_builder *builder, char *buffer,
                                 size_t buffer_bytes, struct tare_mem *mem)
{
    *builder = (struct tare_string_builder){
        .text = buffer,
        .room_bytes = buffer_bytes ? buffer_bytes - 1 : 0,
        .block_bytes = buffer_bytes,
        .mem = mem,
        .is_lent = true,
    };
}

void tare_string_builder_init_fixed(struct tare_string_builder *builder, char *buffer,
                                    size_t buffer_bytes)
{
    tare_string_builder_init_in(builder, buffer, buffer_bytes, NULL);
    builder->is_fixed = true;
}

void tare_string_builder_fini(struct tare_string_builder *builder)
{
    if (builder->block_bytes && !builder->is_lent)
        tare_mem_free(mem_of(builder), builder->text, builder->block_bytes, 1);
    *builder = (struct tare_string_builder){0};
}

void tare_string_builder_clear(struct tare_string_builder *builder)
{
    builder->bytes = builder->missing_bytes = 0;
    builder->room_bytes = builder->block_bytes ? builder->block_bytes - 1 : 0;
    TARE_AUDIT(tare__string_builder_valid(builder));
}

void tare__string_builder_miss(struct tare_string_builder *builder, size_t bytes)
{
    if (__builtin_add_overflow(builder->missing_bytes, bytes, &builder->missing_bytes))
        builder->missing_bytes = SIZE_MAX;
    if (builder->missing_bytes)
        builder->room_bytes = builder->bytes;
    TARE_AUDIT(tare__string_builder_valid(builder));
}

/* Move the text to a block of block_bytes. */
static bool move_text(struct tare_string_builder *builder, size_t block_bytes)
{
    size_t old_bytes = builder->is_lent ? 0 : builder->block_bytes;
    char *text = tare_mem_resize(mem_of(builder), old_bytes ? builder->text : NULL,
                                 old_bytes, block_bytes, 1);

    if (!text)
        return false;
    if (builder->is_lent && builder->bytes)
        memcpy(text, builder->text, builder->bytes);
    builder->text = text;
    builder->block_bytes = block_bytes;
    builder->room_bytes = block_bytes - 1;
    builder->is_lent = false;
    return true;
}

static bool grow(struct tare_string_builder *builder, size_t more_bytes)
{
    size_t least_bytes, block_bytes;

    if (builder->is_fixed ||
        __builtin_add_overflow(builder->bytes, more_bytes, &least_bytes) ||
        __builtin_add_overflow(least_bytes, 1, &least_bytes))
        return false;
    if (__builtin_mul_overflow(builder->block_bytes, 2, &block_bytes) ||
        block_bytes < least_bytes)
        block_bytes = least_bytes;
    if (block_bytes < BUILDER_BLOCK_BYTES_MIN)
        block_bytes = BUILDER_BLOCK_BYTES_MIN;
    return move_text(builder, block_bytes) ||
           (block_bytes > least_bytes && move_text(builder, least_bytes));
}

char *tare__string_builder_open(struct tare_string_builder *builder, size_t bytes)
{
    if (builder->missing_bytes ||
        (bytes > builder->room_bytes - builder->bytes && !grow(builder, bytes))) {
        tare__string_builder_miss(builder, bytes);
        return NULL;
    }
    return builder->text ? builder->text + builder->bytes : NULL;
}

bool tare__string_builder_append_slow(struct tare_string_builder *builder, const void *data,
                                      size_t bytes)
{
    size_t offset = (uintptr_t)data - (uintptr_t)builder->text;
    bool is_own = builder->text && offset < builder->bytes;

    if (!bytes)
        return tare_string_builder_is_whole(builder);
    char *to = tare__string_builder_open(builder, bytes);
    if (!to)
        return false;
    memcpy(to, is_own ? builder->text + offset : data, bytes);
    builder->bytes += bytes;
    TARE_AUDIT(tare__string_builder_valid(builder));
    return true;
}

bool tare_string_builder_append_repeated(struct tare_string_builder *builder,
                                         char character, size_t count)
{
    char *to = tare__string_builder_open(builder, count);

    if (to && count)
        memset(to, character, count);
    builder->bytes += to ? count : 0;
    return tare_string_builder_is_whole(builder);
}

bool tare_string_builder_vprintf(struct tare_string_builder *builder, const char *format,
                                 va_list arguments)
{
    /* What fits, as most does, is printed once. */
    bool is_open = !builder->missing_bytes && builder->block_bytes;
    size_t room_bytes = is_open ? builder->block_bytes - builder->bytes : 0;
    va_list again;

    va_copy(again, arguments);
    int bytes = vsnprintf(is_open ? builder->text + builder->bytes : NULL, room_bytes,
                          format, again);
    va_end(again);
    if (bytes < 0) {
        tare__string_builder_miss(builder, 1);
        return false;
    }
    if ((size_t)bytes >= room_bytes) {
        char *to = tare__string_builder_open(builder, (size_t)bytes);
        if (!to)
            return tare_string_builder_is_whole(builder);
        vsnprintf(to, (size_t)bytes + 1, format, arguments);
    }
    builder->bytes += (size_t)bytes;
    TARE_AUDIT(tare__string_builder_valid(builder));
    return true;
}

bool tare_string_builder_printf(struct tare_string_builder *builder, const char *format,
                                ...)
{
    va_list arguments;

    va_start(arguments, format);
    bool is_whole = tare_string_builder_vprintf(builder, format, arguments);
    va_end(arguments);
    return is_whole;
}

char *tare_string_builder_reserve(struct tare_string_builder *builder, size_t most_bytes)
{
    if (builder->missing_bytes)
        return NULL;
    if ((!builder->text || most_bytes > builder->room_bytes - builder->bytes) &&
        !grow(builder, most_bytes))
        return NULL;
    TARE_AUDIT(tare__string_builder_valid(builder));
    return builder->text + builder->bytes;
}

void tare_string_builder_commit(struct tare_string_builder *builder, size_t bytes)
{
    TARE_ASSERT(bytes <= builder->room_bytes - builder->bytes);
    builder->bytes += bytes;
    TARE_AUDIT(tare__string_builder_valid(builder));
}

void tare_string_builder_truncate(struct tare_string_builder *builder, size_t bytes)
{
    if (bytes < builder->bytes)
        builder->bytes = bytes;
    if (builder->missing_bytes)
        builder->room_bytes = builder->bytes;
    TARE_AUDIT(tare__string_builder_valid(builder));
}

char *tare_string_builder_dup(const struct tare_string_builder *builder,
                              struct tare_mem *mem)
{
    const struct tare_string_part text = {builder->text, builder->bytes};

    return builder->missing_bytes ? NULL : tare_string_alloc_parts(mem, &text, 1);
}

/* What the text is in has become the caller's. */
static void forget_block(struct tare_string_builder *builder)
{
    builder->text = NULL;
    builder->bytes = builder->room_bytes = builder->block_bytes = 0;
}

char *tare_string_builder_take(struct tare_string_builder *builder, size_t *block_bytes)
{
    bool is_exact = !block_bytes || builder->is_lent || !builder->block_bytes;
    char *text = builder->text;

    if (builder->missing_bytes)
        return NULL;
    if (builder->is_lent || !builder->block_bytes)
        text = tare_string_builder_dup(builder, builder->mem);
    else if (is_exact && builder->block_bytes > builder->bytes + 1)
        text = tare_mem_resize(mem_of(builder), text, builder->block_bytes,
                               builder->bytes + 1, 1);
    if (!text)
        return NULL;
    text[builder->bytes] = 0;
    if (block_bytes)
        *block_bytes = is_exact ? builder->bytes + 1 : builder->block_bytes;
    if (builder->is_lent)
        tare_string_builder_clear(builder); /* the buffer serves on */
    else
        forget_block(builder);
    TARE_AUDIT(tare__string_builder_valid(builder));
    return text;
}
