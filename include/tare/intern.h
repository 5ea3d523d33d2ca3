/* SPDX-License-Identifier: MIT
 *
 * tare/intern.h - equal strings kept once, and known by a number of 32 bits.
 *
 * Shape    table -> directory -> pages of slots {hash, handle} -> text
 *              handle -> text: a load and an addition; text: [length][bytes][NUL]
 *          The counted table, for what comes from outside: text -> count; 0: it is gone.
 * Units    Strings; lengths in bytes, any bytes, NUL too. Texts have a NUL behind them.
 * Owner    A table owns its texts; they stay until it is destroyed. The global one never is.
 * Threads  thread-safe, but for destroy, which must be alone with the table. Of strings that are
 *          there, and by find, no lock is taken and nothing is written. text and bytes are
 *          async-signal-safe. After fork the child has the tables as they were.
 * Errors   insert: 0 when a limit is reached or there is no memory; tare_intern_get_stats tells which.
 *          create: -EINVAL, -ENOMEM. A failed call changes nothing.
 * Cost     insert, find of what is there: the hash and two cache misses, as a rule. Memory: the
 *          string, 2 to 5 bytes, and 9 to 18 for its slot.
 * Source   Fagin and others, "Extendible Hashing", ACM TODS 1979.
 *
 *     uint32_t name = tare_intern_insert(tare_intern_global(), "colour", 6);
 *
 *     if (name == other) ...
 *     puts(tare_intern_text(tare_intern_global(), name));
 *
 * What is interned stays. Strings without end must not be put into a table from outside the
 * program: a table has limits unless you say otherwise, and once they are reached it takes no new
 * string, and knows those that it has. For such strings there is the counted table below.
 */
#ifndef TARE_INTERN_H
#define TARE_INTERN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tare/mem.h>
#include <tare/text.h>

TARE_BEGIN

enum {
    TARE_INTERN_STRINGS = 4 << 20, /* in a table, unless its options say otherwise, */
    TARE_INTERN_BYTES = 256 << 20, /* and of its texts */
};
#define TARE_INTERN_NO_LIMIT SIZE_MAX /* but that of 32-bit handles: 16 GiB of texts */

/* What TARE_INTERN_CONSTANTS makes. */
struct tare_intern_constants {
    const void *image;
    size_t bytes;
};

/* All-zero: the defaults. */
struct tare_intern_options {
    struct tare_mem *mem;
    size_t strings_max; /* 0: TARE_INTERN_STRINGS */
    size_t bytes_max;   /* of texts, each with 2 to 5 bytes more; 0: TARE_INTERN_BYTES */
    uint64_t
        seed; /* of the hash; 0: random. A known one lets others choose slow strings. */
    const struct tare_intern_constants *constants;
};

/* The beginning of a table; what follows is the library's. */
struct tare_intern {
    const char *const *granules;
};

/* Begin a table over options->mem; NULL: all defaults. -EINVAL for constants of which two are
 * equal, or for limits that they exceed. */
TARE_API TARE_NODISCARD int tare_intern_create(struct tare_intern **table,
                                               const struct tare_intern_options *options);

/* All handles and texts are gone; *table is NULL then. NULL is nothing. */
TARE_API void tare_intern_destroy(struct tare_intern **table);

/* The table of the whole process: it begins at its first insert, and works until the last of the
 * process's instructions, in destructors of any kind too. */
TARE_API struct tare_intern *tare_intern_global(void);

/* Begin it now, with options other than the defaults: -EALREADY when it has begun. */
TARE_API TARE_NODISCARD int
tare_intern_global_begin(const struct tare_intern_options *options);

/* The handle of the string, which is put into the table if it is not there; 0 as said above. */
TARE_API TARE_NODISCARD uint32_t tare_intern_insert(struct tare_intern *table,
                                                    const char *start, size_t bytes);

/* Its handle if it is there; 0. */
TARE_API TARE_NODISCARD uint32_t tare_intern_find(const struct tare_intern *table,
                                                  const char *start, size_t bytes);

/* Likewise for `count` strings at once, about twice as fast each when the table is larger than the
 * caches. insert: the number of them, from the first, that have a handle; the others' are 0. find:
 * the number that were found. */
TARE_API size_t tare_intern_insert_many(struct tare_intern *table,
                                        const struct tare_text *texts, uint32_t *handles,
                                        size_t count);
TARE_API size_t tare_intern_find_many(const struct tare_intern *table,
                                      const struct tare_text *texts, uint32_t *handles,
                                      size_t count);

enum { TARE__INTERN_GRANULE_BITS = 16 };

/* The string of a handle of this table's; of 0 an empty one. */
TARE_INLINE const char *tare_intern_text(const struct tare_intern *table, uint32_t handle)
{
    const char *const *granules = __atomic_load_n(&table->granules, __ATOMIC_ACQUIRE);
    uint32_t unit = handle & ((1u << TARE__INTERN_GRANULE_BITS) - 1);

    return granules[handle >> TARE__INTERN_GRANULE_BITS] + (size_t)unit * 4 + 1;
}

/* Its length. */
TARE_INLINE size_t tare_intern_bytes(const struct tare_intern *table, uint32_t handle)
{
    const char *text = tare_intern_text(table, handle);
    uint32_t bytes = (unsigned char)text[-1];

    if (bytes == 255)
        memcpy(&bytes, text - 5, sizeof bytes);
    return bytes;
}

struct tare_intern_stats {
    size_t strings, strings_max;
    size_t text_bytes, text_bytes_max; /* with lengths, NULs and padding */
    size_t held_bytes;                 /* from options->mem */
    size_t pages, slots, directory_pages;
    uint64_t inserts; /* that took a lock */
    uint64_t races;   /* of these, strings that another thread had put there meanwhile */
    uint64_t grown;   /* pages that were replaced */
    uint64_t refused; /* inserts that would have exceeded a limit */
    uint64_t failed;  /* inserts for which there was no memory */
};

TARE_API void tare_intern_get_stats(struct tare_intern *table,
                                    struct tare_intern_stats *stats);

/* Strings that are known when the program is compiled:
 *
 *     #define WORDS(X, NAME) X(NAME, open, "open") X(NAME, close, "close")
 *     TARE_INTERN_CONSTANTS(word, WORDS);
 *
 * makes the constants word_open and word_close, which are the handles in each table that begins
 * with `.constants = &word_constants`, and may stand behind `case`. A table has one such list; it
 * is not copied, and no string of it longer than 254 bytes. */
#define TARE_INTERN_CONSTANTS(NAME, LIST)                                             \
    struct NAME##_image {                                                             \
        char none[4];                                                                 \
        LIST(TARE__INTERN_MEMBER, NAME)                                               \
    };                                                                                \
    static const struct NAME##_image NAME##_image = {{0, 0, 0, 0},                    \
                                                     LIST(TARE__INTERN_VALUE, NAME)}; \
    static const struct tare_intern_constants NAME##_constants                        \
        __attribute__((unused)) = {&NAME##_image, sizeof NAME##_image};               \
    enum NAME##_handle                                                                \
    {                                                                                 \
        LIST(TARE__INTERN_HANDLE, NAME)                                               \
    }

#define TARE__INTERN_MEMBER(NAME, WORD, TEXT)                    \
    struct {                                                     \
        unsigned char bytes;                                     \
        char text[sizeof(TEXT) <= 255 ? (int)sizeof(TEXT) : -1]; \
    } WORD __attribute__((aligned(4)));
#define TARE__INTERN_VALUE(NAME, WORD, TEXT) {sizeof(TEXT) - 1, TEXT},
#define TARE__INTERN_HANDLE(NAME, WORD, TEXT) \
    NAME##_##WORD = offsetof(struct NAME##_image, WORD) / 4,

/* The counted table. Equal strings have one text, which is known by its address; it is gone when it
 * was released as often as it was acquired and retained. More than 2^32 - 2 references: it stays. */
struct tare_intern_counted;

/* As tare_intern_create; without constants. */
TARE_API TARE_NODISCARD int
tare_intern_counted_create(struct tare_intern_counted **table,
                           const struct tare_intern_options *options);

/* All texts are gone. The number of those that were still in use. */
TARE_API size_t tare_intern_counted_destroy(struct tare_intern_counted **table);

/* The text, with a reference more; NULL when a limit is reached or there is no memory. */
TARE_API TARE_NODISCARD const char *
tare_intern_counted_acquire(struct tare_intern_counted *table, const char *start,
                            size_t bytes);

/* A reference more to what the caller has one to. */
TARE_API const char *tare_intern_counted_retain(const char *text);

/* A reference less; NULL is nothing. */
TARE_API void tare_intern_counted_release(struct tare_intern_counted *table,
                                          const char *text);

TARE_API size_t tare_intern_counted_bytes(const char *text);

struct tare_intern_counted_stats {
    size_t strings, strings_max;
    size_t text_bytes, text_bytes_max; /* with NULs, and what is kept of each */
    uint64_t refused, failed;          /* as in struct tare_intern_stats */
};

TARE_API void tare_intern_counted_get_stats(struct tare_intern_counted *table,
                                            struct tare_intern_counted_stats *stats);

TARE_END

#endif
