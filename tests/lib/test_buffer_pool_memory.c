/* SPDX-License-Identifier: MIT
 *
 * How much buffer pools keep, and what they do without memory.
 */
#include "lib/buffer_fixture.h"
#include "support/random.h"

#include <errno.h>
#include <unistd.h>

static void data_that_grew_a_little_goes_to_its_class(void **state)
{
    (void)state;
    begin((struct tare_buffer_pool_options){0});
    struct tare_buffer buffer = take(1024);
    fill(&buffer, 4096, 'x');
    assert_int_equal(buffer.capacity_bytes, 4096);
    void *data = buffer.data;
    tare_buffer_free(&buffer);
    assert_int_equal(stats_now().kept_bytes, 1024 + 4096);
    buffer = take(4096);
    assert_ptr_equal(buffer.data, data);
    assert_int_equal(stats_now().moves, 1);
    assert_int_equal(stats_now().outgrown, 0);
    tare_buffer_free(&buffer);
}

static void data_that_grew_far_goes_back(void **state)
{
    (void)state;
    begin((struct tare_buffer_pool_options){0});
    give(take(6144)); /* there would be some */
    struct tare_buffer buffer = take(1024);
    fill(&buffer, 1025, 'x');
    fill(&buffer, 4096 - 1024, 'x');
    assert_int_equal(buffer.capacity_bytes, 6144);
    assert_null(buffer.node);
    size_t before = counter.live_bytes;
    tare_buffer_free(&buffer);
    assert_int_equal(before - counter.live_bytes, 6144);
    assert_int_equal(stats_now().outgrown, 1);
    assert_int_equal(stats_now().kept_bytes, 6144 + 1024 + 1536);
}

static void no_more_than_the_limit_is_kept(void **state)
{
    enum { COUNT = 600, KEEP = 4 << 20, OWN = 300 << 10 };
    static struct tare_buffer buffers[COUNT];

    (void)state;
    begin((struct tare_buffer_pool_options){.keep_bytes = KEEP});
    for (int round = 0; round < 20; round++) {
        size_t bytes = (size_t)4096 << round % 5;

        for (int i = 0; i < COUNT; i++)
            buffers[i] = take(bytes);
        for (int i = 0; i < COUNT; i++)
            give(buffers[i]);
        assert_true(stats_now().kept_bytes <= KEEP + 5 * OWN);
        assert_true(counter.live_bytes <= KEEP + 5 * OWN + (1 << 20)); /* slabs of nodes */
    }
    assert_true(stats_now().kept_bytes > KEEP / 4);
    assert_true(stats_now().hits > COUNT);
}

static void classes_share_the_limit(void **state)
{
    enum { COUNT = 1024, KEEP = 4 << 20, OWN = 300 << 10 };
    static struct tare_buffer buffers[COUNT];

    (void)state;
    begin((struct tare_buffer_pool_options){.keep_bytes = KEEP});
    for (size_t bytes = 4096; bytes <= 16384; bytes *= 2) {
        int count = KEEP / (int)bytes;

        for (int i = 0; i < count; i++)
            buffers[i] = take(bytes);
        for (int i = 0; i < count; i++)
            give(buffers[i]);
        assert_true(stats_now().kept_bytes <= KEEP + 3 * OWN);
    }
}

static void trim_gives_data_back(void **state)
{
    enum { COUNT = 100, ALL = COUNT / 2 * (2048 + 16384) };
    struct tare_buffer buffers[COUNT];

    (void)state;
    begin((struct tare_buffer_pool_options){0});
    for (int i = 0; i < COUNT; i++)
        buffers[i] = take(i % 2 ? 2048 : 16384);
    for (int i = 0; i < COUNT; i++)
        give(buffers[i]);
    assert_int_equal(stats_now().kept_bytes, ALL);
    size_t given = tare_buffer_pool_trim(&pool, 200 << 10);
    assert_in_range(stats_now().kept_bytes, 100 << 10, 200 << 10);
    assert_int_equal(given, ALL - stats_now().kept_bytes);
    tare_buffer_pool_trim(&pool, 0);
    assert_int_equal(stats_now().kept_bytes, 0);
    assert_int_equal(stats_now().misses, COUNT);
}

static void fini_tells_what_is_lost_and_frees_it(void **state)
{
    (void)state;
    begin((struct tare_buffer_pool_options){0});
    (void)take(300);
    (void)take(100 << 10);
    give(take(1024));
    assert_int_equal(tare_buffer_pool_fini(&pool), 2);
    assert_int_equal(counter.live_bytes, 0);
    assert_int_equal(tare_buffer_pool_fini(&pool), 0);
}

/* Some of everything; false where there was no memory, with nothing lost. */
static bool use_some(void)
{
    enum { COUNT = 70 };
    static const char text[3000];
    struct tare_buffer buffers[COUNT] = {0};
    bool worked = true;

    for (int i = 0; i < COUNT; i++) {
        if (!tare_buffer_alloc(&buffers[i], &pool, (size_t)i * i * 80 + 20)) {
            worked = false;
            continue;
        }
        for (int part = 0; part < 3; part++) {
            size_t used = buffers[i].used_bytes;

            if (tare_buffer_append(&buffers[i], text, sizeof text))
                continue;
            worked = false;
            assert_int_equal(buffers[i].used_bytes, used);
            assert_non_null(buffers[i].data);
        }
    }
    for (int i = 0; i < COUNT; i++)
        tare_buffer_free(&buffers[i]);
    return worked;
}

static void every_failed_allocation_is_survived(void **state)
{
    (void)state;
    for (int on = 0; on < 2; on++) {
        for (uint64_t fail_at = 1; fail_at < 2000; fail_at++) {
            struct tare_mem_failer failer;

            tare_mem_failer_init(&failer, &counter.mem, fail_at);
            failer.fail_on = on;
            const struct tare_buffer_pool_options options = {.mem = &failer.mem,
                                                             .is_secure = fail_at % 2};
            pool = (struct tare_buffer_pool){.options = &options};
            bool worked = use_some();
            assert_true(tare__buffer_pool_valid(&pool));
            assert_true(worked || failer.has_failed);
            assert_int_equal(stats_now().live_buffers, 0);
            assert_int_equal(tare_buffer_pool_fini(&pool), 0);
            pool = (struct tare_buffer_pool){0};
            assert_int_equal(counter.live_bytes, 0);
            if (!failer.has_failed)
                break;
            assert_true(fail_at < 1999);
        }
    }
}

static void init_fails_where_there_is_no_memory(void **state)
{
    struct tare_mem_failer failer;

    (void)state;
    tare_mem_failer_init(&failer, &counter.mem, 1);
    const struct tare_buffer_pool_options options = {.mem = &failer.mem};
    assert_int_equal(tare_buffer_pool_init(&pool, &options), -ENOMEM);
    assert_null(pool.core);
}

/* Random uses beside an array that says what each buffer must hold. */
struct model {
    struct tare_buffer buffer;
    unsigned char *bytes;
    size_t count;
};

static void model_check(const struct model *model)
{
    assert_int_equal(model->buffer.used_bytes, model->count);
    assert_true(model->buffer.capacity_bytes >= model->count);
    if (model->count)
        assert_memory_equal(model->buffer.data, model->bytes, model->count);
}

static void model_append(struct model *model, uint64_t random)
{
    size_t more = (random >> 20) % ((size_t)1 << (random >> 3 & 15));

    model->bytes = realloc(model->bytes, model->count + more + 1);
    memset(model->bytes + model->count, (int)(random >> 50), more);
    assert_true(tare_buffer_append(&model->buffer, model->bytes + model->count, more));
    model->count += more;
}

static void model_step(struct model *model, uint64_t random)
{
    switch (model->buffer.data ? random % 4 : 4) {
    case 0:
    case 1:
        model_append(model, random);
        break;
    case 2:
        model->count = model->count ? (random >> 10) % model->count : 0;
        tare_buffer_truncate(&model->buffer, model->count);
        break;
    case 3:
        model_check(model);
        tare_buffer_free(&model->buffer);
        model->count = 0;
        break;
    default:
        model->buffer = take((random >> 10) % ((size_t)1 << (random >> 3 & 15)));
    }
    if (model->buffer.data)
        model_check(model);
}

static void random_uses_agree_with_a_model(void **state)
{
    enum { MODELS = 40, STEPS = 20000 };
    struct model models[MODELS] = {0};
    uint64_t seed = (uint64_t)getpid() << 20 | 1;

    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    begin((struct tare_buffer_pool_options){.keep_bytes = 1 << 20, .is_secure = true});
    for (int i = 0; i < STEPS; i++) {
        uint64_t random = next_random(&seed);

        model_step(&models[random >> 40 & 31], random);
        if (random % 5000 == 0)
            tare_buffer_pool_trim(&pool, random >> 44);
        if (i % 1000 == 0)
            assert_true(tare__buffer_pool_valid(&pool));
    }
    for (int i = 0; i < MODELS; i++) {
        tare_buffer_free(&models[i].buffer);
        free(models[i].bytes);
    }
    assert_int_equal(stats_now().live_buffers, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEEPS(data_that_grew_a_little_goes_to_its_class),
        KEEPS(data_that_grew_far_goes_back),
        KEEPS(no_more_than_the_limit_is_kept),
        KEEPS(classes_share_the_limit),
        KEEPS(trim_gives_data_back),
        KEEPS(fini_tells_what_is_lost_and_frees_it),
        KEEPS(every_failed_allocation_is_survived),
        KEEPS(init_fails_where_there_is_no_memory),
        KEEPS(random_uses_agree_with_a_model),
        CHECKED(no_more_than_the_limit_is_kept),
        CHECKED(trim_gives_data_back),
        CHECKED(fini_tells_what_is_lost_and_frees_it),
        CHECKED(every_failed_allocation_is_survived),
        CHECKED(random_uses_agree_with_a_model),
        PASSES(every_failed_allocation_is_survived),
        PASSES(random_uses_agree_with_a_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
