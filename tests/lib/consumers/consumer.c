/* SPDX-License-Identifier: MIT
 *
 * A program in C of somebody who installed libtare. The build includes all public headers before
 * it. A header has one function here that uses it, and a line in the table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tare/annotate.h>
#include <tare/arena.h>
#include <tare/buffer_pool.h>
#include <tare/intern.h>
#include <tare/mem.h>
#include <tare/pool.h>
#include <tare/rc.h>
#include <tare/rc_cache.h>
#include <tare/section.h>
#include <tare/string_builder.h>
#include <tare/vec_integer.h>
#include <tare/vec_order.h>
#include <tare/vec_pool.h>
#include <tare/version.h>

#include "consumers/pointers.h"

static bool mem_works(void)
{
    struct tare_mem_counter counter;

    tare_mem_counter_init(&counter, NULL, 1000);
    char *block = tare_mem_alloc(&counter.mem, 600, 64);
    bool works = block && !tare_mem_alloc(&counter.mem, 600, 64);

    if (works)
        memset(block, 'x', 600);
    tare_mem_free(&counter.mem, block, 600, 64);
    struct tare_mem_counter seen = tare_mem_counted(&counter);
    return works && seen.live_bytes == 0 && seen.peak_bytes == 600 && seen.refused == 1;
}

struct point {
    int x, y;
};

TARE_POOL_DEFINE(point, struct point, .capacity_objects = 1000);

static bool pool_works(void)
{
    struct point *one = point_alloc();
    struct tare_pool_stats stats;

    if (!one)
        return false;
    one->x = one->y = 1;
    tare_pool_get_stats(&point_pool, &stats);
    point_free(one);
    return stats.live_objects == 1 && tare_pool_fini(&point_pool) == 0;
}

static bool arena_works(void)
{
    struct tare_arena arena = {0};
    struct tare_arena_mark mark = tare_arena_get_mark(&arena);
    struct point *points = TARE_ARENA_ARRAY(&arena, struct point, 10);
    const char *text = tare_arena_printf(&arena, "%d points", 10);
    bool works = points && text && strcmp(text, "10 points") == 0;

    tare_arena_rewind(&arena, mark);
    tare_arena_fini(&arena);
    return works;
}

static bool buffer_pool_works(void)
{
    TARE_BUFFER_SCOPED(buffer, tare_buffer_pool_any(), 1000);

    return tare_buffer_append(&buffer, "text", 4) && buffer.used_bytes == 4 &&
           buffer.capacity_bytes >= 1000;
}

static bool string_builder_works(void)
{
    struct tare_string_builder *builder = tare_string_builder_alloc(100);
    char image[64];

    if (!builder)
        return false;
    bool works = tare_string_builder_append_all(builder, "one", ":", "two") &&
                 strcmp(tare_string_builder_text(builder), "one:two") == 0;
    tare_string_builder_free(builder);
    return works && tare_string_build(image, sizeof image, "registry", "/", "name") == 13;
}

static bool annotate_works(void)
{
    int object = 0;

    tare_annotate_alloc(&object, sizeof object);
    tare_annotate_free(&object);
    return true;
}

static bool section_works(void)
{
    struct tare_section section;

    tare_section_begin(&section, "consumer");
    tare_mem_free(tare_mem_default(), tare_mem_alloc(tare_mem_default(), 100, 8), 100, 8);
    tare_section_end(&section);
    return section.counts.bytes == 100 && tare_section_live_blocks(&section) == 0;
}

static inline bool is_less(const int *a, const int *b)
{
    return *a < *b;
}

TARE_VEC_DEFINE(numbers, int);
TARE_VEC_DEFINE_ORDER(numbers, int, is_less);
TARE_VEC_DEFINE_INTEGER(numbers, int);
TARE_VEC_POOL_DEFINE(number_list, numbers, .keep_bytes = 1000);

static bool vec_works(void)
{
    struct numbers numbers = {0};
    bool works = numbers_reserve_for(&numbers, 20, 10);

    for (int i = 20; i > 0; i--)
        works &= numbers_push(&numbers, i);
    numbers_sort(&numbers);
    works &= numbers_find(&numbers, 7) == 6 && numbers_count(&numbers, 7) == 1;
    numbers_fini(&numbers);
    return works;
}

static bool vec_pool_works(void)
{
    struct numbers *list = number_list_alloc();
    bool works = list && numbers_push(list, 1);

    number_list_free(list);
    return tare_pool_fini(&number_list_pool) == 0 && works;
}

struct picture {
    struct tare_rc rc;
    int width;
};

TARE_RC_DEFINE(picture, struct picture);

static bool rc_works(void)
{
    struct picture *one = picture_create();

    if (!one)
        return false;
    struct picture_weak *weak = picture_weak_acquire(one);
    picture_release(picture_acquire(one));
    picture_release(one);
    bool works = !picture_weak_lock(weak);
    picture_weak_release(weak);
    return works;
}

static bool rc_cache_works(void)
{
    const struct tare_rc_cache_options options = {.type = &picture_rc, .max_entries = 10};
    struct tare_rc_cache *cache;
    struct picture *one = picture_create(), *same = NULL;

    if (!one || tare_rc_cache_create(&cache, &options))
        return false;
    if (tare_rc_cache_put(cache, tare_rc_key_text("one"), one, sizeof *one) == 0)
        same = tare_rc_cache_get(cache, tare_rc_key_text("one"));
    bool works = same == one;
    picture_release(one);
    picture_release(same);
    tare_rc_cache_destroy(&cache);
    return works && !cache;
}

#define WORDS(X, NAME) X(NAME, one, "one") X(NAME, two, "two")
TARE_INTERN_CONSTANTS(word, WORDS);

static bool intern_works(void)
{
    struct tare_intern_options options = {.constants = &word_constants};
    struct tare_intern *table;

    if (tare_intern_create(&table, &options))
        return false;
    uint32_t handle = tare_intern_insert(table, "three", 5);
    bool works = handle && handle == tare_intern_find(table, "three", 5) &&
                 strcmp(tare_intern_text(table, handle), "three") == 0;

    switch (tare_intern_insert(table, "two", 3)) {
    case word_two:
        break;
    default:
        works = false;
    }
    tare_intern_destroy(&table);
    return works && tare_intern_insert(tare_intern_global(), "last", 4);
}

#define TARE_MAP_NAME ages
#define TARE_MAP_TEXT TARE_MAP_OWNED
#define TARE_MAP_VALUE int
#include <tare/map.h>

static bool map_works(void)
{
    struct ages ages = {0};
    bool works = !ages_insert(&ages, tare_text_of("one"), 1) &&
                 !ages_insert(&ages, tare_text_of("two"), 2) &&
                 ages_remove(&ages, tare_text_of("one"));

    works = works && ages_count(&ages) == 1 &&
            ages_find(&ages, tare_text_of("two"))->value == 2;
    ages_fini(&ages);
    return works;
}

#define TARE_MAP_NAME turns
#define TARE_MAP_KEY unsigned
#include <tare/map_ordered.h>

static bool map_ordered_works(void)
{
    struct turns turns = {0};
    struct tare_map_cursor cursor = {0};
    bool works =
        !turns_insert(&turns, 3) && !turns_insert(&turns, 1) && !turns_insert(&turns, 2);

    works = works && turns_remove(&turns, 3) && turns_next(&turns, &cursor)->key == 1 &&
            turns_next(&turns, &cursor)->key == 2 && !turns_next(&turns, &cursor);
    turns_fini(&turns);
    return works;
}

static const struct use {
    const char *header;
    bool (*works)(void);
} uses[] = {
    {"mem", mem_works},
    {"pool", pool_works},
    {"arena", arena_works},
    {"buffer_pool", buffer_pool_works},
    {"string_builder", string_builder_works},
    {"rc", rc_works},
    {"rc_cache", rc_cache_works},
    {"annotate", annotate_works},
    {"section", section_works},
    {"vec", vec_works},
    {"vec_pool", vec_pool_works},
    {"intern", intern_works},
    {"map", map_works},
    {"map_ordered", map_ordered_works},
    {"collections of pointers", pointers_work},
};

int main(void)
{
    int status = EXIT_SUCCESS;

    printf("tare %s\n", TARE_VERSION);
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        bool works = uses[i].works();

        printf("%s %s\n", uses[i].header, works ? "works" : "fails");
        if (!works)
            status = EXIT_FAILURE;
    }
    return status;
}
