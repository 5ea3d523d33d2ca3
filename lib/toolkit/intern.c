/* SPDX-License-Identifier: MIT
 *
 * Lookups. Why they are right without a lock stands in intern_core.h.
 */
#include "base/debug.h"
#include "toolkit/intern_core.h"
#include "toolkit/intern_match.h"

static const struct intern_bucket *bucket_of(uintptr_t place, uint32_t tag)
{
    return &intern_page_at(place)->buckets[tag & intern_mask_at(place)];
}

static uint32_t handle_in(const struct intern_bucket *bucket, uint32_t slot)
{
    return __atomic_load_n(&bucket->handles[slot], __ATOMIC_ACQUIRE);
}

static bool is_text(const struct tare__intern_core *core, uint32_t handle,
                    const char *start, size_t bytes)
{
    return tare_intern_bytes(&core->open, handle) == bytes &&
           memcmp(tare_intern_text(&core->open, handle), start, bytes) == 0;
}

uint32_t tare__intern_probe(const struct tare__intern_core *core, uintptr_t place,
                            uint32_t tag, const char *start, size_t bytes)
{
    const struct intern_page *page = intern_page_at(place);
    uint32_t mask = intern_mask_at(place);

    for (uint32_t i = 0; i <= mask; i++) {
        const struct intern_bucket *bucket = &page->buckets[(tag + i) & mask];
        bool has_free = false;

        for (uint32_t k = 0; k < INTERN_BUCKET_SLOTS; k++) {
            bool is_match = __atomic_load_n(&bucket->tags[k], __ATOMIC_ACQUIRE) == tag;
            uint32_t handle = handle_in(bucket, k);

            if (handle && is_match && is_text(core, handle, start, bytes))
                return handle;
            has_free |= !handle;
        }
        if (has_free)
            return 0;
    }
    return 0;
}

/* Not in its first bucket, or longer than the fast path knows. */
static __attribute__((noinline)) uint32_t find_slowly(const struct tare__intern_core *core,
                                                      const char *start, size_t bytes)
{
    for (;;) {
        struct intern_directory *directory = intern_directory_of(core);
        uint32_t tag = intern_tag(intern_hash(directory->keys, start, bytes));
        uintptr_t place = intern_place_of(directory, tag);
        struct intern_page *page = intern_page_at(place);
        uint32_t version = __atomic_load_n(&page->version, __ATOMIC_ACQUIRE);

        directory = intern_directory_of(core);
        if (intern_place_of(directory, tag) != place)
            continue; /* there was growth: keys, too, when the table has just begun */
        uint32_t handle = tare__intern_probe(core, place, tag, start, bytes);
        if (handle || __atomic_load_n(&page->version, __ATOMIC_RELAXED) == version)
            return handle;
    }
}

static __attribute__((noinline)) uint32_t insert_slowly(struct tare__intern_core *core,
                                                        const char *start, size_t bytes)
{
    uint32_t handle = find_slowly(core, start, bytes);

    return handle ? handle : tare__intern_insert(core, start, bytes);
}

/* The first text in the bucket that may be it, with its handle; NULL. */
static inline const char *look_into(const struct tare__intern_core *core,
                                    const struct intern_bucket *bucket, uint32_t tag,
                                    uint32_t *handle)
{
    uint32_t found = intern_match(bucket, tag);

    if (TARE_UNLIKELY(!found))
        return NULL;
    *handle = handle_in(bucket, (uint32_t)__builtin_ctz(found));
    return tare_intern_text(&core->open, *handle);
}

/* Its handle, most likely, if it is there and of at most INTERN_MIDDLE_BYTES. Without calls and with
 * few instructions, so that a processor is in several lookups at a time. */
static inline __attribute__((always_inline)) uint32_t
look_up(const struct tare__intern_core *core, const char *start, size_t bytes)
{
    const struct intern_directory *directory = intern_directory_of(core);
    const char *text;
    uint32_t handle, tag;

    if (TARE_LIKELY(bytes - 8 <= INTERN_MIDDLE_BYTES - 8)) {
        tag = intern_tag(
            intern_hash_middle(directory->keys, hash_words_of(start, bytes), bytes));
        text =
            look_into(core, bucket_of(intern_place_of(directory, tag), tag), tag, &handle);
        if (TARE_LIKELY(text && (unsigned char)text[-1] == bytes &&
                        intern_is_same(text, start, bytes)))
            return handle;
    } else if (bytes <= INTERN_SHORT_BYTES) {
        tag = intern_tag(
            intern_hash_short(directory->keys, hash_short_word(start, bytes), bytes));
        text =
            look_into(core, bucket_of(intern_place_of(directory, tag), tag), tag, &handle);
        if (TARE_LIKELY(text && (unsigned char)text[-1] == bytes &&
                        hash_short_word(text, bytes) == hash_short_word(start, bytes)))
            return handle;
    }
    return 0;
}

uint32_t tare_intern_find(const struct tare_intern *table, const char *start, size_t bytes)
{
    const struct tare__intern_core *core = intern_core_of(table);
    uint32_t handle = look_up(core, start, bytes);

    return TARE_LIKELY(handle) ? handle : find_slowly(core, start, bytes);
}

uint32_t tare_intern_insert(struct tare_intern *table, const char *start, size_t bytes)
{
    struct tare__intern_core *core = intern_core_of(table);
    uint32_t handle = look_up(core, start, bytes);

    return TARE_LIKELY(handle) ? handle : insert_slowly(core, start, bytes);
}

/* Up to INTERN_BATCH strings: first all buckets are asked for, then all texts, so that the waits for
 * them are one. What is not found so is 0. */
static void look_up_batch(const struct tare__intern_core *core,
                          const struct tare_text *texts, uint32_t *handles, size_t count)
{
    const struct intern_directory *directory = intern_directory_of(core);
    const struct intern_bucket *buckets[INTERN_BATCH];
    uint32_t tags[INTERN_BATCH];

    for (size_t i = 0; i < count; i++) {
        tags[i] = intern_tag(intern_hash(directory->keys, texts[i].start, texts[i].bytes));
        buckets[i] = bucket_of(intern_place_of(directory, tags[i]), tags[i]);
        __builtin_prefetch(buckets[i]);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t found = intern_match(buckets[i], tags[i]);

        handles[i] = found ? handle_in(buckets[i], (uint32_t)__builtin_ctz(found)) : 0;
        __builtin_prefetch(tare_intern_text(&core->open, handles[i]));
    }
    for (size_t i = 0; i < count; i++)
        if (handles[i] && !is_text(core, handles[i], texts[i].start, texts[i].bytes))
            handles[i] = 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t tare_intern_find_many(const struct tare_intern *table, const struct tare_text *texts,
                             uint32_t *handles, size_t count)
{
    const struct tare__intern_core *core = intern_core_of(table);
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        if (i % INTERN_BATCH == 0)
            look_up_batch(core, texts + i, handles + i, least(count - i, INTERN_BATCH));
        if (!handles[i])
            handles[i] = find_slowly(core, texts[i].start, texts[i].bytes);
        found += handles[i] != 0;
    }
    return found;
}

size_t tare_intern_insert_many(struct tare_intern *table, const struct tare_text *texts,
                               uint32_t *handles, size_t count)
{
    struct tare__intern_core *core = intern_core_of(table);
    size_t done = count;

    for (size_t i = 0; i < count; i++) {
        if (i % INTERN_BATCH == 0)
            look_up_batch(core, texts + i, handles + i, least(count - i, INTERN_BATCH));
        if (!handles[i] && i < done)
            handles[i] = insert_slowly(core, texts[i].start, texts[i].bytes);
        if (!handles[i] && i < done)
            done = i;
    }
    return done;
}
