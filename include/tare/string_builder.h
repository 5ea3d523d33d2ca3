/* SPDX-License-Identifier: MIT
 *
 * tare/string_builder.h - strings put together from parts: growing, in a buffer of yours, or exact.
 *
 * Shape    builder: text of some bytes in a block of more; doubles when it is full
 *          fixed:   likewise in a buffer of yours, which it never leaves
 *          parts:   strings whose lengths are known, put one behind the other in one pass
 *          pooled:  builders with blocks of 256 B, 4 KiB or 64 KiB, for use again and again
 * Units    bytes; a string's zero at its end is not counted unless said.
 * Owner    The caller owns the struct; the builder owns its block until it is taken.
 * Threads  A builder: single owner. Those of the pool are for any thread, alloc and free
 *          thread-safe.
 * Errors   What there is no memory or no room for is left out whole, and so is all that is appended
 *          after it: a builder is whole or has a beginning, never a gap. Results need not be looked
 *          at one by one: the last one tells, or tare_string_builder_is_whole.
 * Cost     append: a copy and some five instructions. Blocks double: at most as much again is
 *          copied. An integer: 15 ns; a double 50 ns, or 400 if it takes more than 15 digits.
 * Source   Steele and White, "How to Print Floating-Point Numbers Accurately", PLDI 1990.
 *
 *     char image[256];
 *     size_t bytes = tare_string_build(image, sizeof image, registry, "/", name, ":", tag);
 *     if (bytes >= sizeof image) ...
 *
 *     struct tare_string_builder line = {0};
 *     tare_string_builder_append(&line, name);
 *     tare_string_builder_append_u64(&line, value);
 *     if (tare_string_builder_append_char(&line, '\n'))
 *         fputs(tare_string_builder_text(&line), file);
 *     tare_string_builder_fini(&line);
 */
#ifndef TARE_STRING_BUILDER_H
#define TARE_STRING_BUILDER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tare/capacity.h>
#include <tare/mem.h>

TARE_BEGIN

/* All-zero is an empty builder over the default memory. */
struct tare_string_builder {
    char *text;   /* its zero is put there when it is asked for */
    size_t bytes; /* of the text */
    size_t
        room_bytes; /* it may grow to without a call; `bytes` while something is missing */
    size_t block_bytes; /* of what the text lies in, with room for the zero; 0: none yet */
    size_t missing_bytes; /* that were appended and are not in the text */
    struct tare_mem *mem; /* NULL: the default */
    uint32_t class_bytes; /* of a pooled one */
    bool is_lent;         /* the block is the caller's */
    bool is_fixed;        /* and there will be no other */
};

/* Begin over `mem`; NULL: the default. Takes no memory yet. */
TARE_API void tare_string_builder_init(struct tare_string_builder *builder,
                                       struct tare_mem *mem);

/* Begin in a buffer of the caller's, which must stay there; what it has no room for moves to `mem`. */
TARE_API void tare_string_builder_init_in(struct tare_string_builder *builder, char *buffer,
                                          size_t buffer_bytes, struct tare_mem *mem);

/* Begin in a buffer of the caller's, which it never leaves. */
TARE_API void tare_string_builder_init_fixed(struct tare_string_builder *builder,
                                             char *buffer, size_t buffer_bytes);

/* End, and free what it owns. */
TARE_API void tare_string_builder_fini(struct tare_string_builder *builder);

/* Empty and whole again, in the same block. */
TARE_API void tare_string_builder_clear(struct tare_string_builder *builder);

/* The text, until the next call; its beginning if something is missing. */
TARE_INLINE const char *tare_string_builder_text(struct tare_string_builder *builder)
{
    if (TARE_UNLIKELY(!builder->block_bytes))
        return "";
    builder->text[builder->bytes] = 0;
    return builder->text;
}

/* Is all there that was appended? */
TARE_NODISCARD TARE_INLINE bool
tare_string_builder_is_whole(const struct tare_string_builder *builder)
{
    return !builder->missing_bytes;
}

/* The length of all that was appended. */
TARE_NODISCARD TARE_INLINE size_t
tare_string_builder_needed_bytes(const struct tare_string_builder *builder)
{
    return builder->missing_bytes > SIZE_MAX - builder->bytes
               ? SIZE_MAX
               : builder->bytes + builder->missing_bytes;
}

/* Slow path of what follows. */
TARE_API bool tare__string_builder_append_slow(struct tare_string_builder *builder,
                                               const void *data, size_t bytes);

/* Append `bytes` at `data`; they may be of its own text. This and all that append give: is it
 * whole? */
TARE_INLINE bool tare_string_builder_append_bytes(struct tare_string_builder *builder,
                                                  const void *data, size_t bytes)
{
    /* 0 is made out to be huge: there may be no text yet, or no data */
    if (TARE_UNLIKELY(bytes - 1 >= builder->room_bytes - builder->bytes))
        return tare__string_builder_append_slow(builder, data, bytes);
    memcpy(builder->text + builder->bytes, data, bytes);
    builder->bytes += bytes;
    return true;
}

TARE_INLINE bool tare_string_builder_append(struct tare_string_builder *builder,
                                            const char *string)
{
    return tare_string_builder_append_bytes(builder, string, strlen(string));
}

TARE_INLINE bool tare_string_builder_append_char(struct tare_string_builder *builder,
                                                 char character)
{
    if (TARE_UNLIKELY(builder->bytes >= builder->room_bytes))
        return tare__string_builder_append_slow(builder, &character, 1);
    builder->text[builder->bytes++] = character;
    return true;
}

/* `character`, count times. */
TARE_API bool tare_string_builder_append_repeated(struct tare_string_builder *builder,
                                                  char character, size_t count);

TARE_API bool tare_string_builder_append_u64(struct tare_string_builder *builder,
                                             uint64_t value);
TARE_API bool tare_string_builder_append_i64(struct tare_string_builder *builder,
                                             int64_t value);

/* In small letters, with zeros in front up to least_digits. */
TARE_API bool tare_string_builder_append_hex(struct tare_string_builder *builder,
                                             uint64_t value, unsigned least_digits);

/* The fewest digits that read as the same value, whatever the locale: 0.1, 1e+21, -0, inf, nan. */
TARE_API bool tare_string_builder_append_double(struct tare_string_builder *builder,
                                                double value);

/* What printf would print, which must not read the builder's own text. What cannot be printed is
 * missing, by one byte. */
TARE_API bool tare_string_builder_printf(struct tare_string_builder *builder,
                                         const char *format, ...) TARE_PRINTF(2, 3);
TARE_API bool tare_string_builder_vprintf(struct tare_string_builder *builder,
                                          const char *format, va_list arguments)
    TARE_PRINTF(2, 0);

/* All `count` strings with `between` between each two; together or not at all. None of them may
 * lie in its own text. */
TARE_API bool tare_string_builder_join(struct tare_string_builder *builder,
                                       const char *const *strings, size_t count,
                                       const char *between);

/* A place for at most most_bytes behind the text, until the next call; NULL when there is none, or
 * something is missing already. commit makes the first `bytes` of it part of the text. */
TARE_API TARE_NODISCARD char *
tare_string_builder_reserve(struct tare_string_builder *builder, size_t most_bytes);
TARE_API void tare_string_builder_commit(struct tare_string_builder *builder, size_t bytes);

/* Room for a text of expected_bytes in all, and for headroom, as tare/capacity.h says; false when
 * there is none. */
TARE_NODISCARD TARE_INLINE bool
tare_string_builder_reserve_for(struct tare_string_builder *builder, size_t expected_bytes,
                                unsigned headroom_percent)
{
    size_t bytes = tare_capacity_for(expected_bytes, headroom_percent);

    return bytes <= builder->bytes ||
           tare_string_builder_reserve(builder, bytes - builder->bytes) != NULL;
}

/* Cut the text to `bytes`, if it is longer. What is missing stays missing. */
TARE_API void tare_string_builder_truncate(struct tare_string_builder *builder,
                                           size_t bytes);

/* The text becomes the caller's, without a copy, and the builder is empty. It is to be freed as a
 * block of *block_bytes from the builder's memory, aligned to 1; with block_bytes NULL it is cut to
 * its length and the zero. NULL, and nothing has changed, when something is missing or there is no
 * memory. A text in a buffer of the caller's is copied. */
TARE_API TARE_NODISCARD char *tare_string_builder_take(struct tare_string_builder *builder,
                                                       size_t *block_bytes);

/* A copy of the text from `mem` (NULL: the default), a block of its length and the zero; NULL when
 * something is missing or there is no memory. */
TARE_API TARE_NODISCARD char *
tare_string_builder_dup(const struct tare_string_builder *builder, struct tare_mem *mem);

/* A pooled builder, empty, of the class that has room for `bytes`, or of the largest; NULL when
 * there is no memory. free, by any thread: a block that has grown to more than 4 times its class
 * is not kept. NULL is nothing. */
TARE_API TARE_NODISCARD struct tare_string_builder *tare_string_builder_alloc(size_t bytes);
TARE_API void tare_string_builder_free(struct tare_string_builder *builder);

/* Give back the blocks that no thread holds or keeps at hand. */
TARE_API void tare_string_builder_trim_pool(void);

/* Any part may be all-zero, and is nothing then. All are appended together or not at all; they may
 * lie in the builder's own text. */
struct tare_string_part {
    const char *text;
    size_t bytes;
};

TARE_API bool tare_string_builder_append_parts(struct tare_string_builder *builder,
                                               const struct tare_string_part *parts,
                                               size_t count);

/* All parts, none of which lies there, and a zero into a buffer; an empty string if there is not
 * enough room. The length of all parts: they are in the buffer if that is less than buffer_bytes. */
TARE_API size_t tare_string_build_parts(char *buffer, size_t buffer_bytes,
                                        const struct tare_string_part *parts, size_t count);

/* All parts as a block of their length and the zero from `mem` (NULL: the default), aligned to 1;
 * NULL when there is no memory. */
TARE_API TARE_NODISCARD char *tare_string_alloc_parts(struct tare_mem *mem,
                                                      const struct tare_string_part *parts,
                                                      size_t count);

TARE_INLINE struct tare_string_part tare__string_part(const char *text)
{
    struct tare_string_part part = {text, text ? strlen(text) : 0};

    return part;
}

TARE_END

/* The same three for up to 16 strings, each of which may be NULL and is nothing then:
 *     tare_string_build(buffer, buffer_bytes, string, ...)
 *     tare_string_alloc(mem, string, ...)
 *     tare_string_builder_append_all(builder, string, ...) */
#ifdef __cplusplus
template <typename... Strings>
inline size_t tare_string_build(char *buffer, size_t buffer_bytes, Strings... strings)
{
    const tare_string_part parts[] = {tare__string_part(strings)...};

    return tare_string_build_parts(buffer, buffer_bytes, parts, sizeof...(strings));
}

template <typename... Strings>
TARE_NODISCARD inline char *tare_string_alloc(struct tare_mem *mem, Strings... strings)
{
    const tare_string_part parts[] = {tare__string_part(strings)...};

    return tare_string_alloc_parts(mem, parts, sizeof...(strings));
}

template <typename... Strings>
inline bool tare_string_builder_append_all(struct tare_string_builder *builder,
                                           Strings... strings)
{
    const tare_string_part parts[] = {tare__string_part(strings)...};

    return tare_string_builder_append_parts(builder, parts, sizeof...(strings));
}
#else
#define tare_string_build(buffer, buffer_bytes, ...)                               \
    tare_string_build_parts(buffer, buffer_bytes, TARE__STRING_PARTS(__VA_ARGS__), \
                            TARE__STRING_COUNT(__VA_ARGS__))
#define tare_string_alloc(mem, ...)                               \
    tare_string_alloc_parts(mem, TARE__STRING_PARTS(__VA_ARGS__), \
                            TARE__STRING_COUNT(__VA_ARGS__))
#define tare_string_builder_append_all(builder, ...)                           \
    tare_string_builder_append_parts(builder, TARE__STRING_PARTS(__VA_ARGS__), \
                                     TARE__STRING_COUNT(__VA_ARGS__))

#define TARE__STRING_COUNT(...) \
    (sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
#define TARE__STRING_PARTS(...)                                                           \
    ((const struct tare_string_part[]){TARE__STRING_EACH(__VA_ARGS__, 16, 15, 14, 13, 12, \
                                                         11, 10, 9, 8, 7, 6, 5, 4, 3, 2,  \
                                                         1, 0)(__VA_ARGS__)})
#define TARE__STRING_EACH(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, count, ...) \
    TARE__STRING_##count
#define TARE__STRING_1(s) tare__string_part(s)
#define TARE__STRING_2(s, ...) tare__string_part(s), TARE__STRING_1(__VA_ARGS__)
#define TARE__STRING_3(s, ...) tare__string_part(s), TARE__STRING_2(__VA_ARGS__)
#define TARE__STRING_4(s, ...) tare__string_part(s), TARE__STRING_3(__VA_ARGS__)
#define TARE__STRING_5(s, ...) tare__string_part(s), TARE__STRING_4(__VA_ARGS__)
#define TARE__STRING_6(s, ...) tare__string_part(s), TARE__STRING_5(__VA_ARGS__)
#define TARE__STRING_7(s, ...) tare__string_part(s), TARE__STRING_6(__VA_ARGS__)
#define TARE__STRING_8(s, ...) tare__string_part(s), TARE__STRING_7(__VA_ARGS__)
#define TARE__STRING_9(s, ...) tare__string_part(s), TARE__STRING_8(__VA_ARGS__)
#define TARE__STRING_10(s, ...) tare__string_part(s), TARE__STRING_9(__VA_ARGS__)
#define TARE__STRING_11(s, ...) tare__string_part(s), TARE__STRING_10(__VA_ARGS__)
#define TARE__STRING_12(s, ...) tare__string_part(s), TARE__STRING_11(__VA_ARGS__)
#define TARE__STRING_13(s, ...) tare__string_part(s), TARE__STRING_12(__VA_ARGS__)
#define TARE__STRING_14(s, ...) tare__string_part(s), TARE__STRING_13(__VA_ARGS__)
#define TARE__STRING_15(s, ...) tare__string_part(s), TARE__STRING_14(__VA_ARGS__)
#define TARE__STRING_16(s, ...) tare__string_part(s), TARE__STRING_15(__VA_ARGS__)
#endif

#endif
