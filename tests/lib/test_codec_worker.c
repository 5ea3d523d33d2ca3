/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

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

static struct tare_codec_worker *create_worker(size_t queue_jobs)
{
    const struct tare_codec_options options = {.kind = TARE_CODEC_LZ4, .mem = &failer.mem};
    struct tare_codec_worker *worker;

    assert_int_equal(tare_codec_worker_create(&worker, &options, queue_jobs), 0);
    return worker;
}

static void a_worker_does_each_kind_of_work(void **state)
{
    static const char path[] = "/tmp/codec-worker-test";
    struct tare_codec_worker *worker = create_worker(0);
    struct tare_codec_part parts[STATE_PARTS], found[STATE_PARTS] = {0};
    char own_path[64];

    (void)state;
    snprintf(own_path, sizeof own_path, "%s-%ld", path, (long)getpid());
    state_parts(&one, parts);
    struct tare_codec_job encode = {
        .work = TARE_CODEC_ENCODE, .parts = parts, .part_count = STATE_PARTS};
    struct tare_codec_job save = encode, decode = {.work = TARE_CODEC_DECODE,
                                                   .parts = found,
                                                   .part_count = STATE_PARTS,
                                                   .limit_bytes = LIMIT};
    save.work = TARE_CODEC_SAVE;
    save.path = own_path;
    assert_int_equal(tare_codec_submit(worker, &encode), 0);
    assert_int_equal(tare_codec_submit(worker, &save), 0);
    assert_int_equal(tare_codec_wait(worker, &encode), 0);
    assert_int_equal(tare_codec_wait(worker, &save), 0);
    decode.data = encode.block.data;
    decode.bytes = encode.block.bytes;
    assert_int_equal(tare_codec_submit(worker, &decode), 0);
    assert_int_equal(tare_codec_wait(worker, &decode), 0);
    assert_true(state_is(&one, found));
    struct tare_codec_job load = decode;
    load.work = TARE_CODEC_LOAD;
    load.path = own_path;
    load.block = (struct tare_codec_block){0};
    memset(found, 0, sizeof found);
    assert_int_equal(tare_codec_submit(worker, &load), 0);
    assert_int_equal(tare_codec_wait(worker, &load), 0);
    assert_true(state_is(&one, found));
    unlink(own_path);
    assert_int_equal(tare_codec_submit(worker, &load), 0);
    assert_int_equal(tare_codec_wait(worker, &load), -ENOENT);
    load.work = (enum tare_codec_work)9;
    assert_int_equal(tare_codec_submit(worker, &load), 0);
    assert_int_equal(tare_codec_wait(worker, &load), -EINVAL);
    tare_codec_block_fini(&encode.block);
    tare_codec_block_fini(&decode.block);
    tare_codec_block_fini(&load.block);
    tare_codec_worker_destroy(&worker);
    tare_codec_worker_destroy(&worker);
    assert_null(worker);
}

static sem_t may_go;

static void hold(struct tare_codec_job *job)
{
    (void)job;
    sem_wait(&may_go);
}

static unsigned done_jobs, last_number;
static bool in_order;

static void count_done(struct tare_codec_job *job)
{
    unsigned number = (unsigned)(uintptr_t)job->context;

    in_order = in_order && number == last_number + 1 && job->result == 0;
    last_number = number;
    done_jobs++;
}

static void a_full_queue_refuses_and_the_end_does_what_waits(void **state)
{
    struct tare_codec_worker *worker = create_worker(QUEUE);
    struct tare_codec_part part = {"abc", 3, NULL};
    struct tare_codec_job first = {.parts = &part, .part_count = 1, .done = hold},
                          jobs[QUEUE + 1] = {0};
    int err = 0, taken = 0;

    (void)state;
    sem_init(&may_go, 0, 0);
    done_jobs = last_number = 0;
    in_order = true;
    assert_int_equal(tare_codec_submit(worker, &first), 0);
    for (; !err && taken <= QUEUE;
         taken += !err) { /* the first may wait, too, for a while */
        jobs[taken] = (struct tare_codec_job){.parts = &part,
                                              .part_count = 1,
                                              .done = count_done,
                                              .context = (void *)(uintptr_t)(taken + 1)};
        err = tare_codec_submit(worker, &jobs[taken]);
    }
    assert_int_equal(err, -EAGAIN);
    assert_true(taken == QUEUE || taken == QUEUE - 1);
    assert_int_equal(tare_codec_wait(worker, &first), -EINVAL);
    sem_post(&may_go);
    tare_codec_worker_destroy(&worker);
    assert_int_equal(done_jobs, taken);
    assert_true(in_order);
    tare_codec_block_fini(&first.block);
    for (int i = 0; i < taken; i++)
        tare_codec_block_fini(&jobs[i].block);
    sem_destroy(&may_go);
}

static struct tare_codec_worker *own_worker;

static void submit_again(struct tare_codec_job *job)
{
    unsigned left = (unsigned)(uintptr_t)job->context;

    if (!left) {
        sem_post(&may_go);
        return;
    }
    job->context = (void *)(uintptr_t)(left - 1);
    if (tare_codec_submit(own_worker, job))
        abort();
}

static void who_is_done_may_submit_again(void **state)
{
    struct tare_codec_part part = {"abc", 3, NULL};
    struct tare_codec_job job = {.parts = &part,
                                 .part_count = 1,
                                 .done = submit_again,
                                 .context = (void *)(uintptr_t)10};

    (void)state;
    sem_init(&may_go, 0, 0);
    own_worker = create_worker(1);
    assert_int_equal(tare_codec_submit(own_worker, &job), 0);
    sem_wait(&may_go);
    tare_codec_worker_destroy(&own_worker);
    tare_codec_block_fini(&job.block);
    sem_destroy(&may_go);
}

static void *submit_and_wait(void *context)
{
    struct tare_codec_part parts[STATE_PARTS], found[STATE_PARTS] = {0};
    struct tare_codec_job encode = {.parts = parts, .part_count = STATE_PARTS},
                          decode = {.work = TARE_CODEC_DECODE,
                                    .parts = found,
                                    .part_count = STATE_PARTS,
                                    .limit_bytes = LIMIT};
    intptr_t wrong = 0;
    int err;

    for (uint32_t i = 0; i < JOBS; i++) {
        struct state own;

        state_make(&own, 1000 * (uint32_t)(uintptr_t)context + i);
        state_parts(&own, parts);
        while ((err = tare_codec_submit(own_worker, &encode)) == -EAGAIN)
            sched_yield();
        wrong += err || tare_codec_wait(own_worker, &encode);
        decode.data = encode.block.data;
        decode.bytes = encode.block.bytes;
        while ((err = tare_codec_submit(own_worker, &decode)) == -EAGAIN)
            sched_yield();
        wrong += err || tare_codec_wait(own_worker, &decode) || !state_is(&own, found);
    }
    tare_codec_block_fini(&encode.block);
    tare_codec_block_fini(&decode.block);
    return (void *)wrong;
}

static void threads_share_a_worker(void **state)
{
    pthread_t threads[THREADS];
    void *wrong;

    (void)state;
    own_worker = create_worker(2);
    for (intptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, submit_and_wait, (void *)i), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    tare_codec_worker_destroy(&own_worker);
}

static void a_child_has_no_worker(void **state)
{
    struct tare_codec_worker *worker = create_worker(0);
    struct tare_codec_part part = {"abc", 3, NULL};
    struct tare_codec_job job = {.parts = &part, .part_count = 1};
    int status;

    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        bool right = tare_codec_submit(worker, &job) == -ECHILD &&
                     tare_codec_wait(worker, &job) == -ECHILD;

        tare_codec_worker_destroy(&worker);
        _exit(!right || worker);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(tare_codec_submit(worker, &job), 0);
    assert_int_equal(tare_codec_wait(worker, &job), 0);
    tare_codec_block_fini(&job.block);
    tare_codec_worker_destroy(&worker);
}

static void a_worker_without_memory_is_none(void **state)
{
    struct tare_codec_worker *worker = NULL;
    const struct tare_codec_options options = {.mem = &failer.mem},
                                    impossible = {.level = 1000, .mem = &failer.mem};

    (void)state;
    for (int n = 1; n <= 2; n++) {
        failer.fail_at = failer.requests + (uint64_t)n;
        assert_int_equal(tare_codec_worker_create(&worker, &options, 0), -ENOMEM);
    }
    assert_int_equal(tare_codec_worker_create(&worker, &impossible, 0), -EINVAL);
    assert_null(worker);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_worker_does_each_kind_of_work),
        TEST(a_full_queue_refuses_and_the_end_does_what_waits),
        TEST(who_is_done_may_submit_again),
        TEST(threads_share_a_worker),
        TEST(a_child_has_no_worker),
        TEST(a_worker_without_memory_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
