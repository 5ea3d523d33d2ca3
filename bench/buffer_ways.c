/* SPDX-License-Identifier: MIT */
#include "bench/buffer_ways.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <tare/buffer_pool.h>

#include "bench/measure.h"

static struct tare_buffer_pool pool, pool_of_all, pool_secure;

struct block {
    char *data;
};

static struct {
    void *(*malloc)(size_t bytes);
    void (*free)(void *block);
} mi;

static inline void take_from(struct tare_buffer_pool *from, struct tare_buffer *buffer,
                             size_t bytes)
{
    if (!tare_buffer_alloc(buffer, from, bytes))
        abort();
}

/* Each way has loops of its own, so that its calls are direct ones. */
#define DEFINE_WAY(NAME, TYPE, ALLOC, FREE)                                \
    static void NAME##_take(TYPE *buffer, size_t bytes)                    \
    {                                                                      \
        ALLOC;                                                             \
        char *data = buffer->data;                                         \
                                                                           \
        data[0] = data[bytes - 1] = 1;                                     \
        measure_keep(data);                                                \
    }                                                                      \
    static void NAME##_give(TYPE *buffer, size_t bytes)                    \
    {                                                                      \
        (void)bytes;                                                       \
        FREE;                                                              \
    }                                                                      \
    static void NAME##_pair(size_t bytes, size_t count)                    \
    {                                                                      \
        for (size_t i = 0; i < count; i++) {                               \
            TYPE buffer;                                                   \
            NAME##_take(&buffer, bytes);                                   \
                                                                           \
            NAME##_give(&buffer, bytes);                                   \
        }                                                                  \
    }                                                                      \
    static void NAME##_burst(size_t bytes, size_t count)                   \
    {                                                                      \
        TYPE window[BUFFER_WINDOW];                                        \
                                                                           \
        for (size_t done = 0; done < count; done += BUFFER_WINDOW) {       \
            for (size_t i = 0; i < BUFFER_WINDOW; i++)                     \
                NAME##_take(&window[i], bytes);                            \
            for (size_t i = 0; i < BUFFER_WINDOW; i++)                     \
                NAME##_give(&window[i], bytes);                            \
        }                                                                  \
    }                                                                      \
    static void NAME##_fifo(size_t bytes, size_t count)                    \
    {                                                                      \
        TYPE window[BUFFER_WINDOW];                                        \
                                                                           \
        for (size_t i = 0; i < BUFFER_WINDOW; i++)                         \
            NAME##_take(&window[i], bytes);                                \
        for (size_t i = 0; i < count; i++) {                               \
            TYPE *oldest = &window[i % BUFFER_WINDOW];                     \
                                                                           \
            NAME##_give(oldest, bytes);                                    \
            NAME##_take(oldest, bytes);                                    \
        }                                                                  \
        for (size_t i = 0; i < BUFFER_WINDOW; i++)                         \
            NAME##_give(&window[i], bytes);                                \
    }                                                                      \
    static void NAME##_take_all(size_t bytes, size_t count, void *buffers) \
    {                                                                      \
        TYPE *all = buffers;                                               \
                                                                           \
        for (size_t i = 0; i < count; i++) {                               \
            NAME##_take(&all[i], bytes);                                   \
            memset(all[i].data, 1, bytes);                                 \
        }                                                                  \
    }                                                                      \
    static void NAME##_free_all(size_t bytes, size_t count, void *buffers) \
    {                                                                      \
        TYPE *all = buffers;                                               \
                                                                           \
        for (size_t i = 0; i < count; i++)                                 \
            NAME##_give(&all[i], bytes);                                   \
    }

#define WAY(NAME, TEXT, MISSING)                                                  \
    {                                                                             \
        TEXT, MISSING, {NAME##_pair, NAME##_fifo, NAME##_burst}, NAME##_take_all, \
            NAME##_free_all                                                       \
    }

DEFINE_WAY(pool, struct tare_buffer, take_from(&pool, buffer, bytes),
           tare_buffer_free(buffer))
DEFINE_WAY(pool_of_all, struct tare_buffer, take_from(&pool_of_all, buffer, bytes),
           tare_buffer_free(buffer))
DEFINE_WAY(malloc, struct block, buffer->data = malloc(bytes), free(buffer->data))
DEFINE_WAY(mimalloc, struct block, buffer->data = mi.malloc(bytes), mi.free(buffer->data))
DEFINE_WAY(pool_secure, struct tare_buffer, take_from(&pool_secure, buffer, bytes),
           (tare_buffer_commit(buffer, bytes), tare_buffer_free(buffer)))
DEFINE_WAY(malloc_wiped, struct block, buffer->data = malloc(bytes),
           (explicit_bzero(buffer->data, bytes), free(buffer->data)))

struct buffer_way buffer_ways[BUFFER_WAYS] = {
    [BUFFER_POOL] = WAY(pool, "pool", NULL),
    [BUFFER_POOL_OF_ALL] = WAY(pool_of_all, "pool, kept", NULL),
    [BUFFER_MALLOC] = WAY(malloc, "malloc", NULL),
    [BUFFER_MIMALLOC] = WAY(mimalloc, "mimalloc", "libmimalloc2.0"),
    [BUFFER_POOL_SECURE] = WAY(pool_secure, "pool, wiped", NULL),
    [BUFFER_MALLOC_WIPED] = WAY(malloc_wiped, "malloc, wiped", NULL),
};

static void load_mimalloc(void)
{
    void *library = dlopen("libmimalloc.so.2", RTLD_NOW | RTLD_LOCAL),
         *take = library ? dlsym(library, "mi_malloc") : NULL,
         *give = library ? dlsym(library, "mi_free") : NULL;

    memcpy(&mi.malloc, &take, sizeof take);
    memcpy(&mi.free, &give, sizeof give);
    if (take && give)
        buffer_ways[BUFFER_MIMALLOC].missing = NULL;
}

void buffer_ways_prepare(void)
{
    const struct tare_buffer_pool_options as_is = {0}, secure = {.is_secure = true},
                                          of_all = {.least_bytes = 64, .aside_bytes = 1};

    load_mimalloc();
    if (tare_buffer_pool_init(&pool, &as_is) ||
        tare_buffer_pool_init(&pool_of_all, &of_all) ||
        tare_buffer_pool_init(&pool_secure, &secure))
        exit(1);
}
