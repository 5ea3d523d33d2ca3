/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "lib/arena_fixture.h"
#include "support/arena_model.h"

static void do_nothing(void *context)
{
    (void)context;
}

/* True when all of it could be had. */
static bool use_everything(struct tare_arena *failing)
{
    struct tare_arena_mark mark = tare_arena_get_mark(failing);
    bool worked = true;

    char *object = tare_arena_alloc(failing, 1000);
    worked &= object != NULL;
    worked &= tare_arena_resize(failing, object, object ? 1000 : 0, 5000) != NULL;
    worked &= tare_arena_alloc(failing, 100000) != NULL;
    worked &= tare_arena_defer(failing, do_nothing, NULL);
    worked &= tare_arena_printf(failing, "%5000d", 1) != NULL;
    char *large = tare_arena_alloc(failing, 3 << 20);
    worked &= large != NULL;
    worked &= tare_arena_resize(failing, large, large ? 3 << 20 : 0, 4 << 20) != NULL;
    assert_true(tare__arena_valid(failing));
    tare_arena_rewind(failing, mark);
    worked &= tare_arena_strdup(failing, "text") != NULL;
    worked &= tare_arena_alloc_aligned(failing, 3000, 4096) != NULL;
    tare_arena_reset(failing);
    return worked;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (int fail_on = 0; fail_on < 2; fail_on++)
        for (uint64_t n = 1;; n++) {
            struct tare_mem_failer failer;
            struct tare_arena failing;

            tare_mem_failer_init(&failer, NULL, n);
            failer.fail_on = fail_on;
            tare_arena_init(&failing, &failer.mem);
            bool worked = use_everything(&failing);
            assert_true(worked || failer.has_failed);
            assert_true(tare__arena_valid(&failing));
            tare_arena_fini(&failing);
            assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
            if (!failer.has_failed)
                break;
        }
}

static void a_refused_object_changes_nothing(void **state)
{
    struct tare_mem_failer failer;
    struct tare_arena failing, before;

    (void)state;
    tare_mem_failer_init(&failer, NULL, 2);
    failer.fail_on = true;
    tare_arena_init(&failing, &failer.mem);
    char *object = tare_arena_alloc(&failing, 1000);
    before = failing;
    assert_null(tare_arena_alloc(&failing, 5000));
    assert_null(tare_arena_resize(&failing, object, 1000, 5000));
    assert_null(tare_arena_printf(&failing, "%5000d", 1));
    assert_null(tare_arena_alloc_aligned(&failing, 1, 1 << 20));
    assert_memory_equal(&failing, &before, sizeof failing);
    tare_arena_fini(&failing);
}

static void random_rounds(unsigned mode, uint64_t fail_at, unsigned long seed)
{
    struct tare_mem_failer failer;
    struct tare_arena model;
    uint8_t script[3000];

    tare_mem_failer_init(&failer, NULL, fail_at);
    tare_arena_init(&model, &failer.mem);
    model.mode |= mode;
    srand48((long)seed);
    for (size_t i = 0; i < sizeof script; i++)
        script[i] = (uint8_t)(lrand48() >> 8);
    const char *wrong = arena_model_run(&model, script, sizeof script, fail_at != 0);
    if (wrong)
        fail_msg("%s, with SEED=%lu, mode %u, fail_at %llu", wrong, seed, mode,
                 (unsigned long long)fail_at);
    assert_int_equal(tare_mem_counted(&failer.counter).live_bytes, 0);
}

static void random_operations_do_as_the_model(void **state)
{
    static const unsigned modes[] = {0, ARENA_WATCHED, ARENA_WATCHED | ARENA_REDZONES,
                                     ARENA_WATCHED | ARENA_PASSTHROUGH};
    const char *seed = getenv("SEED");
    unsigned long first = seed ? strtoul(seed, NULL, 10) : 1;

    (void)state;
    for (unsigned long i = first; i < first + (seed ? 1 : 40); i++)
        for (size_t mode = 0; mode < sizeof modes / sizeof *modes; mode++) {
            random_rounds(modes[mode], 0, i);
            random_rounds(modes[mode], 1 + i % 60, i);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(every_allocation_may_fail),
        ARENA_TEST(a_refused_object_changes_nothing),
        ARENA_TEST(random_operations_do_as_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
