/* SPDX-License-Identifier: MIT
 *
 * The newest live block, beside a list that remembers all.
 */
#include "shim/death_order.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct death_order order;

static int setup(void **state)
{
    (void)state;
    memset(&order, 0, sizeof order);
    return 0;
}

static const void *block(uintptr_t number)
{
    return (const void *)(0x10000 + number * 48);
}

static void a_stack_hits_the_newest(void **state)
{
    (void)state;
    for (uintptr_t i = 0; i < 40; i++)
        death_came(&order, block(i));
    for (uintptr_t i = 40; i-- > 0;)
        assert_true(death_went(&order, block(i)));
    assert_false(death_went(&order, block(0)));
}

static void a_queue_hits_it_once(void **state)
{
    (void)state;
    for (uintptr_t i = 0; i < 20; i++)
        death_came(&order, block(i));
    for (uintptr_t i = 0; i < 19; i++)
        assert_false(death_went(&order, block(i)));
    assert_true(death_went(&order, block(19)));
}

static void holes_below_the_newest_are_skipped(void **state)
{
    (void)state;
    for (uintptr_t i = 0; i < 3; i++)
        death_came(&order, block(i));
    assert_false(death_went(&order, block(1)));
    assert_true(death_went(&order, block(2)));
    assert_true(death_went(&order, block(0)));
}

/* What is crowded out makes others look newer than they are, or is not found: no more than that. */
static void it_agrees_with_a_list_mostly(void **state)
{
    enum { MOST = 200, ROUNDS = 200000 };
    uintptr_t list[MOST];
    uint32_t count = 0, asked = 0, agreed = 0;
    uint64_t random = 88172645463325252u;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        if (count < MOST && (count == 0 || random % 2)) {
            list[count] = (uintptr_t)(random >> 40);
            death_came(&order, block(list[count++]));
            continue;
        }
        uint32_t at = random >> 8 & 1 ? count - 1 : (uint32_t)(random >> 20) % count;
        bool newest = death_went(&order, block(list[at]));
        asked++;
        agreed += newest == (at + 1 == count);
        memmove(list + at, list + at + 1, (--count - at) * sizeof *list);
    }
    assert_true(agreed > asked / 100 * 95);
}

/* Three frames; `change` moves one of them. */
static void make_stack(struct chain *chain, struct frame frames[3], uint64_t ip, int change)
{
    for (int i = 0; i < 3; i++)
        frames[i] = (struct frame){0x7000 - (uint64_t)i * 0x100, ip + (uint64_t)i};
    if (change >= 0)
        frames[change].ip += 0x10;
    *chain = (struct chain){.frame_count = 3, .capacity = 3, .frames = frames};
}

static struct death_frames die_with(int change)
{
    struct frame frames[3];
    struct chain chain;

    make_stack(&chain, frames, 0x400000, -1);
    assert_int_equal(death_note_callers(&order, &chain, block(1), 300), 0);
    assert_true(death_has_callers(&order, block(1)));
    make_stack(&chain, frames, 0x400000, change);
    struct death_frames found = death_look_at_callers(&order, &chain, block(1));
    assert_false(death_has_callers(&order, block(1)));
    return found;
}

static void frames_are_told_apart(void **state)
{
    struct death_frames found = die_with(2); /* another call of the same function */

    (void)state;
    assert_true(found.in_function && found.in_caller);
    found = die_with(1); /* another call of the function's caller */
    assert_true(!found.in_function && found.in_caller);
    found = die_with(0);
    assert_true(found.in_function);
}

static void who_is_crowded_out_is_told(void **state)
{
    struct frame frames[3];
    struct chain chain;
    uint32_t lost = 0;

    (void)state;
    make_stack(&chain, frames, 0x400000, -1);
    for (uintptr_t i = 0; i < 1000; i++) {
        uint32_t one = death_note_callers(&order, &chain, block(i), 300);

        assert_true(one == 0 || one == 300);
        lost += one == 300;
    }
    assert_int_equal(lost, 1000 - DEATH_CALLERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_stack_hits_the_newest, setup),
        cmocka_unit_test_setup(a_queue_hits_it_once, setup),
        cmocka_unit_test_setup(holes_below_the_newest_are_skipped, setup),
        cmocka_unit_test_setup(it_agrees_with_a_list_mostly, setup),
        cmocka_unit_test_setup(frames_are_told_apart, setup),
        cmocka_unit_test_setup(who_is_crowded_out_is_told, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
