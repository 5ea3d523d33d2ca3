/* SPDX-License-Identifier: MIT
 *
 * A program in C++17 of somebody who installed libtare; made as consumer.c is.
 */
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

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

#define TARE_MAP_NAME squares
#define TARE_MAP_KEY unsigned
#define TARE_MAP_VALUE double
#include <tare/map.h>

#define TARE_MAP_NAME turns
#define TARE_MAP_KEY unsigned
#include <tare/map_ordered.h>

namespace
{

/* Containers over a source of memory. */
template <typename T> struct mem_allocator {
    using value_type = T;

    tare_mem *mem;

    explicit mem_allocator(tare_mem *from) : mem(from)
    {
    }

    template <typename U> mem_allocator(const mem_allocator<U> &other) : mem(other.mem)
    {
    }

    T *allocate(std::size_t count)
    {
        void *block = tare_mem_alloc(mem, count * sizeof(T), alignof(T));

        if (!block)
            throw std::bad_alloc();
        return static_cast<T *>(block);
    }

    void deallocate(T *block, std::size_t count)
    {
        tare_mem_free(mem, block, count * sizeof(T), alignof(T));
    }

    template <typename U> bool operator==(const mem_allocator<U> &other) const
    {
        return mem == other.mem;
    }

    template <typename U> bool operator!=(const mem_allocator<U> &other) const
    {
        return mem != other.mem;
    }
};

bool mem_works()
{
    tare_mem_counter counter;
    bool is_refused = false;

    tare_mem_counter_init(&counter, nullptr, 1000 * sizeof(int));
    try {
        std::vector<int, mem_allocator<int>> numbers{mem_allocator<int>(&counter.mem)};

        for (int i = 0; i < 1000; i++)
            numbers.push_back(i);
    } catch (const std::bad_alloc &) {
        is_refused = true;
    }
    tare_mem_counter seen = tare_mem_counted(&counter);
    return is_refused && seen.live_bytes == 0 && seen.peak_bytes > 0;
}

bool map_works()
{
    squares map = {};
    tare_map_cursor cursor = {};
    double sum = 0;

    for (unsigned i = 0; i < 100; i++)
        if (squares_insert(&map, i, i * i))
            return false;
    while (const squares_entry *entry = squares_next(&map, &cursor))
        sum += entry->value;
    bool works = sum == 328350 && squares_has(&map, 99) && !squares_has(&map, 100);
    squares_fini(&map);
    return works;
}

bool map_ordered_works()
{
    turns map = {};
    tare_map_cursor cursor = {};
    unsigned turn = 0;

    for (unsigned i = 0; i < 100; i++)
        if (turns_insert(&map, i * 7 % 100))
            return false;
    bool works = turns_remove(&map, 0) && turns_valid(&map);
    while (const turns_entry *entry = turns_next(&map, &cursor))
        works &= entry->key == ++turn * 7 % 100;
    turns_fini(&map);
    return works && turn == 99;
}

bool pool_works()
{
    tare_pool pool = {};
    tare_pool_options options = {};

    options.object_bytes = sizeof(std::vector<int>);
    if (tare_pool_init(&pool, &options) != 0)
        return false;
    void *place = tare_pool_alloc(&pool);
    if (!place)
        return false;
    auto *numbers = new (place) std::vector<int>(100);
    bool works = numbers->size() == 100;
    numbers->~vector();
    tare_pool_free(&pool, numbers);
    return tare_pool_fini(&pool) == 0 && works;
}

struct point {
    int x, y;
};

TARE_POOL_DEFINE(point, point, .capacity_objects = 1000);

bool typed_pool_works()
{
    TARE_POOL_SCOPED(point, one);
    tare_pool_stats stats;

    tare_pool_get_stats(&point_pool, &stats);
    return one && stats.live_objects == 1;
}

bool arena_works()
{
    tare_arena arena = {};
    tare_arena_mark mark = tare_arena_get_mark(&arena);
    point *points = TARE_ARENA_ARRAY(&arena, point, 10);
    const char *text = tare_arena_printf(&arena, "%d points", 10);
    bool works = points && text && std::strcmp(text, "10 points") == 0;

    tare_arena_rewind(&arena, mark);
    tare_arena_stats stats;
    tare_arena_get_stats(&arena, &stats);
    tare_arena_fini(&arena);
    return works && stats.used_bytes < sizeof(point[10]);
}

bool buffer_pool_works()
{
    TARE_BUFFER_SCOPED(buffer, tare_buffer_pool_any(), 1000);

    return tare_buffer_append(&buffer, "text", 4) && buffer.used_bytes == 4 &&
           buffer.capacity_bytes >= 1000;
}

bool string_builder_works()
{
    tare_string_builder *builder = tare_string_builder_alloc(100);
    char image[64];

    if (!builder)
        return false;
    bool works = tare_string_builder_append_all(builder, "one", ":", "two") &&
                 std::strcmp(tare_string_builder_text(builder), "one:two") == 0;
    tare_string_builder_free(builder);
    return works && tare_string_build(image, sizeof image, "registry", "/", "name") == 13;
}

/* A class whose objects are counted, and an owner for its references. */
struct picture {
    tare_rc rc;
    std::vector<int> pixels;

    static void destruct(void *object)
    {
        static_cast<picture *>(object)->~picture();
    }
};

tare_rc_type picture_type()
{
    tare_rc_type type = {};

    type.object_bytes = sizeof(picture);
    type.alignment = alignof(picture);
    type.rc_offset = offsetof(picture, rc);
    type.destruct = picture::destruct;
    return type;
}

const tare_rc_type picture_rc = picture_type();

struct picture_release {
    void operator()(picture *one) const
    {
        tare_rc_release(&picture_rc, one);
    }
};

using picture_ref = std::unique_ptr<picture, picture_release>;

picture_ref make_picture(std::size_t pixels)
{
    void *place = tare_rc_create(&picture_rc);

    if (!place)
        throw std::bad_alloc();
    new (&static_cast<picture *>(place)->pixels) std::vector<int>(pixels);
    return picture_ref(static_cast<picture *>(place));
}

bool rc_works()
{
    picture_ref one = make_picture(100);
    picture_ref same(static_cast<picture *>(tare_rc_acquire(&picture_rc, one.get())));

    one.reset();
    return same->pixels.size() == 100;
}

bool rc_cache_works()
{
    tare_rc_cache *cache = nullptr;
    tare_rc_cache_options options = {};

    options.type = &picture_rc;
    options.max_entries = 10;
    if (tare_rc_cache_create(&cache, &options) != 0)
        return false;
    bool works = true;
    for (std::uint64_t i = 0; i < 100; i++)
        works = works && tare_rc_cache_put(cache, tare_rc_key_number(i),
                                           make_picture(i).get(), i * sizeof(int)) == 0;
    picture_ref last(
        static_cast<picture *>(tare_rc_cache_get(cache, tare_rc_key_number(99))));
    tare_rc_cache_destroy(&cache);
    return works && last && last->pixels.size() == 99 && !cache;
}

#define WORDS(X, NAME) X(NAME, one, "one") X(NAME, two, "two")
TARE_INTERN_CONSTANTS(word, WORDS);

/* A value that is compared and hashed as a number. */
struct symbol {
    uint32_t handle;

    explicit symbol(std::string_view name)
        : handle(tare_intern_insert(tare_intern_global(), name.data(), name.size()))
    {
    }

    std::string_view name() const
    {
        return {tare_intern_text(tare_intern_global(), handle),
                tare_intern_bytes(tare_intern_global(), handle)};
    }
};

bool intern_works()
{
    tare_intern_options options = {};

    options.constants = &word_constants;
    if (tare_intern_global_begin(&options) != 0)
        return false;
    switch (symbol("two").handle) {
    case word_two:
        return symbol("three").handle == symbol("three").handle &&
               symbol("three").name() == "three";
    default:
        return false;
    }
}

bool annotate_works()
{
    auto object = std::make_unique<int>();

    tare_annotate_alloc(object.get(), sizeof *object);
    tare_annotate_free(object.get());
    return true;
}

bool section_works()
{
    tare_section section;

    tare_section_begin(&section, "consumer");
    tare_mem *mem = tare_mem_default();
    tare_mem_free(mem, tare_mem_alloc(mem, 100, 8), 100, 8);
    tare_section_end(&section);
    return section.counts.bytes == 100 && tare_section_live_blocks(&section) == 0;
}

inline bool is_less(const int *a, const int *b)
{
    return *a < *b;
}

TARE_VEC_DEFINE(numbers, int);
TARE_VEC_DEFINE_ORDER(numbers, int, is_less);
TARE_VEC_DEFINE_INTEGER(numbers, int);
TARE_VEC_POOL_DEFINE(number_list, numbers, .keep_bytes = 1000);

bool vec_works()
{
    numbers list = {};
    bool works = numbers_reserve_for(&list, 20, 10);

    for (int i = 20; i > 0; i--)
        works &= numbers_push(&list, i);
    numbers_sort(&list);
    works &= numbers_find(&list, 7) == 6 && numbers_count(&list, 7) == 1;
    TARE_VEC_EACH(at, &list)
    works &= *at > 0;
    numbers_fini(&list);
    return works;
}

bool vec_pool_works()
{
    numbers *list = number_list_alloc();
    bool works = list && numbers_push(list, 1);

    number_list_free(list);
    return tare_pool_fini(&number_list_pool) == 0 && works;
}

const struct {
    const char *header;
    bool (*works)();
} uses[] = {
    {"mem", mem_works},
    {"pool", pool_works},
    {"typed pool", typed_pool_works},
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

} // namespace

int main()
{
    int status = EXIT_SUCCESS;

    std::printf("tare %s\n", TARE_VERSION);
    for (const auto &use : uses) {
        bool works = use.works();

        std::printf("%s %s\n", use.header, works ? "works" : "fails");
        if (!works)
            status = EXIT_FAILURE;
    }
    return status;
}
