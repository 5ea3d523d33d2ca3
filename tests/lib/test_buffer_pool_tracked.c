/* SPDX-License-Identifier: MIT
 *
 * What the tracker is told of the data of buffers. This program is the tracker.
 */
#include "lib/buffer_fixture.h"

#include <tare/annotate.h>

enum { SEEN = 16 };

static struct {
    const void *data; /* the one of which it was told last */
    size_t bytes;
    const void *live_data[SEEN];
    int live;
} told;

void tare_tracker_alloc(const void *object, size_t bytes)
{
    told.data = object;
    told.bytes = bytes;
    told.live_data[told.live++] = object;
}

void tare_tracker_free(const void *object)
{
    for (int i = 0; i < told.live; i++)
        if (told.live_data[i] == object)
            told.live_data[i] = told.live_data[--told.live];
}

void tare_tracker_discard(const void *start, size_t bytes)
{
    (void)start;
    (void)bytes;
}

static void kept_data_is_told_of_while_it_is_in_use(void **state)
{
    (void)state;
    told.live = 0;
    begin((struct tare_buffer_pool_options){0});
    for (int i = 0; i < 3; i++) {
        struct tare_buffer buffer = take(1000);

        assert_ptr_equal(told.data, buffer.data);
        assert_int_equal(told.bytes, 1024);
        assert_int_equal(told.live, 1);
        tare_buffer_free(&buffer);
        assert_int_equal(told.live, 0);
    }
}

static void data_that_moves_is_told_of_where_it_is(void **state)
{
    (void)state;
    told.live = 0;
    begin((struct tare_buffer_pool_options){0});
    struct tare_buffer buffer = take(1000);
    fill(&buffer, 1500, 'x');
    assert_ptr_equal(told.data, buffer.data);
    assert_int_equal(told.bytes, 1536);
    assert_int_equal(told.live, 1);
    tare_buffer_free(&buffer);
    assert_int_equal(told.live, 0);
}

static void data_that_is_not_kept_is_the_allocators_to_tell_of(void **state)
{
    (void)state;
    told.live = 0;
    begin((struct tare_buffer_pool_options){0});
    struct tare_buffer small = take(200), large = take(2 << 20);
    assert_int_equal(told.live, 0);
    tare_buffer_free(&small);
    tare_buffer_free(&large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEEPS(kept_data_is_told_of_while_it_is_in_use),
        KEEPS(data_that_moves_is_told_of_where_it_is),
        KEEPS(data_that_is_not_kept_is_the_allocators_to_tell_of),
        PASSES(kept_data_is_told_of_while_it_is_in_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
