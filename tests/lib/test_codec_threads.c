/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>

#include "lib/codec_fixture.h"
#include "modules/codec_core.h"

enum { LIMIT = 1 << 20, THREADS = 4, ROUNDS = 300, JOBS = 200, QUEUE = 8 };

static struct tare_mem_failer failer;
static struct tare_codec *codec;
static struct tare_codec_block frame;
static struct state one;

static int set_up(void **state)
{
    struct tare_codec_part parts[STATE_PARTS];

    (void)state;
    tare_mem_failer_init(&failer, NULL, 0);
    const struct tare_codec_options options = {.kind = TARE_CODEC_LZ4, .mem = &failer.mem};
    assert_int_equal(tare_codec_create(&codec, &options), 0);
    state_make(&one, 1);
    state_parts(&one, parts);
    assert_int_equal(tare_codec_encode_parts(codec, parts, STATE_PARTS, &frame), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tare_codec_block_fini(&frame);
    tare_codec_destroy(&codec);
    assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
    return 0;
}

static void a_lazy_frame_is_decoded_once_and_when_wanted(void **state)
{
    struct tare_codec_part parts[STATE_PARTS + 1] = {{0}, {.layout = &record_layout}};
    struct tare_codec_lazy *lazy;

    (void)state;
    assert_int_equal(tare_codec_lazy_create(&lazy, codec, frame.data, frame.bytes, LIMIT),
                     0);
    uint64_t before = tare_mem_counted(&failer.counter).allocations;
    assert_int_equal(tare_codec_lazy_get(lazy, parts, STATE_PARTS), 0);
    assert_true(tare_mem_counted(&failer.counter).allocations > before);
    assert_true(state_is(&one, parts));
    const void *data = parts[1].data;
    before = tare_mem_counted(&failer.counter).allocations;
    assert_int_equal(tare_codec_lazy_get(lazy, parts, STATE_PARTS), 0);
    assert_ptr_equal(parts[1].data, data);
    assert_int_equal(tare_codec_lazy_get(lazy, parts, STATE_PARTS + 1), -EPROTO);
    assert_int_equal(tare_mem_counted(&failer.counter).allocations, before);
    tare_codec_lazy_destroy(&lazy);
    tare_codec_lazy_destroy(&lazy);
}

static void a_lazy_frame_that_cannot_be_is_refused(void **state)
{
    struct tare_codec_part parts[STATE_PARTS] = {0};
    struct tare_codec_lazy *lazy = NULL;
    uint8_t *bytes = frame.data;

    (void)state;
    assert_int_equal(tare_codec_lazy_create(&lazy, codec, bytes, 3, LIMIT), -EBADMSG);
    assert_int_equal(tare_codec_lazy_create(&lazy, codec, bytes, frame.bytes - 1, LIMIT),
                     -EBADMSG);
    assert_int_equal(tare_codec_lazy_create(&lazy, codec, bytes, frame.bytes, 100),
                     -EMSGSIZE);
    failer.fail_at = failer.requests + 1;
    assert_int_equal(tare_codec_lazy_create(&lazy, codec, bytes, frame.bytes, LIMIT),
                     -ENOMEM);
    assert_null(lazy);
    assert_int_equal(tare_codec_lazy_create(&lazy, codec, bytes, frame.bytes, LIMIT), 0);
    failer.fail_at = failer.requests + 1;
    assert_int_equal(tare_codec_lazy_get(lazy, parts, STATE_PARTS), -ENOMEM);
    assert_int_equal(tare_codec_lazy_get(lazy, parts, STATE_PARTS), 0);
    tare_codec_lazy_destroy(&lazy);
    assert_int_equal(tare_codec_lazy_create(&lazy, codec, bytes, frame.bytes, LIMIT), 0);
    bytes[frame.bytes - 1] ^= 1;
    assert_int_equal(tare_codec_lazy_get(lazy, parts, STATE_PARTS), -EBADMSG);
    assert_int_equal(tare_codec_lazy_get(lazy, parts, STATE_PARTS), -EBADMSG);
    tare_codec_lazy_destroy(&lazy);
}

static pthread_barrier_t barrier;
static struct tare_codec_lazy *shared;

/* Some come while it is decoded, some after that: those must see it by the flag alone. */
static void *get_each_round(void *context)
{
    uint64_t seed = 1 + (uint64_t)(uintptr_t)context;
    intptr_t wrong = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct tare_codec_part parts[STATE_PARTS] = {0};

        pthread_barrier_wait(&barrier); /* there is a new one */
        for (volatile uint64_t spins = next_random(&seed) % 20000; spins; spins--)
            ;
        wrong += tare_codec_lazy_get(shared, parts, STATE_PARTS) || !state_is(&one, parts);
        pthread_barrier_wait(&barrier);
    }
    return (void *)wrong;
}

static void threads_see_a_lazy_frame_whole(void **state)
{
    pthread_t threads[THREADS];
    void *wrong;

    (void)state;
    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS + 1), 0);
    for (intptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, get_each_round, (void *)i), 0);
    for (int round = 0; round < ROUNDS; round++) {
        assert_int_equal(
            tare_codec_lazy_create(&shared, codec, frame.data, frame.bytes, LIMIT), 0);
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
        tare_codec_lazy_destroy(&shared);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    pthread_barrier_destroy(&barrier);
}

static void *encode_and_decode(void *context)
{
    struct tare_codec_block packed = {0}, content = {0};
    intptr_t wrong = 0;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct tare_codec_part parts[STATE_PARTS];
        struct state own;

        state_make(&own, 1000 * (uint32_t)(uintptr_t)context + i);
        state_parts(&own, parts);
        wrong += tare_codec_encode_parts(codec, parts, STATE_PARTS, &packed) ||
                 tare_codec_decode_parts(codec, packed.data, packed.bytes, LIMIT, &content,
                                         parts, STATE_PARTS) ||
                 !state_is(&own, parts);
    }
    tare_codec_block_fini(&packed);
    tare_codec_block_fini(&content);
    return (void *)wrong;
}

static void threads_take_turns_with_a_codec(void **state)
{
    pthread_t threads[THREADS];
    void *wrong;

    (void)state;
    for (intptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, encode_and_decode, (void *)i),
                         0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lazy_frame_is_decoded_once_and_when_wanted),
        TEST(a_lazy_frame_that_cannot_be_is_refused),
        TEST(threads_see_a_lazy_frame_whole),
        TEST(threads_take_turns_with_a_codec),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
