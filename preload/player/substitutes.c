/* SPDX-License-Identifier: MIT */
#include "player/player.h"

#include <string.h>
#include <sys/mman.h>

#include <tare/arena.h>
#include <tare/intern.h>
#include <tare/mem.h>
#include <tare/pool.h>
#include <tare/vec.h>

/* Contents: the number of one of this size, in a buffer of zeros. */
enum { SIZES = 4096, TEXT_MOST = 1 << 16 };

/* A vector of bytes and what is inline of it, as it would stand in a struct of the program's. */
struct inline_vec {
    struct tare_vec vec;
    char first[];
};

static struct tare_mem_counter counter;
static uint64_t amount;
static struct tare_pool pool;
static struct tare_arena arena;
static uint64_t arena_blocks, inline_bytes;
static struct tare_intern_counted *strings;
static struct tare_vec_kind kind;
static char *vecs;
static size_t vec_bytes;

static void begin_counting(const struct play *play)
{
    amount = play->amount;
    tare_mem_counter_init(&counter, tare_mem_libc(), 0);
}

size_t way_held_bytes(void)
{
    /* each block has a word of malloc's in front of it */
    return counter.live_bytes + counter.live_blocks * sizeof(size_t) + inline_bytes;
}

uint64_t way_calls(void)
{
    return counter.allocations + counter.resizes;
}

static bool takes_all(size_t bytes)
{
    (void)bytes;
    return true;
}

static bool pool_begin(const struct play *play, uint32_t places)
{
    (void)places;
    begin_counting(play);
    /* What a type of that size is aligned to at most: TARE_POOL_DEFINE takes the type's own. */
    size_t alignment = amount & -amount;
    const struct tare_pool_options options = {.object_bytes = amount,
                                              .alignment = alignment < 8    ? 8
                                                           : alignment > 16 ? 16
                                                                            : alignment,
                                              .mem = &counter.mem,
                                              .is_hidden = true};
    return tare_pool_init(&pool, &options) == 0;
}

static bool pool_takes(size_t bytes)
{
    return bytes <= amount && bytes * 2 >= amount;
}

static void *pool_get(uint32_t place, size_t bytes)
{
    (void)place;
    (void)bytes;
    return tare_pool_alloc(&pool);
}

/* Within one object only: the player moves what the pool does not take. */
static void *pool_resize(uint32_t place, struct block *block, size_t bytes)
{
    (void)place;
    (void)bytes;
    return block->at;
}

static void pool_put(uint32_t place, struct block *block)
{
    (void)place;
    tare_pool_free(&pool, block->at);
}

static bool arena_begin(const struct play *play, uint32_t places)
{
    (void)places;
    begin_counting(play);
    tare_arena_init(&arena, &counter.mem);
    return true;
}

static void *arena_get(uint32_t place, size_t bytes)
{
    void *object = tare_arena_alloc(&arena, bytes ? bytes : 1);

    (void)place;
    arena_blocks += object != NULL;
    return object;
}

static void *arena_resize(uint32_t place, struct block *block, size_t bytes)
{
    (void)place;
    return tare_arena_resize(&arena, block->at, block->bytes, bytes ? bytes : 1);
}

static void arena_put(uint32_t place, struct block *block)
{
    (void)place;
    (void)block;
    if (--arena_blocks == 0)
        tare_arena_reset(&arena);
}

static bool intern_begin(const struct play *play, uint32_t places)
{
    (void)places;
    begin_counting(play);
    const struct tare_intern_options options = {.mem = &counter.mem, .seed = 1};
    return tare_intern_counted_create(&strings, &options) == 0;
}

static bool intern_takes(size_t bytes)
{
    return bytes && bytes <= TEXT_MOST;
}

/* A number that is the same in each run. */
static uint64_t next_random(void)
{
    static uint64_t random = 88172645463325252u;

    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random;
}

static void *intern_get(uint32_t place, size_t bytes)
{
    static uint64_t numbers[SIZES]; /* contents so far, of sizes that end alike */
    static char text[TEXT_MOST];
    uint64_t *count = &numbers[bytes % SIZES];
    uint64_t number =
        !*count || next_random() % 1000 < amount ? ++*count : next_random() % *count + 1;

    (void)place;
    memcpy(text, &number, bytes < sizeof number ? bytes : sizeof number);
    return (char *)(uintptr_t)tare_intern_counted_acquire(strings, text, bytes);
}

static void intern_put(uint32_t place, struct block *block)
{
    (void)place;
    tare_intern_counted_release(strings, block->at);
}

static bool vecs_begin(const struct play *play, uint32_t places, uint32_t inline_most)
{
    begin_counting(play);
    kind = (struct tare_vec_kind){.element_bytes = 1,
                                  .alignment = 16,
                                  .inline_elements = inline_most,
                                  .inline_at = sizeof(struct inline_vec)};
    vec_bytes = (sizeof(struct inline_vec) + inline_most + 15) & ~(size_t)15;
    vecs = mmap(NULL, vec_bytes * places, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return vecs != MAP_FAILED;
}

static bool vec_begin(const struct play *play, uint32_t places)
{
    return vecs_begin(play, places, (uint32_t)play->amount);
}

/* A vector has one byte inline at least. */
static bool reserve_begin(const struct play *play, uint32_t places)
{
    return vecs_begin(play, places, 1);
}

static bool vec_takes(size_t bytes)
{
    return bytes <= UINT32_MAX / 2;
}

static struct tare_vec *vec_at(uint32_t place)
{
    return &((struct inline_vec *)(void *)(vecs + vec_bytes * place))->vec;
}

static void *vec_get(uint32_t place, size_t bytes)
{
    struct inline_vec *whole = (void *)vec_at(place);

    whole->vec = (struct tare_vec){whole->first, 0, kind.inline_elements, &counter.mem};
    if (bytes > whole->vec.capacity && !tare__vec_reserve(&whole->vec, &kind, bytes))
        return NULL;
    inline_bytes += kind.inline_elements;
    whole->vec.length = (uint32_t)bytes;
    return whole->vec.items;
}

static void *reserve_get(uint32_t place, size_t bytes)
{
    void *items = vec_get(place, bytes > amount ? bytes : amount);

    if (items)
        vec_at(place)->length = (uint32_t)bytes;
    return items;
}

static void *vec_resize(uint32_t place, struct block *block, size_t bytes)
{
    struct tare_vec *vec = vec_at(place);

    (void)block;
    if (bytes > vec->capacity && !tare__vec_grow(vec, &kind, bytes - vec->length))
        return NULL;
    vec->length = (uint32_t)bytes;
    return vec->items;
}

static void vec_put(uint32_t place, struct block *block)
{
    struct tare_vec *vec = vec_at(place);

    (void)block;
    inline_bytes -= kind.inline_elements;
    if (vec->capacity > kind.inline_elements)
        tare__vec_free(vec, &kind);
}

const struct way ways[SUBSTITUTE_COUNT] = {
    [SUBSTITUTE_POOL] = {pool_begin, pool_takes, pool_get, pool_resize, pool_put},
    [SUBSTITUTE_ARENA] = {arena_begin, takes_all, arena_get, arena_resize, arena_put},
    [SUBSTITUTE_INTERN] = {intern_begin, intern_takes, intern_get, NULL, intern_put},
    [SUBSTITUTE_VEC] = {vec_begin, vec_takes, vec_get, vec_resize, vec_put},
    [SUBSTITUTE_RESERVE] = {reserve_begin, vec_takes, reserve_get, vec_resize, vec_put},
};
