/* SPDX-License-Identifier: MIT
 *
 * Vectors in order, and of integers, beside what plain loops and qsort find.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tare/vec_integer.h>
#include <tare/vec_order.h>

struct pair {
    int key, value;
};

static inline bool comes_before(const struct pair *a, const struct pair *b)
{
    return a->key < b->key;
}

TARE_VEC_DEFINE(pairs, struct pair);
TARE_VEC_DEFINE_ORDER(pairs, struct pair, comes_before);

/* An order that is none. */
static inline bool is_random(const int *a, const int *b)
{
    (void)a, (void)b;
    return lrand48() & 1;
}

TARE_VEC_DEFINE(chaos, int);
TARE_VEC_DEFINE_ORDER(chaos, int, is_random);

static int key_of(unsigned shape, int i, int count)
{
    switch (shape) {
    case 0:
        return i;
    case 1:
        return count - i;
    case 2:
        return (int)(lrand48() % 10);
    case 3:
        return 7;
    case 4:
        return i < count / 2 ? i : count - i; /* an organ's pipes */
    case 5:
        return i % 2 ? i : count; /* few that are not the greatest */
    default:
        return (int)lrand48();
    }
}

enum { SHAPES = 7 };

static uint32_t sum_of_values(const struct pairs *pairs)
{
    uint32_t sum = 0;

    TARE_VEC_EACH(at, pairs)
    sum += (uint32_t)at->value * (uint32_t)at->key;
    return sum;
}

static void sorting_puts_all_in_order(void **state)
{
    static const int counts[] = {0, 1, 2, 3, 15, 16, 17, 18, 100, 1000, 20000};

    (void)state;
    srand48(1);
    for (size_t which = 0; which < sizeof counts / sizeof *counts; which++)
        for (unsigned shape = 0; shape < SHAPES; shape++) {
            struct pairs pairs = {0};

            for (int i = 0; i < counts[which]; i++)
                assert_true(
                    pairs_push(&pairs, (struct pair){key_of(shape, i, counts[which]), i}));
            uint32_t sum = sum_of_values(&pairs);
            pairs_sort(&pairs);
            assert_true(pairs_is_sorted(&pairs));
            assert_int_equal(sum_of_values(&pairs), sum);
            pairs_fini(&pairs);
        }
}

/* The heap is for inputs that are made to be slow; here it gets all there are. */
static void the_heap_sorts_too(void **state)
{
    struct pairs pairs = {0};

    (void)state;
    for (unsigned shape = 0; shape < SHAPES; shape++)
        for (int count = 0; count < 40; count++) {
            pairs_clear(&pairs);
            for (int i = 0; i < count; i++)
                assert_true(pairs_push(&pairs, (struct pair){key_of(shape, i, count), i}));
            uint32_t sum = sum_of_values(&pairs);
            pairs__sort_heap(pairs.items, pairs.length);
            assert_true(pairs_is_sorted(&pairs));
            assert_int_equal(sum_of_values(&pairs), sum);
        }
    pairs_fini(&pairs);
}

static void an_order_that_contradicts_itself_does_no_harm(void **state)
{
    struct chaos chaos = {0};
    long sum = 0;

    (void)state;
    for (int round = 0; round < 50; round++) {
        chaos_clear(&chaos);
        for (int i = 0; i < 1000; i++)
            assert_true(chaos_push(&chaos, i));
        chaos_shrink(&chaos); /* so that a step too far is beyond the block */
        chaos_sort(&chaos);
        sum = 0;
        TARE_VEC_EACH(at, &chaos)
        sum += *at;
        assert_int_equal(sum, 999 * 500);
    }
    chaos_fini(&chaos);
}

static void searching_finds_what_is_there(void **state)
{
    struct pairs pairs = {0};

    (void)state;
    for (int count = 0; count < 70; count++) {
        for (int key = -1; key <= 2 * count; key++) {
            const struct pair asked = {key, 0};
            size_t bound = pairs_lower_bound(&pairs, &asked);
            const struct pair *found = pairs_search(&pairs, &asked);

            assert_int_equal(bound, key < 0 ? 0 : key / 2 < count ? (key + 1) / 2 : count);
            if (key >= 0 && key % 2 == 0 && key / 2 < count)
                assert_int_equal(found->key, key);
            else
                assert_null(found);
        }
        assert_true(pairs_push(&pairs, (struct pair){2 * count, count}));
    }
    pairs_fini(&pairs);
}

static void what_is_inserted_in_order_stays_in_order(void **state)
{
    struct pairs pairs = {0};

    (void)state;
    srand48(2);
    for (int i = 0; i < 1000; i++)
        assert_true(pairs_insert_sorted(&pairs, (struct pair){(int)(lrand48() % 300), i}));
    assert_true(pairs_is_sorted(&pairs));
    for (uint32_t i = 1; i < pairs.length; i++) /* before its equals */
        assert_true(pairs.items[i - 1].key < pairs.items[i].key ||
                    pairs.items[i - 1].value > pairs.items[i].value);
    pairs_fini(&pairs);
}

TARE_VEC_DEFINE(bytes, int8_t);
TARE_VEC_DEFINE_INTEGER(bytes, int8_t);
TARE_VEC_DEFINE(shorts, uint16_t);
TARE_VEC_DEFINE_INTEGER(shorts, uint16_t);
TARE_VEC_DEFINE(longs, int64_t);
TARE_VEC_DEFINE_INTEGER(longs, int64_t);

enum colour { RED, GREEN = 0x10000, BLUE };
TARE_VEC_DEFINE(colours, enum colour);
TARE_VEC_DEFINE_INTEGER(colours, enum colour);

/* Of any length and alignment, each value but one beside it in its bytes; where the one is, and how
 * often. */
#define CHECK_INTEGERS(NAME, TYPE, VALUE, OTHER)                                       \
    for (unsigned count = 0; count < 300; count++)                                     \
        for (unsigned round = 0; round < 8; round++) {                                 \
            struct NAME vec = {0};                                                     \
            size_t first = count, counted = 0;                                         \
                                                                                       \
            for (unsigned i = 0; i < count; i++) {                                     \
                bool is_it = round && lrand48() % (round * 40) == 0;                   \
                                                                                       \
                first = is_it && !counted ? i : first;                                 \
                counted += is_it;                                                      \
                assert_true(NAME##_push(&vec, is_it ? (TYPE)(VALUE) : (TYPE)(OTHER))); \
            }                                                                          \
            assert_int_equal(NAME##_find(&vec, (TYPE)(VALUE)), first);                 \
            assert_int_equal(NAME##_count(&vec, (TYPE)(VALUE)), counted);              \
            assert_int_equal(NAME##_count(&vec, (TYPE)(OTHER)), count - counted);      \
            NAME##_fini(&vec);                                                         \
        }

static void integers_are_found_and_counted(void **state)
{
    (void)state;
    srand48(3);
    CHECK_INTEGERS(bytes, int8_t, -1, 0x7f)
    CHECK_INTEGERS(shorts, uint16_t, 0x1234, 0x1235)
    CHECK_INTEGERS(shorts, uint16_t, 0x1234, 0x1334)
    CHECK_INTEGERS(colours, enum colour, BLUE, GREEN)
    CHECK_INTEGERS(longs, int64_t, -2, (int64_t)0xfffffffefffffffe)
    CHECK_INTEGERS(longs, int64_t, -2, (int64_t)0xffffffffffffffff)
}

static void many_integers_are_counted(void **state)
{
    enum { COUNT = 1000000 };
    uint8_t *items = calloc(COUNT, sizeof(uint64_t));

    (void)state;
    assert_non_null(items);
    assert_int_equal(tare_count_u8(items, COUNT, 0), COUNT);
    assert_int_equal(tare_count_u16((uint16_t *)(void *)items, COUNT, 0), COUNT);
    assert_int_equal(tare_count_u32((uint32_t *)(void *)items, COUNT, 0), COUNT);
    assert_int_equal(tare_count_u64((uint64_t *)(void *)items, COUNT, 0), COUNT);
    assert_int_equal(tare_find_u8(items, COUNT, 1), COUNT);
    assert_int_equal(tare_find_u8(NULL, 0, 1), 0);
    free(items);
}

static void vectors_of_integers_are_compared(void **state)
{
    struct longs a = {0}, b = {0};

    (void)state;
    assert_true(longs_equal(&a, &b));
    for (int i = 0; i < 20; i++) {
        assert_true(longs_push(&a, i));
        assert_false(longs_equal(&a, &b));
        assert_true(longs_push(&b, i));
        assert_true(longs_equal(&a, &b));
    }
    b.items[19]++;
    assert_false(longs_equal(&a, &b));
    longs_fini(&a);
    longs_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorting_puts_all_in_order),
        cmocka_unit_test(the_heap_sorts_too),
        cmocka_unit_test(an_order_that_contradicts_itself_does_no_harm),
        cmocka_unit_test(searching_finds_what_is_there),
        cmocka_unit_test(what_is_inserted_in_order_stays_in_order),
        cmocka_unit_test(integers_are_found_and_counted),
        cmocka_unit_test(many_integers_are_counted),
        cmocka_unit_test(vectors_of_integers_are_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
