/* SPDX-License-Identifier: MIT */
#include "base/debug.h"
#include "toolkit/string_builder_parts.h"

/* The length of all parts; SIZE_MAX if there is no such length. */
static size_t parts_bytes(const struct tare_string_part *parts, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        if (__builtin_add_overflow(bytes, parts[i].bytes, &bytes))
            return SIZE_MAX;
    return bytes;
}

/* Where it ends. Parts are short, each of another length: few branches, and two copies that overlap
 * where there need not be two, take less than a call that has to find out. */
static inline __attribute__((always_inline)) char *copy(char *to, const char *from,
                                                        size_t bytes)
{
    uint64_t first, last;
    uint32_t first_half, last_half;

    if (bytes > 16) {
        memcpy(to, from, bytes);
    } else if (bytes >= 8) {
        memcpy(&first, from, 8);
        memcpy(&last, from + bytes - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + bytes - 8, &last, 8);
    } else if (bytes >= 4) {
        memcpy(&first_half, from, 4);
        memcpy(&last_half, from + bytes - 4, 4);
        memcpy(to, &first_half, 4);
        memcpy(to + bytes - 4, &last_half, 4);
    } else if (bytes) {
        to[0] = from[0];
        to[bytes / 2] = from[bytes / 2];
        to[bytes - 1] = from[bytes - 1];
    }
    return to + bytes;
}

/* All of them and a zero. */
static void copy_parts(char *to, const struct tare_string_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to = copy(to, parts[i].text, parts[i].bytes);
    *to = 0;
}

size_t tare_string_build_parts(char *buffer, size_t buffer_bytes,
                               const struct tare_string_part *parts, size_t count)
{
    size_t bytes = parts_bytes(parts, count);

    if (bytes < buffer_bytes)
        copy_parts(buffer, parts, count);
    else if (buffer_bytes)
        *buffer = 0;
    return bytes;
}

char *tare_string_alloc_parts(struct tare_mem *mem, const struct tare_string_part *parts,
                              size_t count)
{
    size_t bytes = parts_bytes(parts, count);
    char *text;

    if (bytes == SIZE_MAX)
        return NULL;
    text = tare_mem_alloc(mem ? mem : tare_mem_default(), bytes + 1, 1);
    if (text)
        copy_parts(text, parts, count);
    return text;
}

bool tare_string_builder_append_parts(struct tare_string_builder *builder,
                                      const struct tare_string_part *parts, size_t count)
{
    uintptr_t old_text = (uintptr_t)builder->text;
    size_t old_bytes = builder->bytes;
    size_t bytes = parts_bytes(parts, count);
    char *to = tare__string_builder_open(builder, bytes);

    for (size_t i = 0; to && i < count; i++) {
        /* a part of its own text has moved with it */
        size_t offset = (uintptr_t)parts[i].text - old_text;
        const char *from = offset < old_bytes ? builder->text + offset : parts[i].text;

        to = copy(to, from, parts[i].bytes);
    }
    builder->bytes += to ? bytes : 0;
    TARE_AUDIT(tare__string_builder_valid(builder));
    return tare_string_builder_is_whole(builder);
}

/* The length of all strings with something between each two; SIZE_MAX if there is no such length. */
static size_t joined_bytes(const char *const *strings, size_t count, size_t between_bytes)
{
    size_t bytes;

    if (__builtin_mul_overflow(count ? count - 1 : 0, between_bytes, &bytes))
        return SIZE_MAX;
    for (size_t i = 0; i < count; i++)
        if (__builtin_add_overflow(bytes, strlen(strings[i]), &bytes))
            return SIZE_MAX;
    return bytes;
}

bool tare_string_builder_join(struct tare_string_builder *builder,
                              const char *const *strings, size_t count, const char *between)
{
    size_t between_bytes = strlen(between);
    size_t bytes = joined_bytes(strings, count, between_bytes);
    char *to = tare__string_builder_open(builder, bytes);

    for (size_t i = 0; to && i < count; i++) {
        if (i)
            to = copy(to, between, between_bytes);
        to = stpcpy(to, strings[i]); /* there is room for its zero too */
    }
    builder->bytes += to ? bytes : 0;
    TARE_AUDIT(tare__string_builder_valid(builder));
    return tare_string_builder_is_whole(builder);
}
