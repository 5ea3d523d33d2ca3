/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include <tare/vec_pool.h>

#include "base/debug.h"
#include "support/random.h"
#include "toolkit/vec_parts.h"

enum {
    MOST_BYTES = 4096,
    KEEP_BYTES = 20000,
    KEEP_BLOCKS = 20,
    THREADS = 4,
    ROUNDS = TARE_DEBUG ? 20000 : 100000,
    SHARED = 64,
};

static int destructed;

static void count_destructed(void *element, void *context)
{
    (void)element;
    (void)context;
    destructed++;
}

TARE_VEC_DEFINE(ids, uint32_t);
TARE_VEC_DEFINE(owners, void *, .destruct = count_destructed);

static struct tare_mem_failer failer;

TARE_VEC_POOL_DEFINE(list, ids, .from = &failer.mem, .most_bytes = MOST_BYTES,
                     .keep_bytes = KEEP_BYTES, .keep_blocks = KEEP_BLOCKS);
TARE_VEC_POOL_DEFINE(owner_list, owners);

static int set_up(void **state)
{
    (void)state;
    setenv("TARE_POOL_PASSTHROUGH", "0", 1); /* where each vector is new nothing is kept */
    tare_mem_failer_init(&failer, NULL, 0);
    destructed = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(tare_pool_fini(&list_pool), 0);
    assert_int_equal(tare_pool_fini(&owner_list_pool), 0);
    assert_int_equal(tare_vec_store_held_bytes(&list_store), 0);
    assert_int_equal(list_store.held_blocks, 0);
    assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
    return 0;
}

static void push_until(struct ids *vec, uint32_t length)
{
    while (vec->length < length)
        assert_true(ids_push(vec, vec->length));
    assert_true(tare__vec_valid(&vec->any, &ids_kind));
}

static void a_vector_comes_back_empty_with_its_block(void **state)
{
    (void)state;
    struct ids *vec = list_alloc();
    push_until(vec, 1000);
    const uint32_t *items = vec->items;
    list_free(vec);
    vec = list_alloc();
    assert_int_equal(vec->length, 0);
    assert_ptr_equal(vec->items, items);
    uint64_t requests = failer.requests;
    push_until(vec, 1000);
    assert_int_equal(failer.requests, requests);
    list_free(vec);
    list_free(NULL);
}

static void a_block_that_grew_far_is_not_kept(void **state)
{
    (void)state;
    struct ids *vec = list_alloc();
    push_until(vec, MOST_BYTES / sizeof(uint32_t) + 1);
    list_free(vec);
    assert_int_equal(tare_vec_store_held_bytes(&list_store), 0);
}

static void no_more_bytes_are_kept_than_may_be(void **state)
{
    struct ids *vecs[10];

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_true((vecs[i] = list_alloc()) && ids_reserve(vecs[i], 1000));
    for (int i = 0; i < 10; i++)
        list_free(vecs[i]);
    assert_int_equal(tare_vec_store_held_bytes(&list_store), 20000);
}

static void no_more_blocks_are_kept_than_may_be(void **state)
{
    struct ids *vecs[2 * KEEP_BLOCKS];

    (void)state;
    for (int i = 0; i < 2 * KEEP_BLOCKS; i++)
        assert_true((vecs[i] = list_alloc()) && ids_reserve(vecs[i], 10));
    for (int i = 0; i < 2 * KEEP_BLOCKS; i++)
        list_free(vecs[i]);
    assert_int_equal(list_store.held_blocks, KEEP_BLOCKS);
    tare_pool_trim(&list_pool, 0);
    assert_int_equal(list_store.held_blocks, 0);
}

static void what_is_stolen_is_not_kept(void **state)
{
    size_t bytes;

    (void)state;
    struct ids *vec = list_alloc();
    push_until(vec, 100);
    uint32_t *items = ids_steal(vec, &bytes);
    struct tare_mem *mem = vec->mem;
    list_free(vec);
    assert_int_equal(items[99], 99);
    tare_mem_free(mem, items, bytes, _Alignof(uint32_t));
}

static void a_vector_with_memory_from_elsewhere_loses_it(void **state)
{
    struct ids other = {0};

    (void)state;
    push_until(&other, 100);
    struct ids *vec = list_alloc();
    push_until(vec, 50);
    ids_fini(vec);
    ids_move(vec, &other);
    list_free(vec);
    vec = list_alloc();
    assert_int_equal(vec->capacity, TARE_VEC_INLINE);
    push_until(vec, 50);
    assert_int_equal(list_store.held_blocks, 1);
    list_free(vec);
}

static void elements_end_when_their_vector_is_freed(void **state)
{
    (void)state;
    {
        TARE_POOL_SCOPED(owner_list, vec);
        for (int i = 0; i < 30; i++)
            assert_true(owners_push(vec, NULL));
    }
    assert_int_equal(destructed, 30);
    struct owners *vec = owner_list_alloc();
    assert_int_equal(vec->length, 0);
    owner_list_free(vec);
    assert_int_equal(destructed, 30);
}

static void a_vector_without_memory_serves_what_it_can(void **state)
{
    (void)state;
    struct ids *vec = list_alloc();
    failer.fail_at = failer.requests + 1;
    failer.fail_on = true;
    push_until(vec, TARE_VEC_INLINE);
    assert_false(ids_push(vec, 1));
    assert_int_equal(vec->length, TARE_VEC_INLINE);
    list_free(vec);
    assert_int_equal(tare_vec_store_held_bytes(&list_store), 0);
}

static struct ids *shared[SHARED];

/* All elements of a vector are its owner's mark: two owners of one would mix them. */
static void *exchange_vectors(void *context)
{
    uint64_t seed = (uintptr_t)context * 0x9e3779b97f4a7c15u;

    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t length = (uint32_t)(next_random(&seed) % 400);
        struct ids *mine = list_alloc();

        if (!mine || mine->length || !ids_reserve(mine, length / 2))
            abort();
        while (mine->length < length)
            if (!ids_push(mine, round))
                abort();
        struct ids *other = __atomic_exchange_n(&shared[next_random(&seed) % SHARED], mine,
                                                __ATOMIC_ACQ_REL);
        for (uint32_t i = 1; other && i < other->length; i++)
            if (other->items[i] != other->items[0])
                abort();
        list_free(other);
        if (next_random(&seed) % 3000 == 0)
            tare_pool_trim(&list_pool, 0);
    }
    return NULL;
}

static void threads_exchange_vectors(void **state)
{
    pthread_t threads[THREADS];
    size_t bytes = 0, blocks = 0;

    (void)state;
    for (intptr_t i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, exchange_vectors, (void *)(uintptr_t)(i + 1)),
            0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < SHARED; i++) {
        if (shared[i] && shared[i]->capacity > TARE_VEC_INLINE) {
            bytes += shared[i]->capacity * sizeof(uint32_t);
            blocks++;
        }
    }
    /* What is not in use is free, and bounded. */
    assert_true(tare_vec_store_held_bytes(&list_store) - bytes <= KEEP_BYTES);
    assert_true(list_store.held_blocks - blocks <= KEEP_BLOCKS);
    for (int i = 0; i < SHARED; i++)
        list_free(shared[i]);
    memset(shared, 0, sizeof shared);
    assert_true(tare_vec_store_held_bytes(&list_store) <= KEEP_BYTES);
    assert_int_equal(tare_vec_store_held_bytes(&list_store),
                     tare_mem_counted(&failer.counter).live_bytes);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_vector_comes_back_empty_with_its_block),
        TEST(a_block_that_grew_far_is_not_kept),
        TEST(no_more_bytes_are_kept_than_may_be),
        TEST(no_more_blocks_are_kept_than_may_be),
        TEST(what_is_stolen_is_not_kept),
        TEST(a_vector_with_memory_from_elsewhere_loses_it),
        TEST(elements_end_when_their_vector_is_freed),
        TEST(a_vector_without_memory_serves_what_it_can),
        TEST(threads_exchange_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
